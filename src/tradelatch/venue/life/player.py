"""Plays a recorded tape into its market: quotes a book around it, and trades its trades.

Each of the tape's orders is played in two steps. The quotes come to where the order left the
price, since that is where the recorded book's own were: the touch of the order's side at its
last price, the other side's a spread away. Then the order is traded up to that price and not
beyond, so that the last price here is the tape's; whoever waits on the way is filled first.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator

from tradelatch.model.orders import Side
from tradelatch.venue.engine.events import OrderChanged
from tradelatch.venue.engine.listing import Life, Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.life.liquidity import Liquidity
from tradelatch.venue.life.makers import take
from tradelatch.venue.life.quotes import STALE, Level, Quotes, Submit
from tradelatch.venue.life.tape import Tape

SHAPE = (1.0, 2.0, 3.5, 6.0, 10.0, 16.0, 25.0, 40.0)
"""How far from the middle each level is, in halves of the spread."""
MOST = 500
"""How many orders are traded in one step. The older ones of a longer sleep are left out."""


class Player:
    """Plays one tape on from `since` (ms on the clock of the fair prices, `Engine.walk_ms`);
    `zero` is what that clock showed at the tape's moment."""

    def __init__(
        self, engine: Engine, tape: Tape, listing: Listing, life: Life, zero: int, since: int
    ) -> None:
        self._engine = engine
        self._tape = tape
        self._listing = listing
        self._life, self._zero = life, zero
        self._quotes = Quotes(engine, listing, absence=0)
        self._liquidity = Liquidity()
        self._played = 0
        # Without a price there is no book: the first trade counts as heard of.
        self._hear(max(1, self._reached(since)))

    def step(self, now: int, submit: Submit) -> None:
        """Trade what the tape traded up to `now` (ms) since the step before."""
        ends = list(self._orders(self._reached(self._engine.walk_ms(now))))
        for end in ends[:-MOST]:
            self._hear(end)
        for end in ends[-MOST:]:
            self._trade(now, end, submit)
        self._quotes.keep(now, self._book(), submit)

    def _reached(self, at: int) -> int:
        """How many of the tape's prints had happened at a time (ms on the walk's clock)."""
        return bisect_right(self._tape.times, self._life.on_tape(at - self._zero))

    def _orders(self, until: int) -> Iterator[int]:
        """Where each order ends, of the prints not yet played: one order's have the same time
        and side."""
        times, bought = self._tape.times, self._tape.bought
        for index in range(self._played + 1, until):
            if (times[index], bought[index]) != (times[index - 1], bought[index - 1]):
                yield index
        if until > self._played:
            yield until

    def _hear(self, until: int) -> None:
        """Let the prints up to `until` tell how wide and deep the market is."""
        tape, listing = self._tape, self._listing
        for index in range(self._played, until):
            ticks, lots = self._print(index)
            value = listing.value(ticks, lots)
            self._liquidity.add(tape.times[index], ticks, value, bool(tape.bought[index]))
        self._played = until

    def _trade(self, now: int, end: int, submit: Submit) -> None:
        """Play the order whose prints end there."""
        lots = sum(self._print(index)[1] for index in range(self._played, end))
        self._hear(end)
        self._quotes.keep(now, self._book(), submit)
        left = self._take(now, lots, submit)
        if left:
            # The recorded book had all of it.
            self._quotes.keep(now, self._book(left), submit)
            self._take(now, left, submit)

    def _take(self, now: int, lots: int, submit: Submit) -> int:
        """Trade up to the last print's price; returns what is left."""
        first = submit(take(now, self._listing.name, self._side, lots, self._ticks))[0]
        return first.order.lots - first.order.filled if isinstance(first, OrderChanged) else lots

    def _book(self, lots: int = 0) -> list[Level]:
        """The quotes as the last print leaves them, with so many lots at least at its price."""
        spread, density = self._liquidity.spread, self._liquidity.density
        side, ticks = self._side, self._ticks
        ask = max(2, ticks if side is Side.BUY else ticks + spread)
        bid = max(1, ticks if side is Side.SELL else ticks - spread)
        levels, inner = [], 0.0
        for far in SHAPE:
            value = int(density * (far - inner))
            away = (far - 1) * spread / 2
            whole = math.ceil(away)
            levels.append(Level(Side.BUY, max(1, bid - whole), value, STALE * away))
            levels.append(Level(Side.SELL, ask + whole, value, STALE * away))
            inner = far
        touch = 1 if side is Side.BUY else 0
        least = max(levels[touch].value, self._listing.value_up(ticks, lots))
        levels[touch] = levels[touch]._replace(value=least)
        return levels

    @property
    def _side(self) -> Side:
        return Side.BUY if self._tape.bought[self._played - 1] else Side.SELL

    @property
    def _ticks(self) -> int:
        return self._print(self._played - 1)[0]

    def _print(self, index: int) -> tuple[int, int]:
        """The price in ticks and the amount in lots of one of the tape's prints."""
        tape, listing = self._tape, self._listing
        return tape.prices[index] // listing.tick, tape.amounts[index] // listing.lot
