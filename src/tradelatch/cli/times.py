"""Moments as people read them."""

from datetime import UTC, datetime


def told_ms(ms: int) -> str:
    """``2022-10-19 12:00:00`` of ms since 1970, UTC."""
    return datetime.fromtimestamp(ms // 1000, UTC).isoformat(" ").removesuffix("+00:00")
