"""Figures as people read them: shares, amounts, ratios and times; "-" where there is none."""

from datetime import UTC, datetime
from decimal import Decimal

NONE = "-"
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000


def share(value: float | None, sign: bool = False) -> str:
    """Percent to two decimals, with a plus if asked for."""
    return NONE if value is None else f"{_rounded(value * 100, 2, sign)} %"


def ratio(value: float | None) -> str:
    """To two decimals."""
    return NONE if value is None else _rounded(value, 2)


def money(value: Decimal | float | None, scale: Decimal | float, sign: bool = False) -> str:
    """A sum of an account that began with `scale`: to `places` decimals."""
    return NONE if value is None else _rounded(value, places(scale), sign)


def places(scale: Decimal | float) -> int:
    """The decimals that sums of an account get which began with `scale`."""
    return 2 if scale >= 100 else 5 if scale >= 1 else 8


def duration(value_ms: float | None) -> str:
    """In its two largest units: ``3 d 4 h``, ``2 h 5 min``, ``0 min``."""
    if value_ms is None:
        return NONE
    minutes = round(value_ms / _MINUTE)
    days, rest = divmod(minutes, _DAY // _MINUTE)
    hours, minutes = divmod(rest, _HOUR // _MINUTE)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def day(time_ms: int | None) -> str:
    """The date, UTC."""
    return NONE if time_ms is None else told(time_ms)[:10]


def told(time_ms: int) -> str:
    """Date, hour and minute, UTC."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _rounded(value: Decimal | float, digits: int, sign: bool = False) -> str:
    """What rounds to zero has no sign."""
    if not round(value, digits):
        return f"{0:.{digits}f}"
    return f"{value:{'+' if sign else ''},.{digits}f}"
