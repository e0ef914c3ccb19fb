"""A bot's orders and their fills, as the bot keeps them.

An order is written down as `PENDING` before it is sent, and leaves that state by what the exchange
says of it, never by the passing of time alone.
"""

import enum
from decimal import Decimal

import msgspec

from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side


class OrderState(enum.StrEnum):
    """Where an order stands."""

    PENDING = "pending"
    """Written down, and perhaps sent: the exchange has not been heard of it."""
    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    """Ended at the exchange with less than its quantity filled: cancelled or expired."""
    DENIED = "denied"
    """Never accepted: refused by the gate or the exchange; `Order.reason` says why."""
    ABSENT = "absent"
    """It never arrived, and can no longer be accepted."""

    def __init__(self, word: str) -> None:
        self.is_final = word not in ("pending", "open")
        """No further fill can follow."""


class Fill(msgspec.Struct, frozen=True):
    """One execution. `price` is in quote per base, `quantity` in base, `fee` in units of
    `fee_asset`; `time_ms` is the exchange's, `trade_id` its name for it within the market. `value`
    is the quote that changed hands: price times quantity, as the exchange has rounded it."""

    trade_id: str
    time_ms: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    value: Decimal


class Order(msgspec.Struct):
    """One order of one deal. `price` None is a market order; `quantity` is in base. `tag` is the
    strategy's own name for what the order is for."""

    client_id: str
    """Unique for ever, at most 32 of ``A-Za-z0-9-``: what the exchange is asked by."""
    deal: int
    tag: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    created_ms: int
    state: OrderState = OrderState.PENDING
    executed: Decimal = ZERO
    """Base filled so far as the exchange reports it; the fills may be heard of later."""
    filled: Decimal = ZERO
    """Base filled so far by the fills that are known."""
    cost: Decimal = ZERO
    """Quote of those fills, fees apart."""
    is_cancelling: bool = False
    """Its cancel was asked for and has not been heard of."""
    reason: str = ""

    @property
    def is_over(self) -> bool:
        """Nothing more will be heard of it: final, and every reported fill is known."""
        return self.state.is_final and self.filled >= self.executed

    @property
    def left(self) -> Decimal:
        """Base that is not filled."""
        return self.quantity - self.filled
