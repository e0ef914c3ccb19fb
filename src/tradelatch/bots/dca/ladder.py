"""The arithmetic of a DCA deal, as 3Commas' API documentation gives it. Exact; long, short mirrors.

``D_i = s * (1 + c + ... + c^(i-1))``, ``P_i = P_base * (1 - D_i/100)``, ``V_i = V_so * v^(i-1)``;
amounts are rounded up to the lot. The average includes the fees.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.deals import Direction
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, ZERO, round_down, round_up

_ONE, _HUNDRED = Decimal(1), Decimal(100)


def deviations(settings: DcaSettings) -> list[Decimal]:
    """``D_1 ... D_n`` in percent."""
    found, total, step = [], ZERO, settings.safety_order_step_percentage
    for _ in range(settings.max_safety_orders):
        total = MONEY.add(total, step)
        found.append(total)
        step = MONEY.multiply(step, settings.martingale_step_coefficient)
    return found


def most_orders(settings: DcaSettings, limit: Decimal) -> int:
    """How many safety orders stand less than `limit` percent away."""
    return sum(deviation < limit for deviation in deviations(settings))


def level_volume(settings: DcaSettings, level: int) -> Decimal:
    """``V_i`` in quote, of level 1 and on."""
    factor = MONEY.power(settings.martingale_volume_coefficient, level - 1)
    return MONEY.multiply(settings.safety_order_volume, factor)


def budget(settings: DcaSettings) -> Decimal:
    """The most quote that one deal takes: the base order and all safety orders."""
    levels = range(1, settings.max_safety_orders + 1)
    volumes = (level_volume(settings, level) for level in levels)
    return settings.base_order_volume + sum(volumes, ZERO)


class Capital(NamedTuple):
    """So much of an asset, and the price of it in quote."""

    asset: str
    amount: Decimal
    price: Decimal


def deal_capital(settings: DcaSettings, market: Market, price: Decimal) -> Capital:
    """What one deal takes at most that begins at a price, each order rounded up to the lot: quote
    for long, base for short."""
    way, steps = settings.strategy, deviations(settings)
    prices = [price, *(level_price(way, price, step, market.tick) for step in steps)]
    levels = range(1, len(steps) + 1)
    volumes = [settings.base_order_volume, *(level_volume(settings, n) for n in levels)]
    sizes = [
        order_amount(volume, at, market.lot)
        for volume, at in zip(volumes, prices, strict=True)
        if at > 0
    ]
    if way is Direction.SHORT:
        return Capital(market.base, sum(sizes, ZERO), price)
    values = (MONEY.multiply(size, at) for size, at in zip(sizes, prices, strict=False))
    return Capital(market.quote, sum(values, ZERO), _ONE)


def order_amount(volume: Decimal, price: Decimal, lot: Decimal) -> Decimal:
    """The base that a volume in quote buys, rounded up to the lot."""
    return round_up(MONEY.divide(volume, price), lot)


def average_entry(direction: Direction, base: Decimal, quote: Decimal, fees: Decimal) -> Decimal:
    """Quote per base of what entered a deal, fees (in quote) included: what a long deal paid,
    what a short one got."""
    paid = MONEY.add(quote, fees) if direction is Direction.LONG else MONEY.subtract(quote, fees)
    return MONEY.divide(paid, base)


def away(direction: Direction, price: Decimal, percent: Decimal) -> Decimal:
    """The price so many percent against the deal: below for long, above for short. Exact; not
    rounded to a tick."""
    share = MONEY.divide(percent, _HUNDRED)
    factor = _ONE - share if direction is Direction.LONG else _ONE + share
    return MONEY.multiply(price, factor)


def level_price(direction: Direction, base: Decimal, deviation: Decimal, tick: Decimal) -> Decimal:
    """``P_i``, on the tick that is no worse for the deal: long rounds down, short up."""
    price = away(direction, base, deviation)
    return round_down(price, tick) if direction is Direction.LONG else round_up(price, tick)


def take_profit_total(
    direction: Direction, average: Decimal, percent: Decimal, fee: Decimal, tick: Decimal
) -> Decimal:
    """Where `percent` of everything is earned after the exit's fee (`fee` is a rate)."""
    if direction is Direction.LONG:
        target = MONEY.divide(away(Direction.SHORT, average, percent), _ONE - fee)
        return _to_tick(target, tick, ROUND_CEILING)
    target = MONEY.multiply(away(Direction.LONG, average, percent), _ONE - fee)
    return _to_tick(target, tick, ROUND_FLOOR)


def take_profit_base(
    direction: Direction,
    average: Decimal,
    base: Decimal,
    profit: Decimal,
    fee: Decimal,
    market: Market,
) -> Decimal:
    """Where a position of `base`, entered at `average`, has earned `profit` (quote) after
    the exit's fee."""
    per_base = MONEY.divide(profit, base)
    if direction is Direction.LONG:
        target = MONEY.divide(MONEY.add(average, per_base), _ONE - fee)
        return _to_tick(target, market.tick, ROUND_CEILING)
    target = MONEY.multiply(MONEY.subtract(average, per_base), _ONE - fee)
    return _to_tick(target, market.tick, ROUND_FLOOR)


def step_amounts(total: Decimal, shares: list[Decimal], lot: Decimal) -> list[Decimal]:
    """How a position leaves in steps (shares in percent): rounded down to the lot, and what is left
    goes to the last, which is rounded down too."""
    amounts = [
        round_down(MONEY.divide(MONEY.multiply(total, share), _HUNDRED), lot)
        for share in shares[:-1]
    ]
    return [*amounts, round_down(total - sum(amounts, ZERO), lot)]


def _to_tick(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return MONEY.multiply(MONEY.divide(price, tick).to_integral_value(rounding), tick)
