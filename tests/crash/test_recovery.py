"""A signer that ends after any record: what a replay of the journal knows, and does next.

Everything is in one process and exact. A session is random; its journal is cut after every
record, the state is rebuilt, and a courier asks an exchange that got, of the orders that were
signed by then, the ones that the session sent.
"""

import asyncio
import itertools
import re
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crash.exchange import Exchange, Standing
from tests.signer.conftest import GRANT_SECRET, KEY_SECRET, NOW, Bench, courier, read
from tradelatch.exchanges.binance import order_report
from tradelatch.exchanges.claims import Sent
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.clock import MS, SECOND, ManualClock
from tradelatch.model.config import Signer
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import PlaceOrder
from tradelatch.policy.accounting import Window
from tradelatch.signer import settle
from tradelatch.signer.core import Core
from tradelatch.signer.records import Allowed, AnyRecord, Closed, Filled, decode, encode
from tradelatch.signer.state import State

SOURCE = "127.0.0.1"
SIGNED_MS = 5_000
FATES = ("answered", "answer lost", "never received", "never sent", "rejected", "not signed")


class Step(msgspec.Struct, frozen=True):
    """One order of a session: how it goes out, what becomes of it and what is heard of that."""

    side: str
    tif: str
    exit: bool
    fate: str
    filled: int
    pause_ms: int
    polled: bool


STEPS = st.builds(
    Step,
    side=st.sampled_from(("BUY", "SELL")),
    tif=st.sampled_from(("GTC", "IOC")),
    exit=st.booleans(),
    fate=st.sampled_from(FATES),
    filled=st.integers(0, 2),
    pause_ms=st.integers(0, 3_000),
    polled=st.booleans(),
)


class Session:
    """What a signer does until it is killed, and what the exchange knows by then."""

    def __init__(self, steps: list[Step]) -> None:
        self.bench = Bench()
        self.requests: dict[int, Request] = {}
        self.sent: dict[int, Standing] = {}
        """Orders that reached the exchange, by their number, as they ended there."""
        self._trade_ids = itertools.count(1)
        for number, step in enumerate(steps, start=1):
            self._play(number, step)

    def _play(self, number: int, step: Step) -> None:
        bench = self.bench
        bench.now += step.pause_ms * MS
        bench.feed(Decimal("0.07"))
        marked = step.exit and step.side == "SELL"
        name = f"{'exit-' if marked else ''}bot-{number}"
        request = bench.order(side=step.side, timeInForce=step.tif, newClientOrderId=name)
        job = bench.core.consider(request, SOURCE, bench.now)
        assert isinstance(job.record, Allowed), job.refusal
        bench.history.append(job.record)
        self.requests[job.record.id] = request
        if step.fate == "not signed":
            bench.history += bench.core.abandon(job, "not signed in time", bench.now)
            return
        standing = self._at_venue(number, name, step)
        if step.fate in ("answered", "answer lost"):
            self.sent[job.record.id] = standing
        records, _ = bench.core.conclude(job, read(job, self._answer(step, standing)), bench.now)
        bench.history += records
        if step.polled and step.fate == "answer lost":
            self._hear(job.record.id, standing)

    def _at_venue(self, number: int, name: str, step: Step) -> Standing:
        half = Decimal("0.5")
        fills = [(next(self._trade_ids), half) for _ in range(step.filled)]
        if step.filled == 2:
            status = "FILLED"
        elif step.tif == "IOC":
            status = "EXPIRED"
        else:
            status = "PARTIALLY_FILLED" if fills else "NEW"
        return Standing(100 + number, name, status, fills)

    def _answer(self, step: Step, standing: Standing) -> Sent:
        match step.fate:
            case "answered":
                return Sent(1, Response(200, msgspec.json.encode(standing.row(full=True))))
            case "never sent":
                return Sent(1, was_sent=False, error="the courier is not running")
            case "rejected":
                return Sent(1, Response(400, b'{"code":-2010,"msg":"no"}'))
        return Sent(1, error="the courier went away")

    def _hear(self, number: int, standing: Standing) -> None:
        """The courier saw the order, without its fills."""
        bench = self.bench
        if order := bench.state.orders.get(number):
            seen = order_report(msgspec.json.encode(standing.row()))
            bench.history += settle.report(bench.state, order, seen, None, bench.now)


def _replayed(records: list[AnyRecord]) -> State:
    state = State()
    for record in records:
        state.apply(decode(encode(record)))
    return state


def _core(state: State, bench: Bench) -> Core:
    secrets = {"tlg_test": GRANT_SECRET, "account:me": KEY_SECRET}
    core = Core(state, secrets.__getitem__, Signer(SIGNED_MS), lambda name: "http://venue")
    core.quotes["binance"].markets = bench.core.quotes["binance"].markets
    core.quotes["binance"].prices = bench.core.quotes["binance"].prices
    return core


def _orders(records: list[AnyRecord]) -> dict[int, Allowed]:
    return {
        record.id: record
        for record in records
        if isinstance(record, Allowed) and isinstance(record.intent, PlaceOrder)
    }


def _closed(records: list[AnyRecord]) -> dict[int, str]:
    return {record.order: record.why for record in records if isinstance(record, Closed)}


@given(st.lists(STEPS, min_size=1, max_size=8))
@settings(max_examples=60)
def test_no_prefix_of_the_journal_forgets_an_order(steps: list[Step]) -> None:
    session = Session(steps)
    history = session.bench.history
    for cut in range(len(history) + 1):
        records = history[:cut]
        state = _replayed(records)
        orders, closed = _orders(records), _closed(records)
        assert state.orders.keys() == orders.keys() - closed.keys()
        for number, record in orders.items():
            with pytest.raises(Refusal, match="received before"):
                _core(state, session.bench).consider(
                    session.requests[number], SOURCE, record.time_ns
                )
        for order in state.orders.values():
            losses = state.accounts["me"].losses
            assert state.accounts["me"].live[order.id] is order
            with_it = losses.used(Window.DAY, session.bench.now)
            without = losses.used(Window.DAY, session.bench.now, without={str(order.id)})
            if order.filled < order.judged.quantity:
                assert (with_it.budget, with_it.exit_budget) != (
                    without.budget,
                    without.exit_budget,
                )
                assert with_it.budget >= without.budget
                assert with_it.exit_budget >= without.exit_budget


@given(st.lists(STEPS, min_size=1, max_size=6), st.data())
@settings(max_examples=60)
def test_after_any_record_recovery_ends_as_the_exchange_says(
    steps: list[Step], data: st.DataObject
) -> None:
    session = Session(steps)
    first = next(i for i, r in enumerate(session.bench.history) if isinstance(r, Allowed))
    cut = data.draw(st.integers(first + 1, len(session.bench.history)))
    asyncio.run(_recover(session, cut))


async def _recover(session: Session, cut: int) -> None:
    records = [decode(encode(record)) for record in session.bench.history[:cut]]
    state = _replayed(records)
    clock = ManualClock(records[-1].time_ns)
    exchange = Exchange(clock)
    known = _orders(records).keys()
    # The last order's record may have been all: nothing of it was sent.
    closed = _closed(records)
    for number, standing in session.sent.items():
        if number in known:
            exchange.orders[standing.client_id] = standing
    core = _core(state, session.bench)
    asks = courier(core, records, exchange.send, clock)
    for _ in range(10):
        await asks.round()
        _never_too_early(records, closed, clock)
        clock.advance(SECOND)
    assert all(request.method == "GET" for request in exchange.asked), "something was sent again"
    _ends_as(state, records, exchange)
    again = _replayed(records)
    assert again.orders.keys() == state.orders.keys()
    now = clock.now_ns()
    used = [each.accounts["me"].losses.used(Window.DAY, now) for each in (state, again)]
    assert used[0] == used[1]


def _never_too_early(records: list[AnyRecord], before: dict[int, str], clock: ManualClock) -> None:
    orders = _orders(records)
    for number, why in _closed(records).items():
        if number not in before and "never received" in why:
            assert clock.now_ns() // MS > orders[number].expires_ms


def _ends_as(state: State, records: list[AnyRecord], exchange: Exchange) -> None:
    closed = _closed(records)
    fills = [record for record in records if isinstance(record, Filled)]
    for number, record in _orders(records).items():
        standing = exchange.orders.get(record.client_order_id)
        mine = [fill for fill in fills if fill.order == number]
        assert sorted((fill.trade_id, fill.quantity) for fill in mine) == sorted(
            standing.fills if standing else []
        )
        is_open = standing is not None and standing.status in ("NEW", "PARTIALLY_FILLED")
        assert is_open == (number in state.orders) == (number not in closed)


def _placed(bench: Bench, name: str) -> int:
    job = bench.core.consider(bench.order(newClientOrderId=name), SOURCE, bench.now)
    assert isinstance(job.record, Allowed)
    bench.history.append(job.record)
    return job.record.id


async def test_a_fill_seen_while_its_order_was_on_its_way_is_not_passed_over() -> None:
    """The trades of two orders come in one answer while only one of them is known by number."""
    bench, clock = Bench(), ManualClock(NOW)
    exchange = Exchange(clock)
    late, early = _placed(bench, "late"), _placed(bench, "early")
    exchange.orders["late"] = Standing(7, "late", "FILLED", [(1, Decimal(1))])
    exchange.orders["early"] = Standing(8, "early", "FILLED", [(2, Decimal(1))])
    in_flight = {late}
    asks = courier(bench.core, bench.history, exchange.send, clock, in_flight)
    await asks.round()
    assert early not in bench.state.orders
    in_flight.clear()  # its answer was lost
    await asks.round()
    assert late not in bench.state.orders


async def test_not_found_is_not_final_while_the_exchanges_clock_is_unknown() -> None:
    bench, clock = Bench(), ManualClock(NOW)
    exchange = Exchange(clock)
    exchange.clock_ahead_ms, exchange.tells_time = -4_000, False
    number = _placed(bench, "mine")
    asks = courier(bench.core, bench.history, exchange.send, clock)
    clock.advance(7 * SECOND)
    await asks.round()
    assert number in bench.state.orders
    exchange.tells_time = True
    await asks.round()
    assert number in bench.state.orders
    clock.advance(4 * SECOND)
    await asks.round()
    assert number not in bench.state.orders


def test_no_two_orders_share_a_name_at_the_exchange() -> None:
    """By its name an order's outcome is asked for: another's would be taken for it."""
    bench = Bench()
    names: list[str] = []
    for wish in ("", "tradelatch-3", "", f"tradelatch-{NOW // MS + 4}-5", "", "mine", "mine", ""):
        bench.now += MS
        job = bench.core.consider(bench.order(newClientOrderId=wish), SOURCE, bench.now)
        assert isinstance(job.record, Allowed)
        names.append(job.record.client_order_id)
        bench.core.abandon(job, "never sent", bench.now)
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-zA-Z0-9_-]{1,36}", name) for name in names)
