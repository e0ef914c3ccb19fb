"""Algorithmic trading whose stolen keys can lose no more than a budget you set."""

__version__ = "0.1.0"
