"""From ccxt's unified answers to our nouns, exactly: its numbers are texts (`number = str`)."""

from decimal import Decimal, InvalidOperation
from typing import Any

from tradelatch.bots.events import Report
from tradelatch.bots.orders import Fill, OrderState
from tradelatch.bots.port import Holding
from tradelatch.model.markets import Market
from tradelatch.model.money import ZERO

_STATES = {
    "open": OrderState.OPEN,
    "closed": OrderState.FILLED,
    "canceled": OrderState.CANCELLED,
    "expired": OrderState.CANCELLED,
    "rejected": OrderState.DENIED,
}


class Unreadable(Exception):
    """An answer that makes no sense; the message says what is wrong with it."""


def report(client_id: str, order: Any) -> Report:
    """What an order's answer says.

    Raises:
        Unreadable: it lacks state or quantity.
    """
    state = _STATES.get(str(order.get("status")))
    if state is None:
        raise Unreadable(f"{order.get('status')!r} is no state of an order")
    return Report(client_id, state, number(order.get("filled")))


def price(ticker: Any) -> Decimal:
    """The last traded price.

    Raises:
        Unreadable: there is none.
    """
    last = number(ticker.get("last") or "0")
    if last <= 0:
        raise Unreadable("nothing was traded yet")
    return last


def fills(trades: Any) -> list[Fill]:
    """What own trades' answers say, in their order.

    Raises:
        Unreadable: something is missing.
    """
    return [fill(trade) for trade in trades]


def fill(trade: Any) -> Fill:
    """What an own trade's answer says.

    Raises:
        Unreadable: something is missing.
    """
    fee = trade.get("fee") or {}
    if not trade.get("id") or not isinstance(trade.get("timestamp"), int):
        raise Unreadable("a trade without its number and time")
    return Fill(
        trade_id=str(trade["id"]),
        time_ms=trade["timestamp"],
        price=number(trade.get("price")),
        quantity=number(trade.get("amount")),
        fee=number(fee.get("cost") or "0"),
        fee_asset=str(fee.get("currency") or ""),
        value=number(trade.get("cost")),
    )


def market(entry: Any) -> Market:
    """A market's steps (ccxt's precision mode is the step).

    Raises:
        Unreadable: one is missing.
    """
    limits, lot = entry["limits"], number(entry["precision"]["amount"])
    least = number(limits["amount"].get("min") or "0")
    return Market(
        base=entry["base"],
        quote=entry["quote"],
        tick=number(entry["precision"]["price"]),
        lot=lot,
        min_notional=number(limits["cost"].get("min") or "0"),
        min_quantity=least if least > lot else ZERO,
    )


def holdings(balance: Any) -> dict[str, Holding]:
    """Every asset of which there is any.

    Raises:
        Unreadable: an amount is missing.
    """
    free, used = balance.get("free") or {}, balance.get("used") or {}
    found = {
        asset: Holding(number(amount), number(used.get(asset) or "0"))
        for asset, amount in free.items()
    }
    return {asset: held for asset, held in found.items() if held.free or held.locked}


def number(text: Any) -> Decimal:
    """An amount of ccxt's.

    Raises:
        Unreadable: it is none.
    """
    if not isinstance(text, str | int):
        raise Unreadable(f"{text!r} is no exact amount")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise Unreadable(f"{str(text)[:40]!r} is no amount")
    return amount
