"""What a command brought about, in the order in which it happened."""

import enum
from typing import TypeAlias

import msgspec

from tradelatch.venue.engine.accounts import Trade, Transfer
from tradelatch.venue.engine.api_keys import ApiKey, Lapse
from tradelatch.venue.engine.order import Order, OrderList


class Change(enum.StrEnum):
    """What happened to an order besides executions, as execution reports word it."""

    NEW = "NEW"
    TRIGGERED = "TRIGGERED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    TRADE_PREVENTION = "TRADE_PREVENTION"
    REPLACED = "REPLACED"
    """It was amended."""


class OrderChanged(msgspec.Struct, frozen=True, gc=False):
    """An order was accepted, was triggered by the last price, was amended, or has ended without
    being filled.

    `client_id` is the cancellation's own where there was one, and what an amended order was called
    before. `order` is the engine's and moves on: read it before the next command.
    """

    order: Order
    change: Change
    client_id: str = ""


class Traded(msgspec.Struct, frozen=True, gc=False):
    """Two orders met. What each had filled (lots) and spent (quote units) right after."""

    trade: Trade
    taker: Order
    maker: Order
    taker_filled: int
    taker_spent: int
    maker_filled: int
    maker_spent: int


class ListChanged(msgspec.Struct, frozen=True):
    """An order list was accepted, began to execute, or is done; or one of its orders has another
    name."""

    order_list: OrderList
    is_renaming: bool = False


class KeyLapsed(msgspec.Struct, frozen=True):
    """A key may do less from now on, or nothing at all."""

    key: ApiKey
    lapse: Lapse


class AccountFrozen(msgspec.Struct, frozen=True):
    """An account became cancel-only, or trades again."""

    account: str
    frozen: bool


class Moved(msgspec.Struct, frozen=True):
    """Money arrived at an account or left it: `change` in units."""

    account: str
    transfer: Transfer
    change: int


Event: TypeAlias = OrderChanged | Traded | ListChanged | KeyLapsed | AccountFrozen | Moved
