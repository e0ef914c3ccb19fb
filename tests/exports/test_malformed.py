"""What is damaged or made to do harm is refused or repaired, and told in one sentence."""

import gzip
import io
import tarfile
import zipfile

import pytest

from tradelatch.exports import files
from tradelatch.exports.reading import read
from tradelatch.exports.records import Export
from tradelatch.exports.refusal import Refused
from tradelatch.exports.settings import settings_of

HEADER = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"
ROW = "2022-10-19 10:00:00,ETHBTC,BUY,0.07,2ETH,0.14BTC,0.002ETH\n"


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.csv")
        member.size = len(HEADER)
        archive.addfile(member, io.BytesIO(HEADER.encode()))
    return out.getvalue()


def dated(*times: str) -> bytes:
    rows = [ROW.replace("2022-10-19 10:00:00", time) for time in times]
    return (HEADER + "".join(rows)).encode()


BOMB = gzip.compress(b"0" * 30_000_000)
REFUSED = {
    "empty": (b"", "there is no table in it"),
    "blank": (b"\n\n  \n", "there is no table in it"),
    "header alone": (HEADER.encode(), "there is no trade in it"),
    "another table": (b"a,b\n1,2\n", "--map"),
    "gzip bomb": (BOMB, "unpacks to more than 200 times its size"),
    "zip bomb": (zipped(bomb=b"0" * 30_000_000), "unpacks to more than 200 times its size"),
    "cut gzip": (gzip.compress((HEADER + ROW).encode())[:-9], "damaged or cut off"),
    "cut zip": (zipped(a=(HEADER + ROW).encode())[:-9], "damaged or cut off"),
    "two in a zip": (zipped(a=b"1", b=b"2"), "holds 2 files"),
    "tar": (tarred(), "archive of files"),
    "workbook": (zipped(**{"[Content_Types].xml": b"", "xl/a": b""}), "Excel workbook"),
    "old workbook": (b"\xd0\xcf\x11\xe0" + bytes(100), "Excel workbook"),
    "pdf": (b"%PDF-1.7 ...", "PDF"),
    "binary": (bytes(range(256)) * 10, "is not a text file"),
    "half a day first": (dated("03/04/2022 10:00:00"), "--set date=dmy, mdy or ymd"),
    "two ways": (dated("13/04/2022 10:00", "2022-04-13 10:00"), "written in two ways"),
    "thousand or fraction": (
        b"Date(UTC);Pair;Side;Price;Executed;Amount;Fee\n"
        b"2022-10-19 10:00:00;ETHBTC;BUY;1,234;2ETH;2BTC;1ETH\n",
        "--set decimal=",
    ),
    "no quote": (HEADER.encode() + b"2022-10-19 10:00:00,ETHBTC,BUY,1,2,2,0\n", "--set quote="),
}


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_it_is_refused_in_one_sentence(kind: str) -> None:
    data, says = REFUSED[kind]
    with pytest.raises(Refused) as refused:
        read(data, "a.csv")
    assert says in str(refused.value)
    assert str(refused.value).startswith("a.csv")
    assert "\n" not in str(refused.value)


def test_a_file_is_not_unpacked_beyond_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 2**20)
    for data in (gzip.compress(bytes(range(256)) * 8_000), b"x" * (2**20 + 1)):
        with pytest.raises(Refused, match="more than 1 MiB"):
            files.unpacked(data, "a.csv")


def rejected(export: Export) -> list[tuple[int, str]]:
    return [(row.line, row.reason) for row in export.rejected]


def test_bad_rows_are_listed_with_line_and_reason_and_the_others_kept() -> None:
    bad = [
        "2022-10-19 10:00:01,ETHBTC,HOLD,0.07,2ETH,0.14BTC,0.002ETH\n",
        "2022-13-45 10:00:01,ETHBTC,BUY,0.07,2ETH,0.14BTC,0.002ETH\n",
        "2022-10-19 10:00:01,ETHBTC,BUY,none,2ETH,0.14BTC,0.002ETH\n",
        "2022-10-19 10:00:01,ETHBTC,BUY,-5,2ETH,0.14BTC,0.002ETH\n",
        "2022-10-19 10:00:01,ETHBTC,BUY,0.07\n",
        "2022-10-19 10:00:01,ETHBTC,BUY,9e99,2ETH,0.14BTC,0.002ETH\n",
    ]
    export = read((HEADER + ROW + "".join(bad) + ROW).encode(), "a.csv")
    assert [trade.line for trade in export.trades] == [2, 9]
    told = rejected(export)
    assert [line for line, _ in told] == [3, 4, 5, 6, 7, 8]
    wanted = (
        "neither buy nor sell",
        "not a date",
        "not a number",
        "above zero",
        "cut off",
        "large",
    )
    for (_, reason), says in zip(told, wanted, strict=True):
        assert says in reason


def test_a_file_cut_off_within_a_quote_keeps_what_is_whole() -> None:
    export = read((HEADER + ROW + '2022-10-19 10:00:00,"ETH').encode(), "a.csv")
    assert len(export.trades) == 1
    assert rejected(export) == [(3, "a quote is never closed: the file is cut off")]


def test_times_of_mixed_zones_are_read_by_their_own_and_those_without_are_left_out() -> None:
    mixed = ("2022-10-19T10:00:00+08:00", "2022-10-19T02:00:00Z", "2022-10-19 02:00:00")
    export = read(dated(*mixed).replace(b"(UTC)", b""), "a.csv")
    assert len({trade.time_ns for trade in export.trades}) == 1
    assert len(export.trades) == 2
    assert "--set zone=" in export.rejected[0].reason


def test_a_zone_in_the_header_counts_for_times_without_one() -> None:
    header = HEADER.replace("Date(UTC)", "Filled Time(UTC+08:00)").replace("Filled ", "")
    east = read((header + ROW).encode(), "a.csv").trades[0]
    here = read((HEADER + ROW).encode(), "a.csv").trades[0]
    assert here.time_ns - east.time_ns == 8 * 3_600 * 10**9


def test_formulas_are_told_and_never_executed() -> None:
    evil = ROW.replace("ETHBTC", "=HYPERLINK(1)")
    export = read((HEADER + ROW + evil).encode(), "a.csv")
    assert len(export.trades) == 1
    assert "spreadsheet might execute" in export.notes[0]
    assert "line 3" in export.notes[0]


def test_a_wrong_encoding_that_was_told_is_refused() -> None:
    with pytest.raises(Refused, match="is not utf-16"):
        read(b"a,b\n1,2,\n", "a.csv", settings_of(["encoding=utf-16"]))


@pytest.mark.parametrize(
    "told", ["date=abc", "zone=Mars", "encoding=klingon", "colour=red", "date"]
)
def test_a_setting_that_there_is_not_is_refused(told: str) -> None:
    with pytest.raises(Refused, match="--set"):
        settings_of([told])


@pytest.mark.parametrize(
    ("name", "hours"),
    [("(UTC+7)-part1-of1.csv", 7), ("(UTC--6)_abcd.csv", -6), ("(UTC)_abcd.csv", 0)],
)
def test_a_zone_in_the_files_name_counts_where_the_header_tells_none(name: str, hours: int) -> None:
    data = dated("22-10-31 10:00:00").replace(b"Date(UTC)", b"Time")
    export = read(data, f"Binance-Spot-Trade-History-202604201027{name}")
    [trade] = export.trades
    assert trade.time_ns == (1_667_210_400 - hours * 3_600) * 10**9
    assert any("the zone in the file's name" in note for note in export.notes)
    [told] = read(data, f"x{name}", settings_of(["zone=+02:00"])).trades
    assert told.time_ns == (1_667_210_400 - 7_200) * 10**9


@pytest.mark.parametrize(
    "header",
    [
        HEADER.replace("Date(UTC)", "Time"),
        "tradeCreatedAt,symbol,side,price,size,funds,fee,feeCurrency\n",
        "User ID,Time,Account,Operation,Coin,Change,Remark\n",
    ],
)
def test_a_zone_that_nothing_tells_is_never_taken_for_utc_silently(header: str) -> None:
    row = {
        "t": "2022-10-31 10:00:00,ETH-BTC,buy,0.07,2,0.14,0.1,BTC\n",
        "U": "1,2022-10-31 10:00:00,Spot,Buy,BTC,1,\n",
        "T": ROW,
    }[header[0]]
    export = read((header + row).encode(), "a.csv")
    assert any("taken as UTC" in note for note in export.notes)
    assert not read((header + row).encode(), "a.csv", settings_of(["zone=UTC"])).notes


def test_a_setting_is_told_with_its_values() -> None:
    with pytest.raises(Refused, match="--set date=xyz: use one of: ymd, mdy, dmy"):
        settings_of(["date=xyz"])
    with pytest.raises(Refused, match="no such setting; use: date, decimal, zone, encoding, "):
        settings_of(["datum=dmy"])
