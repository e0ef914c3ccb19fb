"""Exits into a pushed market: a plan that the searching attacker found, played as it is."""

from tradelatch.drills.attacks.search import NEEDS, attack

FOUND = {
    "rounds": 6.647,
    "pause": 25.96,
    "parts": 1.698,
    "thin_edge": 0.0,
    "thin_money": 0.0,
    "thin_count": 1.0,
    "thin_back": 0.0,
    "buy_edge": 0.002721,
    "buy_money": 20.0,
    "sell_edge": -0.01131,
    "sell_money": 17.18,
    "exit_edge": -0.006039,
    "exit_money": 14.57,
    "push": 1.0,
    "push_minutes": 0.0,
    "push_money": 0.0,
}
PARAMETERS = {name: (value, value) for name, value in FOUND.items()}

__all__ = ["NEEDS", "PARAMETERS", "attack"]
