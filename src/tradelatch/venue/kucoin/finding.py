"""Which of an account's orders a request means. One that waits for its stop price is no order yet,
and those that ended waiting never were."""

from tradelatch.venue.engine.order import Order
from tradelatch.venue.kucoin.endpoint import Call
from tradelatch.venue.kucoin.names import number_of


def by_id(call: Call) -> Order | None:
    """The account's order that ``orderId`` names, in the market that ``symbol`` names if it is
    there."""
    number = number_of(call.parameters.required("orderId"))
    order = None if number is None else call.account.orders.get(number)
    return order if order is not None and _is_in_market(call, order) else None


def by_client_oid(call: Call) -> Order | None:
    """The same by the client's own id, in whatever market: the open order of that name, or else
    the latest."""
    name, known = call.parameters.required("clientOid"), call.account.by_client_id
    found = [order for market in call.house.engine.markets if (order := known.get((market, name)))]
    mine = [order for order in found if _is_in_market(call, order)]
    return max(mine, key=lambda order: (not order.status.is_final, order.id), default=None)


def _is_in_market(call: Call, order: Order) -> bool:
    return not call.parameters.has("symbol") or call.trading.listing.name == order.market


def has_worked(order: Order) -> bool:
    """Whether an order ever came to the book."""
    return order.working_at >= 0


def open_orders(call: Call) -> list[Order]:
    """The account's open orders and stops, of one market or of all."""
    if call.parameters.has("symbol"):
        return list(call.account.open_in(call.trading.listing.name).values())
    return list(call.account.open_orders())
