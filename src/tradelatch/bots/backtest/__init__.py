"""Backtests: what came of a bot on past prices, in figures, tables and a page."""
