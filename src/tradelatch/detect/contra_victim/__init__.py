"""Contra-trading, a victim's view: accounts' own fills, held against the public tape.

Rows with an account are its fills; rows without one are the tape. `market` holds one market's tape,
and whose prints are whose; `weighed` one account's fills there against what it was worth, episode
by episode; `evidence` is what speaks for a theft besides the prices; `thefts` decides, and `detect`
makes findings of it.
"""

from tradelatch.detect.contra_victim.detect import DETECTOR, find
from tradelatch.detect.contra_victim.parameters import Parameters

__all__ = ["DETECTOR", "Parameters", "find"]
