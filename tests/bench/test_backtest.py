"""The bench's backtest: the fast path changes nothing."""

from pathlib import Path

from bench.backtests.candles import write_candles
from bench.backtests.ours import MINUTE_MS, deals, fills_hash, run_of
from bench.backtests.plan import Plan
from tradelatch.bots.backtest.run import run_backtest
from tradelatch.tapes.candle_files import read_candles


def test_every_fill_is_the_same_with_and_without_the_fast_path(tmp_path: Path) -> None:
    path = tmp_path / "candles.csv"
    write_candles(path, 20_000, seed=2)
    plan = Plan(str(path), str(tmp_path), "")
    run = run_of(plan, read_candles(path, plan.symbol, MINUTE_MS))

    fast, slow = run_backtest(run), run_backtest(run, every_step=True)

    assert len(deals(fast)) > 10
    assert fills_hash(fast.fills) == fills_hash(slow.fills)
    assert fast == slow
