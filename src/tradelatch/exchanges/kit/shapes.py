"""What orders are made of, whatever exchange they are worded for."""

import re

from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.orders import OrderType, TimeInForce

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
"""A client order id where the exchange takes nothing else, as it is told back."""
OWN_UUIDS = "7ade1a7c-"
"""How those begin that the signer chooses."""


def own_uuid(now_ms: int, number: int) -> str:
    """A client order id that the signer chooses, by its form a UUID of version 4."""
    time, count = f"{now_ms % 16**10:010x}", f"{number % 16**12:012x}"
    return f"{OWN_UUIDS}{time[:4]}-4{time[4:7]}-8{time[7:]}-{count}"


def shaped(order: PlaceOrder) -> PlaceOrder:
    """The order, if it has what its type is made of and nothing else.

    Raises:
        Refusal: BAD_PARAMETER, it has not.
    """
    if (order.quantity is None) is (order.quote_quantity is None):
        raise _bad("use either an amount in base or one in quote")
    if order.quote_quantity is not None and order.type.has_limit:
        raise _bad("an order with a limit has its amount in base")
    if (order.price is None) is order.type.has_limit:
        raise _bad(
            f"an order of type {order.type} has {'a' if order.type.has_limit else 'no'} price"
        )
    if (order.stop_price is None) is order.type.waits:
        has = "a" if order.type.waits else "no"
        raise _bad(f"an order of type {order.type} has {has} stop price")
    return order


def time_in_force(kind: OrderType, told: TimeInForce | None) -> TimeInForce | None:
    """That of an order with a limit, good till cancelled unless another one was told; none of
    others."""
    if not kind.has_limit or kind is OrderType.LIMIT_MAKER:
        return None
    return told or TimeInForce.GTC


def waiting(kind: OrderType, *, is_stop_loss: bool) -> OrderType:
    """The type of an order that waits until the market is at its stop price, and is of `kind`
    then."""
    name = "STOP_LOSS" if is_stop_loss else "TAKE_PROFIT"
    return OrderType(f"{name}_LIMIT" if kind.has_limit else name)


def _bad(text: str) -> Refusal:
    return Refusal(Reason.BAD_PARAMETER, text)
