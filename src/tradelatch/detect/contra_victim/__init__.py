"""Contra-trading, a victim's view: an account's own fills, held against the public tape.

`fills` holds an account's fills as arrays, `signs` says what else speaks for a theft, and `detect`
weighs the fills and makes findings of them.
"""

from tradelatch.detect.contra_victim.detect import DETECTOR

__all__ = ["DETECTOR"]
