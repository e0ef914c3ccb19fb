"""Grid settings that cannot work: each is refused with its field, the reason and what would."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import msgspec

from tradelatch.bots.grid.lines import amounts, lines, profit
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.strategy import BadSettings
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, plain, round_up

FEWEST, MOST = 2, 1_000
"""Lines of a grid."""


def check_settings(settings: GridSettings, markets: dict[str, Market], fee: Decimal) -> None:
    """Refuse what cannot work.

    Raises:
        BadSettings: with the field, the reason and the nearest value that works.
    """
    for problem in (*_range(settings, len(markets)), *_sizes(settings), *_stops(settings)):
        raise BadSettings(problem)
    for market in markets.values():
        for problem in (*_too_dense(settings, market, fee), *_too_small(settings, market)):
            raise BadSettings(problem)


def _range(settings: GridSettings, pairs: int) -> Iterator[str]:
    lower, upper, count = settings.lower_price, settings.upper_price, settings.grids_quantity
    if pairs != 1:
        yield f"symbols: a grid trades one pair, and there are {pairs}"
    if lower <= 0:
        yield f"lower_price: {plain(lower)} is not above zero"
    if upper <= lower:
        yield f"upper_price: {plain(upper)} is not above lower_price {plain(lower)}"
    if not FEWEST <= count <= MOST:
        nearest = FEWEST if count < FEWEST else MOST
        yield f"grids_quantity: {count} is out of range, use {FEWEST} to {MOST}; {nearest} is next"


def _sizes(settings: GridSettings) -> Iterator[str]:
    if bool(settings.quantity_per_grid) == bool(settings.volume_per_grid):
        yield "quantity_per_grid: set either it (base) or volume_per_grid (quote), and not both"
    for field in ("quantity_per_grid", "volume_per_grid"):
        if getattr(settings, field) < 0:
            yield f"{field}: {getattr(settings, field)} is below zero"
    for field in ("max_active_buy_lines", "max_active_sell_lines"):
        if getattr(settings, field) < 0:
            yield f"{field}: {getattr(settings, field)} is below zero; 0 is no limit"


def _stops(settings: GridSettings) -> Iterator[str]:
    if settings.upper_stop_price and settings.upper_stop_price <= settings.upper_price:
        yield f"upper_stop_price: use more than upper_price {plain(settings.upper_price)}, or 0"
    for field in ("upper_stop_price", "lower_stop_price"):
        if getattr(settings, field) < 0:
            yield f"{field}: {getattr(settings, field)} is below zero; 0 is no stop"
    if settings.lower_stop_price and settings.lower_stop_price >= settings.lower_price:
        yield f"lower_stop_price: use less than lower_price {plain(settings.lower_price)}, or 0"


def _too_dense(settings: GridSettings, market: Market, fee: Decimal) -> Iterator[str]:
    """Lines on one tick, or so near that the fees take more than an interval earns."""
    if _is_too_dense(settings, market, fee):
        fits = _most_lines(settings, market, fee)
        works = f"at most {fits} lines work" if fits >= FEWEST else "a wider range would"
        yield (
            f"grids_quantity: {settings.grids_quantity} lines are too near to one another in "
            f"{market.symbol}: a buy and the sell above it would earn less than their fees; {works}"
        )


def _is_too_dense(settings: GridSettings, market: Market, fee: Decimal) -> bool:
    prices = lines(settings, market.tick)
    if prices[0] <= 0 or any(b <= a for a, b in pairwise(prices)):
        return True
    return min(profit(settings, market, fee)) <= 0


def _most_lines(settings: GridSettings, market: Market, fee: Decimal) -> int:
    """By halving: fewer lines are further apart."""
    low, high = FEWEST - 1, settings.grids_quantity
    while high - low > 1:
        middle = (low + high) // 2
        tried = msgspec.structs.replace(settings, grids_quantity=middle)
        low, high = (low, middle) if _is_too_dense(tried, market, fee) else (middle, high)
    return low


def _too_small(settings: GridSettings, market: Market) -> Iterator[str]:
    prices = lines(settings, market.tick)
    found = amounts(settings, prices, market.lot)
    field = "quantity_per_grid" if settings.quantity_per_grid else "volume_per_grid"
    unit = market.base if settings.quantity_per_grid else market.quote
    for amount, price in zip(found, prices, strict=False):
        if amount >= market.least and MONEY.multiply(amount, price) >= market.min_notional:
            continue
        worth = round_up(MONEY.divide(market.min_notional, price), market.lot)
        least = max(market.least, worth)
        needs = least if settings.quantity_per_grid else _volume_for(least, prices[:-1])
        yield (
            f"{field}: {plain(getattr(settings, field))} {unit} is under the least order of "
            f"{market.symbol} at {plain(price)}; use {plain(needs)} or more"
        )
        return


def _volume_for(least: Decimal, prices: list[Decimal]) -> Decimal:
    """A volume in quote that buys the least amount at every line."""
    return round_up(MONEY.multiply(least, max(prices)), Decimal("1e-8"))
