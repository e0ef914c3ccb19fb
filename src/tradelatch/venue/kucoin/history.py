"""The private endpoints that tell of orders and of what came of them
(https://www.kucoin.com/docs-new/rest/spot-trading/orders): one order, lists, fills. The
high-frequency endpoints are other words for the same orders."""

from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from typing import Any

from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.order import Order
from tradelatch.venue.kucoin.endpoint import Call, Endpoint, Table
from tradelatch.venue.kucoin.finding import by_client_oid, by_id, has_worked, open_orders
from tradelatch.venue.kucoin.names import number_of, symbol_of
from tradelatch.venue.kucoin.order_answers import Fill, Teller
from tradelatch.venue.kucoin.pages import batch, page, span, week
from tradelatch.venue.kucoin.refusals import no_such_order

_LIMIT, _MARKET = "limit", "market"
_DAY_MS = 86_400_000
_MOST_RECENT = 1_000


def query(call: Call) -> Any:
    """One order by its id, open or not."""
    return _told(call, by_id(call))


def query_client(call: Call) -> Any:
    """One order by the client's own id, open or not."""
    return _told(call, by_client_oid(call))


def hf_query(call: Call) -> Any:
    """The same in the words of the high-frequency endpoints."""
    call.parameters.required("symbol")
    return _told(call, by_id(call), hf=True)


def hf_query_client(call: Call) -> Any:
    """The same by the client's own id."""
    call.parameters.required("symbol")
    return _told(call, by_client_oid(call), hf=True)


def _told(call: Call, order: Order | None, hf: bool = False) -> Any:
    if order is None or not has_worked(order):
        raise no_such_order()
    teller = Teller(call.house.engine, call.account, [order])
    return teller.hf_order(order) if hf else teller.order(order)


def listing(call: Call) -> Any:
    """Orders, latest first: those that are ``active``, or those that are ``done``."""
    is_active = (call.parameters.text("status") or "done") == "active"
    orders = _active(call) if is_active else _done(call)
    return page(call.parameters, orders, Teller(call.house.engine, call.account, orders).order)


def hf_active(call: Call) -> Any:
    """Open orders of one market, latest first."""
    call.parameters.required("symbol")
    orders = _active(call)
    teller = Teller(call.house.engine, call.account, orders)
    return [teller.hf_order(order) for order in orders]


def hf_active_symbols(call: Call) -> Any:
    """The markets that have open orders."""
    engine = call.house.engine
    names = {order.market: None for order in call.account.open_orders() if not order.is_waiting}
    return {"symbols": [symbol_of(engine.markets[name].listing) for name in names]}


def hf_done(call: Call) -> Any:
    """Orders of one market that have ended, latest first."""
    call.parameters.required("symbol")
    orders = _done(call)
    teller = Teller(call.house.engine, call.account, orders)
    return batch(call.parameters, orders, lambda order: order.id, teller.hf_order)


def _active(call: Call) -> list[Order]:
    orders = (order for order in open_orders(call) if not order.is_waiting)
    return _chosen(call, orders, span(call.parameters))


def _done(call: Call) -> list[Order]:
    market = call.trading.listing.name if call.parameters.has("symbol") else None
    start, end = week(call.parameters, call.now)
    recent = takewhile(lambda order: order.at >= start, reversed(call.account.orders.values()))
    orders = (
        order
        for order in recent
        if order.status.is_final and market in (None, order.market) and has_worked(order)
    )
    return _chosen(call, orders, (start, end))


def _chosen(call: Call, orders: Iterable[Order], when: tuple[int, int]) -> list[Order]:
    """Those of the side, type and time that are asked for, latest first."""
    side, kind = call.parameters.text("side"), call.parameters.text("type")
    found = [
        order
        for order in orders
        if when[0] <= order.at <= when[1]
        and side in (None, order.side.lower())
        and kind in (None, _LIMIT if order.type.has_limit else _MARKET)
    ]
    return sorted(found, key=lambda order: order.id, reverse=True)


def fills(call: Call) -> Any:
    """The account's trades, latest first."""
    return page(call.parameters, _fills(call), Teller(call.house.engine, call.account).fill)


def hf_fills(call: Call) -> Any:
    """The account's trades in one market, latest first."""
    call.parameters.required("symbol")
    tell = Teller(call.house.engine, call.account).fill
    return batch(call.parameters, _fills(call), lambda fill: fill.number, tell)


def recent_fills(call: Call) -> Any:
    """The account's trades of the last day, at most 1,000, latest first."""
    tell = Teller(call.house.engine, call.account).fill
    recent = islice(_since(call.account, call.now - _DAY_MS), _MOST_RECENT)
    return [tell(fill) for fill in recent]


def _fills(call: Call) -> list[Fill]:
    asked = call.parameters
    market = call.trading.listing.name if asked.has("symbol") else None
    order = number_of(asked.required("orderId")) if asked.has("orderId") else None
    side = asked.text("side")
    # An order's fills are told whenever they were, as KuCoin does.
    start, end = span(asked) if asked.has("orderId") else week(asked, call.now)
    return [
        fill
        for fill in _since(call.account, start)
        if fill.trade.at <= end
        and market in (None, fill.trade.market)
        and side in (None, "buy" if fill.bought else "sell")
        and (not asked.has("orderId") or order == fill.order)
    ]


def _since(account: Account, start: int) -> Iterator[Fill]:
    """An account's trades from a time on (ms), latest first."""
    kept = account.trades
    found = (Fill(number, *kept[number - 1]) for number in range(len(kept), 0, -1))
    return takewhile(lambda fill: fill.trade.at >= start, found)


TABLE: Table = {
    "GET /api/v1/orders": Endpoint(listing, Right.READ),
    "GET /api/v1/orders/{orderId}": Endpoint(query, Right.READ),
    "GET /api/v1/order/client-order/{clientOid}": Endpoint(query_client, Right.READ),
    "GET /api/v1/fills": Endpoint(fills, Right.READ, weight=10),
    "GET /api/v1/limit/fills": Endpoint(recent_fills, Right.READ, weight=20),
    "GET /api/v1/hf/orders/active": Endpoint(hf_active, Right.READ),
    "GET /api/v1/hf/orders/active/symbols": Endpoint(hf_active_symbols, Right.READ),
    "GET /api/v1/hf/orders/done": Endpoint(hf_done, Right.READ),
    "GET /api/v1/hf/orders/{orderId}": Endpoint(hf_query, Right.READ),
    "GET /api/v1/hf/orders/client-order/{clientOid}": Endpoint(hf_query_client, Right.READ),
    "GET /api/v1/hf/fills": Endpoint(hf_fills, Right.READ),
}
