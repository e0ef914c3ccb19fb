"""Whether what was read is what was asked for. What the bytes say is the truth: a client that was
asked for a cost and sent an amount has been read right if the amount was read."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from tradelatch.conformance.cases import Asked
from tradelatch.model.intents import AmendOrder, AnyIntent, CancelOrder, PlaceOrder

Order: TypeAlias = PlaceOrder | AmendOrder
HALF = Decimal("0.5")


class Compared(NamedTuple):
    """One order: what is `wrong` with how it was read (nothing: it is right), and the `doubt` that
    the bytes cast on what the folder says was meant."""

    wrong: str = ""
    doubt: str = ""


def orders_in(intents: Sequence[AnyIntent]) -> list[Order]:
    """The intents that place or change an order."""
    return [intent for intent in intents if isinstance(intent, PlaceOrder | AmendOrder)]


def compare(
    asked: Sequence[Asked], intents: Sequence[AnyIntent], stated: frozenset[Decimal], words: str
) -> list[Compared]:
    """Each order that was asked for beside what was read. `stated` are the numbers in the request,
    `words` its text in lower case."""
    orders = orders_in(intents)
    if not orders and len(asked) == 1 and asked[0].is_edit:
        return [_cancelled(asked[0], intents, stated)]
    if len(orders) != len(asked):
        why = f"{len(asked)} asked for, {len(orders)} read"
        return [Compared(why)] * len(asked)
    return [_one(one, order, stated, words) for one, order in zip(asked, orders, strict=True)]


def _cancelled(asked: Asked, intents: Sequence[AnyIntent], stated: frozenset[Decimal]) -> Compared:
    """An edit of which only a cancel was read: right if the bytes say no more."""
    numbers = {*asked.amounts, asked.price}
    if all(isinstance(intent, CancelOrder) for intent in intents) and not numbers & stated:
        return Compared(doubt="an edit was asked for, a cancel was sent")
    return Compared("no order was read")


def _one(asked: Asked, order: Order, stated: frozenset[Decimal], words: str) -> Compared:
    if isinstance(order, AmendOrder):
        return Compared("; ".join(_amended(asked, order, stated)))
    faults = [*_named(asked, order), *_priced(asked, order, stated), *_lasting(asked, order, words)]
    size, doubt = _sized(asked, order, stated)
    return Compared("; ".join(filter(None, [*faults, size])), doubt)


def _named(asked: Asked, order: PlaceOrder) -> Iterator[str]:
    if order.symbol != asked.symbol:
        yield f"market {order.symbol}, not {asked.symbol}"
    if asked.side and order.side.lower() != asked.side:
        yield f"side {order.side.lower()}, not {asked.side}"
    kind = "limit" if order.type.has_limit else "market"
    if asked.kind in ("limit", "market") and kind != asked.kind:
        yield f"type {kind}, not {asked.kind}"


def _priced(asked: Asked, order: PlaceOrder, stated: frozenset[Decimal]) -> Iterator[str]:
    if order.price is not None and asked.price is not None:
        if not is_close(order.price, asked.price, stated):
            yield f"price {order.price}, not {asked.price}"
    elif order.type.has_limit and order.price is None:
        yield "a limit order without a price"
    if order.stop_price is not None:
        if not any(is_close(order.stop_price, stop, stated) for stop in asked.stops):
            yield f"a stop price {order.stop_price} that was not asked for"
    elif not order.unbounded and any(stop in stated for stop in asked.stops):
        yield "it waits for a price, which was not read"


def _lasting(asked: Asked, order: PlaceOrder, words: str) -> Iterator[str]:
    if (
        asked.lasting
        and asked.lasting.lower() in words
        and order.type.has_limit
        and order.time_in_force != asked.lasting
        and not order.unbounded
    ):
        yield f"time in force {order.time_in_force}, not {asked.lasting}"


def _sized(asked: Asked, order: PlaceOrder, stated: frozenset[Decimal]) -> tuple[str, str]:
    """What is wrong with its size, and the doubt."""
    if order.quote_quantity is not None:
        if not any(is_close(order.quote_quantity, cost, stated) for cost in asked.costs):
            return f"cost {order.quote_quantity}, not {_or(asked.costs) or 'an amount'}", ""
        is_meant = is_close(order.quote_quantity, asked.costs[0], stated)
        return "", "" if is_meant else f"a cost of {asked.costs[0]} was meant, another was sent"
    if order.quantity is None:
        return "neither amount nor cost", ""
    if not any(is_close(order.quantity, amount, stated) for amount in asked.amounts):
        return f"amount {order.quantity}, not {_or(asked.amounts) or 'a cost'}", ""
    return "", "a cost was meant, an amount was sent" if asked.means_cost else ""


def _amended(asked: Asked, order: AmendOrder, stated: frozenset[Decimal]) -> Iterator[str]:
    if order.symbol is not None and order.symbol != asked.symbol:
        yield f"market {order.symbol}, not {asked.symbol}"
    prices = () if asked.price is None else (asked.price,)
    for name, read, wanted in (
        ("amount", order.quantity, asked.amounts),
        ("price", order.price, prices),
    ):
        if read is None:
            if any(one in stated for one in wanted) and not order.unbounded:
                yield f"the {name} {_or(wanted)} was not read"
        elif not any(is_close(read, one, stated) for one in wanted):
            yield f"{name} {read}, not {_or(wanted) or 'kept'}"


_LEAST_DIGITS = 10_000
"""A number of more digits than five may end with zeros in the place of the others."""


def is_close(read: Decimal, asked: Decimal, stated: frozenset[Decimal]) -> bool:
    """Equal; or the request states `read`, which is `asked` rounded or cut off to fewer digits."""
    if read == asked:
        return True
    if read not in stated:
        return False
    unit = Decimal(1).scaleb(min(0, int(read.as_tuple().exponent)))
    while unit >= 1 and read % (10 * unit) == 0 and read >= 10 * unit * _LEAST_DIGITS:
        unit *= 10
    short = asked - read
    return abs(short) <= unit * HALF or 0 < short < unit


def _or(numbers: Sequence[Decimal]) -> str:
    return " or ".join(map(str, numbers))
