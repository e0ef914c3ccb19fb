"""Exports of somebody who wants to break what reads them: refused or read, soon, in a sentence."""

import json
from decimal import Decimal

import pytest

from tradelatch.exports import cells
from tradelatch.exports.reading import read
from tradelatch.exports.refusal import BadCell, Refused
from tradelatch.exports.settings import settings_of
from tradelatch.exports.times import Writing, date_of, ms_of
from tradelatch.exports.words import normal

HEADER = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"
ROW = "2022-11-14 08:10:00,FUNUSDT,BUY,0.05,1000FUN,50USDT,1FUN\n"
TRADE = {
    "timestamp": 1_668_413_400_000,
    "symbol": "FUN/USDT",
    "side": "buy",
    "price": 0.05,
    "amount": 1000,
}


def test_blanks_in_a_time_or_a_header_cost_nothing() -> None:
    """Or this takes hours."""
    with pytest.raises(BadCell, match="is not a time"):
        ms_of("2022-01-01 10:00" + " " * 9_000 + "x", Writing("ymd", 0))
    normal("a" + " " * 9_000 + "b")


def test_bad_lines_above_the_header_are_no_reason_to_read_for_hours() -> None:
    data = ('"a"b\n' * 30_000 + HEADER + ROW).encode()
    assert len(read(data, "x").trades) == 1


def test_more_columns_or_rows_than_any_export_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="line 1: has more than 200 cells"):
        read((",".join(f"c{n}" for n in range(100_000)) + "\n").encode(), "x")
    monkeypatch.setattr(cells, "MOST_ROWS", 3)
    with pytest.raises(Refused, match="x: has more than 3 rows: split it"):
        read((HEADER + ROW * 3).encode(), "x")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1969-12-31", "2100-01-01"])
def test_times_of_no_trade_are_bad_cells(day: str) -> None:
    with pytest.raises(BadCell, match="is not from 1970 to 2099"):
        ms_of(f"{day} 12:00:00", Writing("ymd", 0))
    with pytest.raises(BadCell, match="is not from 1970 to 2099"):
        date_of(day)


@pytest.mark.parametrize(
    "odd",
    [
        {"amount": "1E+999990"},
        {"price": "1E+999990"},
        {"amount": "1E-999990"},
        {"price": 10**8, "amount": 10**8},
        {"cost": "NaN"},
        {"cost": "1E+999990"},
        {"fee": {"cost": "NaN", "currency": "FUN"}},
        {"fee": {"cost": "Infinity", "currency": "FUN"}},
        {"timestamp": 10**17},
        {"timestamp": -1},
        {"symbol": 'A"]\nbudget = "0"\n[x."B/USDT'},
        {"symbol": "FUN"},
    ],
)
def test_what_no_trade_is_in_json_is_left_out(odd: dict[str, object]) -> None:
    export = read(json.dumps([TRADE, {**TRADE, **odd}]).encode(), "x.json")
    assert len(export.trades) == 1
    assert [one.line for one in export.rejected] == [2]


def test_a_rebate_is_no_fee() -> None:
    fee = {"cost": -0.5, "currency": "USDT"}
    (trade,) = read(json.dumps([{**TRADE, "fee": fee}]).encode(), "x.json").trades
    assert trade.fee == 0


def test_two_columns_of_one_name_are_never_guessed_between() -> None:
    table = "time,symbol,side,price,Price,quantity\n2022-11-14 08:10:00,FUN/USDT,buy,1,2,3\n"
    with pytest.raises(Refused, match="x: has 2 columns named 'price'"):
        read(table.encode(), "x")


def test_a_fee_in_the_quote_asset_whose_name_ends_with_the_bases() -> None:
    table = HEADER + "2022-11-14 08:10:00,TUSDT,BUY,0.05,1000T,50USDT,0.05USDT\n"
    (trade,) = read(table.encode(), "x").trades
    assert (trade.symbol, trade.fee, trade.fee_asset) == ("T/USDT", Decimal("0.05"), "USDT")
    table = HEADER + "2022-11-14 08:10:00,TUSDT,BUY,0.05,1000T,50USDT,1T\n"
    assert read(table.encode(), "x").trades[0].fee_asset == "T"


def test_an_encoding_that_is_none() -> None:
    with pytest.raises(Refused, match="there is no such encoding"):
        settings_of(["encoding=undefined"])


def test_a_trade_of_all_the_money_there_is() -> None:
    row = "2022-11-14 08:10:00,FUNUSDT,BUY,99999999999,99999999999FUN,1USDT,1FUN\n"
    export = read((HEADER + ROW + row).encode(), "x")
    assert [one.reason for one in export.rejected] == [
        "price times quantity is more than there is of any money"
    ]
