"""Rates of a quote asset in another currency over time."""

import csv
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import numpy as np

from tradelatch.detect.ledger import Floats, Ints
from tradelatch.detect.trades import UnusableTrades

_LASTS_MS = 7 * 86_400_000
"""How long the last rate of a file holds."""


def read_rates(path: Path, times: Ints) -> Floats:
    """The rate at each of `times` (ms since 1970, UTC): the last one at or before it.

    Args:
        path: CSV whose last two columns are a time (ISO 8601, UTC where no zone is given, or s
            since 1970) and a rate, in rising order of time; a header is left out. The daily prices
            that block explorers give (date, s since 1970, price) are such a file.

    Raises:
        UnusableTrades: the file cannot be read, or begins after the first of `times`.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [row for row in csv.reader(lines) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnusableTrades(f"{path}: cannot be read as rates: {error}") from error
    if rows and _rate(rows[0]) is None:
        del rows[0]
    found = [_rate(row) for row in rows]
    known = np.array([rate[0] for rate in found if rate], dtype=np.int64)
    values = np.array([rate[1] for rate in found if rate])
    _check(path, rows, found)
    if (np.diff(known) <= 0).any():
        raise UnusableTrades(f"{path}: the times of rates must rise from row to row")
    for time in (int(times.min()), int(times.max())) if len(times) else ():
        if not len(known) or not known[0] <= time <= known[-1] + _LASTS_MS:
            told = datetime.fromtimestamp(time / 1000, UTC).isoformat(" ", "seconds")
            raise UnusableTrades(f"{path}: there is no rate for {told}, when there are trades")
    at: Floats = values[np.searchsorted(known, times, side="right") - 1]
    return at


def _check(path: Path, rows: list[list[str]], found: list[tuple[int, float] | None]) -> None:
    if None in found:
        row = rows[found.index(None)]
        raise UnusableTrades(
            f"{path}: {','.join(row)!r}: the last two columns are to be a time (ISO 8601, or whole"
            " s since 1970) and a rate above zero"
        )


def _rate(row: list[str]) -> tuple[int, float] | None:
    """Ms since 1970 and the rate; None where a row holds none."""
    try:
        rate = float(row[-1])
        moment = row[-2].strip()
        if moment.isdecimal():
            ms = int(moment) * 1000
        else:
            at = datetime.fromisoformat(moment)
            ms = round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, IndexError, OverflowError):
        return None
    return (ms, rate) if 0 < rate < inf else None
