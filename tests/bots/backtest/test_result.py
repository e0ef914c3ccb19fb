"""Results as JSON, and candles joined for a chart."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.bots.backtest.made_up import (
    HOUR_MS,
    ONE,
    START_MS,
    columns,
    empty,
    made_up,
    walk,
)
from tradelatch.bots.backtest.result import (
    Unreadable,
    as_json,
    decode,
    encode,
    thin,
)
from tradelatch.model.markets import Candle


@pytest.mark.parametrize("result", [made_up(days=20), empty()])
def test_a_result_comes_back_from_its_json(result: object) -> None:
    assert decode(encode(result)) == result  # type: ignore[arg-type]


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_sum_is_a_plain_decimal_and_exact(value: Decimal) -> None:
    result = replace(empty(), start_equity=value, equity=((START_MS, value),))
    told = as_json(result)
    assert set(told["start_equity"]) <= set("-0123456789.")
    assert told["equity"] == [[START_MS, told["start_equity"]]]
    assert decode(encode(result)).start_equity == value


def test_json_is_what_the_standard_library_prints() -> None:
    result = made_up(days=20)
    assert decode(json.dumps(as_json(result)).encode()) == result


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b"\xff", encode(empty())[:-9]])
def test_other_text_is_refused_in_one_sentence(text: bytes) -> None:
    with pytest.raises(Unreadable, match="not the result of a backtest"):
        decode(text)


def test_an_empty_result_ends_with_what_it_began() -> None:
    assert empty().end_equity == empty().start_equity


def test_what_is_optional_may_be_left_out() -> None:
    told = as_json(empty())
    for name in ("gaps", "reporting", "warnings", "candles"):
        del told[name]
    result = decode(json.dumps(told).encode())
    assert (result.gaps, result.reporting, result.candles) == ((), None, {})


@given(st.integers(1, 400), st.integers(1, 50), st.integers(1, 9))
def test_joined_candles_keep_ends_and_extremes(count: int, most: int, seed: int) -> None:
    candles = walk(days=20, seed=seed)[:count]
    joined = thin(columns(candles), START_MS, START_MS + count * HOUR_MS, most)
    assert len(joined) <= most
    assert joined[0][1] == candles[0].open
    assert joined[-1][4] == candles[-1].close
    assert max(candle[2] for candle in joined) == max(candle.high for candle in candles)
    assert min(candle[3] for candle in joined) == min(candle.low for candle in candles)
    times = [candle[0] for candle in joined]
    assert times == sorted(set(times))


def test_candles_are_joined_in_equal_lengths_and_others_left_out() -> None:
    def candle(time: int) -> Candle:
        return Candle(time, ONE, ONE, ONE, ONE, ONE, ONE)

    joined = thin(columns([candle(time) for time in range(10)], 1), 3, 6, 100)
    assert [time for time, *_ in joined] == [3, 4, 5]
    joined = thin(columns([candle(time) for time in range(10)], 1), 0, 10, most=3)
    assert [time for time, *_ in joined] == [0, 4, 8]
