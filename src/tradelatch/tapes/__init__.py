"""Recorded markets: candles and trades, as files and in memory, in exact numbers.

Knows `model` alone. What the venue plays again and what a backtest runs on is read here, by the
same reader.
"""
