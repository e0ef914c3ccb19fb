"""The venue's own agents: a maker who quotes a ladder around the fair price, and takers who
trade against it at about the market's usual pace. All of them act only when stepped.

Whatever happens to the book, the maker comes back around the **fair** price, not around where
the book was swept to, and never pays a stranger more than fair.
"""

import math
import random

from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.engine.commands import Place
from tradelatch.venue.engine.listing import Life, Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.units import PPM
from tradelatch.venue.life.quotes import STALE, Level, Quotes, Submit
from tradelatch.venue.life.walk import Fair

TAKER = "house-taker"
RETURN_MS = 500
"""How long a taken level stays empty, besides the time to the next step."""
_DAY_MS = 86_400_000
_SIDES = (Side.BUY, Side.SELL)


class Maker:
    """Keeps the ladder of one generated market around its fair price."""

    def __init__(self, engine: Engine, listing: Listing, life: Life, fair: Fair) -> None:
        self._engine = engine
        self._fair = fair
        self._ladder = [(ppm / PPM, value) for ppm, value in life.ladder]
        self._quotes = Quotes(engine, listing, RETURN_MS)

    def step(self, now: int, submit: Submit) -> None:
        """Bring the ladder to where it belongs at `now` (ms)."""
        fair = self._fair.ticks(self._engine.walk_ms(now))
        levels = [
            Level(side, _away(fair, side, distance), value, max(1.0, STALE * distance * fair))
            for distance, value in self._ladder
            for side in _SIDES
        ]
        self._quotes.keep(now, levels, submit)


def _away(fair: float, side: Side, distance: float) -> int:
    """The price, in ticks, that is a share of `distance` off fair: rounded away from it."""
    if side is Side.BUY:
        return max(1, int(fair * (1 - distance)))
    return max(2, math.ceil(fair * (1 + distance)))


class NoiseTaker:
    """Buys and sells at random moments, as many and as large as the market's `Life` says, and
    never far from fair: it takes no part in anybody's absurd offers."""

    def __init__(
        self, engine: Engine, listing: Listing, life: Life, fair: Fair, random_: random.Random
    ) -> None:
        self._engine = engine
        self._listing = listing
        self._fair = fair
        self._random = random_
        self._gap_ms = _DAY_MS / life.prints
        self._mean = life.turnover / life.prints
        self._reach = 3 * life.ladder[0][0] / PPM
        self._next: float | None = None

    def step(self, now: int, submit: Submit) -> None:
        """Trade what falls due by `now` (ms), one order at most."""
        if self._next is None or now < self._next:
            self._next = self._next or now + self._random.expovariate(1 / self._gap_ms)
            return
        self._next = max(self._next, now - self._gap_ms) + self._random.expovariate(
            1 / self._gap_ms
        )
        fair = self._fair.ticks(self._engine.walk_ms(now))
        side = self._random.choice(_SIDES)
        ticks = limit(fair, side, self._reach)
        value = int(min(self._random.expovariate(1 / self._mean), 5 * self._mean))
        lots = max(1, self._listing.lots_for(ticks, value))
        submit(take(now, self._listing.name, side, lots, ticks))


def limit(fair: float, side: Side, reach: float) -> int:
    """The worst price, in ticks, that a taker accepts who goes `reach` beyond fair."""
    return max(1, round(fair * (1 + (reach if side is Side.BUY else -reach))))


def take(now: int, market: str, side: Side, lots: int, ticks: int) -> Place:
    """An order of the taker's: limited, and never resting."""
    return Place(
        now,
        TAKER,
        market,
        side,
        OrderType.LIMIT,
        lots=lots,
        ticks=ticks,
        tif=TimeInForce.IOC,
    )
