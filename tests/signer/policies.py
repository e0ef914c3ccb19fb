"""Any policies, any books and holdings to judge by, and the largest orders that may leave then."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
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


def changed(draw: st.DrawFn, policy: Policy) -> Policy:
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
        move(
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


def move(bench: Bench, symbol: str, factor: str, minutes: int) -> None:
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
    if not passes(bench, of_lots(intent, low), policy, source):
        return None
    while high - low > max(low >> 12, 1):
        middle = (low + high) // 2
        if passes(bench, of_lots(intent, middle), policy, source):
            low = middle
        else:
            high = middle
    return of_lots(intent, low)


def of_lots(intent: PlaceOrder, lots: int) -> PlaceOrder:
    return msgspec.structs.replace(intent, quantity=lots * LOT)
