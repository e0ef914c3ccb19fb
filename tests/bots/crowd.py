"""Many bots of all kinds on one account, and the markets that they trade in, from a seed."""

import random
from array import array
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tradelatch.bots.backtest.replay import Plan
from tradelatch.bots.conditions import INTERVALS_MS, Rsi
from tradelatch.bots.dca.settings import DcaSettings, TakeProfitStep
from tradelatch.bots.dca.strategy import Dca
from tradelatch.bots.deals import Direction
from tradelatch.bots.grid.settings import GridSettings, GridType
from tradelatch.bots.grid.strategy import Grid
from tradelatch.bots.strategy import BadSettings, Settings, Strategy
from tradelatch.model.markets import Market
from tradelatch.model.money import ZERO
from tradelatch.tapes.candles import Candles

START_MS, MINUTE_MS, DAY = 1_704_067_200_000, 60_000, 1_440
FEE = Decimal("0.001")
LENGTHS = ("1m", "3m", "5m")
"""Of the bars that start conditions ask for."""
_QUOTES = ("USDT", "USDT", "USDT", "EUR")


def markets(count: int, seed: int) -> dict[str, Market]:
    """So many markets with steps of their own."""
    found = {}
    for number in range(count):
        chance = random.Random(f"market/{seed}/{number}")
        tick, lot = (Decimal(1).scaleb(-chance.randint(2, places)) for places in (4, 5))
        market = Market(f"C{number:02d}", _QUOTES[number % 4], tick, lot, Decimal(5))
        found[market.symbol] = market
    return found


def candles(market: Market, days: int, seed: int) -> Candles:
    """Minutes of a price that wanders, jumps by up to a tenth now and then, and of which some are
    missing."""
    chance = random.Random(f"candles/{seed}/{market.symbol}")
    columns: list[array[int]] = [array("q") for _ in range(6)]
    close = round(chance.uniform(20, 200) / float(market.tick))
    missing = 0
    for minute in range(days * DAY):
        opened = close
        if chance.random() < 0.0005:
            opened = max(100, round(close * chance.uniform(0.9, 1.1)))
        close = max(100, round(opened * (1 + chance.gauss(0, 0.001))))
        wicks = [abs(chance.gauss(0, 0.0005)) for _ in range(2)]
        if missing := max(0, missing - 1) if missing else _gap(chance):
            continue
        high = round(max(opened, close) * (1 + wicks[0]))
        low = round(min(opened, close) * (1 - wicks[1]))
        volume = round(chance.expovariate(0.05) * 1e5)
        row = (START_MS + minute * MINUTE_MS, opened, high, low, close, volume)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    times, opens, highs, lows, closes, volumes = columns
    return Candles(
        symbol=market.symbol,
        interval_ms=MINUTE_MS,
        price_unit=market.tick,
        volume_unit=Decimal("1e-5"),
        times=times,
        opens=opens,
        highs=highs,
        lows=lows,
        closes=closes,
        volumes=volumes,
    )


def _gap(chance: random.Random) -> int:
    """How many minutes are missing from here on, most often none."""
    return chance.randint(1, 240) if chance.random() < 0.0005 else 0


def plans(
    count: int, listed: dict[str, Market], prices: dict[str, Decimal], seed: int
) -> list[Plan]:
    """So many bots, every kind by turns, with settings that the strategies accept."""
    makers = (_long, _short, _grid, _rsi)
    found = []
    for number in range(count):
        chance = random.Random(f"bot/{seed}/{number}")
        make = makers[number % len(makers)]
        found.append(_accepted(f"bot-{number}", make, listed, prices, chance))
    return found


_Made = tuple[type[Strategy[Any]], Settings, tuple[str, ...]]
_Maker = Callable[[list[str], dict[str, Decimal], random.Random], _Made]


def _accepted(
    name: str,
    make: _Maker,
    listed: dict[str, Market],
    prices: dict[str, Decimal],
    chance: random.Random,
) -> Plan:
    while True:
        strategy, settings, symbols = make(list(listed), prices, chance)
        own = {symbol: listed[symbol] for symbol in symbols}
        try:
            strategy.check(settings, own, {symbol: prices[symbol] for symbol in symbols}, FEE)
        except BadSettings:
            continue
        return Plan(name, strategy, settings, symbols)


def _long(symbols: list[str], prices: dict[str, Decimal], chance: random.Random) -> _Made:
    return Dca, DcaSettings(**_dca(chance)), (chance.choice(symbols),)


def _short(symbols: list[str], prices: dict[str, Decimal], chance: random.Random) -> _Made:
    settings = DcaSettings(**_dca(chance) | {"strategy": Direction.SHORT})
    return Dca, settings, (chance.choice(symbols),)


def _rsi(symbols: list[str], prices: dict[str, Decimal], chance: random.Random) -> _Made:
    pairs = tuple(chance.sample(symbols, min(3, len(symbols))))
    condition = Rsi(Decimal(chance.randint(25, 60)), time=chance.choice(LENGTHS))  # type: ignore[arg-type]
    more = {"start_conditions": (condition,), "max_active_deals": chance.randint(1, 3)}
    return Dca, DcaSettings(**_dca(chance) | more), pairs


def _grid(symbols: list[str], prices: dict[str, Decimal], chance: random.Random) -> _Made:
    symbol = chance.choice(symbols)
    reach = _decimal(chance, 3, 12) / 100
    is_in_quote = chance.random() < 0.5
    settings = GridSettings(
        upper_price=(prices[symbol] * (1 + reach)).quantize(Decimal("0.01")),
        lower_price=(prices[symbol] * (1 - reach)).quantize(Decimal("0.01")),
        grids_quantity=chance.randint(4, 16),
        grid_type=chance.choice(list(GridType)),
        volume_per_grid=_decimal(chance, 20, 200) if is_in_quote else ZERO,
        quantity_per_grid=ZERO if is_in_quote else _decimal(chance, 1, 3),
        max_active_buy_lines=chance.choice([0, 0, 3]),
        max_active_sell_lines=chance.choice([0, 0, 3]),
    )
    return Grid, settings, (symbol,)


def _dca(chance: random.Random) -> dict[str, Any]:
    count = chance.randint(0, 6)
    told: dict[str, Any] = {
        "base_order_volume": _decimal(chance, 50, 300),
        "safety_order_volume": _decimal(chance, 50, 300),
        "max_safety_orders": count,
        "active_safety_orders_count": chance.randint(1, max(1, count)),
        "safety_order_step_percentage": _decimal(chance, 0.3, 1.5),
        "martingale_step_coefficient": _decimal(chance, 0.8, 1.4),
        "martingale_volume_coefficient": _decimal(chance, 0.9, 1.6),
        "start_order_type": chance.choice(["market", "market", "limit"]),
        "cooldown": chance.choice([0, 0, 300, 3_600]),
    }
    match chance.randrange(4):
        case 0:
            halves = [TakeProfitStep(_decimal(chance, 0.4, 2), Decimal(50)) for _ in range(2)]
            told["take_profit_steps"] = tuple(halves)
        case 1:
            told["take_profit"] = _decimal(chance, 0.4, 2)
            told["trailing_deviation"] = _decimal(chance, 0.1, 0.5)
        case _:
            told["take_profit"] = _decimal(chance, 0.4, 2)
    if chance.random() < 0.4:
        told["stop_loss_percentage"] = _decimal(chance, 6, 20)
        told["stop_loss_timeout_in_seconds"] = chance.choice([0, 0, 600])
    return told


def _decimal(chance: random.Random, low: float, high: float) -> Decimal:
    return Decimal(f"{chance.uniform(low, high):.2f}")


assert set(LENGTHS) <= set(INTERVALS_MS)
