"""What a finished backtest hands over: the nouns of its report, and their JSON.

Every sum is exact and printed as a plain decimal string; times are UTC in milliseconds.
"""

import json
from bisect import bisect_left
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from tradelatch.bots.deals import Direction
from tradelatch.model.money import MONEY, ZERO, plain
from tradelatch.model.orders import Side
from tradelatch.tapes.candles import Candles

CHART_CANDLES = 3_000
"""The most candles of one symbol that a result carries."""

ChartCandle: TypeAlias = tuple[int, Decimal, Decimal, Decimal, Decimal]
"""Time in ms, open, high, low and close, in quote per base."""


class Unreadable(ValueError):
    """The text is no result of a backtest."""


class DealResult(msgspec.Struct, frozen=True):
    """One deal: quantities in base, sums in quote. `state` is the strategy's word for how it
    stands; `entries` counts the entry orders that were filled."""

    number: int
    symbol: str
    direction: Direction
    state: str
    opened_ms: int
    closed_ms: int | None
    entries: int
    bought: Decimal
    sold: Decimal
    average_entry: Decimal | None
    """None where nothing was filled, as for the exit."""
    average_exit: Decimal | None
    cost: Decimal
    """What the entries came to, fees apart."""
    profit: Decimal
    """What came of it after all fees; of an open deal, at the last price."""
    profit_share: Decimal
    """The profit as a share of the cost: 0.02 is two percent."""
    fees_value: Decimal

    @property
    def counts(self) -> bool:
        """It was entered and is closed, so that its profit is final."""
        return self.closed_ms is not None and self.entries > 0


class FillResult(msgspec.Struct, frozen=True):
    """One execution: price in quote per base, quantity in base, fee in units of `fee_asset`. `tag`
    is the strategy's name for what the order was for."""

    time_ms: int
    deal: int
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    tag: str


class Gap(msgspec.Struct, frozen=True):
    """No prices were known of a symbol from a time until another."""

    symbol: str
    start_ms: int
    end_ms: int


class Reporting(msgspec.Struct, frozen=True):
    """The currency the owner counts in: what one unit of quote was worth at start and end."""

    asset: str
    start_rate: Decimal
    end_rate: Decimal


class Result(msgspec.Struct, frozen=True):
    """A backtest from start to end: `equity` is all that the bot had, in `quote`, at least at every
    fill and every hour, the oldest first."""

    bot: str
    kind: str
    settings: dict[str, Any]
    """As JSON has them; amounts are strings."""
    symbols: tuple[str, ...]
    start_ms: int
    end_ms: int
    quote: str
    start_equity: Decimal
    equity: tuple[tuple[int, Decimal], ...]
    exposure_ms: int
    """How long something was at risk."""
    deals: tuple[DealResult, ...]
    fills: tuple[FillResult, ...]
    fees: dict[str, Decimal]
    """What the fees came to in quote, by the asset they were paid in."""
    assumptions: tuple[str, ...]
    """How fills were modelled, in sentences."""
    warnings: tuple[str, ...] = ()
    candles: dict[str, tuple[ChartCandle, ...]] = {}
    """For the chart, by symbol; at most `CHART_CANDLES` of each, see `thin`."""
    gaps: tuple[Gap, ...] = ()
    reporting: Reporting | None = None

    @property
    def end_equity(self) -> Decimal:
        """What it had in the end, in quote."""
        return self.equity[-1][1] if self.equity else self.start_equity


def thin(
    candles: Candles, start_ms: int, end_ms: int, most: int = CHART_CANDLES
) -> tuple[ChartCandle, ...]:
    """Candles joined into at most `most` longer ones of equal length; those that open before the
    start or not before the end are left out. They come in order of time."""
    span = max(1, -(-(end_ms - start_ms) // most))
    part = candles.between(start_ms, end_ms)
    joined: list[ChartCandle] = []
    first = 0
    while first < len(part):
        time = part.times[first] - (part.times[first] - start_ms) % span
        last = bisect_left(part.times, time + span, first)
        prices = (
            part.opens[first],
            max(part.highs[first:last]),
            min(part.lows[first:last]),
            part.closes[last - 1],
        )
        opened, high, low, close = (MONEY.multiply(price, part.price_unit) for price in prices)
        joined.append((time, opened, high, low, close))
        first = last
    return tuple(joined)


def as_json(result: Result) -> dict[str, Any]:
    """Everything, for machines; `decode` reads it back."""
    told: dict[str, Any] = _plain(msgspec.to_builtins(result, builtin_types=(Decimal,)))
    return told


def encode(result: Result) -> bytes:
    """One line of JSON."""
    return json.dumps(as_json(result), ensure_ascii=False, separators=(",", ":")).encode()


def decode(text: bytes) -> Result:
    """The result that `encode` wrote.

    Raises:
        Unreadable: it is none.
    """
    try:
        return msgspec.json.decode(text, type=Result)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"this is not the result of a backtest: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value) if value else plain(ZERO)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
