"""Indicators: statistics of closed bars, in floats."""

from collections.abc import Sequence
from itertools import pairwise


def rsi(closes: Sequence[float], length: int) -> float | None:
    """The relative strength index after Wilder (New Concepts in Technical Trading Systems, 1978),
    0 to 100: averages begin as the mean of the first `length` changes and are smoothed by
    ``(length - 1) / length`` from there. None with fewer than ``length + 1`` closes; 50 where
    nothing moved."""
    if len(closes) <= length:
        return None
    gain = loss = 0.0
    for index, (before, after) in enumerate(pairwise(closes), 1):
        change = after - before
        up, down = max(change, 0.0), max(-change, 0.0)
        if index <= length:
            gain, loss = gain + up / length, loss + down / length
        else:
            gain, loss = (gain * (length - 1) + up) / length, (loss * (length - 1) + down) / length
    if gain + loss == 0:
        return 50.0
    return 100.0 * gain / (gain + loss)
