"""Token buckets: how often somebody may ask. Cancels are never counted."""

from tradelatch.model.clock import SECOND

BURST_S = 2
"""A bucket holds what two seconds bring, so that a start-up's volley passes."""


class Throttle:
    """One bucket per name, each filled at the same rate."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._buckets: dict[str, tuple[int, int]] = {}

    def allows(self, name: str, now_ns: int) -> bool:
        """Take one token, if there is one. Tokens are counted in nanoseconds' worth."""
        price, full = SECOND, BURST_S * self._per_second * SECOND
        level, seen_ns = self._buckets.get(name, (full, now_ns))
        level = min(full, level + max(now_ns - seen_ns, 0) * self._per_second)
        allowed = level >= price
        self._buckets[name] = (level - price if allowed else level, now_ns)
        return allowed
