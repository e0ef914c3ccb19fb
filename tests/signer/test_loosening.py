"""The comparator against the rules themselves: what it calls no loosening lets nothing more out."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signer.conftest import Bench
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.clock import HOUR, MINUTE, MS
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import Candle, TopOfBook
from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.policy import rules
from tradelatch.policy.document import (
    UNSTATED,
    Depth,
    Limits,
    MarketOrders,
    MarketRules,
    Mode,
    Policy,
)
from tradelatch.policy.loosening import loosenings
from tradelatch.policy.verdict import LimitOrder
from tradelatch.signer.records import Holdings, Valued

D = Decimal
SYMBOLS = ("ETH/BTC", "VIN/BTC")
SOURCES = (*["127.0.0.1"] * 8, "10.1.2.3", "somewhere")


def any_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


MARKET = st.builds(
    MarketRules,
    depth=any_of(*[Depth.DEEP] * 4, Depth.THIN, Depth.THIN, Depth.DENIED),
    collar=any_of(D("0.001"), D("0.01"), D("0.05")),
    drift_1h=any_of(D("0.01"), D("0.05"), D("0.2")),
    drift_24h=any_of(D("0.05"), D("0.15")),
    half_spread=any_of(D("0.0005"), D("0.0015"), D("0.0019"), D("0.01")),
    anchor=any_of(*[None] * 4, D("0.055"), D("0.07"), D("0.09")),
    anchored=any_of(date(2026, 9, 1)),
    excursion=any_of(D("0.01"), D("0.25")),
)
LIMITS = st.builds(
    Limits,
    order=any_of(*[None] * 12, D("0.05"), D(1)),
    hour=any_of(*[None] * 12, D("0.1"), D(3)),
    day=any_of(*[None] * 12, D(2)),
    turnover=any_of(*[None] * 12, D(1)),
    open_orders=any_of(*[None] * 12, 1, 3),
    orders_per_minute=any_of(*[None] * 12, 1, 5),
    signed=any_of(*[None] * 4, D("0.05"), D(1), D(50)),
    order_age_s=any_of(60, 3_600),
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "budget": any_of(D("0.02"), D("0.1"), D(2), UNSTATED),
    "allocation": any_of(D(0), D("0.5"), D(5), UNSTATED),
    "exit_budget": any_of(D("0.01"), D("0.5"), UNSTATED),
    "budget_share": any_of(None, D("0.0005"), D("0.01")),
    "allocation_share": any_of(None, None, D("0.05")),
    "exit_budget_share": any_of(None, None, D("0.001")),
    "fee_rate": any_of(D("0.0005"), D("0.001"), D("0.01")),
    "mode": any_of(Mode.ENFORCE),
    "market_orders": any_of(MarketOrders.COLLAR, MarketOrders.REFUSE),
    "max_age_s": any_of(1, 10, 60),
    "haircut_k": any_of(D("0.5"), D(1), D(40)),
    "order_types": any_of(
        *[(OrderType.LIMIT, OrderType.MARKET)] * 4, (OrderType.LIMIT,), (OrderType.MARKET,)
    ),
    "hours": any_of(*[()] * 12, ("06:00-22:00",), ("mon-fri 06:00-22:00",), ("20:00-04:00",)),
    "sources": any_of(*[()] * 8, ("127.0.0.0/8",), ("127.0.0.1/32", "10.0.0.0/8")),
    "cancel_only": any_of(*[False] * 19, True),
    "limits": LIMITS,
}
MARKETS = st.fixed_dictionaries({"ETH/BTC": MARKET}, optional={"VIN/BTC": MARKET})
POLICIES = st.builds(Policy, version=st.just(1), unit=st.just("BTC"), markets=MARKETS, **FIELDS)


@st.composite
def tightened(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """A policy, and one that the comparator calls no looser, some steps away from it."""
    old = new = draw(POLICIES)
    for _ in range(draw(st.integers(1, 3))):
        step = _changed(draw, new)
        if not loosenings(new, step):
            new = step
    return old, new


def _changed(draw: st.DrawFn, policy: Policy) -> Policy:
    field = draw(st.sampled_from([*FIELDS, "markets", *["limit"] * 6, *["market"] * 12]))
    if field in FIELDS:
        return msgspec.structs.replace(policy, **{field: draw(FIELDS[field])})
    if field == "limit":
        name = draw(st.sampled_from(policy.limits.__struct_fields__))
        value = getattr(draw(LIMITS), name)
        limits = msgspec.structs.replace(policy.limits, **{name: value})
        return msgspec.structs.replace(policy, limits=limits)
    if field == "markets":
        return msgspec.structs.replace(policy, markets=draw(MARKETS))
    symbol, other = draw(st.sampled_from(sorted(policy.markets))), draw(MARKET)
    name = draw(st.sampled_from(other.__struct_fields__))
    market = msgspec.structs.replace(policy.markets[symbol], **{name: getattr(other, name)})
    return msgspec.structs.replace(policy, markets={**policy.markets, symbol: market})


PRICES = tuple(D("0.07") * D(f) for f in ("0.8", "0.99", "0.9995", "1", "1.0005", "1.009", "1.04"))
LOT, LOTS = D("0.0001"), 1 << 24
MARKET_ORDERS = [
    PlaceOrder(symbol, side, OrderType.MARKET, quantity=D(1), client_order_id=name)
    for symbol in SYMBOLS
    for side in Side
    for name in (None, "exit-1")
]
LIMIT_ORDERS = [
    msgspec.structs.replace(order, type=OrderType.LIMIT, price=price, time_in_force=TimeInForce.GTC)
    for order in MARKET_ORDERS
    for price in PRICES
]


@st.composite
def benches(draw: st.DrawFn) -> Bench:
    """Prices that have moved within a day, some holdings, and a few orders that stand open."""
    bench = Bench()
    bench.now += draw(st.integers(0, 167)) * HOUR
    bench.feed(D("0.07"))
    for symbol in SYMBOLS:
        _move(
            bench, symbol, draw(any_of("0.8", "0.8", "0.8", "1", "1.3")), draw(any_of(30, 30, 300))
        )
    held = {"BTC": draw(any_of(D(1), D(30))), "ETH": draw(any_of(D(0), D(90), D(2_400)))}
    bench.take(Holdings(bench.now, "me", {**held, "VIN": draw(any_of(D(0), D(50)))}))
    if worth := draw(any_of(None, D(1), D(40), D(400))):
        bench.take(Valued(bench.now, "me", worth))
    for _ in range(draw(st.integers(0, 3))):
        bench.now += MS
        form = {"side": draw(any_of("BUY", "SELL")), "quantity": draw(any_of("1", "20"))}
        try:
            bench.core.consider(bench.order(**form), "127.0.0.1", bench.now)
        except Refusal:
            continue
    return bench


def _move(bench: Bench, symbol: str, factor: str, minutes: int) -> None:
    """A day of trading that ended elsewhere than it began."""
    prices, minute = bench.core.quotes["binance"].of(symbol), bench.now // MINUTE * MINUTE // MS
    before = D("0.07") * D(factor)
    candles = []
    for n in range(0, 1_400, 7):
        price = D("0.07") if n < minutes else before
        candles.append(
            Candle(minute - 60_000 * n, price, price, price, price, D(100), D(100) * price)
        )
    prices.see_minutes(candles, bench.now)
    prices.see_book(TopOfBook(D("0.06999"), D("0.07001")), bench.now)


def passes(bench: Bench, intent: PlaceOrder, policy: Policy, source: str) -> LimitOrder | None:
    """The order as it would leave, None if it would not."""
    account = bench.state.accounts["me"]
    verdict = rules.judge(bench.core.case(account, intent, source, bench.now, policy))
    return verdict.order if verdict.allowed else None


def largest(bench: Bench, intent: PlaceOrder, policy: Policy, source: str) -> PlaceOrder | None:
    """The order with the largest quantity that passes, to a 4,000th; None if none does."""
    low, high = 1, LOTS
    if not passes(bench, _of(intent, low), policy, source):
        return None
    while high - low > max(low >> 12, 1):
        middle = (low + high) // 2
        if passes(bench, _of(intent, middle), policy, source):
            low = middle
        else:
            high = middle
    return _of(intent, low)


def _of(intent: PlaceOrder, lots: int) -> PlaceOrder:
    return msgspec.structs.replace(intent, quantity=lots * LOT)


@settings(max_examples=300)
@given(tightened(), benches(), st.sampled_from(SOURCES))
def test_what_leaves_under_a_tighter_policy_could_have_left_under_the_old(
    policies: tuple[Policy, Policy], bench: Bench, source: str
) -> None:
    """Asked of the largest orders that may leave. A market order is held to this as the limit
    order that it becomes, whatever types of orders the old policy lists."""
    old, new = policies
    assert not loosenings(old, new)
    both = msgspec.structs.replace(old, order_types=(OrderType.LIMIT, OrderType.MARKET))
    for shape in MARKET_ORDERS + LIMIT_ORDERS:
        intent = largest(bench, shape, new, source)
        left = passes(bench, intent, new, source) if intent else None
        if intent is None or left is None or passes(bench, intent, old, source):
            continue
        assert intent.type is OrderType.MARKET
        assert intent.type in old.order_types
        became = msgspec.structs.replace(
            intent,
            type=OrderType.LIMIT,
            price=left.price,
            quantity=left.quantity,
            time_in_force=left.time_in_force,
        )
        assert passes(bench, became, both, source), (intent, left)


def test_a_lower_drift_in_a_deep_market_lets_more_out_and_is_called_so() -> None:
    """Holdings are valued lower by it, and so is their haircut."""
    bench = Bench()
    _move(bench, "ETH/BTC", "0.8", 30)
    deep = MarketRules(Depth.DEEP, drift_1h=D("0.2"))
    lower = msgspec.structs.replace(deep, drift_24h=D("0.05"))
    old, new = (
        Policy(1, "BTC", {"ETH/BTC": m}, budget=D("0.02"), exit_budget=D(1)) for m in (deep, lower)
    )
    intent = msgspec.structs.replace(LIMIT_ORDERS[0], quantity=D(231), price=D("0.056"))
    assert not passes(bench, intent, old, "127.0.0.1")
    assert passes(bench, intent, new, "127.0.0.1")
    assert loosenings(old, new) == ['markets."ETH/BTC".drift_24h: from 0.15 to 0.05']


def test_a_market_less_makes_others_deep_and_is_called_so() -> None:
    """What is held of its coin no longer counts in the account's value."""
    bench = Bench()
    held = {"BTC": D(30), "ETH": D(2_400), "VIN": D(50)}
    bench.take(Holdings(bench.now, "me", held))
    deep = MarketRules(Depth.DEEP)
    markets = {"ETH/BTC": deep, "VIN/BTC": deep}
    old = Policy(1, "BTC", markets, budget=D(2), exit_budget=D(1))
    new = msgspec.structs.replace(old, markets={"ETH/BTC": deep})
    intent = msgspec.structs.replace(LIMIT_ORDERS[0], quantity=D(1), price=D("0.07"))
    assert not passes(bench, intent, old, "127.0.0.1")
    assert passes(bench, intent, new, "127.0.0.1")
    [told] = loosenings(old, new)
    assert "list it as denied instead" in told
    denied = {"ETH/BTC": deep, "VIN/BTC": MarketRules(Depth.DENIED)}
    listed = msgspec.structs.replace(old, markets=denied)
    assert loosenings(old, listed) == []
    assert not passes(bench, intent, listed, "127.0.0.1")
