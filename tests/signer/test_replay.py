"""State that follows from the journal answers as the one that lived through it, to the byte."""

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signer.conftest import Bench
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.clock import HOUR, MINUTE, MS, SECOND
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.orders import Fill, OrderReport, OrderStatus, OrderType, Side, TimeInForce
from tradelatch.policy import rules
from tradelatch.signer import freezing, review, settle
from tradelatch.signer.accounts import LiveOrder
from tradelatch.signer.records import Confirmed, Holdings, Valued, decode, encode
from tradelatch.signer.state import State

D = Decimal
SETTINGS = (
    'allocation = "1"\n',
    'budget_share = "0.01"\nallocation_share = "0.05"\n',
    'mode = "report"\nallocation = "1"\n',
)
FORMS: st.SearchStrategy[dict[str, str]] = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(["ETHBTC", "VINBTC"]),
        "side": st.sampled_from(["BUY", "SELL"]),
        "quantity": st.sampled_from(["0.5", "3", "40"]),
        "price": st.sampled_from(["0.0697", "0.07", "0.0703", "0.09"]),
        "newClientOrderId": st.sampled_from(["", "", "a", "exit-1", "exit-2"]),
    }
)
STEPS = st.one_of(
    st.tuples(st.just("order"), FORMS),
    st.tuples(st.just("fill"), st.sampled_from(["0", "0.5", "1"])),
    st.tuples(st.just("held"), st.integers(0, 400)),
    st.tuples(st.just("worth"), st.integers(20, 60)),
    st.tuples(st.sampled_from(["judge", "freeze", "doubt", "confirm"]), st.none()),
)


def _step(bench: Bench, what: str, value: Any) -> None:
    core, history, now = bench.core, bench.history, bench.now
    account = bench.state.accounts["me"]
    match what:
        case "order":
            _order(bench, value)
        case "fill" if account.live:
            _fill(bench, next(iter(account.live.values())), D(value))
        case "held" if not account.live:
            bench.take(Holdings(now, "me", {"ETH": D(value), "BTC": D(30), "VIN": D(value)}))
        case "worth":
            bench.take(Valued(now, "me", D(value)))
        case "judge":
            history += review.rejudge(core, account, now)
            bench.state.forget(now)
        case "freeze":
            for record in list(freezing.spent(account, now)):
                bench.take(record)
        case "doubt":
            history += core.doubt("me", "something", now)
        case "confirm" if "me" in bench.state.doubts:
            bench.take(Confirmed(now, "me"))


def _order(bench: Bench, form: dict[str, str]) -> None:
    try:
        job = bench.core.consider(bench.order(**form), "127.0.0.1", bench.now)
    except Refusal:
        return
    bench.history += [*job.decided(), *job.after]


def _fill(bench: Bench, order: LiveOrder, share: Decimal) -> None:
    """A share of what is left is filled, its fee taken in the coin; the rest is cancelled."""
    now, number, quantity = bench.now, len(bench.history), order.left * share
    status = OrderStatus.FILLED if quantity == order.left else OrderStatus.CANCELED
    fill = Fill(number, now // MS, order.judged.limit, quantity, quantity / 1_000, "ETH")
    name, executed = order.client_order_id, order.executed + quantity
    fills = (fill,) if quantity else ()
    seen = OrderReport(order.symbol, number, name, status, executed, fills)
    reference = bench.core.reference_at_fill(order, now)
    bench.history += settle.report(bench.state, order, seen, reference, now, is_answer=True)


def _answers(bench: Bench, state: State) -> bytes:
    """What would become of some orders, and what is known besides."""
    live, bench.core.state = bench.core.state, state
    account = state.accounts["me"]
    intents = [
        PlaceOrder(
            symbol,
            side,
            OrderType.LIMIT,
            D(1),
            None,
            D("0.07"),
            TimeInForce.GTC,
            client_order_id=name,
        )
        for symbol in ("ETH/BTC", "VIN/BTC")
        for side in Side
        for name in (None, "exit-9")
    ]
    cases = [bench.core.case(account, intent, "127.0.0.1", bench.now) for intent in intents]
    bench.core.state = live
    known = [account.frozen, account.fees, [*account.unfilled], account.touched_ns, account.aliases]
    grants = [list(grant.dangers) for grant in state.grants.values()]
    orders = list(state.orders.values())
    return msgspec.json.encode(
        [[rules.judge(case) for case in cases], known, grants, orders, state.doubts, state.next_id]
    )


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(SETTINGS),
    st.lists(st.tuples(STEPS, st.sampled_from([MS, SECOND, MINUTE, HOUR])), max_size=20),
)
def test_replayed_records_give_the_same_answers(
    head: str, steps: list[tuple[tuple[str, Any], int]]
) -> None:
    bench = Bench(head)
    for number, ((what, value), wait) in enumerate(steps):
        bench.now += wait
        bench.feed(D("0.07") * (D(1) + D(number % 3) / 50))
        _step(bench, what, value)
    again = State()
    for record in bench.history:
        again.apply(decode(encode(record)))
    for state in (again, bench.state):
        state.forget(bench.now)
    assert _answers(bench, again) == _answers(bench, bench.state)
