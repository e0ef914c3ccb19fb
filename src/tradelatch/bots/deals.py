"""Deals: what belongs together from an entry to its exit, with its money.

All sums are exact. A fee lowers what was received where the exchange takes it in that asset, and is
counted apart where it takes it in a third one.
"""

import enum
from decimal import Decimal

import msgspec

from tradelatch.bots.orders import Fill
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY, ZERO
from tradelatch.model.orders import Side


class Direction(enum.StrEnum):
    """Which way a deal earns: long buys first, short sells first."""

    LONG = "long"
    SHORT = "short"

    @property
    def entry(self) -> Side:
        """The side that opens the deal."""
        return Side.BUY if self is Direction.LONG else Side.SELL

    @property
    def exit(self) -> Side:
        """The side that closes it."""
        return Side.SELL if self is Direction.LONG else Side.BUY


class Deal(msgspec.Struct):
    """One deal of one bot: quantities in base, costs in quote.

    `state` is the strategy's word for where it stands; a deal is over once `closed_ms` is set.
    `settings` are the bot's as they were when it opened, so that edits reach later deals only.
    `memory` is what the strategy keeps of it, as JSON.
    """

    number: int
    symbol: str
    direction: Direction
    opened_ms: int
    state: str = ""
    settings: bytes = b"{}"
    memory: bytes = b"{}"
    closed_ms: int | None = None
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    spent: Decimal = ZERO
    """Quote paid for what was bought."""
    received: Decimal = ZERO
    """Quote received for what was sold."""
    base_fees: Decimal = ZERO
    quote_fees: Decimal = ZERO
    other_fees: dict[str, Decimal] = {}
    fees_value: Decimal = ZERO
    """The fees in base and quote, in quote, each at its own fill's price."""

    @property
    def is_open(self) -> bool:
        """It has not been closed."""
        return self.closed_ms is None

    @property
    def base(self) -> Decimal:
        """What the account's base changed by."""
        return MONEY.subtract(MONEY.subtract(self.bought, self.sold), self.base_fees)

    @property
    def quote(self) -> Decimal:
        """What the account's quote changed by."""
        return MONEY.subtract(MONEY.subtract(self.received, self.spent), self.quote_fees)

    def add(self, side: Side, fill: Fill) -> None:
        """Count a fill of one of its orders."""
        base, quote = split_symbol(self.symbol)
        if side is Side.BUY:
            self.bought = MONEY.add(self.bought, fill.quantity)
            self.spent = MONEY.add(self.spent, fill.value)
        else:
            self.sold = MONEY.add(self.sold, fill.quantity)
            self.received = MONEY.add(self.received, fill.value)
        if fill.fee_asset == base:
            self.base_fees = MONEY.add(self.base_fees, fill.fee)
            self.fees_value = MONEY.add(self.fees_value, MONEY.multiply(fill.fee, fill.price))
        elif fill.fee_asset == quote:
            self.quote_fees = MONEY.add(self.quote_fees, fill.fee)
            self.fees_value = MONEY.add(self.fees_value, fill.fee)
        else:
            known = self.other_fees.get(fill.fee_asset, ZERO)
            self.other_fees = {**self.other_fees, fill.fee_asset: MONEY.add(known, fill.fee)}
