"""The private endpoints about stop orders
(https://www.kucoin.com/docs-new/rest/spot-trading/orders/add-stop-order). KuCoin places a new order
when a stop is reached; here it is the same order, under the same id, and `history` tells of it from
then on."""

from typing import Any

from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.order import Order
from tradelatch.venue.kucoin.endpoint import Call, Endpoint, Table
from tradelatch.venue.kucoin.finding import by_client_oid, by_id, open_orders
from tradelatch.venue.kucoin.names import id_of, number_of
from tradelatch.venue.kucoin.order_answers import Teller
from tradelatch.venue.kucoin.orders import cancel_each, cancel_open, submit
from tradelatch.venue.kucoin.pages import page, span
from tradelatch.venue.kucoin.refusals import no_such_order, not_cancelled
from tradelatch.venue.kucoin.terms import read_stop_order


def place(call: Call) -> Any:
    """A new stop order."""
    return {"orderId": id_of(submit(call, read_stop_order(call)).id)}


def cancel(call: Call) -> Any:
    """Take a stop order out that still waits."""
    return {"cancelledOrderIds": [id_of(_cancel(call, by_id(call)).id)]}


def cancel_client(call: Call) -> Any:
    """The same by the client's own id."""
    order = _cancel(call, by_client_oid(call))
    return {"cancelledOrderId": id_of(order.id), "clientOid": order.client_id}


def _cancel(call: Call, order: Order | None) -> Order:
    if order is None or not order.is_waiting:
        raise not_cancelled()
    return cancel_open(call, order)


def cancel_all(call: Call) -> Any:
    """Take all waiting stop orders out, or those of one market, or those that are listed."""
    return {"cancelledOrderIds": [id_of(order.id) for order in cancel_each(call, _waiting(call))]}


def query(call: Call) -> Any:
    """One stop order by its id."""
    return _told(call, by_id(call))


def query_client(call: Call) -> Any:
    """One stop order by the client's own id, in a list."""
    return [_told(call, by_client_oid(call))]


def _told(call: Call, order: Order | None) -> Any:
    if order is None or not order.stop_ticks:
        raise no_such_order()
    return Teller(call.house.engine, call.account).stop_order(order)


def listing(call: Call) -> Any:
    """Stop orders that wait, latest first."""
    start, end = span(call.parameters)
    orders = [order for order in _waiting(call) if start <= order.at <= end]
    teller = Teller(call.house.engine, call.account)
    return page(call.parameters, orders, teller.stop_order)


def _waiting(call: Call) -> list[Order]:
    asked = call.parameters
    listed = asked.text("orderIds")
    numbers = None if listed is None else {number_of(text) for text in listed.split(",")}
    found = [
        order
        for order in open_orders(call)
        if order.is_waiting and (numbers is None or order.id in numbers)
    ]
    return sorted(found, key=lambda order: order.id, reverse=True)


TABLE: Table = {
    "POST /api/v1/stop-order": Endpoint(place, Right.TRADE, weight=1),
    "DELETE /api/v1/stop-order/cancel": Endpoint(cancel_all, Right.TRADE, weight=3),
    "DELETE /api/v1/stop-order/cancelOrderByClientOid": Endpoint(
        cancel_client, Right.TRADE, weight=5
    ),
    "DELETE /api/v1/stop-order/{orderId}": Endpoint(cancel, Right.TRADE, weight=3),
    "GET /api/v1/stop-order": Endpoint(listing, Right.READ, weight=8),
    "GET /api/v1/stop-order/queryOrderByClientOid": Endpoint(query_client, Right.READ, weight=3),
    "GET /api/v1/stop-order/{orderId}": Endpoint(query, Right.READ, weight=3),
}
