"""Small markets and bots for backtests, drawn by hypothesis: prices of two decimals around 100."""

import random
from array import array
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tradelatch.bots.backtest.run import Run
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.conditions import Condition, Nonstop, Rsi
from tradelatch.bots.config import BotConfig
from tradelatch.bots.dca.settings import DcaSettings, TakeProfitStep, TakeProfitType
from tradelatch.bots.dca.strategy import Dca
from tradelatch.bots.deals import Direction
from tradelatch.bots.grid.settings import GridSettings, GridType
from tradelatch.bots.grid.strategy import Grid
from tradelatch.bots.strategy import Settings, Strategy
from tradelatch.model.markets import Market
from tradelatch.tapes.candles import Candles
from tradelatch.tapes.trades import Trades

D = Decimal
START_MS = 1_704_067_200_000
MINUTE_MS = 60_000
CENT, MILLI = D("0.01"), D("0.001")
ETH = Market("ETH", "USDT", CENT, MILLI, D(5))
XRP = Market("XRP", "USDT", CENT, MILLI, D(5))
PLENTY = {"USDT": D(1_000_000), "ETH": D(1_000), "XRP": D(1_000)}

Row = tuple[float, float, float, float, float]
"""Open, high, low, close and volume."""


def candles(rows: Sequence[Row], symbol: str = "ETH/USDT", interval_ms: int = MINUTE_MS) -> Candles:
    """One after another."""
    columns = [[round(row[n] * 100) for row in rows] for n in range(4)]
    opens, highs, lows, closes = (array("q", column) for column in columns)
    return Candles(
        symbol=symbol,
        interval_ms=interval_ms,
        price_unit=CENT,
        volume_unit=MILLI,
        times=array("q", [START_MS + n * interval_ms for n in range(len(rows))]),
        opens=opens,
        highs=highs,
        lows=lows,
        closes=closes,
        volumes=array("q", [round(row[4] * 1_000) for row in rows]),
    )


def flat(*prices: float, volume: float = 1_000) -> list[Row]:
    """Candles that do not move."""
    return [(price, price, price, price, volume) for price in prices]


def bot(
    kind: type[Strategy[Any]], settings: Settings, symbols: tuple[str, ...] = ("ETH/USDT",)
) -> BotConfig:
    return BotConfig("bot", kind.__name__.lower(), "", symbols, kind, settings)


def run_of(
    kind: type[Strategy[Any]],
    settings: Settings,
    prices: dict[str, Candles | Trades],
    terms: Terms = Terms(),  # noqa: B008 - frozen
    holdings: dict[str, Decimal] | None = None,
) -> Run:
    """One bot on its prices, with plenty of everything."""
    markets = {"ETH/USDT": ETH, "XRP/USDT": XRP}
    return Run(
        bot(kind, settings, tuple(prices)),
        {symbol: markets[symbol] for symbol in prices},
        prices,
        dict(PLENTY if holdings is None else holdings),
        terms,
    )


# Drawn

_dice = st.integers(0, 10**6).map(random.Random)
"""Prices are walked by seeded dice: drawn one by one they would take longer than the backtest."""


@st.composite
def rows(draw: st.DrawFn, least: int = 5, most: int = 60) -> list[Row]:
    """A price that wanders, sometimes jumps, with little or much volume."""
    price, found, dice = 10_000, list[Row](), draw(_dice)
    for _ in range(draw(st.integers(least, most))):
        opened = max(2_000, price + dice.choice([0, 0, 0, -300, 250]))
        price = max(2_000, opened + dice.randint(-150, 150))
        high = max(opened, price) + dice.randint(0, 120)
        low = min(opened, price) - dice.randint(0, 120)
        volume = dice.choice([0.0, 0.4, 2.0, 1_000.0])
        found.append((opened / 100, high / 100, low / 100, price / 100, volume))
    return found


@st.composite
def tapes(draw: st.DrawFn, symbol: str = "ETH/USDT") -> Trades:
    """Trades some seconds apart, several at one time too."""
    at, price, dice = START_MS, 10_000, draw(_dice)
    trades = Trades(symbol, array("q"), array("q"), array("q"), array("b"))
    for _ in range(draw(st.integers(5, 150))):
        at += dice.choice([0, 1, 500, 7_000, 90_000])
        price = max(2_000, price + dice.randint(-150, 150))
        trades.times.append(at)
        trades.prices.append(price * 10**6)
        trades.amounts.append(dice.randint(1, 3_000) * 10**5)
        trades.bought.append(dice.randint(0, 1))
    return trades


def _decimal(*texts: str) -> st.SearchStrategy[Decimal]:
    return st.sampled_from([D(text) for text in texts])


@st.composite
def dca_settings(draw: st.DrawFn, pairs: int = 1) -> DcaSettings:
    """Ladders with and without everything that there is."""
    count = draw(st.integers(0, 4))
    trailing = draw(_decimal("0", "0", "0.2", "1"))
    steps: tuple[TakeProfitStep, ...] = ()
    kind = TakeProfitType.TOTAL
    if not trailing and draw(st.booleans()):
        steps = (TakeProfitStep(D("0.5"), D(30)), TakeProfitStep(D(1), D(70)))
    elif draw(st.booleans()):
        kind = TakeProfitType.BASE
    start: tuple[Condition, ...] = (Nonstop(),)
    if pairs > 1 or draw(st.integers(0, 3)) == 0:
        start = (Rsi(D(60), draw(st.sampled_from(["1m", "3m"])), 2),)
    return DcaSettings(
        base_order_volume=draw(_decimal("50", "100")),
        safety_order_volume=D(60),
        max_safety_orders=count,
        active_safety_orders_count=draw(st.integers(1, max(1, count))),
        safety_order_step_percentage=draw(_decimal("0.3", "0.7", "1")),
        martingale_step_coefficient=draw(_decimal("0.7", "1", "1.4")),
        martingale_volume_coefficient=draw(_decimal("0.9", "1", "1.8")),
        take_profit=D(0) if steps else draw(_decimal("0.4", "1")),
        take_profit_steps=steps,
        take_profit_type=kind,
        trailing_deviation=trailing,
        stop_loss_percentage=draw(_decimal("0", "7.5", "9")),
        stop_loss_timeout_in_seconds=draw(st.sampled_from([0, 0, 90, 300])),
        start_order_type=draw(st.sampled_from(["market", "limit"])),
        strategy=draw(st.sampled_from(Direction)),
        start_conditions=start,
        max_active_deals=draw(st.integers(1, pairs)),
        cooldown=draw(st.sampled_from([0, 0, 45, 200])),
        max_price=draw(_decimal("0", "0", "101")),
    )


@st.composite
def grid_settings(draw: st.DrawFn) -> GridSettings:
    """Around 100, with and without stops and fewer active lines."""
    lower, upper = draw(st.integers(90, 98)), draw(st.integers(101, 110))
    return GridSettings(
        upper_price=D(upper),
        lower_price=D(lower),
        grids_quantity=draw(st.integers(2, 8)),
        grid_type=draw(st.sampled_from(GridType)),
        volume_per_grid=draw(_decimal("20", "60")),
        max_active_buy_lines=draw(st.integers(0, 2)),
        max_active_sell_lines=draw(st.integers(0, 2)),
        upper_stop_price=draw(_decimal("0", "111")),
        upper_stop_action=draw(
            st.sampled_from(["stop_bot", "stop_bot_and_buy", "stop_bot_and_close_position"])
        ),
        lower_stop_price=draw(_decimal("0", "89")),
        lower_stop_action=draw(
            st.sampled_from(["stop_bot", "stop_bot_and_sell", "stop_bot_and_close_position"])
        ),
    )


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Fees, slippage and how much may be filled."""
    return Terms(
        maker=draw(_decimal("0", "0.001")),
        taker=draw(_decimal("0.001", "0.002")),
        fee_in=draw(st.sampled_from(["received", "quote"])),
        slippage=draw(_decimal("0", "0.0005")),
        volume_share=draw(_decimal("1", "0.3")),
        touch=draw(st.booleans()),
        latency_ms=draw(st.sampled_from([0, 250, 90_000])),
    )


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """DCA or grid, on candles or trades, of one market or two."""
    kind = draw(st.sampled_from(["dca", "two", "grid", "tape", "grid tape"]))
    asked = draw(terms())
    prices: dict[str, Candles | Trades] = {"ETH/USDT": candles(draw(rows()))}
    if "tape" in kind:
        prices = {"ETH/USDT": draw(tapes())}
    if kind == "two":
        prices["XRP/USDT"] = candles(draw(rows()), "XRP/USDT")
    if "grid" in kind:
        return run_of(Grid, draw(grid_settings()), prices, asked)
    return run_of(Dca, draw(dca_settings(len(prices))), prices, asked)
