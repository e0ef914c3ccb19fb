"""The week's markets: the drill's, at the size that a venue opens with, and recorded tapes."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from tradelatch.drills.cast import BTC, DEEP, SECOND, THIN
from tradelatch.drills.founding import MARKETS
from tradelatch.drills.ledger import FairPrices
from tradelatch.model.money import MONEY
from tradelatch.tapes.files import BadTape
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.units import SCALE, from_units
from tradelatch.venue.life.markets import QOR_BTC, VIN_BTC
from tradelatch.venue.life.tape import Tape

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
_HISTORY_DAYS, _LEAST_DAYS = 8, 1
"""How many days of a tape are history, where it is long enough, and how many have to be: a market
is deep by seven of them, and references look back for one."""
_DEEP = tuple(one for one in MARKETS if one.market.symbol in (DEEP, SECOND))


class Markets(NamedTuple):
    """What the venue lists, and the tapes among it by symbol; `thin` are the thin markets that
    customers trade in: the tapes, or generated ones where there is none."""

    listings: tuple[Listing, ...]
    tapes: dict[str, Tape]
    thin: tuple[str, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(one.market.symbol for one in self.listings)


def markets(tapes: Iterable[Path], hours: int) -> Markets:
    """The drill's markets, with tapes beside them or, of the same symbol, in their places.

    Raises:
        BadTape: one cannot be used, is not quoted in BTC, is shorter than the week, or is there
            twice.
    """
    found = {one.market.symbol: one for one in (*_DEEP, VIN_BTC, QOR_BTC)}
    played: dict[str, Tape] = {}
    for path in tapes:
        tape = Tape(path)
        base, _, quote = tape.symbol.partition("/")
        if quote != BTC or base == BTC:
            raise BadTape(f"{path}: a tape of {tape.symbol}; one is needed of a coin in {BTC}")
        listing = tape.listing(_begin(tape, hours))
        symbol = listing.market.symbol
        if symbol in played:
            raise BadTape(f"{path}: {symbol} has a tape already: {played[symbol].path}")
        found[symbol], played[symbol] = listing, tape
    thin = tuple(symbol for symbol in played if symbol not in (DEEP, SECOND))
    return Markets(tuple(found.values()), played, thin or THIN)


def _begin(tape: Tape, hours: int) -> int:
    """Where on the tape the week begins (ms)."""
    first, last = tape.times[0], tape.times[-1]
    latest = last - hours * HOUR_MS
    if latest < first + _LEAST_DAYS * DAY_MS:
        has = (last - first) / DAY_MS
        needs = f"{hours / 24:g} days of trading and {_LEAST_DAYS} before them are needed"
        raise BadTape(f"{tape.path}: it holds {has:.1f} days; {needs}: give fewer --days")
    return min(latest, first + _HISTORY_DAYS * DAY_MS)


class Prices:
    """What each coin is worth in BTC whatever the customers do: by the walk of its market, or by
    its tape."""

    def __init__(self, engine: Engine, seed: int, tapes: dict[str, Tape]) -> None:
        self._engine, self._fair = engine, FairPrices(engine, seed, BTC)
        self._tapes = {symbol.split("/")[0]: tape for symbol, tape in tapes.items()}

    def __call__(self, asset: str, at_ms: int) -> Decimal:
        """The price at a time; one for BTC itself."""
        tape = self._tapes.get(asset)
        if tape is None:
            return self._fair(asset, at_ms)
        trading = self._engine.markets[asset + BTC]
        life = trading.listing.life
        assert life, f"{asset} has no tape"
        walked = self._engine.walk_ms(at_ms) - trading.walk_zero
        return from_units(tape.price_at(life.on_tape(walked)))

    def worth(self, held: dict[str, Decimal], at_ms: int) -> Decimal:
        """What holdings are worth."""
        parts = (MONEY.multiply(much, self(asset, at_ms)) for asset, much in held.items() if much)
        return sum(parts, Decimal(0))


def turnovers(listings: Sequence[Listing]) -> dict[str, Decimal]:
    """What is traded in each market in a day, BTC."""
    lives = {one.market.symbol: one.life for one in listings}
    return {
        symbol: MONEY.divide(Decimal(life.turnover), SCALE)
        for symbol, life in lives.items()
        if life
    }
