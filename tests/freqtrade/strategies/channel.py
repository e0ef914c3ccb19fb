"""A breakout of a price channel, with narrow targets: it enters and leaves often, by every way
that freqtrade has. It is not meant to earn anything."""

from typing import ClassVar

from freqtrade.strategy import IStrategy
from pandas import DataFrame

LENGTH = 20
"""Candles in the channel."""


class Channel(IStrategy):
    """Buys above the channel's upper end and sells below its lower end."""

    INTERFACE_VERSION = 3
    timeframe = "1m"
    startup_candle_count = LENGTH
    minimal_roi: ClassVar = {"0": 0.006, "60": 0.003}
    stoploss = -0.004

    def populate_indicators(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """The channel of the candles before each one."""
        before = dataframe.shift(1).rolling(LENGTH)
        dataframe["upper"] = before["high"].max()
        dataframe["lower"] = before["low"].min()
        return dataframe

    def populate_entry_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """Enter where a candle closes above the channel."""
        dataframe.loc[dataframe["close"] > dataframe["upper"], "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """Leave where a candle closes below the channel."""
        dataframe.loc[dataframe["close"] < dataframe["lower"], "exit_long"] = 1
        return dataframe
