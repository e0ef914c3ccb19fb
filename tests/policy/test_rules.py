"""Every rule at its boundary; whatever is missing is a no."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradelatch.model.clock import SECOND
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import Market
from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.policy import rules
from tradelatch.policy.accounting import Accounts
from tradelatch.policy.activity import Activity
from tradelatch.policy.document import Depth, Policy, parse_policy
from tradelatch.policy.house import House, parse_house
from tradelatch.policy.judged import Judged
from tradelatch.policy.references import Figures, Reference
from tradelatch.policy.verdict import Case, Verdict
from tradelatch.policy.windows import Level

NOW = 1_790_000_000 * SECOND
ONE = Decimal(1)
POLICY = parse_policy(
    """
version = 1
unit = "BTC"
budget = "1"
allocation = "2"
exit_budget = "0.5"
hours = ["00:00-24:00"]
sources = ["10.0.0.0/8"]
[limits]
order = 10000
hour = 10000
day = 10000
turnover = 10000
open_orders = 5
orders_per_minute = 5
[markets]
"ETH/BTC" = { depth = "deep", collar = "0.01" }
"BAD/BTC" = { depth = "denied" }
"RAG/BTC" = { depth = "thin", collar = "0.01" }
"""
)
FIGURES = Figures(Decimal(10**6), Decimal("0.01"), Decimal("0.0001"), 30)
RULE_NAMES = {
    "open_for_risk",
    "cancel_only",
    "source",
    "hours",
    "order_type",
    "market",
    "fresh_prices",
    "depth",
    "open_orders",
    "order_rate",
    "limit_order",
    "price_collar",
    "order_size",
    "hour_size",
    "day_size",
    "turnover",
    "exit_holding",
    "budget",
    "allocation",
    "exit_budget",
    "house",
    "house_exit_budget",
    "signed_exposure",
}


def limit(side: Side = Side.BUY, **changes: Any) -> PlaceOrder:
    values: dict[str, Any] = {
        "quantity": ONE,
        "price": ONE,
        "time_in_force": TimeInForce.GTC,
    } | changes
    return PlaceOrder(
        symbol=values.pop("symbol", "ETH/BTC"), side=side, type=OrderType.LIMIT, **values
    )


def market_order(side: Side, **amount: Any) -> PlaceOrder:
    return PlaceOrder(symbol="ETH/BTC", side=side, type=OrderType.MARKET, **amount)


def case_of(intent: PlaceOrder, **changes: Any) -> Case:
    base = intent.symbol.partition("/")[0]
    reference = Reference(intent.side, ONE, ONE, ONE, 0, FIGURES)
    values: dict[str, Any] = {
        "policy": POLICY,
        "accounts": Accounts(),
        "now_ns": NOW,
        "closed": "",
        "market": Market(base, "BTC", Decimal("0.001"), Decimal("0.01"), Decimal(0)),
        "reference": msgspec.structs.replace(reference, **changes.pop("priced", {})),
        "value": Decimal(100),
        "activity": Activity(),
        "source": "10.1.2.3",
        "worth": None,
        "house": House(),
    } | changes
    return Case(intent=intent, **values)


def says(verdict: Verdict) -> list[str]:
    return [answer.rule for answer in verdict.refusals()]


INTENTS = [
    limit(),
    limit(Side.SELL),
    limit(symbol="RAG/BTC"),
    limit(Side.SELL, symbol="RAG/BTC", quantity=Decimal("0.1")),
    market_order(Side.BUY, quantity=ONE),
    market_order(Side.BUY, quote_quantity=ONE),
    market_order(Side.SELL, quantity=ONE),
]


@pytest.mark.parametrize("intent", INTENTS)
def test_all_rules_say_yes_to_an_ordinary_order(intent: PlaceOrder) -> None:
    verdict = rules.judge(case_of(intent))
    assert says(verdict) == []
    assert verdict.allowed
    assert {answer.rule for answer in verdict.answers} == RULE_NAMES


@pytest.mark.parametrize("intent", [*INTENTS, limit(Side.SELL, client_order_id="exit-1")])
@pytest.mark.parametrize("missing", ["closed", "market", "reference", "value", "source"])
def test_without_any_one_input_nothing_is_allowed(intent: PlaceOrder, missing: str) -> None:
    verdict = rules.judge(case_of(intent, **{missing: None}))
    assert not verdict.allowed
    assert all(answer.says for answer in verdict.answers)


@pytest.mark.parametrize("intent", INTENTS)
def test_without_knowing_what_was_ordered_no_entry_is_allowed(intent: PlaceOrder) -> None:
    assert says(rules.judge(case_of(intent, activity=None))) == [
        "order_rate",
        "hour_size",
        "day_size",
        "turnover",
        "signed_exposure",
    ]


WHOLE = parse_policy(
    """
version = 1
unit = "BTC"
budget_share = 0.1
exit_budget_share = 0.1
hours = ["00:00-24:00"]
sources = ["10.0.0.0/8"]
limits.turnover = 10000
markets."ETH/BTC" = { depth = "deep", anchor = 1, anchored = 2026-09-20 }
"""
)
USED_BY_NO_RULE = {
    ("intent", "client_order_id"),  # tells an exit where there is one
    ("intent", "quantity"),  # the other one is given
    ("intent", "price"),  # of limit orders
    ("intent", "time_in_force"),
    ("intent", "stop_price"),  # of orders that wait for one
    ("intent", "listed"),
    ("intent", "response"),
    ("intent", "test"),
    ("intent", "reduce_only"),
    ("intent", "unbounded"),  # denied before any rule is asked
    ("market", "base"),
    ("market", "quote"),
    ("market", "min_notional"),  # the exchange's own concern
    ("market", "min_quantity"),
    ("market", "price_digits"),
    ("freed",),  # of requests with two orders
    ("release",),  # lets more out where there is one
    ("change",),  # only tells whose answer it is
}


def _paths(struct: msgspec.Struct) -> Iterator[tuple[str, ...]]:
    """Every field of a case, and those of the structs in it; a policy's are settings."""
    for name in struct.__struct_fields__:
        yield (name,)
        value = getattr(struct, name)
        if isinstance(value, msgspec.Struct) and not isinstance(value, Policy):
            yield from ((name, *rest) for rest in _paths(value))


def _without(struct: Any, path: tuple[str, ...]) -> Any:
    name, *rest = path
    value = _without(getattr(struct, name), tuple(rest)) if rest else None
    return msgspec.structs.replace(struct, **{name: value})


def test_without_any_one_input_at_any_depth_nothing_is_allowed() -> None:
    house = House()
    house.policy = parse_house("version = 1\n[units.BTC]\nbudget = 1")
    accounts, worth = Accounts(), Level(Decimal(100))
    house.join("BTC", accounts)
    intent = market_order(Side.BUY, quote_quantity=ONE)
    priced = {"bound": ONE}
    whole = case_of(
        intent, policy=WHOLE, house=house, accounts=accounts, worth=worth, priced=priced
    )
    assert says(rules.judge(whole)) == []
    paths = set(_paths(whole))
    assert {("reference", "figures", "sigma"), ("worth",), ("market", "lot")} <= paths
    allowed = {path for path in paths if rules.judge(_without(whole, path)).allowed}
    assert allowed == USED_BY_NO_RULE


def test_amounts_that_are_shares_need_what_the_account_was_worth() -> None:
    worth = Level(Decimal(100))
    worth.set(Decimal(40), NOW)
    asked = rules.judge(case_of(limit(), policy=WHOLE, worth=worth, priced={"bound": ONE}))
    assert "of the day's 4 BTC" in next(a.says for a in asked.answers if a.rule == "budget")
    asked = rules.judge(case_of(limit(), policy=WHOLE, priced={"bound": ONE}))
    assert says(asked) == ["budget", "signed_exposure"]


@pytest.mark.parametrize("missing", ["quantity", "price", "time_in_force"])
def test_without_any_one_part_of_the_order_nothing_is_allowed(missing: str) -> None:
    assert says(rules.judge(case_of(limit(Side.BUY, **{missing: None})))) == ["limit_order"]
    assert not rules.judge(case_of(market_order(Side.BUY))).allowed


def test_without_any_one_rules_yes_nothing_is_allowed() -> None:
    answers = rules.judge(case_of(limit())).answers
    for number, answer in enumerate(answers):
        no = msgspec.structs.replace(answer, allowed=False)
        verdict = rules.judge(case_of(limit()))
        changed = (*answers[:number], no, *answers[number + 1 :])
        assert not msgspec.structs.replace(verdict, answers=changed).allowed
    assert not Verdict(answers).allowed


@pytest.mark.parametrize("symbol", ["XRP/BTC", "ETH/USDT", "nonsense"])
def test_a_market_that_is_not_listed_is_refused(symbol: str) -> None:
    verdict = rules.judge(case_of(limit(symbol=symbol)))
    assert "market" in says(verdict)
    assert "ETH/BTC, BAD/BTC, RAG/BTC" in verdict.refusals()[0].says


def test_closed_for_risk_says_why() -> None:
    verdict = rules.judge(case_of(limit(), closed="the disk is full"))
    assert [a.says for a in verdict.refusals()] == ["the disk is full"]


@pytest.mark.parametrize(("age", "fresh"), [(10 * SECOND, True), (10 * SECOND + 1, False)])
def test_prices_are_fresh_up_to_their_age(age: int, fresh: bool) -> None:
    verdict = rules.judge(case_of(limit(), priced={"age_ns": age}))
    assert says(verdict) == ([] if fresh else ["fresh_prices"])
    assert not rules.judge(case_of(limit(), priced={"age_ns": -1})).allowed


def test_a_market_without_depth_takes_no_order_but_lets_exits_out() -> None:
    shallow = {"figures": msgspec.structs.replace(FIGURES, sigma=Decimal("0.2"))}
    for side in Side:
        assert says(rules.judge(case_of(limit(side), priced=shallow))) == ["depth"]
    assert says(rules.judge(case_of(limit(symbol="RAG/BTC"), priced=shallow))) == []
    out = case_of(limit(Side.SELL, client_order_id="exit-1"), priced=shallow)
    out.accounts.hold("ETH", ONE)
    assert says(rules.judge(out)) == []
    entry = case_of(limit(Side.BUY, client_order_id="exit-1"), priced=shallow)
    assert says(rules.judge(entry)) == ["depth"]


@pytest.mark.parametrize(
    ("side", "price", "fits"),
    [
        (Side.BUY, "1.01", True),
        (Side.BUY, "1.0100000001", False),
        (Side.BUY, "0.1", True),
        (Side.SELL, "0.99", True),
        (Side.SELL, "0.9899999999", False),
        (Side.SELL, "10", True),
    ],
)
def test_the_collar_at_its_boundary(side: Side, price: str, fits: bool) -> None:
    order = limit(side, price=Decimal(price), quantity=Decimal("0.1"))
    assert says(rules.judge(case_of(order))) == ([] if fits else ["price_collar"])


def test_exits_are_held_to_the_present_price() -> None:
    priced = {"price": Decimal("1.3"), "present": ONE}
    sell = limit(Side.SELL, price=Decimal("0.99"), quantity=ONE)
    assert "price_collar" in says(rules.judge(case_of(sell, priced=priced)))
    out = case_of(msgspec.structs.replace(sell, client_order_id="exit-1"), priced=priced)
    out.accounts.hold("ETH", ONE)
    assert says(rules.judge(out)) == []
    low = limit(Side.SELL, price=Decimal("0.9899"), client_order_id="exit-1")
    assert "price_collar" in says(rules.judge(case_of(low, priced=priced)))


@pytest.mark.parametrize(("quantity", "held"), [("5", True), ("5.00000001", False)])
def test_an_exit_sells_no_more_than_is_held(quantity: str, held: bool) -> None:
    order = limit(Side.SELL, quantity=Decimal(quantity), client_order_id="exit-1")
    case = case_of(order)
    case.accounts.hold("ETH", Decimal(5))
    assert says(rules.judge(case)) == ([] if held else ["exit_holding"])


def _cost(intent: PlaceOrder) -> Judged:
    judged = rules.judge(case_of(intent)).judged
    assert judged
    return judged


@pytest.mark.parametrize(
    ("intent", "rule", "field"),
    [
        (limit(quantity=Decimal(90), price=Decimal("1.01")), "budget", "budget"),
        (limit(Side.SELL, quantity=Decimal(90), price=Decimal("0.99")), "budget", "budget"),
        (limit(symbol="RAG/BTC", quantity=ONE), "allocation", "allocation"),
        (limit(Side.SELL, symbol="RAG/BTC", quantity=Decimal(10)), "exit_budget", "exit_budget"),
        (limit(Side.SELL, client_order_id="exit-1"), "exit_budget", "exit_budget"),
    ],
)
def test_each_amount_at_its_boundary(intent: PlaceOrder, rule: str, field: str) -> None:
    accounts = Accounts()
    used = accounts.used_by_window(NOW, _cost(intent))
    day = getattr(next(iter(used.values())), field)
    assert day > 0
    for amount, fits in ((day, True), (day - Decimal("1e-12"), False)):
        policy = msgspec.structs.replace(POLICY, **{field: amount})
        case = case_of(intent, policy=policy)
        case.accounts.hold("ETH", ONE)
        refused = says(rules.judge(case))
        assert refused == ([] if fits else [rule])


def test_a_refusal_tells_its_numbers() -> None:
    order = limit(quantity=Decimal(500), price=Decimal("1.01"))
    (answer,) = rules.judge(case_of(order)).refusals()
    assert answer.numbers["day"].endswith(" of 1")
    assert answer.numbers["week"].endswith(" of 2")
    assert answer.numbers["month"].endswith(" of 4")
    assert "of the day's 1 BTC would be taken, 0 are already" in answer.says


def test_exits_are_never_refused_by_the_budget() -> None:
    case = case_of(limit(Side.SELL, client_order_id="exit-1"))
    case.accounts.hold("ETH", Decimal(5))
    big = _cost(limit(quantity=Decimal(10**6)))
    case.accounts.reserve("huge", big)
    assert says(rules.judge(case)) == []


# Market orders


@pytest.mark.parametrize(
    ("side", "best", "reference", "goes_out"),
    [
        (Side.BUY, "0.9", "1", "0.909"),
        (Side.BUY, "1.5", "1", "1.01"),
        (Side.BUY, "0.9007", "1", "0.909"),
        (Side.SELL, "1.1", "1", "1.089"),
        (Side.SELL, "0.5", "1", "0.99"),
        (Side.SELL, "1.1003", "1", "1.09"),
    ],
)
def test_a_market_order_goes_out_with_the_tighter_limit(
    side: Side, best: str, reference: str, goes_out: str
) -> None:
    priced = {"best_opposite": Decimal(best), "price": Decimal(reference)}
    verdict = rules.judge(case_of(market_order(side, quantity=ONE), priced=priced))
    assert verdict.order
    assert verdict.order.price == Decimal(goes_out)
    assert verdict.order.time_in_force is TimeInForce.IOC
    assert verdict.allowed


@given(st.decimals("0.01", "100", places=6), st.decimals("0.01", "100", places=6))
@settings(max_examples=100)
def test_a_market_orders_limit_is_on_the_tick_and_inside(best: Decimal, at: Decimal) -> None:
    for side in Side:
        priced = {"best_opposite": best, "price": at, "present": at}
        order = rules.judge(case_of(market_order(side, quantity=ONE), priced=priced)).order
        assert order
        assert order.price % Decimal("0.001") == 0
        collar, reach = at * Decimal("0.01"), best * Decimal("0.01")
        if side is Side.BUY:
            assert order.price <= min(at + collar, best + reach) < order.price + Decimal("0.001")
        else:
            assert order.price >= max(at - collar, best - reach) > order.price - Decimal("0.001")


@given(st.decimals("0.1", "3", places=8), st.decimals("0.5", "2", places=4))
@settings(max_examples=60)
def test_a_market_buy_spends_no_more_than_was_asked_for(spend: Decimal, best: Decimal) -> None:
    intent = market_order(Side.BUY, quote_quantity=spend)
    order = rules.judge(case_of(intent, priced={"best_opposite": best})).order
    assert order
    assert order.quantity * order.price <= spend
    assert order.quantity % Decimal("0.01") == 0


def test_a_market_order_without_a_price_or_a_lot_is_refused() -> None:
    nobody = case_of(market_order(Side.BUY, quantity=ONE), priced={"best_opposite": Decimal(0)})
    assert "nobody is on the other side" in rules.judge(nobody).refusals()[0].says
    little = case_of(market_order(Side.BUY, quote_quantity=Decimal("0.001")))
    assert "below one lot" in rules.judge(little).refusals()[0].says
    tiny = case_of(market_order(Side.BUY, quantity=ONE), priced={"price": Decimal("0.0001")})
    assert "leaves no price" in rules.judge(tiny).refusals()[0].says


def test_market_orders_are_refused_where_the_policy_says_so() -> None:
    text = 'version=1\nunit="BTC"\nbudget="1"\nexit_budget="1"\nmarket_orders="refuse"\n'
    policy = parse_policy(text + 'markets."ETH/BTC".depth="deep"')
    verdict = rules.judge(case_of(market_order(Side.BUY, quantity=ONE), policy=policy))
    assert [a.says for a in verdict.refusals()] == [
        "the policy refuses market orders, send a limit order"
    ]


# Numbers beyond sense

HUGE = [Decimal("9" * 20 + "." + "9" * 18), Decimal("1e-18"), Decimal("1e60"), Decimal("1e999999")]


@pytest.mark.parametrize("quantity", HUGE)
@pytest.mark.parametrize("price", [ONE, *HUGE])
@pytest.mark.parametrize("symbol", ["ETH/BTC", "RAG/BTC"])
@pytest.mark.parametrize("side", list(Side))
def test_no_number_raises(quantity: Decimal, price: Decimal, symbol: str, side: Side) -> None:
    for mark in ("exit-1", "x"):
        order = limit(side, symbol=symbol, quantity=quantity, price=price, client_order_id=mark)
        verdict = rules.judge(case_of(order))
        far = price != ONE and (price > ONE) == (side is Side.BUY)
        if far or (quantity > 10**9 and side is Side.BUY):
            assert not verdict.allowed
    market_sized = PlaceOrder(symbol, side, OrderType.MARKET, quote_quantity=quantity)
    rules.judge(case_of(market_sized))


@pytest.mark.parametrize(
    "kind", [kind for kind in OrderType if kind not in (OrderType.LIMIT, OrderType.MARKET)]
)
@pytest.mark.parametrize("side", list(Side))
def test_an_order_without_what_its_type_needs_is_refused(kind: OrderType, side: Side) -> None:
    priced = PlaceOrder("ETH/BTC", side, kind, ONE, price=ONE, time_in_force=TimeInForce.GTC)
    assert not rules.judge(case_of(priced)).allowed
    assert not rules.judge(case_of(PlaceOrder("ETH/BTC", side, kind, ONE))).allowed


# Orders that wait for a stop price


def holding(quantity: str = "10") -> Accounts:
    accounts = Accounts()
    accounts.hold("ETH", Decimal(quantity))
    return accounts


def stop(kind: OrderType, side: Side, at: str, price: str = "", quantity: str = "1") -> Verdict:
    intent = PlaceOrder(
        "ETH/BTC",
        side,
        kind,
        Decimal(quantity),
        price=Decimal(price) if price else None,
        time_in_force=TimeInForce.GTC if price else None,
        stop_price=Decimal(at),
    )
    return rules.judge(case_of(intent, accounts=holding()))


def test_a_maker_leaves_as_a_maker() -> None:
    intent = PlaceOrder("ETH/BTC", Side.BUY, OrderType.LIMIT_MAKER, ONE, price=ONE)
    verdict = rules.judge(case_of(intent))
    assert verdict.allowed
    assert verdict.order
    assert (verdict.order.type, verdict.order.time_in_force) == (OrderType.LIMIT_MAKER, None)


@pytest.mark.parametrize(
    ("kind", "side", "at", "goes_out"),
    [
        (OrderType.STOP_LOSS, Side.SELL, "0.7", "0.693"),
        (OrderType.STOP_LOSS, Side.SELL, "1.2", "1.188"),
        (OrderType.STOP_LOSS, Side.BUY, "1.3", "1.313"),
        (OrderType.TAKE_PROFIT, Side.SELL, "1.3", "1.287"),
        (OrderType.TAKE_PROFIT, Side.SELL, "0.7", "0.99"),
        (OrderType.TAKE_PROFIT, Side.BUY, "0.7", "0.707"),
        (OrderType.TAKE_PROFIT, Side.BUY, "1.3", "1.01"),
    ],
)
def test_what_would_become_a_market_order_gets_a_limit_within_the_collar_of_its_stop(
    kind: OrderType, side: Side, at: str, goes_out: str
) -> None:
    verdict = stop(kind, side, at)
    assert verdict.order
    assert verdict.order.type is OrderType(f"{kind}_LIMIT")
    assert (verdict.order.price, verdict.order.stop_price) == (Decimal(goes_out), Decimal(at))
    assert verdict.order.time_in_force is TimeInForce.GTC
    assert "price_collar" not in says(verdict)


@pytest.mark.parametrize(
    ("side", "at", "price", "fits"),
    [
        (Side.SELL, "0.7", "0.693", True),
        (Side.SELL, "0.7", "0.692", False),
        (Side.SELL, "1.2", "0.989", False),
        (Side.BUY, "1.3", "1.313", True),
        (Side.BUY, "1.3", "1.314", False),
        (Side.BUY, "0.7", "1.011", False),
    ],
)
def test_a_stop_loss_is_held_to_the_collar_of_its_stop(
    side: Side, at: str, price: str, fits: bool
) -> None:
    assert ("price_collar" not in says(stop(OrderType.STOP_LOSS_LIMIT, side, at, price))) is fits


def test_a_take_profit_is_held_to_the_collar_of_the_market() -> None:
    """One that would be set off at once is an ordinary order, whatever its stop price says."""
    assert "price_collar" in says(stop(OrderType.TAKE_PROFIT_LIMIT, Side.SELL, "0.7", "0.7"))
    assert "price_collar" in says(stop(OrderType.TAKE_PROFIT_LIMIT, Side.BUY, "1.3", "1.3"))


def test_a_stop_loss_reserves_the_whole_way_down_to_its_limit() -> None:
    """As if it were set off now: E is 0.5."""
    found = stop(OrderType.STOP_LOSS_LIMIT, Side.SELL, "0.9", "0.9", "4")
    assert found.allowed
    assert found.judged
    assert found.judged.exit
    assert found.judged.whole_cost == Decimal("0.404")
    assert says(stop(OrderType.STOP_LOSS_LIMIT, Side.SELL, "0.9", "0.9", "5")) == ["exit_budget"]
    entry = stop(OrderType.STOP_LOSS_LIMIT, Side.BUY, "1.5", "1.5", "3")
    assert says(entry) == ["budget"]


def test_a_stop_loss_sells_no_more_than_is_held() -> None:
    assert "exit_holding" in says(stop(OrderType.STOP_LOSS, Side.SELL, "0.99", quantity="10.01"))


@pytest.mark.parametrize("number", [Decimal(0), Decimal(-1)])
def test_nothing_and_less_is_refused(number: Decimal) -> None:
    assert not rules.judge(case_of(limit(quantity=number))).allowed
    assert not rules.judge(case_of(limit(price=number))).allowed


def test_a_thin_market_is_thin_for_the_accounts() -> None:
    assert _cost(limit(symbol="RAG/BTC")).depth is Depth.THIN
    assert _cost(limit(symbol="RAG/BTC")).impact is None
    assert _cost(limit()).impact is not None


def test_what_no_rule_bounds_is_refused_and_nothing_else_is_asked() -> None:
    intent = limit(symbol="ETH/BTC:BTC", unbounded=("leverage", "parameter 'x'"))
    verdict = rules.judge(case_of(intent))
    assert (verdict.allowed, verdict.order, verdict.judged) == (False, None, None)
    assert says(verdict) == ["bounded"]
    assert verdict.answers[0].says == "no bound is stated for leverage, parameter 'x'"
    assert not rules.judge(case_of(limit()), case_of(intent)).allowed
