"""What markets and intervals are called: ``1h``, ``BTCUSDT``, and in the names of files."""

import re
from typing import NamedTuple

from tradelatch.model.markets import split_symbol

_MINUTE_MS = 60_000
INTERVALS = {
    "1s": 1_000,
    **{f"{n}m": n * _MINUTE_MS for n in (1, 3, 5, 15, 30)},
    **{f"{n}h": n * 60 * _MINUTE_MS for n in (1, 2, 4, 6, 8, 12)},
    **{f"{n}d": n * 1_440 * _MINUTE_MS for n in (1, 3)},
    "1w": 7 * 1_440 * _MINUTE_MS,
}
"""Their length in ms. Months are none, for they differ."""
_QUOTES = (
    "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD", "EUR", "GBP", "TRY", "BRL", "AUD", "JPY",
    "DAI", "BTC", "ETH", "BNB",
)  # fmt: skip


class Named(NamedTuple):
    """What a file's name tells: a symbol ("" if none), and an interval's name."""

    symbol: str
    interval: str


def parse_interval(name: str) -> int:
    """The length in ms of ``1m``, ``4h`` or ``1d``.

    Raises:
        ValueError: it is none of those that are known.
    """
    try:
        return INTERVALS[name]
    except KeyError:
        known = ", ".join(INTERVALS)
        raise ValueError(f"{name!r} is no interval; known are {known}") from None


def interval_name(interval_ms: int) -> str:
    """``1h`` for 3,600,000; ms where it has no name."""
    return next((name for name, ms in INTERVALS.items() if ms == interval_ms), f"{interval_ms} ms")


def parse_symbol(text: str) -> str:
    """The unified name for ``BTC/USDT``, ``BTC_USDT``, ``BTC-USDT`` or ``BTCUSDT``.

    Raises:
        ValueError: it is none, or can be read in two ways, as ``BTCTUSD`` can.
    """
    if "/" in text:
        return "/".join(split_symbol(text))
    parted = re.fullmatch(r"([A-Za-z0-9]+)[_-]([A-Za-z0-9]+)", text)
    if parted:
        return f"{parted[1]}/{parted[2]}".upper()
    name = text.upper()
    found = [quote for quote in _QUOTES if name.endswith(quote) and name != quote]
    if len(found) != 1 or not name.isalnum():
        raise ValueError(f"{text!r} is not a market; write it as ETH/BTC")
    return f"{name.removesuffix(found[0])}/{found[0]}"


def named(file: str) -> Named:
    """What the name of a file tells of what is in it: ``BTC_USDT-1m.csv`` and
    ``BTCUSDT-1h-2024-01.csv`` tell both. Nothing but common quotes is taken for one."""
    first, *rest = re.split(r"[_-]", file.partition(".")[0])
    if rest and rest[0].upper() in _QUOTES:
        symbol, rest = f"{first}/{rest[0]}".upper(), rest[1:]
        if rest and rest[0].upper() in _QUOTES:  # of a future, which is settled in it
            return Named("", "")
    else:
        symbol = _joined(first)
    interval = rest[0] if rest and rest[0] in INTERVALS else ""
    return Named(symbol if interval or first.isupper() else "", interval)


def _joined(name: str) -> str:
    try:
        return parse_symbol(name)
    except ValueError:
        return ""
