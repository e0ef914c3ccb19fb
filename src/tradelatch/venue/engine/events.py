"""What a command brought about, in the order in which it happened."""

import enum
from typing import TypeAlias

import msgspec

from tradelatch.venue.engine.accounts import Trade, Transfer
from tradelatch.venue.engine.book import Order


class Change(enum.StrEnum):
    """What happened to an order besides executions, as execution reports word it."""

    NEW = "NEW"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class OrderChanged(msgspec.Struct, frozen=True, gc=False):
    """An order was accepted, has ended without being filled, or (NEW again) was triggered.

    `order` is the engine's own and moves on; read it before the next command.
    """

    order: Order
    change: Change


class Traded(msgspec.Struct, frozen=True, gc=False):
    """Two orders met."""

    trade: Trade
    taker: Order
    maker: Order


class Moved(msgspec.Struct, frozen=True):
    """Money arrived or left."""

    account: str
    transfer: Transfer


Event: TypeAlias = OrderChanged | Traded | Moved
