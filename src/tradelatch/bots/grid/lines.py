"""The arithmetic of a grid, after 3Commas: N lines, both bounds included.

Between two neighbouring lines lies an interval. An interval is either holding, and its order is a
sell at its upper line, or it is not, and its order is a buy at its lower line; so a buy filled at a
line puts a sell at the next above, and a sell filled there puts the buy back.
"""

from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from tradelatch.bots.grid.settings import GridSettings, GridType
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, ZERO, round_down, round_up

_RESERVE = Decimal("1.02")
"""How much more base is bought than the sells need, for fees."""


def step(settings: GridSettings) -> Decimal:
    """The distance of two lines: in quote for an arithmetic grid, as a ratio for a geometric."""
    upper, lower, gaps = settings.upper_price, settings.lower_price, settings.grids_quantity - 1
    if settings.grid_type is GridType.ARITHMETIC:
        return MONEY.divide(MONEY.subtract(upper, lower), gaps)
    return MONEY.power(MONEY.divide(upper, lower), MONEY.divide(1, gaps))


def lines(settings: GridSettings, tick: Decimal) -> list[Decimal]:
    """The prices of the lines, from the lowest, each on the nearest tick."""
    distance, lower = step(settings), settings.lower_price
    if settings.grid_type is GridType.ARITHMETIC:
        exact = [MONEY.add(lower, distance * n) for n in range(settings.grids_quantity - 1)]
    else:
        ratios = (MONEY.power(distance, n) for n in range(settings.grids_quantity - 1))
        exact = [MONEY.multiply(lower, ratio) for ratio in ratios]
    return [_nearest(price, tick) for price in (*exact, settings.upper_price)]


def amounts(settings: GridSettings, prices: list[Decimal], lot: Decimal) -> list[Decimal]:
    """The base of each interval, rounded down to the lot: fixed, or a volume in quote at its lower
    line."""
    if settings.quantity_per_grid:
        return [round_down(settings.quantity_per_grid, lot)] * (len(prices) - 1)
    volume = settings.volume_per_grid
    return [round_down(MONEY.divide(volume, price), lot) for price in prices[:-1]]


def first_holding(prices: list[Decimal], price: Decimal) -> int:
    """The first interval that begins as holding: its lower line is the one nearest to the price,
    which stays empty. Of two as near it is the lower."""
    return min(range(len(prices)), key=lambda n: abs(prices[n] - price))


def balance(held: list[Decimal], lot: Decimal) -> Decimal:
    """The base to be bought at the start for so many sells."""
    return round_up(MONEY.multiply(sum(held, ZERO), _RESERVE), lot)


def capital(settings: GridSettings, market: Market, price: Decimal) -> Decimal:
    """The quote that a grid uses which begins at a price: its buys, and the base of its sells."""
    prices = lines(settings, market.tick)
    sizes = amounts(settings, prices, market.lot)
    first = first_holding(prices, price)
    bought = zip(sizes[:first], prices, strict=False)
    buys = sum((MONEY.multiply(amount, at) for amount, at in bought), ZERO)
    return MONEY.add(buys, MONEY.multiply(balance(sizes[first:], market.lot), price))


def profit(settings: GridSettings, market: Market, fee: Decimal) -> list[Decimal]:
    """What each interval earns by one buy and one sell after both fees, as a share of the buy."""
    prices = lines(settings, market.tick)
    both = MONEY.power(1 - fee, 2)
    return [
        MONEY.subtract(MONEY.multiply(MONEY.divide(upper, lower), both), 1)
        for lower, upper in pairwise(prices)
    ]


def _nearest(price: Decimal, tick: Decimal) -> Decimal:
    return MONEY.multiply(MONEY.divide(price, tick).to_integral_value(ROUND_HALF_UP), tick)
