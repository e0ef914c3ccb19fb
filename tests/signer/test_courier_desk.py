"""What a courier may ask for and say: seven questions, cancels that the signer wants, and claims
that answer something. A captured one gets no further."""

from decimal import Decimal

import msgspec
import pytest

from tests.crash.exchange import Standing
from tests.signer.conftest import NOW, POLICY
from tests.signer.test_doubts import Desk
from tradelatch import exchanges
from tradelatch.exchanges import binance, claims
from tradelatch.exchanges.claims import AnyClaim, AnyQuestion, AskCancel
from tradelatch.exchanges.protocol import KeyRights, Mark, OwnTrade
from tradelatch.model.clock import MS, SECOND
from tradelatch.model.http import Request
from tradelatch.model.intents import CancelOrder, FollowAccount, ReadAccount
from tradelatch.model.markets import Market, TopOfBook
from tradelatch.model.orders import Fill, OrderReport, OrderStatus, Side
from tradelatch.signer.claims import MOST_FOREIGN, MOST_OF_ACCOUNT
from tradelatch.signer.courier_desk import MOST_CANCELS, MOST_QUESTIONS
from tradelatch.signer.records import (
    AccountAdded,
    Cause,
    Closed,
    Frozen,
    KeyInspected,
    OwnRequest,
    Reported,
    SpreadSeen,
)

ONE = Decimal(1)
QUESTIONS: list[AnyQuestion] = [
    claims.AskOrder("ETH/BTC", "mine"),
    claims.AskOpenOrders(("ETH/BTC", "VIN/BTC")),
    claims.AskTrades("ETH/BTC", Mark(6, 1)),
    claims.AskTradesBetween("ETH/BTC", 1, 2),
    claims.AskBalances(),
    claims.AskRights(),
    claims.AskEvents(),
]


async def signed(desk: Desk, question: AnyQuestion) -> tuple[Request, ...]:
    return await desk.courier.sign("me", question)


def asked(desk: Desk) -> list[OwnRequest]:
    return [record for record in desk.bench.history if isinstance(record, OwnRequest)]


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_question_is_recorded_and_reads_only(question: AnyQuestion) -> None:
    desk = Desk()
    desk.place(price="0.0699", newClientOrderId="mine")
    requests = await signed(desk, question)
    assert len(requests) == len(asked(desk)) > 0
    for record, request in zip(asked(desk), requests, strict=True):
        assert isinstance(record.intent, ReadAccount | FollowAccount)
        assert request.method in ("GET", exchanges.load("binance").STREAMS.CALL)


async def test_of_an_account_that_is_not_there_nothing_is_asked() -> None:
    desk = Desk()
    assert await desk.courier.sign("nobody", claims.AskBalances()) == ()
    assert asked(desk) == []


async def test_no_more_questions_are_signed_than_make_sense_and_cancels_still_are() -> None:
    desk = Desk()
    for _ in range(5 * MOST_QUESTIONS):
        await signed(desk, claims.AskBalances())
    assert len(asked(desk)) == 2 * MOST_QUESTIONS
    desk.bench.take(Frozen(NOW, "me", "", Cause.STOP, "by an operator"))
    before = len(asked(desk))
    for _ in range(5 * MOST_CANCELS):
        await signed(desk, AskCancel("ETH/BTC"))
    assert len(asked(desk)) - before == 2 * MOST_CANCELS


async def test_no_order_is_asked_for_that_is_not_live() -> None:
    desk = Desk()
    assert await signed(desk, claims.AskOrder("ETH/BTC", "x" * 200)) == ()


async def test_an_account_is_not_looked_at_all_the_time() -> None:
    """Each look judges all that rests."""
    desk = Desk()
    seen = [await desk.courier.look_at("me") for _ in range(5 * MOST_QUESTIONS)]
    assert sum(view is not None for view in seen) == 2 * MOST_QUESTIONS
    desk.clock.advance(SECOND)
    assert await desk.courier.look_at("me")


def test_what_is_told_of_one_account_closes_no_other_and_what_is_sought_closes_none() -> None:
    desk = Desk()
    desk.bench.take(AccountAdded(NOW, "other", "binance", "key", POLICY))
    own = desk.courier._desk.claims
    for number in range(MOST_FOREIGN):
        trade = OwnTrade(5, Fill(number, 1, ONE, ONE, ONE, "BNB"), Side.BUY)
        name = "me" if number else "other"
        own.note_foreign(desk.bench.state.accounts[name], "ETH/BTC", trade)
        sought = desk.bench.state.accounts["other"]
        own.note_foreign(sought, "VIN/BTC", trade, was_sought=True)
    own.note_foreign(sought, "ETH/BTC", msgspec.structs.replace(trade, order_id=6))
    assert not desk.bench.state.doubts


@pytest.mark.parametrize(
    "name", ["ETH/BTC\nnot signed here 0\n", "ETH/BTC x", "VIN/BTC", "ETH /BTC"]
)
def test_a_market_is_known_by_its_own_name_alone(name: str) -> None:
    """It stands in statements that the journal's key signs."""
    desk = Desk()
    base, _, quote = name.partition("/")
    market = Market(base if name != "VIN/BTC" else "ETH", quote, ONE, ONE, ONE)
    desk.courier.tell(claims.MarketsSeen("binance", {name: market}))
    assert desk.bench.core.quotes["binance"].markets == {}


async def test_no_cancel_is_signed_that_the_signer_does_not_want() -> None:
    desk = Desk()
    record = desk.place(price="0.0699")
    desk.exchange.orders[record.client_order_id] = Standing(7, record.client_order_id)
    await desk.courier.round()
    own, all_ = AskCancel("ETH/BTC", record.client_order_id, 7), AskCancel("ETH/BTC")
    for cancel in (own, all_):
        assert await signed(desk, cancel) == ()
    desk.bench.take(Frozen(desk.clock.now_ns(), "me", "", Cause.OPERATOR, "by an operator"))
    account = await desk.courier.look_at("me")
    assert account
    assert account.unwanted == (own,)
    assert await signed(desk, own)
    assert await signed(desk, all_) == (), "only what was placed here"
    assert asked(desk)[-1].intent == CancelOrder("ETH/BTC", client_order_id=own.client_order_id)


UNASKED: list[AnyClaim] = [
    claims.BalancesSeen("me", {"BTC": Decimal(1), "ETH": Decimal(1)}),
    claims.RightsSeen("me", KeyRights(("trade", "withdraw"), is_bound=False)),
    claims.NoSuchOrder("me", "mine-1"),
    claims.BookSeen("binance", "XYZ/BTC", TopOfBook(Decimal(1), Decimal(2)), 0),
    claims.MinutesSeen("binance", "XYZ/BTC", (), 0),
    claims.MarketsSeen("elsewhere", {}),
    claims.NothingOpen("nobody", 1),
]


@pytest.mark.parametrize("claim", UNASKED)
def test_what_nobody_asked_or_trades_in_changes_nothing(claim: AnyClaim) -> None:
    desk = Desk()
    desk.place(price="0.0699")
    before = list(desk.bench.history)
    desk.courier.tell(claim)
    assert desk.bench.history == before
    assert "XYZ/BTC" not in desk.bench.core.quotes["binance"].prices
    assert not desk.bench.state.doubt("me")


async def test_an_answer_is_taken_once() -> None:
    desk = Desk()
    await signed(desk, claims.AskRights())
    told = claims.RightsSeen("me", KeyRights(("trade",), is_bound=True))
    for _ in range(3):
        desk.courier.tell(told)
    assert sum(isinstance(record, KeyInspected) for record in desk.bench.history) == 1


async def test_an_order_asked_for_too_soon_is_not_closed_by_that_answer_later() -> None:
    """Final is what was asked after the request could no longer be accepted, not what is told."""
    desk = Desk()
    record = desk.place(price="0.0699")
    await desk.courier.round()  # the exchange's clock is known
    await signed(desk, claims.AskOrder("ETH/BTC", record.client_order_id))
    desk.clock.advance(60 * SECOND)
    desk.courier.tell(claims.NoSuchOrder("me", record.client_order_id))
    assert not any(isinstance(one, Closed) for one in desk.bench.history)
    await signed(desk, claims.AskOrder("ETH/BTC", record.client_order_id))
    desk.courier.tell(claims.NoSuchOrder("me", record.client_order_id))
    assert any(isinstance(one, Closed) for one in desk.bench.history)


async def test_an_order_may_come_for_as_long_as_the_exchange_takes_what_was_signed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At most exchanges that is longer than the window that is wished for, and fixed."""
    monkeypatch.setattr(binance, "SHORTEST_WINDOW_MS", 30_000)
    desk = Desk()
    record = desk.place(price="0.0699")
    await desk.courier.round()
    for after_s, is_closed in ((29, False), (3, True)):
        desk.clock.advance(after_s * SECOND)
        await signed(desk, claims.AskOrder("ETH/BTC", record.client_order_id))
        desk.courier.tell(claims.NoSuchOrder("me", record.client_order_id))
        assert any(isinstance(one, Closed) for one in desk.bench.history) is is_closed


@pytest.mark.parametrize("is_forgotten", [True, False])
@pytest.mark.parametrize("executed", ["0", "0.5"])
async def test_an_order_that_was_there_and_is_not_has_ended_unfilled_where_those_are_forgotten(
    monkeypatch: pytest.MonkeyPatch, *, is_forgotten: bool, executed: str
) -> None:
    monkeypatch.setattr(binance, "FORGETS_UNFILLED", is_forgotten)
    desk = Desk()
    record = desk.place(price="0.0699")
    await desk.courier.round()
    stands, done = OrderStatus.PARTIALLY_FILLED, Decimal(executed)
    report = OrderReport("ETH/BTC", 7, record.client_order_id, stands, done, created_ms=NOW // MS)
    desk.courier.tell(claims.OrderSeen("me", report))
    ends = is_forgotten and not done
    for after_s, is_closed in ((0, False), (60, ends)):  # it may have come just now
        desk.clock.advance(after_s * SECOND)
        await signed(desk, claims.AskOrder("ETH/BTC", record.client_order_id, 7))
        desk.courier.tell(claims.NoSuchOrder("me", record.client_order_id))
        assert any(isinstance(one, Closed) for one in desk.bench.history) is is_closed
        assert bool(desk.bench.state.doubt("me")) is not ends


def test_a_flood_of_reports_does_not_fill_the_journal() -> None:
    desk = Desk()
    record = desk.place(price="0.0699")
    for number in range(10 * MOST_OF_ACCOUNT):
        status = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)[number % 2]
        name, created = record.client_order_id, NOW // MS
        report = OrderReport("ETH/BTC", 7, name, status, Decimal(0), created_ms=created)
        desk.courier.tell(claims.OrderSeen("me", report))
    noted = sum(isinstance(one, Reported) for one in desk.bench.history)
    assert noted == 2 * MOST_OF_ACCOUNT


def test_spreads_are_noted_of_listed_markets() -> None:
    desk = Desk()
    book = TopOfBook(Decimal("0.0699"), Decimal("0.0701"))
    desk.courier.tell(claims.BookSeen("binance", "ETH/BTC", book, 0))
    assert any(isinstance(record, SpreadSeen) for record in desk.bench.history)
