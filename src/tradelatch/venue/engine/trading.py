"""What one market remembers: its book, its last trades, its minute bars, its average price."""

from collections import deque

from tradelatch.venue.engine.accounts import Trade
from tradelatch.venue.engine.bars import MINUTE_MS, Bar
from tradelatch.venue.engine.book import Book
from tradelatch.venue.engine.listing import Listing

KEPT_TRADES = 2_000
AVERAGE_MINUTES = 5


class AveragePrice:
    """Volume-weighted price of the last five minutes; the last price where nothing traded."""

    def __init__(self, opening: int) -> None:
        self._recent: deque[tuple[int, int, int]] = deque()
        self._lots = 0
        self._value = 0
        self._last = opening

    def add(self, at: int, ticks: int, lots: int) -> None:
        """One more trade."""
        self._forget(at)
        self._recent.append((at, ticks * lots, lots))
        self._lots += lots
        self._value += ticks * lots
        self._last = ticks

    def ticks(self, at: int) -> int:
        """The average in ticks, rounded down; zero if the market never had a price."""
        self._forget(at)
        return self._value // self._lots if self._lots else self._last

    def _forget(self, at: int) -> None:
        horizon = at - AVERAGE_MINUTES * MINUTE_MS
        while self._recent and self._recent[0][0] <= horizon:
            _, value, lots = self._recent.popleft()
            self._value -= value
            self._lots -= lots


class Trading:
    """One market at work. `opened` is the minute (ms) at which live trading began, and
    `walk_zero` what the clock of the fair prices (`Engine.walk_ms`) showed then."""

    def __init__(self, listing: Listing, at: int, walk_zero: int) -> None:
        opening = listing.life.opening if listing.life else 0
        self.listing = listing
        self.opened = at - at % MINUTE_MS
        self.walk_zero = walk_zero
        self.book = Book()
        self.trades: deque[Trade] = deque(maxlen=KEPT_TRADES)
        self.bars: dict[int, Bar] = {}
        self.last = opening
        self.next_trade = 1
        self.next_prevented = 1
        self.average = AveragePrice(opening)

    def record(self, trade: Trade) -> None:
        """Remember an execution."""
        self.next_trade = trade.id + 1
        self.last = trade.ticks
        self.trades.append(trade)
        self.average.add(trade.at, trade.ticks, trade.lots)
        minute = trade.at - trade.at % MINUTE_MS
        bar = self.bars.get(minute)
        if bar is None:
            bar = self.bars[minute] = Bar(minute, 0, 0, 0, 0)
        bar.add(trade.ticks, trade.lots, trade.quote, trade.taker_bought)
