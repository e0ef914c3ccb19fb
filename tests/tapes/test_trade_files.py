"""Tapes as files: CSV, packed CSV and Parquet, good ones and bad ones."""

import gzip
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from tradelatch.tapes.files import BadTape, digest
from tradelatch.tapes.trade_files import Print, TapeFile
from tradelatch.tapes.trades import read_trades

AT = 1_562_000_040_000
HEAD = "time,price,amount,side\n"
ROWS = f"{AT},0.00001348,81,buy\n{AT},1.349e-05,318.5,sell\n{AT + 7},0.5,1e-8,buy\n"
PRINTS = [
    Print(AT, 1_348, 8_100_000_000, True),
    Print(AT, 1_349, 31_850_000_000, False),
    Print(AT + 7, 50_000_000, 1, True),
]
COLUMNS: dict[str, Any] = {
    "time": [AT, AT, AT + 7],
    "price": [0.00001348, 0.00001349, 0.5],
    "amount": [81.0, 318.5, 1e-8],
    "side": ["buy", "sell", "buy"],
}


def read(path: Path) -> list[Print]:
    return list(TapeFile(path).prints())


def as_parquet(path: Path, **columns: Any) -> Path:
    parquet.write_table(pyarrow.table({**COLUMNS, **columns}), path)
    return path


def test_csv_plain_and_packed(tmp_path: Path) -> None:
    plain, packed = tmp_path / "ABC.csv", tmp_path / "ABC.csv.gz"
    plain.write_text(HEAD + ROWS)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read(plain) == read(packed) == PRINTS
    assert digest(plain) == digest(packed)


def test_columns_in_any_order_and_among_others(tmp_path: Path) -> None:
    path = tmp_path / "ABC.csv"
    path.write_text(f"side,note,symbol,amount,timestamp,price\nsell,x,ABC/USDT,2,{AT},3\n")
    assert read(path) == [Print(AT, 3 * 10**8, 2 * 10**8, False)]
    assert read_trades(path).symbol == "ABC/USDT"


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"time": pyarrow.array([AT * 1_000 + 999] * 2 + [AT * 1_000 + 7_000], "timestamp[us]")},
        {"time": pyarrow.array([AT, AT, AT + 7], pyarrow.timestamp("ms", "Asia/Tokyo"))},
        {"time": [datetime.fromtimestamp(at / 1_000, UTC) for at in COLUMNS["time"]]},
        {"price": [Decimal("0.00001348"), Decimal("0.00001349"), Decimal("0.50000000")]},
        {"price": ["0.00001348", "0.00001349", "0.5"], "other": [1, None, 3]},
        {"side": pyarrow.array(["buy", "sell", "buy"]).dictionary_encode()},
        {"symbol": ["ABC/BTC"] * 3},
    ],
    ids=lambda columns: " ".join(columns),
)
def test_parquet_of_any_type_that_fits(tmp_path: Path, columns: dict[str, Any]) -> None:
    assert read(as_parquet(tmp_path / "ABC.parquet", **columns)) == PRINTS


@given(
    st.lists(
        st.tuples(
            st.integers(10**11, 10**13 - 1),
            st.decimals("0.00000001", "90000000000", places=8),
            st.decimals("0.00000001", "90000000000", places=8),
            st.booleans(),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_csv_and_parquet_read_the_same(
    tmp_path_factory: pytest.TempPathFactory, trades: list[tuple[int, Decimal, Decimal, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("tape")
    trades.sort(key=lambda trade: trade[0])
    times, prices, amounts, bought = zip(*trades, strict=True)
    sides = ["buy" if one else "sell" for one in bought]
    rows = zip(times, prices, amounts, sides, strict=True)
    (folder / "A.csv").write_text(HEAD + "".join(f"{t},{p},{a},{s}\n" for t, p, a, s in rows))
    table = pyarrow.table({"time": times, "price": prices, "amount": amounts, "side": sides})
    parquet.write_table(table, folder / "A.parquet")
    expected = [Print(t, int(p * 10**8), int(a * 10**8), b) for t, p, a, b in trades]
    assert read(folder / "A.csv") == read(folder / "A.parquet") == expected


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "ABC.csv: there is no column time or timestamp"),
        (b"time,price,side\n", "ABC.csv: there is no column amount"),
        (b"time,timestamp,price,amount,side\n", "two columns for the time: time, timestamp"),
        (HEAD.encode(), "ABC.csv: there is no trade on this tape"),
        (f"{HEAD}{ROWS}x,1,1,buy\n".encode(), "ABC.csv, line 5, column time: 'x' is no time in ms"),
        (f"{HEAD}1562000040,1,1,buy\n".encode(), "line 2, column time: '1562000040' is no time"),
        (f"{HEAD}{AT}000,1,1,buy\n".encode(), "line 2, column time: '1562000040000000' is no"),
        (f"{HEAD}{AT}.5,1,1,buy\n".encode(), "line 2, column time"),
        (f"{HEAD}{AT},0,1,buy\n".encode(), "line 2, column price: '0' is no price above zero"),
        (f"{HEAD}{AT},-1,1,buy\n".encode(), "line 2, column price: '-1' is no price"),
        (f"{HEAD}{AT},NaN,1,buy\n".encode(), "line 2, column price: 'NaN' is no price"),
        (f"{HEAD}{AT},1,Infinity,buy\n".encode(), "line 2, column amount: 'Infinity' is no"),
        (f"{HEAD}{AT},1,1e999999999,buy\n".encode(), "line 2, column amount: '1e999999999' is no"),
        (f"{HEAD}{AT},1,4e-9,buy\n".encode(), "line 2, column amount: '4e-9' is no amount"),
        (f"{HEAD}{AT},1,1,hold\n".encode(), "line 2, column side: 'hold' is neither 'buy' nor"),
        (f"{HEAD}{AT},1,1\n".encode(), "line 2: 3 fields under a header of 4"),
        (f"{HEAD}\n".encode(), "line 2: 0 fields under a header of 4"),
        (
            f"{HEAD}{AT},1,1,buy\n{AT - 1},1,1,buy\n".encode(),
            f"line 3, column time: {AT - 1} is before the trade in front of it, at {AT}",
        ),
        (
            f"symbol,{HEAD}A/B,{AT},1,1,buy\nA/C,{AT},1,1,buy\n".encode(),
            "line 3, column symbol: 'A/C', and 'A/B' before",
        ),
        (b"\xff\xfe\x00", "ABC.csv: this is not CSV"),
        (f"{HEAD}{ROWS}{'1' * 200_000}".encode(), "ABC.csv, near line 5: this is not CSV: field"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_csv_is_told_with_line_and_column(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "ABC.csv"
    path.write_bytes(content)
    with pytest.raises(BadTape) as raised:
        read_trades(path)
    assert says in str(raised.value)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"time": [AT, None, AT]}, "ABC.parquet, row 2, column time: None is no time in ms"),
        ({"time": ["a", "b", "c"]}, "row 1, column time: 'a' is no time"),
        ({"time": [AT, AT + 0.5, AT + 1]}, f"row 2, column time: {AT + 0.5} is no time in ms"),
        ({"time": [AT, AT - 1, AT]}, f"row 2, column time: {AT - 1} is before"),
        ({"price": [1.0, 2.0, float("nan")]}, "row 3, column price: nan is no price above zero"),
        ({"price": [1.0, None, 2.0]}, "row 2, column price: None is no price"),
        ({"amount": [1.0, 2.0, -3.0]}, "row 3, column amount: -3.0 is no amount"),
        ({"amount": [[1], [2], [3]]}, "row 1, column amount: [1] is no amount"),
        ({"side": [True, False, True]}, "row 1, column side: True is neither 'buy' nor 'sell'"),
        ({"symbol": ["A/B", "A/B", None]}, "row 3, column symbol: None, and 'A/B' before"),
        ({"timestamp": [AT] * 3}, "ABC.parquet: two columns for the time: time, timestamp"),
    ],
)
def test_bad_parquet_is_told_with_row_and_column(
    tmp_path: Path, columns: dict[str, Any], says: str
) -> None:
    path = as_parquet(tmp_path / "ABC.parquet", **columns)
    with pytest.raises(BadTape) as raised:
        read_trades(path)
    assert says in str(raised.value)


def test_rows_are_counted_over_a_whole_parquet_file(tmp_path: Path) -> None:
    count = 70_000
    times = [AT] * count
    times[-2] = 5
    path = as_parquet(
        tmp_path / "ABC.parquet",
        time=times,
        price=[1.0] * count,
        amount=[1.0] * count,
        side=["buy"] * count,
    )
    with pytest.raises(BadTape, match="row 69999, column time"):
        read_trades(path)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for name in ("none.csv", "none.csv.gz", "none.parquet"):
        with pytest.raises(BadTape, match=r"cannot read .*none.*: No such file"):
            read_trades(tmp_path / name)
    packed = tmp_path / "ABC.csv.gz"
    packed.write_bytes(b"no gzip")
    with pytest.raises(BadTape, match="cannot read"):
        read_trades(packed)
    packed.write_bytes(gzip.compress((HEAD + f"{AT},1,1,buy\n" * 1_000).encode())[:-9])
    with pytest.raises(BadTape, match="cannot read"):
        read_trades(packed)
    other = tmp_path / "ABC.parquet"
    other.write_bytes(b"PAR1, and nothing of it")
    with pytest.raises(BadTape, match=r"ABC\.parquet: this is not Parquet"):
        read_trades(other)


def test_parquet_without_its_library_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = as_parquet(tmp_path / "ABC.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadTape) as raised:
        read_trades(path)
    assert str(raised.value) == f"{path}: Parquet needs pyarrow: pip install 'tradelatch[parquet]'"
