"""What happens inside a candle, rule by rule."""

from decimal import Decimal
from typing import Any

import pytest

from tests.bots.backtest.worlds import MINUTE_MS, START_MS, Row, candles, flat, run_of
from tradelatch.bots.backtest.result import FillResult
from tradelatch.bots.backtest.run import run_backtest
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.dca.strategy import Dca
from tradelatch.bots.deals import Direction

D = Decimal
EXACT = Terms(maker=D(0), taker=D(0), slippage=D(0))
"""Nothing is lost, so prices are round: entered at 100, target 102, stop 95."""


def fills(rows: list[Row], terms: Terms = EXACT, **changes: Any) -> list[FillResult]:
    settings: dict[str, Any] = {"take_profit": D(2), "stop_loss_percentage": D(5)} | changes
    dca = DcaSettings(base_order_volume=D(100), cooldown=2_592_000, **settings)
    run = run_of(Dca, dca, {"ETH/USDT": candles(rows)}, terms)
    return list(run_backtest(run).fills)


def told(found: list[FillResult]) -> list[tuple[str, Decimal, int]]:
    """Tag, price, and the candle."""
    return [(one.tag, one.price, (one.time_ms - START_MS) // MINUTE_MS) for one in found]


ENTRY = ("base", D(100), 1)


def test_where_both_are_touched_the_stop_comes_first() -> None:
    both = (100.0, 103.0, 94.0, 100.0, 1_000.0)
    assert told(fills([*flat(100, 100, 100), both])) == [ENTRY, ("exit", D("95.00"), 3)]


def test_for_short_the_candle_rises_first() -> None:
    both = (100.0, 106.0, 97.0, 100.0, 1_000.0)
    found = told(fills([*flat(100, 100, 100), both], strategy=Direction.SHORT))
    assert found == [ENTRY, ("exit", D("105.00"), 3)]


def test_a_limit_order_is_not_filled_by_the_candle_it_was_born_in() -> None:
    wide = (100.0, 105.0, 99.0, 104.0, 1_000.0)
    found = told(fills([*flat(100), wide, *flat(101), (101.0, 103.0, 101.0, 101.0, 1_000.0)]))
    assert found == [ENTRY, ("take-profit 1", D("102.00"), 3)]


def test_a_resting_order_is_filled_beyond_its_price_or_at_it_with_touch() -> None:
    rows = [*flat(100, 100, 100), (100.0, 102.0, 100.0, 100.0, 1_000.0)]
    assert len(fills(rows)) == 1
    touching = Terms(maker=D(0), taker=D(0), slippage=D(0), touch=True)
    assert told(fills(rows, touching))[1:] == [("take-profit 1", D("102.00"), 3)]


def test_a_gap_beyond_a_resting_order_fills_it_at_its_own_price() -> None:
    found = told(fills([*flat(100, 100, 100), *flat(110)]))
    assert found[1:] == [("take-profit 1", D("102.00"), 3)]


def test_a_gap_beyond_the_stop_leaves_at_the_open() -> None:
    assert told(fills([*flat(100, 100, 100), *flat(80)]))[1:] == [("exit", D("80.00"), 3)]


def test_a_share_of_the_volume_is_filled_and_the_rest_rests() -> None:
    rows = [*flat(100, 100, 100), *flat(103, 103, 103, volume=0.8)]
    found = fills(rows, Terms(maker=D(0), taker=D(0), slippage=D(0), volume_share=D("0.5")))
    assert [one.quantity for one in found[1:]] == [D("0.400"), D("0.400"), D("0.200")]


def test_orders_at_the_market_slip() -> None:
    found = fills(flat(100, 100, 100), Terms(slippage=D("0.01")))
    assert found[0].price == D("101.00")


@pytest.mark.parametrize(("latency", "candle"), [(0, 1), (1, 2), (60_000, 2), (60_001, 3)])
def test_an_order_is_on_its_way_for_its_latency(latency: int, candle: int) -> None:
    terms = Terms(maker=D(0), taker=D(0), slippage=D(0), latency_ms=latency)
    assert told(fills(flat(100, 100, 100, 100, 100), terms))[0] == ("base", D(100), candle)


def test_a_deal_that_begins_by_a_gap_begins_at_the_open() -> None:
    settings = DcaSettings(base_order_volume=D(100), take_profit=D(2))
    rows = candles([*flat(100, 100, 100), *flat(110)])
    found = run_backtest(run_of(Dca, settings, {"ETH/USDT": rows}, EXACT)).fills
    assert told(list(found))[1:] == [("take-profit 1", D("102.00"), 3), ("base", D("110.00"), 3)]
