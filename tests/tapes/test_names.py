"""Symbols and intervals, alone and in the names of files; times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.tapes.names import INTERVALS, interval_name, named, parse_interval, parse_symbol
from tradelatch.tapes.times import BadTime, iso, parse_time, parse_times

AT = 1_704_164_645_000
"""2024-01-02T03:04:05Z in ms."""


@pytest.mark.parametrize(
    ("file", "symbol", "interval"),
    [
        ("BTC_USDT-1m.csv", "BTC/USDT", "1m"),
        ("BTCUSDT-1h-2024-01.csv", "BTC/USDT", "1h"),
        ("BTC-USDT-1d.csv.gz", "BTC/USDT", "1d"),
        ("eth_btc_5m.parquet", "ETH/BTC", "5m"),
        ("1INCHUSDT-1m.csv", "1INCH/USDT", "1m"),
        ("ETHBTC.csv", "ETH/BTC", ""),
        ("VIN_BTC.csv", "VIN/BTC", ""),
        ("BTCUSDT-1M-2024.csv", "BTC/USDT", ""),
        ("BTC_USDT_USDT-1m-futures.csv", "", ""),
        ("BTCTUSD-1m.csv", "", "1m"),
        ("my_data-1m.csv", "", ""),
        ("my_data.csv", "", ""),
        ("sameth.csv", "", ""),
        ("candles-1m.csv", "", "1m"),
        ("USDT-1m.csv", "", "1m"),
        (".csv", "", ""),
    ],
)
def test_a_files_name_tells_what_is_certain(file: str, symbol: str, interval: str) -> None:
    assert named(file) == (symbol, interval)


def test_symbols_in_every_form() -> None:
    for text in ("ETH/BTC", "ETH_BTC", "eth-btc", "ETHBTC", "ethbtc"):
        assert parse_symbol(text) == "ETH/BTC"
    for text in ("", "ETH", "BTCTUSD", "ETH/", "A/B/C", "ETH BTC", "A_B_C"):
        with pytest.raises(ValueError, match="write it as ETH/BTC"):
            parse_symbol(text)


def test_intervals_by_name() -> None:
    for name, ms in INTERVALS.items():
        assert (parse_interval(name), interval_name(ms)) == (ms, name)
    assert interval_name(7) == "7 ms"
    with pytest.raises(ValueError, match="'1M' is no interval; known are 1s, 1m"):
        parse_interval("1M")


@pytest.mark.parametrize(
    "text",
    [
        str(AT // 1_000),
        f"{AT // 1_000}.0",
        str(AT),
        f"{AT}000",
        f"{AT}000000",
        "2024-01-02T03:04:05Z",
        "2024-01-02 03:04:05",
        "2024-01-02T03:04:05.000+00:00",
        "2024-01-02 04:04:05+01:00",
    ],
)
def test_one_time_in_every_form(text: str) -> None:
    assert parse_time(text) == AT
    assert parse_times([text, text]) == [AT, AT]


@pytest.mark.parametrize(
    "text",
    ["", "x", "0", "-1", "20240102", "99999999", "10000000000", "1704164645.5", f"{AT}001",
     f"{AT}000001", "1_704_164_645", " 1704164645", "2024-01-02T03:04:05.0005Z", "2024-13-01"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(BadTime, match="is no time: write a date such as"):
        parse_time(text)
    with pytest.raises(BadTime) as raised:
        parse_times([str(AT), text, "y"])
    assert raised.value.index == 1


@given(st.lists(st.integers(10**11, 10**13 - 1), min_size=1), st.sampled_from([1, 10**3, 10**6]))
def test_times_together_are_times_alone(times: list[int], parts: int) -> None:
    texts = [str(time * parts) for time in times]
    assert parse_times(texts) == [parse_time(text) for text in texts] == times


@given(st.integers(0, 4 * 10**12))
def test_iso_is_read_back(at: int) -> None:
    assert parse_time(iso(at)) == at
