"""What happened, in the order of time: orders that were asked for, and what became of them."""

from decimal import Decimal
from typing import TypeAlias

import msgspec

from tradelatch.model.intents import PlaceOrder
from tradelatch.policy.references import Reference


class Asked(msgspec.Struct, frozen=True):
    """An order that was sent. What was recorded with it comes along: the `reference` (None: none
    was), whether that has a deep market's `figures`, the account's `value` in units and why no
    risk was taken (`closed`, empty if it was). `went_out` tells whether it was allowed then."""

    time_ns: int
    order: str
    intent: PlaceOrder
    reference: Reference | None = None
    has_figures: bool = False
    value: Decimal | None = None
    closed: str = ""
    went_out: bool = True


class Filled(msgspec.Struct, frozen=True):
    """Some of an order was filled; `fee` in quote (None: as high as the policy says)."""

    time_ns: int
    order: str
    quantity: Decimal
    price: Decimal
    fee: Decimal | None
    reference: Decimal | None = None


class Rejudged(msgspec.Struct, frozen=True):
    """A resting order is judged by a worse reference from now on."""

    time_ns: int
    order: str
    reference: Decimal


class Amended(msgspec.Struct, frozen=True):
    """An open order is for less from now on: so much is `left` to be filled."""

    time_ns: int
    order: str
    left: Decimal


class Closed(msgspec.Struct, frozen=True):
    """No further fill of the order follows."""

    time_ns: int
    order: str


class Held(msgspec.Struct, frozen=True):
    """What the account holds of some assets."""

    time_ns: int
    held: dict[str, Decimal]


Event: TypeAlias = Asked | Filled | Rejudged | Amended | Closed | Held


class Unreadable(ValueError):
    """Something cannot be read; the message is one sentence with file and line."""
