"""Keeping a deal's orders as they should stand, whatever happened to them meanwhile.

A strategy says which orders it wants by tag, every time anything changes; what is there and not
wanted is cancelled, what is wanted and not there is placed. Nothing depends on having heard of
every step, so a restart, a denial or an order cancelled by hand needs no case of its own.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from tradelatch.bots.deals import Deal
from tradelatch.bots.desk import Desk
from tradelatch.bots.orders import Order
from tradelatch.model.orders import Side


class Want(NamedTuple):
    """An order that should stand: `quantity` is what is still to be filled."""

    side: Side
    quantity: Decimal
    price: Decimal | None


def keep_orders(desk: Desk, deal: Deal, wants: Mapping[str, Want]) -> None:
    """Cancel and place until the deal's orders are these, one for each tag.

    While an order is being cancelled, none is placed on its side: what it locks is not free yet.
    """
    live = {order.tag: order for order in desk.orders(deal)}
    for tag, order in live.items():
        if not _is_as_wanted(order, wants.get(tag)):
            desk.cancel(order)
    busy = {order.side for order in live.values() if order.is_cancelling}
    for tag, want in wants.items():
        if tag not in live and want.side not in busy:
            desk.place(deal, want.side, want.quantity, want.price, tag)


def _is_as_wanted(order: Order, want: Want | None) -> bool:
    return want == Want(order.side, order.left, order.price)
