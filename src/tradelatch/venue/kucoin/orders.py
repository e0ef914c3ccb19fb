"""The private endpoints about orders (https://www.kucoin.com/docs-new/rest/spot-trading/orders):
place, test, cancel, query, and what came of them. The high-frequency endpoints are other words for
the same orders. One that waits for its stop price is no order yet: `stop_orders` tells of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from tradelatch.venue.engine.accounts import Trade
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import Cancel, Place
from tradelatch.venue.engine.events import OrderChanged
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.orders import DUPLICATE
from tradelatch.venue.engine.refusal import rejected
from tradelatch.venue.kucoin.endpoint import Call, Endpoint, Table
from tradelatch.venue.kucoin.names import id_of, number_of, symbol_of
from tradelatch.venue.kucoin.order_answers import Teller
from tradelatch.venue.kucoin.pages import batch, page, span, week
from tradelatch.venue.kucoin.refusals import no_such_order, not_cancelled, unsuitable
from tradelatch.venue.kucoin.terms import client_oid, read_order

_LIMIT, _MARKET = "limit", "market"
_DAY_MS = 86_400_000
_MOST_RECENT = 1_000


def place(call: Call) -> Any:
    """A new order."""
    if not client_oid(call.parameters):
        raise unsuitable("validation.createOrder.clientOidIsRequired")
    return {"orderId": id_of(submit(call, read_order(call)).id)}


def hf_place(call: Call) -> Any:
    """A new order."""
    order = submit(call, read_order(call))
    return {"orderId": id_of(order.id), "clientOid": order.client_id}


def submit(call: Call, command: Place) -> Order:
    """Place an order; the order as it is then.

    Raises:
        Refused: the account has placed too many, or the engine does not take it.
    """
    call.check_count()
    _check_client_oid(call, command.client_id)
    events = call.house.submit(command)
    # What follows may be another's stop that this order set off.
    return next(event.order for event in events if isinstance(event, OrderChanged))


def _check_client_oid(call: Call, name: str) -> None:
    """KuCoin was seen to keep clients' ids apart among open orders alone, of all markets
    (https://github.com/Kucoin/kucoin-api-docs/issues/468)."""
    if name and any(order.client_id == name for order in call.account.open_orders()):
        raise rejected(DUPLICATE)


def test(call: Call) -> Any:
    """Check a new order and do not place it."""
    command = read_order(call)
    _check_client_oid(call, command.client_id)
    order = call.house.engine.judge(command)
    return {"orderId": id_of(order.id), "clientOid": command.client_id}


def by_id(call: Call) -> Order | None:
    """The account's order that ``orderId`` names, in the market that ``symbol`` names if it is
    there."""
    number = number_of(call.parameters.required("orderId"))
    order = None if number is None else call.account.orders.get(number)
    return order if order is not None and _is_in_market(call, order) else None


def by_client_oid(call: Call) -> Order | None:
    """The same by the client's own id: the latest order of that name, of whatever market."""
    name, known = call.parameters.required("clientOid"), call.account.by_client_id
    found = [order for market in call.house.engine.markets if (order := known.get((market, name)))]
    mine = [order for order in found if _is_in_market(call, order)]
    return max(mine, key=lambda order: order.id, default=None)


def _is_in_market(call: Call, order: Order) -> bool:
    return not call.parameters.has("symbol") or call.trading.listing.name == order.market


def has_worked(order: Order | None) -> bool:
    """Whether there is such an order, and it does not wait for its stop price or has ended so."""
    return order is not None and order.working_at >= 0


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


def cancel(call: Call) -> Any:
    """Take one order out."""
    order = cancel_working(call, by_id(call))
    return {"cancelledOrderIds": [id_of(order.id)]}


def cancel_client(call: Call) -> Any:
    """Take one order out by the client's own id."""
    order = cancel_working(call, by_client_oid(call))
    return {
        "cancelledOrderId": id_of(order.id),
        "clientOid": order.client_id,
        "cancelledOcoOrderIds": None,
    }


def hf_cancel(call: Call) -> Any:
    """Take one order of a market out."""
    call.parameters.required("symbol")
    return {"orderId": id_of(cancel_working(call, by_id(call)).id)}


def hf_cancel_client(call: Call) -> Any:
    """Take one order of a market out by the client's own id."""
    call.parameters.required("symbol")
    return {"clientOid": cancel_working(call, by_client_oid(call)).client_id}


def cancel_working(call: Call, order: Order | None) -> Order:
    """Cancel an order that is in the book.

    Raises:
        Declined: it is not there, or the key may not trade in its market.
    """
    if order is None or order.is_waiting:
        raise not_cancelled()
    return cancel_open(call, order)


def cancel_open(call: Call, order: Order) -> Order:
    """Cancel an open order.

    Raises:
        Declined: it is not open, or the key may not trade in its market.
    """
    if order.status.is_final:
        raise not_cancelled()
    call.check_market(order.market)
    call.house.submit(Cancel(call.now, order.account, order.market, order.id))
    return order


def cancel_all(call: Call) -> Any:
    """Take all orders out, of one market or of all."""
    return {"cancelledOrderIds": [id_of(order.id) for order in _cancel_all(call)]}


def hf_cancel_market(call: Call) -> Any:
    """Take all orders of one market out."""
    call.parameters.required("symbol")
    _cancel_all(call)
    return "success"


def hf_cancel_all(call: Call) -> Any:
    """Take all orders of all markets out."""
    engine = call.house.engine
    gone = {symbol_of(engine.markets[order.market].listing): None for order in _cancel_all(call)}
    return {"succeedSymbols": list(gone), "failedSymbols": []}


def _cancel_all(call: Call) -> list[Order]:
    found = [order for order in open_orders(call) if not order.is_waiting]
    return cancel_each(call, found)


def cancel_each(call: Call, orders: Sequence[Order]) -> list[Order]:
    """Cancel open orders, those whose market the key may trade in or none."""
    for order in orders:
        call.check_market(order.market)
    # Where one belongs to an order list, the list's others go with it.
    return [cancel_open(call, order) for order in orders if not order.status.is_final]


def open_orders(call: Call) -> list[Order]:
    """The account's open orders and stops, of one market or of all."""
    if call.parameters.has("symbol"):
        return list(call.account.open_in(call.trading.listing.name).values())
    return list(call.account.open_orders())


def listing(call: Call) -> Any:
    """Orders, latest first: those that are ``active``, or those that are ``done``."""
    is_active = (call.parameters.text("status") or "done") == "active"
    orders = _active(call) if is_active else _done(call)
    return page(call.parameters, orders, Teller(call.house.engine, call.account, orders).order)


def hf_active(call: Call) -> Any:
    """Open orders of one market, latest first."""
    call.parameters.required("symbol")
    orders = _active(call)
    return [Teller(call.house.engine, call.account, orders).hf_order(order) for order in orders]


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
    orders = (
        order
        for order in call.account.orders.values()
        if order.status.is_final and market in (None, order.market) and has_worked(order)
    )
    return _chosen(call, orders, week(call.parameters, call.now))


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
    teller = Teller(call.house.engine, call.account)
    return page(call.parameters, _fills(call), lambda one: teller.fill(*one))


def hf_fills(call: Call) -> Any:
    """The account's trades in one market, latest first."""
    call.parameters.required("symbol")
    tell = Teller(call.house.engine, call.account).fill
    return batch(call.parameters, _fills(call), lambda one: one[0].id, lambda one: tell(*one))


def recent_fills(call: Call) -> Any:
    """The account's trades of the last day, at most 1,000, latest first."""
    teller = Teller(call.house.engine, call.account)
    since = call.now - _DAY_MS
    found = [one for one in call.account.trades if one[0].at >= since][-_MOST_RECENT:]
    return [teller.fill(*one) for one in reversed(found)]


def _fills(call: Call) -> list[tuple[Trade, bool]]:
    asked = call.parameters
    market = call.trading.listing.name if asked.has("symbol") else None
    order = number_of(asked.required("orderId")) if asked.has("orderId") else None
    side = asked.text("side")
    # An order's fills are told whenever they were, as KuCoin does.
    start, end = span(asked) if asked.has("orderId") else week(asked, call.now)
    return [
        (trade, bought)
        for trade, bought in reversed(call.account.trades)
        if start <= trade.at <= end
        and market in (None, trade.market)
        and side in (None, "buy" if bought else "sell")
        and (not asked.has("orderId") or order == (trade.buy_order if bought else trade.sell_order))
    ]


TABLE: Table = {
    "POST /api/v1/orders": Endpoint(place, Right.TRADE, weight=1),
    "POST /api/v1/orders/test": Endpoint(test, Right.TRADE, weight=1),
    "DELETE /api/v1/orders": Endpoint(cancel_all, Right.TRADE, weight=20),
    "DELETE /api/v1/orders/{orderId}": Endpoint(cancel, Right.TRADE, weight=3),
    "DELETE /api/v1/order/client-order/{clientOid}": Endpoint(cancel_client, Right.TRADE, weight=5),
    "GET /api/v1/orders": Endpoint(listing, Right.READ),
    "GET /api/v1/orders/{orderId}": Endpoint(query, Right.READ),
    "GET /api/v1/order/client-order/{clientOid}": Endpoint(query_client, Right.READ),
    "GET /api/v1/fills": Endpoint(fills, Right.READ, weight=10),
    "GET /api/v1/limit/fills": Endpoint(recent_fills, Right.READ, weight=20),
    "POST /api/v1/hf/orders": Endpoint(hf_place, Right.TRADE, weight=1),
    "POST /api/v1/hf/orders/test": Endpoint(test, Right.TRADE, weight=1),
    "DELETE /api/v1/hf/orders": Endpoint(hf_cancel_market, Right.TRADE),
    "DELETE /api/v1/hf/orders/cancelAll": Endpoint(hf_cancel_all, Right.TRADE, weight=30),
    "DELETE /api/v1/hf/orders/{orderId}": Endpoint(hf_cancel, Right.TRADE, weight=1),
    "DELETE /api/v1/hf/orders/client-order/{clientOid}": Endpoint(
        hf_cancel_client, Right.TRADE, weight=1
    ),
    "GET /api/v1/hf/orders/active": Endpoint(hf_active, Right.READ),
    "GET /api/v1/hf/orders/active/symbols": Endpoint(hf_active_symbols, Right.READ),
    "GET /api/v1/hf/orders/done": Endpoint(hf_done, Right.READ),
    "GET /api/v1/hf/orders/{orderId}": Endpoint(hf_query, Right.READ),
    "GET /api/v1/hf/orders/client-order/{clientOid}": Endpoint(hf_query_client, Right.READ),
    "GET /api/v1/hf/fills": Endpoint(hf_fills, Right.READ),
}
