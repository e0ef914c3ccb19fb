"""The published features the straightforward way, with pandas, as a baseline for `bench.pumps`."""

from typing import Any

import numpy as np
import pandas as pd

from tradelatch.detect.pumps.tape import Tape


def frame(tape: Tape) -> Any:
    """A tape as a data frame by time."""
    time = pd.to_datetime(tape.time, unit="ms")
    columns = {"buy": tape.buy, "price": tape.price, "volume": tape.volume}
    return pd.DataFrame(columns, index=time)


def features(trades: Any, seconds: int, window: int) -> Any:
    """The twelve features of each chunk with a buy, rounded."""
    bought = trades[trades["buy"]]
    chunks = bought.groupby(pd.Grouper(freq=f"{seconds}s"))
    count = chunks["price"].count()
    kept = count[count > 0].index
    orders = bought.groupby(bought.index)["price"].count()
    rush = (orders > 1).astype(float).groupby(pd.Grouper(freq=f"{seconds}s")).sum()[kept]
    volume, mean = chunks["volume"].sum()[kept], chunks["price"].mean()[kept]
    columns = {
        "std_rush_order": rush.rolling(window).std(),
        "avg_rush_order": rush.rolling(window).mean(),
        "std_trades": count[kept].rolling(window).std(),
        "std_volume": volume.rolling(window).std(),
        "avg_volume": volume.rolling(window).mean(),
        "std_price": mean.rolling(window).std(),
        "avg_price": mean.rolling(10).mean(),
        "avg_price_max": chunks["price"].max()[kept].rolling(10).mean(),
    }
    found = pd.DataFrame({name: one.pct_change() for name, one in columns.items()})
    hour, minute = 2 * np.pi * kept.hour / 23, 2 * np.pi * kept.minute / 59
    found["hour_sin"], found["hour_cos"] = np.sin(hour), np.cos(hour)
    found["minute_sin"], found["minute_cos"] = np.sin(minute), np.cos(minute)
    return found.round(3)
