"""What the caller of a client library asked for: the call's arguments and the folder's truth."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tradelatch.conformance.cases import Asked

PLACING, EDITING, BATCH = "createOrder", "editOrder", "createOrders"
_PRICES_TO_WAIT_FOR = re.compile(r"trigger|stop|takeprofit", re.I)
_OF_AN_ORDER = slice(-4, None)
"""Type, side, amount and price end the arguments of a call that names them one by one."""


def orders_asked(category: str, arguments: Any, meant: dict[str, Any]) -> tuple[Asked, ...]:
    """The orders that a call asks for: one, each of a batch, or none.

    Raises:
        ValueError: arguments or truth are not such as a call of that kind has.
    """
    if category == BATCH:
        rows = arguments[0] if isinstance(arguments, list) and arguments else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError("the first of 'args' has to be a list of orders")
        return tuple(_of_batch(row) for row in rows)
    if category not in (PLACING, EDITING):
        return ()
    return (_one(category, arguments if isinstance(arguments, list) else [], meant),)


def _of_batch(row: dict[str, Any]) -> Asked:
    amount = _number("amount", row.get("amount"))
    extra = row.get("params")
    return Asked(
        symbol=_text("symbol", row.get("symbol")),
        side=_word(row.get("side")),
        kind=_word(row.get("type")),
        amounts=() if amount is None else (amount,),
        costs=(),
        price=_number("price", row.get("price")),
        stops=tuple(_stops(extra)),
        lasting=_lasting(extra),
    )


def _one(category: str, arguments: list[Any], meant: dict[str, Any]) -> Asked:
    extra = arguments[-1] if arguments and isinstance(arguments[-1], dict) else {}
    plain = arguments[:-1] if extra or arguments[-1:] == [{}] else arguments
    amount, price = _number("amount", meant.get("amount")), _number("price", meant.get("price"))
    cost = _number("cost", meant.get("cost"))
    named_amount, named_price = _named(plain)
    amounts = [one for one in (amount, named_amount) if one is not None]
    costs = [one for one in (cost,) if one is not None]
    at = named_price if price is None else price
    if amounts and at is not None:
        costs.append(amounts[0] * at)  # as ccxt turns an amount into a cost
    return Asked(
        symbol=_text("symbol", meant.get("symbol")),
        side=_word(meant.get("side")),
        kind=_word(meant.get("type")),
        amounts=tuple(dict.fromkeys(amounts)),
        costs=tuple(dict.fromkeys(costs)),
        price=price,
        stops=tuple(_stops(extra)),
        lasting=_lasting(extra),
        is_edit=category == EDITING,
        means_cost=cost is not None and amount is None,
    )


def _named(plain: list[Any]) -> tuple[Decimal | None, Decimal | None]:
    """Amount and price of a call that names side, amount and price at its end."""
    if len(plain) >= len(("symbol", "type", "side", "amount", "price")):
        _, _, amount, price = plain[_OF_AN_ORDER]
        return _number("amount", amount), _number("price", price)
    return None, None


def _stops(extra: Any) -> Iterator[Decimal]:
    """The prices to wait for, those of attached orders too."""
    for name, value in extra.items() if isinstance(extra, dict) else ():
        if isinstance(value, dict):
            yield from _stops(value)
        elif _PRICES_TO_WAIT_FOR.search(name) and _is_number(value):
            yield Decimal(value)


def _lasting(extra: Any) -> str | None:
    told = extra.get("timeInForce") if isinstance(extra, dict) else None
    return told if told in ("IOC", "FOK") else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _number(name: str, value: Any) -> Decimal | None:
    if value is None:
        return None
    if not _is_number(value):
        raise ValueError(f"{name!r} has to be a number or null")
    return Decimal(value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name!r} has to be a text")
    return value


def _word(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) else None
