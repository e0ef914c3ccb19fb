"""Indicators: statistics of closed bars, in floats, taken bar by bar."""


class RelativeStrength:
    """The relative strength index after Wilder (New Concepts in Technical Trading Systems, 1978),
    0 to 100: averages begin as the mean of the first `length` changes and are smoothed by
    ``(length - 1) / length`` from there."""

    def __init__(self, length: int) -> None:
        self._length, self._changes = length, 0
        self._last: float | None = None
        self._gain = self._loss = 0.0

    def add(self, close: float) -> None:
        """The next close."""
        last, self._last = self._last, close
        if last is None:
            return
        self._changes += 1
        up, down, length = max(close - last, 0.0), max(last - close, 0.0), self._length
        if self._changes <= length:
            self._gain, self._loss = self._gain + up / length, self._loss + down / length
        else:
            self._gain = (self._gain * (length - 1) + up) / length
            self._loss = (self._loss * (length - 1) + down) / length

    @property
    def value(self) -> float | None:
        """None before ``length + 1`` closes; 50 where nothing moved."""
        if self._changes < self._length:
            return None
        moved = self._gain + self._loss
        return 100.0 * self._gain / moved if moved else 50.0
