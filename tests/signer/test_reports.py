"""What a bot is told of its orders the ledger has heard before."""

from decimal import Decimal

import pytest

from tests.crash.exchange import Exchange, Standing
from tests.signer.conftest import NOW, Bench, Memory, courier
from tradelatch.model.clock import MS, ManualClock
from tradelatch.model.http import Request
from tradelatch.model.wire import Answer, Ask
from tradelatch.signer.desk import Desk
from tradelatch.signer.followers import Followers
from tradelatch.signer.records import Allowed

SOURCE = "127.0.0.1"


class House:
    """A signer's desk at an exchange that has filled an order in silence."""

    def __init__(self) -> None:
        self.bench, clock = Bench(), ManualClock(NOW)
        self.exchange = Exchange(clock)
        journal = Memory(self.bench.history)
        beside = courier(self.bench.core, self.bench.history, self.exchange.send, clock)
        followers = Followers(self.bench.state, clock)
        self.desk = Desk(self.bench.core, journal, clock, beside.send, followers)
        self.look = beside.round
        bought = self.bench.core.consider(
            self.bench.order(newClientOrderId="buy", quantity="2"), SOURCE, NOW
        )
        assert isinstance(bought.record, Allowed)
        fills = [(1, Decimal("0.5")), (2, Decimal("1.5"))]
        self.exchange.orders["buy"] = Standing(7, "buy", "FILLED", fills)

    async def ask(self, request: Request) -> Answer:
        """What a bot gets, after the courier has looked round once."""
        self.exchange.orders, orders = {}, self.exchange.orders
        await self.look()
        self.exchange.orders = orders
        return await self.desk.answer(Ask(1, request, SOURCE))

    @property
    def held(self) -> Decimal:
        return self.bench.state.accounts["me"].losses.held("ETH")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/api/v3/order", {"symbol": "ETHBTC", "origClientOrderId": "buy"}),
        ("/api/v3/openOrders", {"symbol": "ETHBTC"}),
    ],
)
async def test_a_fill_is_known_before_the_bot_hears_of_it(path: str, form: dict[str, str]) -> None:
    house = House()
    if path.endswith("openOrders"):
        house.exchange.orders["buy"].status = "PARTIALLY_FILLED"
        house.exchange.orders["buy"].fills.pop()
    answer = await house.ask(house.bench.signed("GET", path, form))
    assert answer.response.status == 200
    assert house.held == 285 + house.exchange.orders["buy"].executed
    stop = {"side": "SELL", "type": "STOP_LOSS_LIMIT", "stopPrice": "0.0699", "price": "0.0695"}
    order = house.bench.order(**stop, quantity=str(house.held), newClientOrderId="stop")
    job = house.bench.core.consider(order, SOURCE, NOW)
    assert "exit_holding" not in str(job.refusal)


async def test_an_answer_that_cannot_be_read_tells_nothing_and_reaches_the_bot() -> None:
    house = House()
    house.exchange.orders["buy"].status = "BROKEN"
    form = {"symbol": "ETHBTC", "origClientOrderId": "buy"}
    answer = await house.ask(house.bench.signed("GET", "/api/v3/order", form))
    assert b"BROKEN" in answer.response.body
    assert house.held == 285


@pytest.mark.parametrize("status", ["CANCELED", "FILLED"])
async def test_an_older_order_of_the_same_name_settles_nothing(status: str) -> None:
    """One that was there before ours was signed, and that no record here knows."""
    house = House()
    house.exchange.orders["buy"] = Standing(3, "buy", status, created_ms=NOW // MS - 60_000)
    form = {"symbol": "ETHBTC"}
    await house.ask(house.bench.signed("GET", "/api/v3/allOrders", form))
    await house.ask(house.bench.signed("GET", "/api/v3/order", form | {"origClientOrderId": "buy"}))
    (order,) = house.bench.state.orders.values()
    assert order.exchange_order_id is None
    assert order.filled == 0
