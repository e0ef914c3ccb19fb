"""Amending: whether the quantity of an open order may be lowered, and what goes out for it.

It can only ever lower what an order may cost: it is refused unless the order was signed here, is
known to be at the exchange, and is for more. What the order reserves shrinks when the exchange says
that its quantity did. Until then no other one is signed: most exchanges raise a quantity as well,
and of two that are on their way the greater may arrive last, when the lesser has been told of.
"""

from tradelatch.model.intents import AmendOrder
from tradelatch.model.money import plain
from tradelatch.policy.verdict import Answer
from tradelatch.signer.accounts import LiveOrder


def answer(amend: AmendOrder, order: LiveOrder | None) -> Answer:
    """Whether the `order` that it names may be amended so."""
    if order is None or order.exchange_order_id is None:
        return Answer("amend", False, "no order of that name is known to be open here")
    if amend.quantity is None or amend.price is not None or amend.unbounded:
        return Answer("amend", False, "only the quantity of an order can be changed")
    most = plain(order.judged.quantity)
    numbers = {"quantity": most, "to": plain(amend.quantity), "filled": plain(order.filled)}
    if not order.filled < amend.quantity < order.judged.quantity:
        says = f"a quantity can only be lowered: use less than {most}, more than what is filled"
        return Answer("amend", False, says, numbers)
    if order.is_amending:
        says = "an earlier change of it is not confirmed yet: wait for it, or cancel the order"
        return Answer("amend", False, says, numbers)
    return Answer("amend", True, f"lowered from {most}", numbers)


def outgoing(amend: AmendOrder, order: LiveOrder) -> AmendOrder:
    """The intent that goes out: by both of the ids that the exchange knows the order by."""
    number, name = order.exchange_order_id, order.client_order_id
    return AmendOrder(order.symbol, amend.quantity, number, name)
