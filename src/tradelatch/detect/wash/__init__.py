"""Wash trading: trades that change nobody's position.

Four rules: trades with oneself; circles, as Victor & Weintraud find them (WWW '21, arXiv
2102.07001); trades that go back and forth; matched pairs of accounts.
"""

from tradelatch.detect.wash.detector import DETECTOR

__all__ = ["DETECTOR"]
