"""The bench's backtest: the fast path changes nothing."""

from pathlib import Path

import pytest

from bench.backtests.candles import write_candles
from bench.backtests.ours import MINUTE_MS, deals, fills_hash, run_of
from bench.backtests.plan import Plan
from tradelatch.bots.backtest.run import run_backtest
from tradelatch.tapes.candle_files import read_candles
from tradelatch.tapes.trades import candles_of, read_trades


def test_every_fill_is_the_same_with_and_without_the_fast_path(tmp_path: Path) -> None:
    path = tmp_path / "candles.csv"
    write_candles(path, 20_000, seed=2)
    plan = Plan(str(path), str(tmp_path), "")
    run = run_of(plan, read_candles(path, plan.symbol, MINUTE_MS))

    fast, slow = run_backtest(run), run_backtest(run, every_step=True)

    assert len(deals(fast)) > 10
    assert fills_hash(fast.fills) == fills_hash(slow.fills)
    assert fast == slow


@pytest.mark.recorded
@pytest.mark.parametrize("name", ["EDO_2019-02-16_18.00", "SNM_2021-01-08_21.00"])
@pytest.mark.parametrize("in_candles", [True, False])
def test_it_is_the_same_on_a_recorded_tape(
    recorded_data: Path, name: str, in_candles: bool
) -> None:
    trades = read_trades(recorded_data / f"pumps/tapes/{name}.csv.gz")
    symbol = f"{name.partition('_')[0]}/BTC"
    volumes = {"cash": 10.0, "base_volume": 0.01, "safety_volume": 0.01, "least": 0.0001}
    plan = Plan("", "", "", symbol=symbol, tick=1e-8, lot=1.0, **volumes)  # type: ignore[arg-type]
    run = run_of(plan, candles_of(trades, MINUTE_MS) if in_candles else trades)

    fast, slow = run_backtest(run), run_backtest(run, every_step=True)

    assert len(fast.fills) > 10
    assert fast == slow
