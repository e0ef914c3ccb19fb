"""Bots: strategies, what they trade with, and the same runner for backtest, paper and live."""
