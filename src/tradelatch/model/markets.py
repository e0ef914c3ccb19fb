"""Markets: names, steps, candles and the top of a book."""

from decimal import Decimal
from functools import cached_property

import msgspec

from tradelatch.model.money import MONEY, ZERO


class Market(msgspec.Struct, frozen=True):
    """One pair. `tick` is the price step in quote, `lot` the quantity step in base, and
    `min_notional` the least price times quantity in quote. `min_quantity` is the least quantity in
    base, where the exchange asks for more than one lot. Of a price `price_digits` count at most,
    where the exchange has such a rule (0: it has none)."""

    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    min_notional: Decimal
    min_quantity: Decimal = ZERO
    price_digits: int = 0

    @property
    def symbol(self) -> str:
        """The unified name, such as ``ETH/BTC``."""
        return f"{self.base}/{self.quote}"

    def step_at(self, price: Decimal) -> Decimal:
        """The price step at a price: the tick, or more where too many digits would count."""
        if not self.price_digits or not price:
            return self.tick
        return max(self.tick, Decimal(1).scaleb(price.adjusted() + 1 - self.price_digits))

    @property
    def least(self) -> Decimal:
        """The least quantity of an order in base, whatever its price."""
        return max(self.lot, self.min_quantity)


class Candle(msgspec.Struct, frozen=True, dict=True):
    """Trading in one interval: volume in base, turnover in quote, times in ms."""

    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    turnover: Decimal

    @cached_property
    def average(self) -> Decimal | None:
        """The volume-weighted price in quote per base; None if nothing was traded."""
        return average_price(self.turnover, self.volume)


def average_price(turnover: Decimal, volume: Decimal) -> Decimal | None:
    """Quote per base; None if either is not above zero."""
    return MONEY.divide(turnover, volume) if volume > 0 and turnover > 0 else None


class TopOfBook(msgspec.Struct, frozen=True):
    """The best prices; zero where a side is empty."""

    bid: Decimal
    ask: Decimal


def split_symbol(symbol: str) -> tuple[str, str]:
    """Base and quote of ``ETH/BTC``.

    Raises:
        ValueError: there is not exactly one slash between two names.
    """
    base, _, quote = symbol.partition("/")
    if not base or not quote or "/" in quote:
        raise ValueError(f"{symbol!r} is not a market; write it as ETH/BTC")
    return base, quote
