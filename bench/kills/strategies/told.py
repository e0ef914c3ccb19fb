"""Buys and sells where a file says so, at the price that it says."""

import json
from typing import ClassVar

from freqtrade.strategy import IStrategy
from pandas import DataFrame


class Told(IStrategy):
    """One position for each signal, as freqtrade has it: the signal stands until the file changes,
    as one of a candle stands until the next, and who has a position in a market buys no more."""

    INTERFACE_VERSION = 3
    timeframe = "1m"
    startup_candle_count = 1
    process_only_new_candles = False
    use_custom_stoploss = False
    minimal_roi: ClassVar = {"0": 100}
    stoploss = -0.99

    def populate_indicators(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """None are needed."""
        return dataframe

    def populate_entry_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """Enter where the file says so."""
        if self._side(metadata["pair"]) == "BUY":
            dataframe["enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """Leave where the file says so."""
        if self._side(metadata["pair"]) == "SELL":
            dataframe["exit_long"] = 1
        return dataframe

    def custom_entry_price(self, pair: str, proposed_rate: float, **_: object) -> float:
        """The price that the file says."""
        return self._signals().get(pair, ("", proposed_rate))[1]

    def custom_exit_price(self, pair: str, proposed_rate: float, **_: object) -> float:
        """The price that the file says."""
        return self._signals().get(pair, ("", proposed_rate))[1]

    def _side(self, pair: str) -> str:
        return self._signals().get(pair, ("", 0))[0]

    def _signals(self) -> dict[str, tuple[str, float]]:
        return json.loads((self.config["user_data_dir"] / "signals.json").read_text())
