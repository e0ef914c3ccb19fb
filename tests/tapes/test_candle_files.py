"""Candles as files: every form reads back exactly, and what is wrong with one is told."""

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

from tradelatch.tapes.candle_files import read_candles
from tradelatch.tapes.candles import Candles
from tradelatch.tapes.files import BATCH, BadTape
from tradelatch.tapes.names import INTERVALS

AT = 1_704_067_200_000
MINUTE = 60_000
HEAD = "time,open,high,low,close,volume\n"
ROWS = f"{AT},1.5,2,1,1.25,10\n{AT + MINUTE},1.25,1.25,1.25,1.25,0\n"
COLUMNS: dict[str, Any] = {
    "time": [AT, AT + MINUTE],
    "open": [1.5, 1.25],
    "high": [2.0, 1.25],
    "low": [1.0, 1.25],
    "close": [1.25, 1.25],
    "volume": [10.0, 0.0],
}
DUMP = (
    f"{AT},1.50000000,2.00000000,1.00000000,1.25000000,10.00000000,{AT + MINUTE - 1},"
    "15.00000000,3,4.00000000,6.00000000,0\n"
)

Row = tuple[int, Decimal, Decimal, Decimal, Decimal, Decimal]


def as_parquet(path: Path, **columns: Any) -> Path:
    parquet.write_table(pyarrow.table({**COLUMNS, **columns}), path)
    return path


def rows(candles: Candles) -> list[Row]:
    return [(one.open_ms, one.open, one.high, one.low, one.close, one.volume) for one in candles]


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, list[Row]]:
    """An interval, and candles of it with prices of as many digits as 64 bits hold."""
    interval = draw(st.sampled_from([ms for ms in INTERVALS.values() if ms >= MINUTE]))
    places = draw(st.integers(0, 18))
    whole = st.integers(1, 9 * 10**18).map(lambda units: Decimal(units).scaleb(-places))
    volume_places = draw(st.integers(0, 18))
    volume = st.integers(0, 9 * 10**18).map(lambda units: Decimal(units).scaleb(-volume_places))
    start = draw(st.integers(2 * 10**11, 10**12)) // interval * interval
    steps = draw(st.lists(st.integers(1, 3), min_size=1, max_size=9))
    found, at = [], start
    for step in steps:
        low, one, other, high = sorted(draw(st.tuples(whole, whole, whole, whole)))
        ends = draw(st.permutations([one, other]))
        found.append((at, ends[0], high, low, ends[1], draw(volume)))
        at += step * interval
    return interval, found


def written(path: Path, told: list[Row], time: Any = str) -> Path:
    lines = (",".join((time(row[0]), *(format(one, "f") for one in row[1:]))) for row in told)
    text = HEAD + "".join(f"{line}\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def stamped(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat()


@given(tables())
def test_whatever_is_written_is_read_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, table: tuple[int, list[Row]]
) -> None:
    folder = tmp_path_factory.mktemp("candles")
    interval, told = table
    files = [
        written(folder / "a.csv", told),
        written(folder / "a.csv.gz", told, lambda at: f"{at}000"),
        written(folder / "b.csv", told, stamped),
        folder / "text.parquet",
        folder / "decimal.parquet",
    ]
    times, *numbers = (list(column) for column in zip(*told, strict=True))
    names = HEAD.strip().split(",")
    texts = [[format(one, "f") for one in column] for column in numbers]
    parquet.write_table(
        pyarrow.table(dict(zip(names, [times, *texts], strict=True))), folder / "text.parquet"
    )
    kind = pyarrow.decimal128(38, 18)
    decimals = [pyarrow.array(column, kind) for column in numbers]
    stamps = pyarrow.array(times, pyarrow.timestamp("ms", "UTC"))
    parquet.write_table(
        pyarrow.table(dict(zip(names, [stamps, *decimals], strict=True))),
        folder / "decimal.parquet",
    )
    for file in files:
        candles = read_candles(file, "ETH/BTC", interval)
        assert rows(candles) == told, file.name
        assert (candles.symbol, candles.interval_ms) == ("ETH/BTC", interval)


@given(st.lists(st.floats(1e-9, 1e6), min_size=1, max_size=9))
def test_doubles_are_their_shortest_decimals(
    tmp_path_factory: pytest.TempPathFactory, prices: list[float]
) -> None:
    path = tmp_path_factory.mktemp("candles") / "ETH_BTC-1m.parquet"
    ends = dict.fromkeys(("open", "high", "low", "close"), prices)
    times = [AT + MINUTE * n for n in range(len(prices))]
    as_parquet(path, time=times, volume=prices, **ends)
    told = [Decimal(repr(price)) for price in prices]
    try:
        candles = read_candles(path)
    except BadTape as error:
        # No more than 64 bits may be asked of the smallest and the largest together.
        digits = -min(int(one.as_tuple().exponent) for one in told)
        assert max(told).scaleb(digits) >= 2**63 - 1
        assert "prices do not fit into 64 bits" in str(error)  # noqa: PT017
        return
    assert [one.close for one in candles] == told


def test_volumes_are_rounded_where_prices_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ETH_BTC-1m.csv"
    path.write_text(f"{HEAD}{AT},1,1,1,1,900000000.000000000000015\n{AT + MINUTE},1,1,1,1,0.6\n")
    candles = read_candles(path)
    assert [one.volume for one in candles] == [900_000_000, Decimal("0.6")]
    assert candles.volume_unit == Decimal("1e-10")
    path.write_text(f"{HEAD}{AT},1,900000000.000000000000015,1,1,0\n")
    with pytest.raises(BadTape, match=r"prices do not fit into 64 bits: 9e.08 with 15 decimals"):
        read_candles(path)
    small = f"{HEAD}{AT},1e-15,1e-15,1e-15,1e-15,0\n"
    many = "".join(f"{AT + n * MINUTE},99999,99999,99999,99999,0\n" for n in range(1, BATCH + 1))
    path.write_text(small + many)
    with pytest.raises(BadTape, match="prices do not fit into 64 bits"):
        read_candles(path)


def test_units_are_found_over_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "ETH_BTC-1m.csv"
    many = "".join(f"{AT + n * MINUTE},5,5,5,5,1.50\n" for n in range(BATCH + 10))
    last = f"{AT + (BATCH + 10) * MINUTE},5.000000001,5.000000001,4.9,5,1e-3\n"
    path.write_text(HEAD + many + last)
    candles = read_candles(path)
    assert (candles.price_unit, candles.volume_unit) == (Decimal("1e-9"), Decimal("1e-3"))
    assert candles[0].open == 5
    assert candles[-1].open == Decimal("5.000000001")
    assert candles.volumes[0] == 1_500
    path.write_text(HEAD + many + f"{AT},1,1,1,1,1\n")
    with pytest.raises(BadTape, match=f"line {BATCH + 12}, column time: 2024-01-01T00:00:00Z is"):
        read_candles(path)
    path.write_text(HEAD + many + last + "5\n")
    with pytest.raises(BadTape, match=f"line {BATCH + 13}: 1 fields where there should be 6"):
        read_candles(path)


@pytest.mark.parametrize("parts", [1, 1_000])
def test_binances_dumps_have_no_header(tmp_path: Path, parts: int) -> None:
    path = tmp_path / "ETHBTC-1m-2024-01.csv"
    path.write_text(DUMP.replace(str(AT), str(AT * parts), 1))
    candles = read_candles(path)
    assert (candles.symbol, candles.interval_ms) == ("ETH/BTC", MINUTE)
    (one,) = candles
    assert rows(candles) == [(AT, *map(Decimal, ("1.5", "2", "1", "1.25", "10")))]
    assert one.turnover == 15
    assert candles.price_unit == Decimal("0.01")
    assert candles.volume_unit == candles.turnover_unit == 1


@pytest.mark.parametrize(
    "header",
    [
        "Time,Open,High,Low,Close,Volume",
        "timestamp,open,high,low,close,volume",
        "date,open,high,low,close,volume",
        "datetime,open,high,low,close,volume",
        "Open time,Open,High,Low,Close,Volume",
        "open_time,open,high,low,close,volume",
        '\ufeff"time","open","high","low","close","volume"',
    ],
)
def test_usual_names_of_columns(tmp_path: Path, header: str) -> None:
    path = tmp_path / "ETH_BTC-1m.csv"
    path.write_text(f"{header}\n{ROWS}")
    assert len(read_candles(path)) == 2


def test_columns_in_any_order_and_among_others(tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    head = "Quote asset volume,note,symbol,low,high,close,open,volume,open_time\n"
    path.write_text(
        f"{head}3.5,x,ETHBTC,1,4,3,2,1,{AT // 1_000}\n4,,ETHBTC,1,4,3,2,1,{AT // 1_000 + 60}\n"
    )
    candles = read_candles(path)
    assert (candles.symbol, candles.interval_ms) == ("ETH/BTC", MINUTE)
    assert rows(candles)[0] == (AT, *map(Decimal, (2, 4, 1, 3, 1)))
    assert [one.turnover for one in candles] == [Decimal("3.5"), 4]


@pytest.mark.parametrize(
    "time",
    [
        pyarrow.array([AT // 1_000, AT // 1_000 + 60], "timestamp[s]"),
        pyarrow.array([AT * 1_000, (AT + MINUTE) * 1_000], "timestamp[us]"),
        pyarrow.array([AT * 10**6, (AT + MINUTE) * 10**6], pyarrow.timestamp("ns", "Asia/Tokyo")),
        pyarrow.array([AT / 1_000, AT / 1_000 + 60]),
        pyarrow.array([AT * 10**6, (AT + MINUTE) * 10**6]),
        pyarrow.array(["2024-01-01T00:00:00Z", "2024-01-01 00:01"]),
    ],
    ids=lambda column: str(column.type),
)
def test_parquets_times(tmp_path: Path, time: Any) -> None:
    candles = read_candles(as_parquet(tmp_path / "ETH_BTC.parquet", time=time))
    assert list(candles.times) == [AT, AT + MINUTE]


def test_parquets_days(tmp_path: Path) -> None:
    days = pyarrow.array([AT // 86_400_000, AT // 86_400_000 + 1], "int32").cast("date32")
    candles = read_candles(as_parquet(tmp_path / "ETH_BTC.parquet", time=days))
    assert (list(candles.times), candles.interval_ms) == ([AT, AT + 86_400_000], 86_400_000)


def test_a_time_stamp_of_1970_is_not_taken_for_seconds(tmp_path: Path) -> None:
    early = pyarrow.array([60 * 10**9, 60 * 10**9 + MINUTE], "timestamp[ms]")
    candles = read_candles(as_parquet(tmp_path / "ETH_BTC.parquet", time=early))
    assert candles.times[0] == 60 * 10**9


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "a.csv: there is no column time or timestamp or date"),
        ("time,open,high,low,volume\n", "a.csv: there is no column close"),
        ("time,date,open,high,low,close,volume\n", "two columns for the time: time, date"),
        (HEAD, "a.csv: there is no candle in it"),
        (f"{HEAD}{AT},1,1,1,1\n", "line 2: 5 fields where there should be 6"),
        (f"{HEAD}{ROWS}\n", "line 4: 0 fields where there should be 6"),
        (ROWS, "line 1: there is no header, and these are not the 12 columns of Binance's"),
        (f"{HEAD}x,1,1,1,1,1\n", "line 2, column time: 'x' is no time: write a date such as"),
        (f"{HEAD}20240101,1,1,1,1,1\n", "line 2, column time: '20240101' is no time"),
        (f"{HEAD}{ROWS}{AT},1,1,1,1,1\n", "line 4, column time: 2024-01-01T00:00:00Z is before"),
        (
            f"{HEAD}{ROWS}{AT + MINUTE},1,1,1,1,1\n",
            "line 4, column time: a second candle of 2024-01-01T00:01:00Z",
        ),
        (f"{HEAD}{ROWS}{AT + 90_000},1,1,1,1,1\n", "line 4, column time: 30000 ms behind the one"),
        (f"{HEAD}{AT + 1},1,1,1,1,1\n", "line 2, column time: 2024-01-01T00:00:00.001Z is not"),
        (f"{HEAD}{AT},1,2,1.5,2,1\n", "line 2: the low 1.5 is above the open 1"),
        (f"{HEAD}{AT},2,2,1.5,1.25,1\n", "line 2: the low 1.5 is above the close 1.25"),
        (f"{HEAD}{AT},3,2,1,2,1\n", "line 2: the high 2 is below the open 3"),
        (f"{HEAD}{ROWS}{AT + 2 * MINUTE},2,2,1,3,1\n", "line 4: the high 2 is below the close 3"),
        (f"{HEAD}{AT},1,1,0,1,1\n", "line 2, column low: 0 is no price above zero"),
        (f"{HEAD}{AT},1,1,-1,1,1\n", "line 2, column low: -1 is no price above zero"),
        (f"{HEAD}{AT},1,1,1,1,-0.5\n", "line 2, column volume: -0.5 is below zero"),
        (f"{HEAD}{AT},1,1,1,,1\n", "line 2, column close: '' is no decimal number"),
        (f"{HEAD}{AT},1,NaN,1,1,1\n", "line 2, column high: 'NaN' is no decimal number"),
        (f"{HEAD}{AT},1,Infinity,1,1,1\n", "line 2, column high: 'Infinity' is no decimal"),
        (f"{HEAD}{AT},1,1_0,1,1,1\n", "line 2, column high: '1_0' is no decimal number"),
        (f"{HEAD}{AT},1,1e999999999,1,1,1\n", "line 2, column high: '1e999999999' is no decimal"),
        (f'{HEAD}{AT},1,"1,5",1,1,1\n', "line 2, column high: '1,5' is no decimal number"),
        (f'{HEAD}{AT},1,"1\n5",1,1,1\n', "line 2, column high: '1\\n5' is no decimal number"),
        (f"{HEAD}{AT},1,١,1,1,1\n", "line 2, column high: '١' is no decimal number"),
        (f"{HEAD}{AT},1,{'1' * 41},1,1,1\n", "column high: '1111111111"),
        (
            f"symbol,{HEAD}A/B,{AT},1,1,1,1,1\nA/C,{AT + MINUTE},1,1,1,1,1\n",
            "line 3, column symbol",
        ),
        (f"symbol,{HEAD}A/B,{AT},1,1,1,1,1\n", "a.csv: these are candles of A/B, not of ETH/BTC"),
        ("\x00", "a.csv: there is no column time"),
    ],
)
def test_bad_csv_is_told_with_line_and_column(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(BadTape) as raised:
        read_candles(path, "ETH/BTC", MINUTE)
    assert says in str(raised.value)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"time": [AT, None]}, "row 2, column time: '' is no time"),
        ({"time": pyarrow.array([AT, None], "timestamp[ms]")}, "row 2, column time: 'None' is no"),
        (
            {"time": pyarrow.array([AT * 1_000, AT * 1_000 + 1], "timestamp[us]")},
            "row 2, column time: '2024-01-01 00:00:00.000001' is no time",
        ),
        ({"close": [1.25, None]}, "row 2, column close: '' is no decimal number"),
        ({"close": ["1.25", None]}, "row 2, column close: '' is no decimal number"),
        ({"close": [1.25, float("nan")]}, "row 2, column close: 'nan' is no decimal number"),
        ({"volume": [True, False]}, "row 1, column volume: 'True' is no decimal number"),
        ({"low": [1.0, 1.3]}, "row 2: the low 1.3 is above the open 1.25"),
        ({"date": [1, 2]}, "a.parquet: two columns for the time: time, date"),
    ],
)
def test_bad_parquet_is_told_with_row_and_column(
    tmp_path: Path, columns: dict[str, Any], says: str
) -> None:
    path = as_parquet(tmp_path / "a.parquet", **columns)
    with pytest.raises(BadTape) as raised:
        read_candles(path, "ETH/BTC", MINUTE)
    assert says in str(raised.value)


def test_the_market_is_asked_for_where_nothing_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEAD + ROWS)
    with pytest.raises(BadTape, match="nothing tells which market this is: give the symbol, such"):
        read_candles(path)
    with pytest.raises(BadTape, match="'ETHBTC' is not a market; write it as ETH/BTC"):
        read_candles(path, "ETHBTC")
    path.write_text(f"pair,{HEAD}BTCTUSD,{AT},1,1,1,1,1\n")
    with pytest.raises(BadTape, match="'BTCTUSD' is not a market"):
        read_candles(path)
    assert read_candles(path, "BTC/TUSD", MINUTE).symbol == "BTC/TUSD"


def test_the_interval_is_asked_for_where_nothing_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for minutes in ([0], [0, 7], [0, 1, 5, 9]):
        text = "".join(f"{AT + minute * MINUTE},1,1,1,1,1\n" for minute in minutes)
        path.write_text(HEAD + text)
        with pytest.raises(BadTape, match="times do not tell the interval: give it, such as 1m"):
            read_candles(path, "ETH/BTC")
        assert len(read_candles(path, "ETH/BTC", MINUTE)) == len(minutes)


def test_another_interval_than_the_names_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ETH_BTC-1h.csv"
    path.write_text(HEAD + ROWS)
    with pytest.raises(BadTape, match="line 3, column time: 1m behind the one in front, but"):
        read_candles(path)
    times = (AT + n * 86_400_000 for n in range(11))
    path.write_text(HEAD + "".join(f"{at},1,1,1,1,1\n" for at in times))
    with pytest.raises(BadTape, match="the candles are 1d apart, not 1h"):
        read_candles(path)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for name in ("none.csv", "none.csv.gz", "none.parquet"):
        with pytest.raises(BadTape, match=r"cannot read .*none.*: No such file"):
            read_candles(tmp_path / name)
    packed = tmp_path / "ETH_BTC-1m.csv.gz"
    packed.write_bytes(b"no gzip")
    with pytest.raises(BadTape, match="cannot read"):
        read_candles(packed)
    packed.write_bytes(gzip.compress((HEAD + ROWS).encode())[:-9])
    with pytest.raises(BadTape, match="cannot read"):
        read_candles(packed)
    other = tmp_path / "ETH_BTC-1m.parquet"
    other.write_bytes(b"PAR1, and nothing of it")
    with pytest.raises(BadTape, match=r"ETH_BTC-1m\.parquet: this is not Parquet"):
        read_candles(other)
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadTape, match=r"a\.csv: this is not CSV"):
        read_candles(tmp_path / "a.csv")


def test_parquet_without_its_library_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = as_parquet(tmp_path / "ETH_BTC-1m.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadTape) as raised:
        read_candles(path)
    assert str(raised.value) == f"{path}: Parquet needs pyarrow: pip install 'tradelatch[parquet]'"
