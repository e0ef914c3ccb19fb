"""The markets that a new venue opens with: one deep, two thin, with how they live; and more
like the deep one."""

from decimal import Decimal, InvalidOperation

from tradelatch.model.config import VenueMarket
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import BadAmount, parse_amount
from tradelatch.venue.engine.listing import DEEP_ASKS, DEEP_BIDS, WIDE, Life, Listing
from tradelatch.venue.engine.units import PPM, SCALE, to_units


def _ladder(*levels: tuple[float, float]) -> tuple[tuple[int, int], ...]:
    """Levels given as (percent from fair, BTC)."""
    return tuple((round(percent * 10_000), round(btc * SCALE)) for percent, btc in levels)


ETH_BTC = Listing(
    base="ETH",
    quote="BTC",
    tick=1_000,
    lot=10_000,
    min_notional=10_000,
    bids=DEEP_BIDS,
    asks=DEEP_ASKS,
    life=Life(
        opening=7_000,
        sigma=25_000,
        turnover=4_000 * SCALE,
        prints=7_200,
        ladder=_ladder(
            (0.014, 1.5),
            (0.03, 2),
            (0.06, 3),
            (0.1, 4),
            (0.15, 4.5),
            (0.22, 5),
            (0.3, 5),
            (0.5, 15),
            (0.75, 15),
            (1, 20),
            (1.5, 25),
            (2, 25),
            (3, 35),
            (4, 35),
            (5, 35),
        ),
    ),
)
"""0.07 BTC, 4,000 BTC a day, 25 BTC within 0.3 % on each side."""

VIN_BTC = Listing(
    base="VIN",
    quote="BTC",
    tick=1,
    lot=SCALE,
    min_notional=10_000,
    bids=WIDE,
    asks=WIDE,
    life=Life(
        opening=2_150,
        sigma=40_000,
        turnover=3 * SCALE,
        prints=300,
        ladder=_ladder((0.5, 0.1), (1, 0.15), (1.7, 0.2), (2.5, 0.25), (3.5, 0.3), (5, 0.3)),
    ),
)
"""0.0000215 BTC, 3 BTC a day, 1.3 BTC in all on each side."""

QOR_BTC = Listing(
    base="QOR",
    quote="BTC",
    tick=10,
    lot=SCALE // 10,
    min_notional=10_000,
    bids=WIDE,
    asks=WIDE,
    life=Life(
        opening=3_400,
        sigma=42_000,
        turnover=11 * SCALE,
        prints=550,
        ladder=_ladder((0.35, 0.2), (0.8, 0.35), (1.4, 0.45), (2.2, 0.55), (3.2, 0.6), (4.5, 0.65)),
    ),
)
"""0.00034 BTC, 11 BTC a day, 2.8 BTC in all on each side."""

STANDARD = (ETH_BTC, VIN_BTC, QOR_BTC)

_STEPS = 6
"""A price step is this many decimals below the price's first digit."""


class BadMarket(ValueError):
    """A market cannot be opened as it is described; the message says why."""


def generated(wanted: VenueMarket) -> Listing:
    """A market with a book of ETH/BTC's shape, scaled to its turnover.

    Raises:
        BadMarket: the symbol is none, or an amount is none or too small or large.
    """
    try:
        base, quote = split_symbol(wanted.symbol)
        price, turnover = parse_amount(wanted.price), parse_amount(wanted.turnover)
        sigma = int(parse_amount(wanted.volatility) * PPM)
        least = parse_amount(wanted.min_notional) if wanted.min_notional else turnover / 10**8
        first = price.adjusted()
        tick = max(1, to_units(Decimal(1).scaleb(max(first - _STEPS, -8))))
        lot = max(1, to_units(Decimal(1).scaleb(max(-first - 1, -8))))
        opening = to_units(price) // tick
        value = int(turnover * SCALE)
    except (BadAmount, ValueError, InvalidOperation) as error:
        raise BadMarket(f"the market {wanted.symbol!r}: {error}") from error
    deep = ETH_BTC.life
    if deep is None or opening < 1 or value < SCALE:
        raise BadMarket(f"the market {wanted.symbol!r}: price or turnover is too small")
    return Listing(
        base=base,
        quote=quote,
        tick=tick,
        lot=lot,
        min_notional=max(1, int(least * SCALE)),
        bids=DEEP_BIDS,
        asks=DEEP_ASKS,
        max_notional=value,
        life=Life(
            opening=opening,
            sigma=sigma,
            turnover=value,
            prints=deep.prints,
            ladder=tuple((ppm, money * value // deep.turnover) for ppm, money in deep.ladder),
        ),
    )
