"""Reading tables of trades: the names, the times, and the sentence about a row that is none."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.detect.trades import Asked, UnusableTrades, read_trades, trade_files

ASKED = Asked(("time", "symbol", "price", "amount", "side"), ("buyer",))
HEADER = "time,symbol,price,amount,side\n"


def rows(*files: Path, **mapping: str) -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = read_trades(files, ASKED, mapping).to_pyarrow().to_pylist()
    return table


def written(folder: Path, text: str, name: str = "trades.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def refused(path: Path, **mapping: str) -> str:
    with pytest.raises(UnusableTrades) as caught:
        rows(path, **mapping)
    return str(caught.value)


@pytest.mark.parametrize(
    "moment",
    [
        "1555",
        "1555000000",
        "1555000000000",
        "1555000000000000",
        "1555000000000000000",
        "2019-04-11T16:26:40Z",
        "2019-04-11 16:26:40",
        "2019-04-11T18:26:40.000+02:00",
    ],
)
def test_times_are_ms_whatever_they_are_written_in(tmp_path: Path, moment: str) -> None:
    path = written(tmp_path, f"{HEADER}{moment},A/B,1,2,Buy\n")
    [row] = rows(path)
    assert row["time"] == (1_555_000 if moment == "1555" else 1_555_000_000_000)
    assert (row["row"], row["side"]) == (1, "buy")


def test_rows_are_numbered_through_all_files_in_the_order_given(tmp_path: Path) -> None:
    first = written(tmp_path, f"{HEADER}1000,A/B,1,2,buy\n3000,A/B,1,2,sell\n", "b.csv")
    second = tmp_path / "a.csv.gz"
    second.write_bytes(gzip.compress(f"{HEADER}2000,C/B,1,2,buy\n".encode()))
    assert [(row["row"], row["symbol"]) for row in rows(first, second)] == [
        (1, "A/B"),
        (2, "A/B"),
        (3, "C/B"),
    ]
    assert trade_files(tmp_path) == [second, first]


def test_a_column_is_found_by_its_other_names_or_by_mapping(tmp_path: Path) -> None:
    path = written(tmp_path, "Zeit,market,price,qty,side,von\n1000,A/B,1,2,buy,x\n")
    [row] = rows(path, time="Zeit", buyer="von")
    assert (row["time"], row["symbol"], row["amount"], row["buyer"]) == (1_000_000, "A/B", 2.0, "x")
    assert "--map time=COLUMN" in refused(path)
    assert "no column 'nope'" in refused(path, time="nope")
    assert "no column 'when' to map" in refused(path, when="Zeit")


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("x,A/B,1,2,buy", "row 2, column time: 'x' is not a time"),
        ("2000,A/B,0,2,buy", "row 2, column price: '0' is not a price above zero"),
        ("2000,A/B,nan,2,buy", "row 2, column price: 'nan' is not a price above zero"),
        ("2000,A/B,1e300,2,buy", "row 2, column price: '1e300' is not a price above zero (and"),
        ("2000,A/B,1,-2,buy", "row 2, column amount: '-2' is not an amount above zero"),
        ("2000,A/B,1,2,hold", "row 2, column side: 'hold' is not buy or sell"),
        ("2000,,1,2,buy", "row 2, column symbol: nothing is not a symbol"),
    ],
)
def test_the_first_row_that_is_no_trade_is_told(tmp_path: Path, bad: str, told: str) -> None:
    path = written(tmp_path, f"{HEADER}1000,A/B,1,2,buy\n{bad}\n2000,A/B,-7,2,buy\n")
    assert f"{path}, {told}" in refused(path)


def test_the_row_is_told_of_the_file_it_stands_in(tmp_path: Path) -> None:
    good = written(tmp_path, f"{HEADER}1000,A/B,1,2,buy\n1000,A/B,1,2,buy\n", "a.csv")
    bad = written(tmp_path, f"{HEADER}1000,A/B,1,2,buy\n1000,A/B,x,2,buy\n", "b.csv")
    with pytest.raises(UnusableTrades) as caught:
        rows(good, bad)
    assert f"{bad}, row 2, column price" in str(caught.value)


@pytest.mark.parametrize(
    ("moment", "ms"),
    [("1555000000.123", 1_555_000_000_123), ("1555000000.5", 1_555_000_000_500)],
)
def test_fractions_of_a_second_are_kept(tmp_path: Path, moment: str, ms: int) -> None:
    path = written(tmp_path, f"{HEADER}1555000000,A/B,1,2,buy\n{moment},A/B,1,2,buy\n")
    assert [row["time"] for row in rows(path)] == [1_555_000_000_000, ms]


def test_a_time_that_a_spreadsheet_rounded_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}1.55500E+12,A/B,1,2,buy\n")
    assert "row 1, column time: '1.55500E+12' is not a time" in refused(path)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_cells_may_be_divided_by_something_else(tmp_path: Path, delimiter: str) -> None:
    text = f"{HEADER}1000,A/B,1.5,2,buy\n".replace(",", delimiter)
    [row] = rows(written(tmp_path, text))
    assert (row["symbol"], row["price"]) == ("A/B", 1.5)
    path = written(tmp_path, text.replace("1.5", "1,5"))
    assert "column price: '1,5' is not a price above zero (and below 10^30, with a" in refused(path)


def test_quotes_and_hashes_are_read_wherever_they_come_first(tmp_path: Path) -> None:
    early = "1000,A/B,1,2,buy\n" * 21_000
    path = written(tmp_path, f'{HEADER}{early}1000,"A/B",1,2,buy\n')
    assert {row["symbol"] for row in rows(path)} == {"A/B"}
    path = written(tmp_path, "symbol,time,price,amount,side\n#A/B,1000,1,2,buy\nA/B,1000,1,2,buy\n")
    assert [row["symbol"] for row in rows(path)] == ["#A/B", "A/B"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (f"{HEADER}1000,A/B,1,2,buy\n1000,A/B\n".encode(), "line 3 has 2 cells, and the first 5"),
        (f"{HEADER}1000,A/B,1,2,buy\n".encode("utf-16"), "it is UTF-16 text"),
        (f"{HEADER}1000,Ä/B,1,2,buy\n".encode("cp1252"), "line 2 is not UTF-8 text"),
        (bytes(range(256)) * 9, "it is no text"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "trades.csv"
    path.write_bytes(data)
    assert told in refused(path)


TAPE = ("time,symbol,price,amount,side", "1000,A/B,1,2,buy", "3000,A/B,1,2,sell")
EITHER = [(1_000_000, "A/B", "buy"), (3_000_000, "A/B", "sell")]


def moved(order: Sequence[int]) -> bytes:
    cells = [line.split(",") for line in TAPE]
    return "\n".join(",".join(line[place] for place in order) for line in cells).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("same.csv", "\n".join(TAPE).encode()),
        ("moved.csv", moved((4, 2, 0, 1, 3))),
        ("wider.csv", "\n".join(f"{line},note" for line in TAPE).encode()),
        ("marked.csv", "\ufeff".encode() + "\n".join(TAPE).encode()),
        ("windows.csv", "\r\n".join(TAPE).encode()),
        ("quoted.csv", b'"time"' + "\n".join(TAPE).encode().removeprefix(b"time")),
        ("packed.csv.gz", gzip.compress("\n".join(TAPE).encode(), mtime=0)),
        ("titled.csv", b"Trades\n" + "\n".join(TAPE).encode()),
        ("spaced.csv", b"\n\n" + "\n".join(TAPE).encode()),
        ("short.csv", "\n".join(TAPE[:1]).encode()),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_files_are_read_as_one_table_however_each_is_written(
    tmp_path: Path, name: str, data: bytes, *, is_first: bool
) -> None:
    usual, other = written(tmp_path, "\n".join(TAPE) + "\n"), tmp_path / name
    other.write_bytes(data)
    files = (other, usual) if is_first else (usual, other)
    found = [(row["time"], row["symbol"], row["side"]) for row in rows(*files)]
    assert found == (EITHER if name == "short.csv" else EITHER * 2)


def test_a_column_that_one_file_lacks_is_empty_there(tmp_path: Path) -> None:
    first = written(tmp_path, f"{HEADER}1000,A/B,1,2,buy\n", "a.csv")
    second = written(tmp_path, HEADER.replace("price", "rate") + "1000,A/B,1,2,buy\n", "b.csv")
    with pytest.raises(UnusableTrades) as caught:
        rows(first, second)
    assert f"{second}, row 1, column price: nothing is not a price" in str(caught.value)


@pytest.mark.parametrize("other", [HEADER, "side,amount,price,symbol,time\n"])
@pytest.mark.parametrize("odd", ["2000,A/B,1,2,buy,more", "2000,A/B,1,2"])
@pytest.mark.parametrize("early", [1, 30_000])
def test_a_row_of_other_width_is_told_and_takes_no_row_away(
    tmp_path: Path, other: str, odd: str, early: int
) -> None:
    good = written(tmp_path, other, "a.csv")
    bad = written(tmp_path, HEADER + "1000,A/B,1,2,buy\n" * early + f"{odd}\n", "b.csv")
    with pytest.raises(UnusableTrades) as caught:
        rows(good, bad)
    told = f"{bad}: cannot be read as a table: line {early + 2} has {odd.count(',') + 1} cells"
    assert told in str(caught.value)


def test_tables_that_are_divided_differently_are_not_read_as_one(tmp_path: Path) -> None:
    text = f"{HEADER}1000,A/B,1,2,buy\n"
    files = written(tmp_path, text, "a.csv"), written(tmp_path, text.replace(",", ";"), "b.csv")
    with pytest.raises(UnusableTrades, match="give the files one at a time"):
        rows(*files)


def test_what_is_no_table_is_refused_in_one_sentence(tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path / "none.csv")
    parquet = written(tmp_path, "no parquet", "x.parquet")
    assert "\n" not in refused(parquet)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UnusableTrades, match=r"no file of trades"):
        trade_files(empty)


@given(
    st.lists(
        st.tuples(
            st.integers(10**11, 10**13 - 1),
            st.floats(1e-9, 1e9),
            st.floats(1e-9, 1e9),
            st.sampled_from(("buy", "sell")),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_parquet_and_csv_are_read_the_same(
    tmp_path_factory: pytest.TempPathFactory, trades: list[tuple[int, float, float, str]]
) -> None:
    folder = tmp_path_factory.mktemp("tables")
    lines = "".join(f"{at},A/B,{price!r},{amount!r},{side}\n" for at, price, amount, side in trades)
    names = ("time", "price", "amount", "side")
    columns: dict[str, Any] = dict(zip(names, map(list, zip(*trades, strict=True)), strict=True))
    parquet = folder / "trades.parquet"
    pyarrow.parquet.write_table(pa.table({**columns, "symbol": ["A/B"] * len(trades)}), parquet)
    assert rows(written(folder, HEADER + lines)) == rows(parquet)
