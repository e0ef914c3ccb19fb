"""Intents: what a request means, whatever exchange it was worded for.

A request is read into one or more intents, judged by them and written anew from them, so that
nothing which was not understood ever reaches an exchange.
"""

from decimal import Decimal
from typing import TypeAlias

import msgspec

from tradelatch.model.orders import Number, OrderType, Side, TimeInForce

Parameters: TypeAlias = tuple[tuple[str, str], ...]


class Intent(msgspec.Struct, frozen=True, tag=True, tag_field="intent"):
    """What all intents have in common: nothing but being one."""


class PlaceOrder(Intent, frozen=True):
    """A new order on `symbol` (unified, ``ETH/BTC``; of futures ``BTC/USDT:USDT``).

    Exactly one of `quantity` (base; of futures in the exchange's own unit, often contracts) and
    `quote_quantity` (quote, market orders only) is set; `price` is set for types that have a limit,
    `time_in_force` for those but limit makers, and `stop_price` for those that wait for it.
    `listed` is the bot's name of the list that it is one of, if it has one. `response` is the
    detail of the answer that was asked for, in the exchange's own word.
    """

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    stop_price: Decimal | None = None
    client_order_id: str | None = None
    listed: str | None = None
    response: str | None = None
    test: bool = False
    """Only to be checked by the exchange, never to stand in a book."""
    reduce_only: bool = False
    """Of futures: it may only make a position smaller."""
    unbounded: tuple[str, ...] = ()
    """What else the request says that nothing bounds: leverage, a trailing distance, an order that
    is attached, a parameter that is not known. An order with any is understood, denied, and never
    written."""


class CancelOrder(Intent, frozen=True):
    """Cancel one order of `symbol` (None where the id alone says which) by either id, or all orders
    of a list by its number or name, or all that there are where no id is given. `mode` is set where
    another order takes its place in the same request: whether that needs this one to be done, in
    the exchange's own word."""

    symbol: str | None
    order_id: Number | None = None
    client_order_id: str | None = None
    mode: str | None = None
    list_id: int | None = None
    listed: str | None = None

    @property
    def is_of_list(self) -> bool:
        """It names a list, and no order."""
        return self.list_id is not None or self.listed is not None


class AmendOrder(Intent, frozen=True):
    """Change an open order of `symbol` (None where the id alone says which), named by either id or
    both. Only a lower `quantity` (base) is ever let through, by which it keeps its place in the
    book and its client order id; what else is to change stands in `price` and `unbounded`."""

    symbol: str | None
    quantity: Decimal | None
    order_id: Number | None = None
    client_order_id: str | None = None
    price: Decimal | None = None
    unbounded: tuple[str, ...] = ()


class ReadAccount(Intent, frozen=True):
    """Read something private. `what` is the exchange file's name of the endpoint and
    `parameters` are those that were understood, in the order they will be written."""

    what: str
    parameters: Parameters = ()


class ReadMarket(Intent, frozen=True):
    """Read something public; never signed."""

    what: str
    parameters: Parameters = ()


class FollowAccount(Intent, frozen=True):
    """Be told of the account's events as they happen: orders, fills, balances."""


class UnfollowAccount(Intent, frozen=True):
    """Be told no more by this websocket: of the subscription of that number, or of any."""

    number: int | None = None


class MoveFunds(Intent, frozen=True):
    """Withdraw, transfer, convert, lend, pay: anything by which value leaves the account."""

    what: str


class ManageKeys(Intent, frozen=True):
    """Make, change or reveal API keys or sub-accounts."""

    what: str


class RevokeKey(Intent, frozen=True):
    """End the exchange key that signs this. Operators have it said: no request reads as it."""


class Unknown(Intent, frozen=True):
    """An endpoint that is not on the list, or one that is read but has no bound."""

    what: str


AnyIntent: TypeAlias = (
    PlaceOrder
    | CancelOrder
    | AmendOrder
    | ReadAccount
    | ReadMarket
    | FollowAccount
    | UnfollowAccount
    | MoveFunds
    | ManageKeys
    | RevokeKey
    | Unknown
)
