"""Candles in memory: exact numbers, spans, gaps and longer intervals."""

from array import array
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.model.markets import Candle
from tradelatch.tapes.candles import Candles, Gap

START = 1_704_067_200_000
"""Monday 2024-01-01."""
MINUTE = 60_000


def candles(minutes: list[int], turnovers: list[int] | None = None) -> Candles:
    """A candle for each of these minutes, whose numbers follow from it."""
    return Candles(
        symbol="ETH/BTC",
        interval_ms=MINUTE,
        price_unit=Decimal("0.01"),
        volume_unit=Decimal("0.1"),
        times=array("q", [START + minute * MINUTE for minute in minutes]),
        opens=array("q", [100 + minute % 7 for minute in minutes]),
        highs=array("q", [120 + minute % 5 for minute in minutes]),
        lows=array("q", [90 - minute % 3 for minute in minutes]),
        closes=array("q", [100 + minute % 11 for minute in minutes]),
        volumes=array("q", [minute % 13 for minute in minutes]),
        turnovers=None if turnovers is None else array("q", turnovers),
    )


def test_numbers_are_exact() -> None:
    one = candles([5])[0]
    told = (one.open, one.high, one.low, one.close, one.volume, one.turnover)
    assert one.open_ms == START + 5 * MINUTE
    assert told == tuple(map(Decimal, ("1.05", "1.20", "0.88", "1.05", "0.5", "0.525")))
    assert candles([5], [7])[0].turnover == 7
    assert len(candles([5, 6])) == len(list(candles([5, 6]))) == 2
    with pytest.raises(IndexError):
        candles([5])[1]


def test_gaps_are_told() -> None:
    assert candles([0, 1, 2]).gaps == []
    at = START + MINUTE
    assert candles([0, 2, 3, 7]).gaps == [
        Gap(at, at + MINUTE),
        Gap(at + 3 * MINUTE, at + 6 * MINUTE),
    ]


minutes = st.lists(st.integers(-3_000, 3_000), min_size=1, max_size=200, unique=True).map(sorted)


@given(minutes, st.integers(-3_100, 3_100), st.integers(-3_100, 3_100))
def test_between_is_what_opens_there(told: list[int], first: int, last: int) -> None:
    start, end = START + first * MINUTE, START + last * MINUTE - 1
    all_ = candles(told, told)
    assert list(all_.between(start, end)) == [one for one in all_ if start <= one.open_ms < end]


@given(minutes, st.sampled_from([1, 5, 15, 60, 1_440, 10_080]))
def test_longer_candles_are_made_of_all_that_lie_in_them(told: list[int], times: int) -> None:
    short, length = candles(told, told), times * MINUTE
    first, last = short.times[0], short.times[-1] + MINUTE
    groups: dict[int, list[Candle]] = {}
    for one in short:
        at = START + (one.open_ms - START) // length * length
        if at >= first and at + length <= last:
            groups.setdefault(at, []).append(one)
    expected = [
        Candle(
            at,
            group[0].open,
            max(one.high for one in group),
            min(one.low for one in group),
            group[-1].close,
            sum((one.volume for one in group), Decimal(0)),
            sum((one.turnover for one in group), Decimal(0)),
        )
        for at, group in groups.items()
    ]
    long = short.resample(length)
    assert list(long) == expected
    assert (long.symbol, long.interval_ms) == ("ETH/BTC", length)
    assert candles(told).resample(length).turnovers is None


@pytest.mark.parametrize("interval", [0, -MINUTE, 90_000, 1_000])
def test_no_multiple_is_told(interval: int) -> None:
    with pytest.raises(ValueError, match="no multiple of 60000 ms"):
        candles([1]).resample(interval)


def test_without_candles() -> None:
    none = candles([])
    assert (len(none.resample(300_000)), none.gaps, len(none.between(0, START))) == (0, [], 0)
