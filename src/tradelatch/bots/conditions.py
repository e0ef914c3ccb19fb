"""What lets a deal begin. Conditions are combined with AND."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

from tradelatch.bots.indicators import RelativeStrength
from tradelatch.model.markets import Candle

INTERVALS_MS = {
    "1m": 60_000,
    "3m": 180_000,
    "5m": 300_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": 3_600_000,
    "2h": 7_200_000,
    "4h": 14_400_000,
    "1d": 86_400_000,
}


class _Condition(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    pass


class Nonstop(_Condition, frozen=True, tag="nonstop"):
    """A deal begins as soon as the last one is over; for one pair."""


class Manual(_Condition, frozen=True, tag="manual"):
    """Deals begin by `tradelatch deals open` alone."""


class Rsi(_Condition, frozen=True, tag="rsi"):
    """The relative strength index of closed bars lies below or above `points`."""

    points: Decimal
    time: Literal["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "1d"] = "1h"
    time_period: int = 7
    trigger_condition: Literal["less", "greater"] = "less"

    @property
    def interval_ms(self) -> int:
        """The length of its bars."""
        return INTERVALS_MS[self.time]

    def holds(self, value: float | None) -> bool:
        """Whether an index meets it; none does not."""
        if value is None:
            return False
        points = float(self.points)
        return value < points if self.trigger_condition == "less" else value > points


class RsiMeter:
    """The index of one condition in one market, from the bars that the desk has."""

    def __init__(self, length: int) -> None:
        self._index = RelativeStrength(length)
        self._last_ms = 0

    def read(self, bars: Sequence[Candle]) -> float | None:
        """Take the bars that were not taken yet; the index of the last."""
        fresh = []
        for bar in reversed(bars):
            if bar.open_ms <= self._last_ms:
                break
            fresh.append(bar)
        for bar in reversed(fresh):
            self._index.add(float(bar.close))
            self._last_ms = bar.open_ms
        return self._index.value


Condition: TypeAlias = Nonstop | Manual | Rsi
