"""Made-up minutes: a price that wanders and is drawn back, from a seed."""

import math
import random
from pathlib import Path

START_MS, MINUTE_MS = 1_704_067_200_000, 60_000
_PRICE = 6_000_000
"""In cents."""
_STEP, _PULL, _WICK = 0.0008, 5e-5, 0.0003
"""A minute's standard deviation, how much of the way home it goes, and how far a wick reaches."""


def write_candles(path: Path, count: int, seed: int = 1) -> None:
    """So many candles as CSV, each opening where the last one closed."""
    chance, drift, close = random.Random(seed), 0.0, _PRICE
    with path.open("w") as file:
        file.write("time,open,high,low,close,volume\n")
        for number in range(count):
            opened = close
            drift += chance.gauss(0, _STEP) - _PULL * drift
            close = round(_PRICE * math.exp(drift))
            high = round(max(opened, close) * (1 + abs(chance.gauss(0, _WICK))))
            low = round(min(opened, close) * (1 - abs(chance.gauss(0, _WICK))))
            prices = ",".join(f"{price / 100:.2f}" for price in (opened, high, low, close))
            volume = chance.expovariate(0.02)
            file.write(f"{START_MS + number * MINUTE_MS},{prices},{volume:.5f}\n")
