"""Backtests: what a bot would have done in a recorded market."""
