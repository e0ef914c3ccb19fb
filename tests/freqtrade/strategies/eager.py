"""Enters whenever it may, and leaves for any gain: a position with its stop-loss within seconds."""

from typing import ClassVar

from freqtrade.strategy import IStrategy
from pandas import DataFrame


class Eager(IStrategy):
    """Always long."""

    INTERFACE_VERSION = 3
    timeframe = "1m"
    startup_candle_count = 1
    minimal_roi: ClassVar = {"0": 0.05}
    stoploss = -0.02

    def populate_indicators(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """None are needed."""
        return dataframe

    def populate_entry_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """Enter on every candle."""
        dataframe["enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """Leave when told so."""
        return dataframe
