"""Bittrex's order history: three lines with name, user id and date, then the orders.

Columns ``Uuid,Exchange,TimeStamp,OrderType,Limit,Quantity,QuantityRemaining,Commission,Price,
PricePerUnit`` and, as the exports of 2018 and later have them, ``IsConditional,Condition,
ConditionTarget,ImmediateOrCancel,Closed,TimeInForceTypeId,TimeInForce``. ``Price`` is the order's
total, and markets have the quote first.
"""

import random
from datetime import datetime
from pathlib import Path

from tradelatch.drills.incident.accounts import Account
from tradelatch.drills.incident.coinbasepro import new_uuid
from tradelatch.drills.incident.tables import write_table
from tradelatch.drills.incident.trades import Trade
from tradelatch.model.money import plain

_ORDERS = (
    "Uuid",
    "Exchange",
    "TimeStamp",
    "OrderType",
    "Limit",
    "Quantity",
    "QuantityRemaining",
    "Commission",
    "Price",
    "PricePerUnit",
    "IsConditional",
    "Condition",
    "ConditionTarget",
    "ImmediateOrCancel",
    "Closed",
    "TimeInForceTypeId",
    "TimeInForce",
)
_EXPORTED = "1/10/2023"


def write(folder: Path, account: Account, dice: random.Random) -> None:
    """The file of one account into its folder; every trade is an order of its own."""
    above = (account.victim.name, new_uuid(dice), _EXPORTED)
    rows = (_order(trade, new_uuid(dice)) for trade in account.trades)
    write_table(folder / "bittrex-orders.csv", _ORDERS, rows, above)


def _order(trade: Trade, name: str) -> tuple[str, ...]:
    at = _american(trade.at)
    return (
        name,
        f"{trade.market.quote}-{trade.market.base}",
        at,
        f"LIMIT_{trade.side.name}",
        plain(trade.price),
        plain(trade.quantity),
        "0",
        plain(trade.fee),
        plain(trade.amount),
        plain(trade.price),
        "False",
        "",
        "0",
        "True",
        at,
        "1",
        "IMMEDIATE_OR_CANCEL",
    )


def _american(at: datetime) -> str:
    """``10/19/2022 1:02:03 PM``, whatever the machine's language."""
    half = "AM" if at.hour < 12 else "PM"
    return f"{at.month}/{at.day}/{at.year} {(at.hour - 1) % 12 + 1}:{at:%M:%S} {half}"
