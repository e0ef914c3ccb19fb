"""DCA settings that cannot work: each is refused with its field, the reason and what would work."""

from collections.abc import Iterator
from decimal import Decimal

from tradelatch.bots.conditions import Nonstop, Rsi
from tradelatch.bots.dca.ladder import (
    deviations,
    level_price,
    level_volume,
    most_orders,
    order_amount,
)
from tradelatch.bots.dca.settings import DcaSettings, TakeProfitType
from tradelatch.bots.deals import Direction
from tradelatch.bots.strategy import BadSettings
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY, ZERO, plain, round_down, round_up

_HUNDRED = Decimal(100)
_DEEPEST = Decimal("99.99")
_MOST_STEPS = 4
_SHORTEST_RSI, _LONGEST_RSI = 2, 100


def check_settings(
    settings: DcaSettings, markets: dict[str, Market], prices: dict[str, Decimal], fee: Decimal
) -> None:
    """Refuse what cannot work.

    Raises:
        BadSettings: with the field, the reason and the nearest value that works.
    """
    for problem in (
        *_out_of_range(settings),
        *_take_profits(settings),
        *_starts(settings, markets),
        *_impossible_ladder(settings),
    ):
        raise BadSettings(problem)
    for symbol, market in markets.items():
        price = prices[symbol]
        for problem in (
            *_too_small(settings, market, price),
            *_cannot_leave(settings, market, price, fee),
            *_under_a_tick(settings, market, price),
        ):
            raise BadSettings(problem)


def _out_of_range(settings: DcaSettings) -> Iterator[str]:
    tenth, ten = Decimal("0.1"), Decimal(10)
    ranges: dict[str, tuple[Decimal | int, Decimal | int]] = {
        "max_safety_orders": (0, 200),
        "active_safety_orders_count": (1, max(1, settings.max_safety_orders)),
        "martingale_step_coefficient": (tenth, ten),
        "martingale_volume_coefficient": (tenth, ten),
        "max_active_deals": (1, 199),
        "cooldown": (0, 2_592_000),
        "stop_loss_timeout_in_seconds": (0, 5_184_000),
        "trailing_deviation": (ZERO, _DEEPEST),
        "stop_loss_percentage": (ZERO, _DEEPEST),
        "min_price": (ZERO, Decimal("1e12")),
        "max_price": (ZERO, Decimal("1e12")),
        "min_volume_btc_24h": (ZERO, Decimal("1e9")),
    }
    for field, (low, high) in ranges.items():
        value = getattr(settings, field)
        if not low <= value <= high:
            nearest = low if value < low else high
            yield f"{field}: {value} is out of range, use {low} to {high}; {nearest} is the nearest"
    for field in ("base_order_volume", "safety_order_step_percentage"):
        if getattr(settings, field) <= 0:
            yield f"{field}: {getattr(settings, field)} is not above zero"
    if settings.max_safety_orders and settings.safety_order_volume <= 0:
        yield (
            f"safety_order_volume: {settings.safety_order_volume} is not above zero, and there are "
            f"{settings.max_safety_orders} safety orders; set it, or max_safety_orders = 0"
        )


def _take_profits(settings: DcaSettings) -> Iterator[str]:
    if bool(settings.take_profit) == bool(settings.take_profit_steps):
        yield "take_profit: set either it or take_profit_steps, and not both"
    if len(settings.take_profit_steps) > _MOST_STEPS:
        yield f"take_profit_steps: {len(settings.take_profit_steps)} steps, at most 4 work"
    for step in settings.steps:
        if not 0 < step.profit_percentage < (_HUNDRED if _is_short(settings) else Decimal(10_000)):
            yield f"take_profit: {step.profit_percentage} % cannot be reached; use more than 0"
    shares = sum((step.amount_percentage for step in settings.steps), ZERO)
    if shares != _HUNDRED or any(step.amount_percentage <= 0 for step in settings.steps):
        yield f"take_profit_steps: the amounts add up to {shares} %, they have to be 100 %"
    if settings.trailing_deviation and settings.take_profit_steps:
        yield "trailing_deviation: it goes with one take_profit, not with take_profit_steps"
    if settings.take_profit_type is TakeProfitType.BASE and settings.take_profit_steps:
        yield 'take_profit_type: "base" goes with one take_profit, not with take_profit_steps'


def _starts(settings: DcaSettings, markets: dict[str, Market]) -> Iterator[str]:
    if not settings.start_conditions:
        yield 'start_conditions: there is none; use for example [{type = "nonstop"}]'
    if len(markets) > 1 and any(isinstance(one, Nonstop) for one in settings.start_conditions):
        yield f"start_conditions: nonstop works with one pair, and there are {len(markets)}"
    for one in settings.start_conditions:
        if isinstance(one, Rsi) and not 0 < one.points < _HUNDRED:
            yield f"start_conditions: rsi points {one.points} are out of range, use 1 to 99"
        if isinstance(one, Rsi) and not _SHORTEST_RSI <= one.time_period <= _LONGEST_RSI:
            nearest = _SHORTEST_RSI if one.time_period < _SHORTEST_RSI else _LONGEST_RSI
            yield (
                f"start_conditions: rsi time_period {one.time_period} is out of range, use "
                f"{_SHORTEST_RSI} to {_LONGEST_RSI}; {nearest} is the nearest"
            )
    if settings.min_volume_btc_24h and any(market.quote != "BTC" for market in markets.values()):
        yield "min_volume_btc_24h: it works for pairs quoted in BTC; use 0"
    if settings.max_price and settings.max_price < settings.min_price:
        yield f"max_price: {settings.max_price} is below min_price {settings.min_price}"


def _impossible_ladder(settings: DcaSettings) -> Iterator[str]:
    steps = deviations(settings)
    if steps and steps[-1] >= _HUNDRED and not _is_short(settings):
        fits = most_orders(settings, _HUNDRED)
        yield (
            f"max_safety_orders: safety order {settings.max_safety_orders} would stand "
            f"{_short(steps[-1])} % below the base order, which has to be less than 100; at most "
            f"{fits} fit with these steps"
        )
    loss = settings.stop_loss_percentage
    if loss and steps and loss <= steps[-1]:
        fits = most_orders(settings, loss)
        yield (
            f"stop_loss_percentage: at {loss} % it comes before the last safety order at "
            f"{_short(steps[-1])} %; use more than that, or max_safety_orders = {fits}"
        )


def _too_small(settings: DcaSettings, market: Market, price: Decimal) -> Iterator[str]:
    """Orders under the exchange's minimum; the deepest safety order has the least price."""
    least = max(market.min_notional, MONEY.multiply(market.least, price))
    volumes = {"base_order_volume": settings.base_order_volume}
    if settings.max_safety_orders:
        # With coefficients below 1 the last one is the smallest.
        ends = (1, settings.max_safety_orders)
        ratio = min(level_volume(settings, end) for end in ends) / settings.safety_order_volume
        volumes["safety_order_volume"] = settings.safety_order_volume
        for_first = round_up(MONEY.divide(least, ratio), Decimal("1e-8"))
    else:
        for_first = least
    for field, volume in volumes.items():
        needs = for_first if field == "safety_order_volume" else least
        if volume < needs:
            yield (
                f"{field}: {plain(volume)} {market.quote} is under the least order of "
                f"{market.symbol}; use {plain(needs)} or more"
            )
    for step in settings.take_profit_steps:
        share = MONEY.divide(step.amount_percentage, _HUNDRED)
        if MONEY.multiply(settings.base_order_volume, share) < least:
            needs = round_up(MONEY.divide(least, share), Decimal("1e-8"))
            yield (
                f"take_profit_steps: {step.amount_percentage} % of a base order of "
                f"{plain(settings.base_order_volume)} {market.quote} is under the least order of "
                f"{market.symbol}; use base_order_volume = {plain(needs)} or fewer steps"
            )


def _cannot_leave(
    settings: DcaSettings, market: Market, price: Decimal, fee: Decimal
) -> Iterator[str]:
    """A base order so small that what its fee and the lot leave of it cannot be sold."""
    if _is_short(settings):
        return
    amount = order_amount(settings.base_order_volume, price, market.lot)
    left = round_down(MONEY.multiply(amount, 1 - fee), market.lot)
    if left and MONEY.multiply(left, price) >= market.min_notional:
        return
    least = max(market.least, round_up(MONEY.divide(market.min_notional, price), market.lot))
    needs = MONEY.multiply(round_up(MONEY.divide(least, 1 - fee), market.lot), price)
    yield (
        f"base_order_volume: {plain(settings.base_order_volume)} {market.quote} buys "
        f"{plain(amount)} {market.base}, and what the fee leaves of it is too little to be sold; "
        f"use {plain(round_up(needs, Decimal('1e-8')))} or more"
    )


def _under_a_tick(settings: DcaSettings, market: Market, price: Decimal) -> Iterator[str]:
    """A ladder that ends below the least price of the market."""
    at = [level_price(settings.strategy, price, step, market.tick) for step in deviations(settings)]
    fits = sum(one > 0 for one in at)
    if fits < len(at):
        yield (
            f"max_safety_orders: safety order {fits + 1} would stand below the least price of "
            f"{market.symbol}, {plain(market.tick)}; at most {fits} fit"
        )


def _is_short(settings: DcaSettings) -> bool:
    return settings.strategy is Direction.SHORT


def _short(percent: Decimal) -> str:
    return plain(percent.quantize(Decimal("0.01"))) if percent < 10_000 else f"{percent:.3g}"
