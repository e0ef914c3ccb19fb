"""Numbers beyond all measure, from an exchange or a courier: nothing ends by them."""

import asyncio
import random
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crash.exchange import Exchange, Standing
from tests.signer.test_doubts import Desk
from tradelatch.model.clock import MINUTE, MS, ManualClock
from tradelatch.signer import freezing
from tradelatch.signer.records import Allowed, decode, encode
from tradelatch.signer.state import State


def amount(dice: random.Random) -> str:
    """Any number that can be written plainly, from the smallest to the largest, and often zero."""
    if dice.random() < 0.1:
        return "0"
    whole = str(dice.randrange(10 ** dice.randrange(21)))
    digits = dice.randrange(19)
    return f"{whole}.{dice.randrange(10**digits):0{digits}d}" if digits else whole


class Liar(Exchange):
    """Answers in the right form, with any amounts."""

    def __init__(self, clock: ManualClock, dice: random.Random) -> None:
        super().__init__(clock)
        self._dice = dice

    def _answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        now_ms = self._clock.now_ns() // MS
        match path:
            case "klines":
                step = 60_000 if form["interval"] == "1m" else 86_400_000
                rows = [now_ms // step * step - step * back for back in reversed(range(10))]
                return 200, [self._row(at) for at in rows]
            case "exchangeInfo":
                steps = {"tickSize": self._amount(), "stepSize": self._amount()}
                kinds = ("PRICE_FILTER", "LOT_SIZE", "NOTIONAL")
                filters = [steps | {"filterType": k, "minNotional": self._amount()} for k in kinds]
                named = {"symbol": "ETHBTC", "baseAsset": "ETH", "quoteAsset": "BTC"}
                return 200, {"symbols": [named | {"filters": filters}]}
            case "bookTicker":
                return 200, {"bidPrice": self._amount(), "askPrice": self._amount()}
            case "account":
                held = [{"asset": a, "free": self._amount(), "locked": "0"} for a in ("BTC", "ETH")]
                return 200, {"balances": held}
            case "myTrades":
                rows_ = super()._answer(path, form)[1]
                told = {"price": self._amount(), "commission": self._amount()}
                return 200, [row | told for row in rows_]
        return super()._answer(path, form)

    def _row(self, at: int) -> list[Any]:
        prices = [self._amount() for _ in range(5)]
        return [at, *prices, at + 1, self._amount(), 1, "0", "0", "0"]

    def _amount(self) -> str:
        return amount(self._dice)


SHARES = 'budget_share = "0.005"\nexit_budget_share = "0.01"\n'


@settings(max_examples=150)
@given(st.randoms(use_true_random=False), st.sampled_from(("", SHARES)))
def test_nothing_ends_and_the_journal_can_be_read(dice: random.Random, amounts: str) -> None:
    """After a restart the state is rebuilt from whatever was recorded."""
    desk = Desk(amounts)
    asyncio.run(desk.courier.look_at("me"))
    placed, resting = desk.place(), desk.place(price="0.0699")
    assert isinstance(placed, Allowed)
    assert isinstance(resting, Allowed)
    liar = Liar(desk.clock, dice)
    fills = [(1, Decimal(amount(dice)))]
    liar.orders["mine-1"] = Standing(7, placed.client_order_id, "FILLED", fills)
    liar.orders["mine-2"] = Standing(8, resting.client_order_id)
    desk.exchange = liar
    for _ in range(3):
        desk.clock.advance(MINUTE)
        asyncio.run(desk.courier.round())
        desk.bench.now = desk.clock.now_ns()
        job = desk.bench.core.consider(desk.bench.order(), "127.0.0.1", desk.bench.now)
        desk.bench.history += [*job.decided(), *job.after]
        list(freezing.spent(desk.bench.state.accounts["me"], desk.bench.now))
    state = State()
    for record in desk.bench.history:
        state.apply(decode(encode(record)))
