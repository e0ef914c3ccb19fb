"""The plan as a strategy of freqtrade: position adjustment for the safety orders, a minimal return
on investment for the take profit."""

import json
import os
from pathlib import Path

from freqtrade.strategy import IStrategy
from pandas import DataFrame
from plan import Plan

PLAN = Plan(**json.loads(Path(os.environ["BENCH_PLAN"]).read_text()))


class Dca(IStrategy):
    """Always in a deal."""

    INTERFACE_VERSION = 3
    timeframe = "1m"
    startup_candle_count = 0
    minimal_roi = {"0": PLAN.take_profit / 100}
    stoploss = -0.99
    use_exit_signal = False
    position_adjustment_enable = True
    max_entry_position_adjustment = PLAN.safety_orders

    def populate_indicators(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """None are needed."""
        return dataframe

    def populate_entry_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """Enter on every candle."""
        dataframe["enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        """The return on investment ends a deal."""
        return dataframe

    def custom_stake_amount(self, current_rate: float, **kwargs) -> float:
        """The base order, in whole lots."""
        return PLAN.base_amount(current_rate) * current_rate * (1 + 1e-9)

    def custom_entry_price(self, trade, proposed_rate: float, **kwargs) -> float:
        """The base order at the open, a safety order at its level."""
        return proposed_rate if trade is None else self._level(trade)[0]

    def adjust_trade_position(self, trade, **kwargs):
        """The next safety order, unless one rests."""
        if trade.has_open_orders or trade.nr_of_successful_entries > PLAN.safety_orders:
            return None
        price, amount = self._level(trade)
        return price * amount * (1 + 1e-9)

    @staticmethod
    def _level(trade) -> tuple[float, float]:
        base = trade.select_filled_orders(trade.entry_side)[0].safe_price
        return PLAN.level(base * (1 + PLAN.fee), trade.nr_of_successful_entries)
