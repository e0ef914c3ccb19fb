"""Contra-trading, an exchange's view: value that passed between two of its accounts by trades far
from the market's price ("money pass", CME Rule 432.G).

`suspects` asks the whole table, in DuckDB, who lost by trading far from the hour before (`silent`:
where there was none); `market` holds one market's trades as arrays; `losses` weighs one suspect's
trades there against what the market was worth without him and his counterparties; `rings` joins
losers and winners, and `detect` makes findings of it.
"""

from tradelatch.detect.contra.detect import DETECTOR

__all__ = ["DETECTOR"]
