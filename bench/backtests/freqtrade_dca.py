"""The plan in freqtrade, in its own environment: ``python freqtrade_dca.py PLAN``. The strategy is
in ``strategies/``; what runs is what `freqtrade backtesting` runs."""

import json
import logging
import os
from pathlib import Path

import pandas
from freqtrade.commands.optimize_commands import setup_optimize_configuration
from freqtrade.enums import RunMode
from freqtrade.optimize.backtesting import Backtesting
from plan import Deal, Laps, asked, tell

HERE = Path(__file__).parent
COLUMNS = ["date", "open", "high", "low", "close", "volume"]


def main() -> None:
    """Run the plan."""
    plan = asked()
    user = Path(plan.scratch) / "user"
    write_data(plan, user / "data" / "binance")
    os.environ["BENCH_PLAN"] = str(Path(plan.scratch) / "plan.json")
    Path(os.environ["BENCH_PLAN"]).write_text(json.dumps(plan.__dict__))
    config = Path(plan.scratch) / "freqtrade.json"
    config.write_text(json.dumps(settings(plan)))
    logging.disable(logging.WARNING)
    asked_for = {
        "config": [str(config)],
        "user_data_dir": str(user),
        "datadir": str(user / "data" / "binance"),
        "strategy": "Dca",
        "strategy_path": str(HERE / "strategies"),
        "backtest_cache": "none",
        "export": "none",
    }
    engine = Backtesting(setup_optimize_configuration(asked_for, RunMode.BACKTEST))
    laps = Laps()
    data, span = engine.load_bt_data()
    load_s = laps.lap()
    [strategy] = engine.strategylist
    engine.backtest_one_strategy(strategy, data, span)
    run_s = laps.lap()
    tell(load_s, run_s, deals(engine.all_bt_content["Dca"]["results"]))


def write_data(plan, folder: Path) -> None:
    """The candles in its own format, once and before the clock runs."""
    path = folder / f"{plan.symbol.replace('/', '_')}-1m.feather"
    if path.exists():
        return
    folder.mkdir(parents=True)
    table = pandas.read_csv(plan.candles).rename(columns={"time": "date"})
    table["date"] = pandas.to_datetime(table["date"], unit="ms", utc=True)
    table[COLUMNS].to_feather(path, compression_level=9, compression="lz4")


def settings(plan) -> dict:
    """Its configuration: Binance as the venue on this machine plays it."""
    paths = {"public": "api/v3", "private": "api/v3", "sapi": "sapi/v1"}
    paths |= {"fapiPublic": "fapi/v1", "dapiPublic": "dapi/v1"}
    urls = {name: f"{plan.venue}/{path}" for name, path in paths.items()}
    return {
        "dry_run": True,
        "dry_run_wallet": plan.cash,
        "trading_mode": "spot",
        "stake_currency": "USDT",
        "stake_amount": plan.base_volume,
        "tradable_balance_ratio": 1.0,
        "max_open_trades": 1,
        "timeframe": "1m",
        "fee": plan.fee,
        "exchange": {
            "name": "binance",
            "pair_whitelist": [plan.symbol],
            "ccxt_config": {"urls": {"api": urls}},
        },
        "pairlists": [{"method": "StaticPairList"}],
        "entry_pricing": {"price_side": "same"},
        "exit_pricing": {"price_side": "same"},
        "unfilledtimeout": {"entry": 10**8, "exit": 10**8, "unit": "minutes"},
    }


def deals(trades) -> list[Deal]:
    """The closed ones; what is open at the end it sells by force."""
    return [
        Deal(
            int(row.open_date.timestamp() * 1000),
            int(row.close_date.timestamp() * 1000),
            sum(order["ft_is_entry"] for order in row.orders),
            row.profit_abs,
        )
        for row in trades.itertuples()
        if row.exit_reason != "force_exit"
    ]


if __name__ == "__main__":
    main()
