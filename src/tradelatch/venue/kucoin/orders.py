"""The private endpoints that place and cancel orders
(https://www.kucoin.com/docs-new/rest/spot-trading/orders)."""

from collections.abc import Sequence
from typing import Any

from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import Cancel, Place
from tradelatch.venue.engine.events import OrderChanged
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.orders import DUPLICATE
from tradelatch.venue.engine.refusal import rejected
from tradelatch.venue.kucoin.endpoint import Call, Endpoint, Table
from tradelatch.venue.kucoin.finding import by_client_oid, by_id, open_orders
from tradelatch.venue.kucoin.names import id_of, symbol_of
from tradelatch.venue.kucoin.refusals import not_cancelled, unsuitable
from tradelatch.venue.kucoin.terms import client_oid, read_order


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


TABLE: Table = {
    "POST /api/v1/orders": Endpoint(place, Right.TRADE, weight=1),
    "POST /api/v1/orders/test": Endpoint(test, Right.TRADE, weight=1),
    "DELETE /api/v1/orders": Endpoint(cancel_all, Right.TRADE, weight=20),
    "DELETE /api/v1/orders/{orderId}": Endpoint(cancel, Right.TRADE, weight=3),
    "DELETE /api/v1/order/client-order/{clientOid}": Endpoint(cancel_client, Right.TRADE, weight=5),
    "POST /api/v1/hf/orders": Endpoint(hf_place, Right.TRADE, weight=1),
    "POST /api/v1/hf/orders/test": Endpoint(test, Right.TRADE, weight=1),
    "DELETE /api/v1/hf/orders": Endpoint(hf_cancel_market, Right.TRADE),
    "DELETE /api/v1/hf/orders/cancelAll": Endpoint(hf_cancel_all, Right.TRADE, weight=30),
    "DELETE /api/v1/hf/orders/{orderId}": Endpoint(hf_cancel, Right.TRADE, weight=1),
    "DELETE /api/v1/hf/orders/client-order/{clientOid}": Endpoint(
        hf_cancel_client, Right.TRADE, weight=1
    ),
}
