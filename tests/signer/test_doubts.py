"""What does not agree with what was reported closes an account to new risk, until an operator has
confirmed it; nothing else does."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.crash.exchange import Exchange, Standing
from tests.signer.conftest import NOW, Bench, courier
from tradelatch.courier.asking import REST_NS
from tradelatch.courier.rounds import HOLDINGS_NS, SOON_NS
from tradelatch.exchanges.claims import BookSeen, Sent
from tradelatch.model.clock import MINUTE, MS, SECOND, ManualClock
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import CancelOrder
from tradelatch.model.markets import TopOfBook
from tradelatch.model.orders import Fill, OrderReport, OrderStatus
from tradelatch.policy.document import Mode
from tradelatch.signer import settle
from tradelatch.signer.accounts import UNFILLED_NS
from tradelatch.signer.records import (
    Allowed,
    Closed,
    Confirmed,
    Doubted,
    OwnRequest,
    Reported,
    SpreadSeen,
    decode,
    encode,
)
from tradelatch.signer.state import State

SOURCE = "127.0.0.1"
HELD = {"BTC": "30", "ETH": "285"}


class Desk:
    """A signer with one account, and an exchange to ask."""

    def __init__(self, settings: str = "") -> None:
        self.bench, self.clock = Bench(settings), ManualClock(NOW)
        self.exchange = Exchange(self.clock)
        self.exchange.balances = dict(HELD)
        self.courier = courier(
            self.bench.core,
            self.bench.history,
            lambda request: self.exchange.send(request),
            self.clock,
        )
        self._price = Decimal("0.07")
        self._placed = 0

    def feed(self, price: Decimal | None = None) -> None:
        """Fresh prices, at another price from now on if one is given."""
        self._price = price or self._price
        self.bench.now = self.clock.now_ns()
        self.bench.feed(self._price)

    def place(self, **form: str) -> Any:
        """A bot's order; its record if it was allowed."""
        self.feed()
        self._placed += 1
        named = {"newClientOrderId": f"mine-{self._placed}"} | form
        job = self.bench.core.consider(self.bench.order(**named), SOURCE, self.bench.now)
        if isinstance(job.record, Allowed):
            self.bench.history.append(job.record)
            return job.record
        return job.refusal

    def reject(self, record: Allowed) -> None:
        """The courier says that the exchange rejected it."""
        self.bench.take(Closed(self.clock.now_ns(), record.id, "rejected by the exchange"))

    def settle(self, record: Allowed, quantity: Decimal, fee: tuple[str, str]) -> None:
        """The exchange says that the order is filled, for a fee of so much of an asset."""
        now, order = self.clock.now_ns(), self.bench.state.orders[record.id]
        fill = Fill(1, now // MS, Decimal("0.07"), quantity, Decimal(fee[0]), fee[1])
        name = record.client_order_id
        seen = OrderReport(order.symbol, 1, name, OrderStatus.FILLED, quantity, (fill,))
        self.bench.history += settle.report(
            self.bench.state, order, seen, None, now, is_answer=True
        )

    async def look(self) -> str:
        """Ask the exchange for balances again; what is in doubt then."""
        self.clock.advance(HOLDINGS_NS + SECOND)
        self.feed()
        await self.courier.round()
        return self.bench.state.doubt("me")


async def test_money_that_moved_by_a_rejected_order_closes_the_account() -> None:
    desk = Desk()
    await desk.look()
    desk.reject(desk.place(quantity="2"))
    assert await desk.look() == ""
    desk.reject(desk.place(quantity="2"))
    desk.exchange.balances = {"BTC": "29.86", "ETH": "287"}
    says = await desk.look()
    assert says.startswith("2 ETH more than reported are held, as if an order to buy")
    refused = desk.place()
    assert "open_for_risk: 2 ETH more than reported" in str(refused)
    assert "open_for_risk" in str(desk.place(side="SELL", newClientOrderId="exit-1"))


async def test_an_order_that_stands_open_hides_no_other_ones_fills() -> None:
    """What the open one may have got meanwhile is allowed for, and no more."""
    desk = Desk()
    await desk.look()
    standing = desk.place(quantity="3")
    name = standing.client_order_id
    desk.exchange.orders[name] = Standing(7, name)
    desk.reject(desk.place(quantity="2"))
    desk.exchange.balances = {"BTC": "29.79", "ETH": "288"}
    assert await desk.look() == ""
    desk.reject(desk.place(quantity="2"))
    desk.exchange.balances = {"BTC": "29.65", "ETH": "290"}
    assert (await desk.look()).startswith("5 ETH more than reported are held")


async def test_a_rejection_is_soon_looked_into() -> None:
    desk = Desk()
    await desk.look()
    desk.reject(desk.place(quantity="2"))
    desk.exchange.balances = {"BTC": "29.86", "ETH": "287"}
    desk.clock.advance(SOON_NS + SECOND)
    desk.feed()
    await desk.courier.round()
    assert desk.bench.state.doubt("me")


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_doubt_closes_in_every_mode(mode: Mode) -> None:
    desk = Desk(f'mode = "{mode}"\n')
    assert isinstance(desk.place(), Allowed)
    desk.bench.core.doubt("me", "something", NOW)
    assert "something" in str(desk.place())


@pytest.mark.parametrize(
    ("form", "held"),
    [
        ({"quantity": "2"}, {"BTC": "30", "ETH": "385"}),  # a deposit far above the order
        ({"quantity": "2"}, {"BTC": "30", "ETH": "284"}),  # a withdrawal beside a buy
        ({"quantity": "2"}, {"BTC": "30", "ETH": "285.019"}),  # dust
        ({"quantity": "2", "side": "SELL"}, {"BTC": "30", "ETH": "284.99"}),  # a fee in the coin
        ({"quantity": "2"}, {"BTC": "20", "ETH": "285"}),  # money was withdrawn
    ],
)
async def test_deposits_withdrawals_and_fees_are_no_doubt(
    form: dict[str, str], held: dict[str, str]
) -> None:
    desk = Desk()
    await desk.look()
    desk.reject(desk.place(**form))
    desk.exchange.balances = held
    assert await desk.look() == ""
    ledger = desk.bench.state.accounts["me"].losses.holdings()
    assert ledger == {asset: Decimal(amount) for asset, amount in held.items()}


@pytest.mark.parametrize("fee_asset", ["ETH", "VIN"])
async def test_fees_are_known_and_no_doubt(fee_asset: str) -> None:
    """Taken in the coin itself, or in another of which an order was cancelled; a fee is more than
    a hundredth of what was left of that."""
    desk = Desk()
    desk.exchange.balances = {**HELD, "VIN": "9"}
    await desk.look()
    bought = desk.place(quantity="10")
    left = desk.place(symbol=f"{fee_asset}BTC", side="SELL", quantity="0.5", price="0.08")
    desk.settle(bought, Decimal(10), ("0.01", fee_asset))
    desk.reject(left)
    desk.exchange.balances = {"BTC": "29.3", "ETH": "295", "VIN": "9"}
    paid = Decimal(desk.exchange.balances[fee_asset]) - Decimal("0.01")
    desk.exchange.balances[fee_asset] = str(paid)
    assert await desk.look() == ""
    assert desk.bench.state.accounts["me"].losses.holdings()[fee_asset] == paid
    desk.reject(desk.place(symbol=f"{fee_asset}BTC", side="SELL", quantity="0.5", price="0.08"))
    desk.exchange.balances[fee_asset] = str(paid - Decimal("0.01"))
    assert "less than reported" in await desk.look(), "the fee explains it once"


async def test_a_rejection_of_long_ago_explains_nothing() -> None:
    desk = Desk()
    desk.reject(desk.place(quantity="2"))
    desk.clock.advance(11 * MINUTE)
    await desk.look()
    desk.exchange.balances = {"BTC": "30", "ETH": "287"}
    assert await desk.look() == ""


async def test_an_order_that_the_exchange_took_and_then_denies_closes_the_account() -> None:
    desk = Desk()
    record = desk.place()
    desk.bench.take(Reported(NOW, record.id, 7, OrderStatus.NEW, Decimal(0)))
    desk.clock.advance(MINUTE)
    await desk.courier.round()
    says = desk.bench.state.doubt("me")
    assert "the exchange took order" in says
    assert record.id in desk.bench.state.orders, "its reservation stays"
    await desk.courier.round()
    doubts = [r for r in desk.bench.history if isinstance(r, Doubted)]
    assert len(doubts) == 1, "told once"


async def test_a_doubt_outlives_a_restart_and_ends_when_it_is_confirmed() -> None:
    desk = Desk()
    desk.bench.history += desk.bench.core.doubt("me", "something", NOW)
    again = State()
    for record in desk.bench.history:
        again.apply(decode(encode(record)))
    assert again.doubt("me").startswith("something; look into it")
    assert again.doubt("another") == ""
    again.apply(Confirmed(NOW, "me"))
    assert again.doubt("me") == ""


async def test_resting_orders_grow_no_older_than_they_may_and_exits_may() -> None:
    desk = Desk("limits.order_age_s = 600\n")
    old, leaving = desk.place(), desk.place(side="SELL", newClientOrderId="exit-1", price="0.08")
    for number, record in enumerate((old, leaving), start=1):
        name = record.client_order_id
        desk.exchange.orders[name] = Standing(number, name)
    desk.clock.advance(10 * MINUTE)
    desk.feed()
    await desk.courier.round()
    assert _cancelled(desk) == []
    desk.clock.advance(MS)
    await desk.courier.round()
    assert _cancelled(desk) == [old.client_order_id]


def _cancelled(desk: Desk) -> list[str]:
    return [
        record.intent.client_order_id or ""
        for record in desk.bench.history
        if isinstance(record, OwnRequest) and isinstance(record.intent, CancelOrder)
    ]


async def test_values_are_noted_when_they_fall_and_every_few_minutes() -> None:
    desk = Desk()
    account = desk.bench.state.accounts["me"]
    await desk.look()
    assert account.worth is not None
    first = account.worth.value
    assert first == 30 + 285 * Decimal("0.07")
    steps: list[tuple[Callable[[], object], Decimal]] = [
        (lambda: desk.feed(Decimal("0.0705")), first),  # a rise can wait
        (lambda: desk.feed(Decimal("0.06")), 30 + 285 * Decimal("0.06")),
        (lambda: desk.clock.advance(11 * MINUTE), 30 + 285 * Decimal("0.06")),
    ]
    for change, noted in steps:
        change()
        await desk.look()
        assert account.worth.value == noted
    assert account.worth.lowest(0) == 30 + 285 * Decimal("0.06")


async def test_the_half_spread_is_noted_every_hour_and_known_after_a_restart() -> None:
    desk = Desk()
    prices = desk.bench.core.quotes["binance"].of("ETH/BTC")
    for wait in (0, 30 * MINUTE, 30 * MINUTE):
        desk.clock.advance(wait)
        desk.feed()
        desk.courier.tell(BookSeen("binance", "ETH/BTC", prices._book, 0))
    seen = [record for record in desk.bench.history if isinstance(record, SpreadSeen)]
    assert [record.time_ns for record in seen] == [NOW, NOW + 60 * MINUTE]
    again = State()
    for record in desk.bench.history:
        again.apply(decode(encode(record)))
    spreads = again.spreads["binance", "ETH/BTC"]
    assert [spread.half_spread for spread in spreads] == [Decimal("0.0002")] * 2
    desk.clock.advance(60 * MINUTE)
    desk.courier.tell(BookSeen("binance", "ETH/BTC", TopOfBook(Decimal(0), Decimal(1)), 0))
    assert sum(isinstance(record, SpreadSeen) for record in desk.bench.history) == 2


def test_what_was_left_of_orders_is_forgotten_though_none_is_closed_any_more() -> None:
    desk = Desk()
    desk.reject(desk.place())
    account = desk.bench.state.accounts["me"]
    desk.bench.state.forget(desk.clock.now_ns() + UNFILLED_NS)
    assert len(account.unfilled) == 1
    desk.bench.state.forget(desk.clock.now_ns() + UNFILLED_NS + 1)
    assert not account.unfilled


async def test_orders_that_stand_are_asked_for_now_and_then_and_a_market_at_a_time() -> None:
    desk = Desk()
    record = desk.place(price="0.0699")
    desk.exchange.orders[record.client_order_id] = Standing(7, record.client_order_id)

    async def asked() -> list[str]:
        before = len(desk.exchange.asked)
        await desk.courier.round()
        told = desk.exchange.asked[before:]
        return [request.query for request in told if request.path.endswith("/openOrders")]

    (first,) = await asked()
    assert first.startswith("symbol=ETHBTC&")
    for _ in range(5):
        desk.clock.advance(SECOND)
        assert await asked() == []
    desk.clock.advance(SECOND)
    assert len(await asked()) == 1
    order = desk.bench.state.orders[record.id]
    order.executed = order.filled + 1  # a fill is counted and not known
    assert len(await asked()) == 1


async def test_an_exchange_that_is_asked_too_often_is_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    answers = desk.exchange.send

    async def refuse(request: Request) -> Sent:
        await answers(request)
        return Sent(0, Response(429, b'{"code":-1003,"msg":"Too much request weight used"}'))

    monkeypatch.setattr(desk.exchange, "send", refuse)
    desk.place(price="0.0699")
    await desk.courier.round()
    count = len(desk.exchange.asked)
    desk.clock.advance(REST_NS - SECOND)
    await desk.courier.round()
    assert len(desk.exchange.asked) == count
    desk.clock.advance(2 * SECOND)
    await desk.courier.round()
    assert len(desk.exchange.asked) > count
