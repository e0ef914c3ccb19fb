"""A market's rules: steps, limits, price bands, fees, and what drives its fair price."""

import msgspec

from tradelatch.model.markets import Market
from tradelatch.model.orders import Side
from tradelatch.venue.engine.units import PPM, SCALE, from_units
from tradelatch.venue.engine.words import BUY


class Band(msgspec.Struct, frozen=True):
    """Limit prices of one side must lie within `down` to `up` times the average, in ppm."""

    up: int
    down: int


class Life(msgspec.Struct, frozen=True):
    """How a market's house agents behave, and its generated history with them.

    `opening` is the first price in ticks, `sigma` the daily volatility in ppm, `turnover` the
    daily traded value in quote units, `prints` the number of trades it is made of, and
    `ladder` what each side of the book shows: (distance from fair in ppm, value in quote
    units), nearest first. `tape` is the path of a recorded tape that takes the places of walk and
    ladder, `digest` its SHA-256 and `moment` the time on it (ms) at which live trading begins; for
    every ms of the walk's clock the tape goes on by `pace` ms.
    """

    opening: int
    sigma: int
    turnover: int
    prints: int
    ladder: tuple[tuple[int, int], ...]
    tape: str = ""
    moment: int = 0
    digest: str = ""
    pace: int = 1

    def on_tape(self, walked: int) -> int:
        """Where the tape is (ms) once the walk's clock has gone on by so many ms since the market
        was opened."""
        return self.moment + walked * self.pace


class Listing(msgspec.Struct, frozen=True):
    """One market as listed. `tick` is the price step (quote units per whole base), `lot` the
    quantity step (base units), notionals in quote units, `max_position` in base units (0: no
    limit); fees in ppm of what is received. The counts are an account's in this market."""

    base: str
    quote: str
    tick: int
    lot: int
    min_notional: int
    bids: Band
    asks: Band
    life: Life | None = None
    maker_fee: int = 1_000
    taker_fee: int = 1_000
    max_lots: int = 10**12
    max_market_lots: int = 10**12
    max_ticks: int = 10**10
    max_notional: int = 9_000_000 * SCALE
    max_position: int = 0
    max_orders: int = 200
    max_algo_orders: int = 5
    max_order_lists: int = 20

    @property
    def name(self) -> str:
        """Binance's name, such as ``ETHBTC``."""
        return self.base + self.quote

    @property
    def market(self) -> Market:
        """The shared noun for this market."""
        return Market(
            self.base,
            self.quote,
            from_units(self.tick),
            from_units(self.lot),
            from_units(self.min_notional),
        )

    def value(self, ticks: int, lots: int) -> int:
        """What `lots` change hands for at `ticks`, in quote units; a broken unit is dropped."""
        return ticks * lots * self.tick * self.lot // SCALE

    def value_up(self, ticks: int, lots: int) -> int:
        """The same with a broken unit rounded up: what a buy order must hold ready."""
        return -(-ticks * lots * self.tick * self.lot // SCALE)

    def lots_for(self, ticks: int, quote: int) -> int:
        """The most lots that `quote` units pay for at `ticks`."""
        return quote * SCALE // (ticks * self.tick * self.lot)

    def band(self, side: Side) -> Band:
        """The price band of one side."""
        return self.bids if side is BUY else self.asks


WIDE = Band(up=5 * PPM, down=PPM // 5)
"""The bands of thin markets: wide, as they were in 2022."""
DEEP_BIDS = Band(up=PPM * 6 // 5, down=PPM // 5)
DEEP_ASKS = Band(up=5 * PPM, down=PPM * 4 // 5)
