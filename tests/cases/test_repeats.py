"""Rows that stand twice count once, and fills that are only alike count each."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases.conftest import run
from tests.cases.honest import BINANCE, PLAIN, REFERENCE, TABLE, TAPE, told, verify
from tests.cases.written import PEOPLE, PERSON, PRICES, case_of, victims
from tradelatch.cases.verified import Doubt, Grade, Victim, Weight

D = Decimal


def bought(minutes: range, side: str = "BUY") -> list[str]:
    """Rows of Binance, which has no ids: 1000 and more bought for five times the price of 0.01, two
    in each minute; 1000 pass $40."""
    return [
        f"2022-11-14 08:{minute:02}:00,FUNUSDT,{side},0.05,{much}FUN,{plain(much)}USDT,1BNB\n"
        for minute in minutes
        for much in (1000 + minute, 2000 + minute)
    ]


def plain(much: int) -> Decimal:
    return D("0.05") * much


def loss(minutes: range) -> Decimal:
    return sum((D("0.04") * (3000 + 2 * minute) for minute in minutes), D(0))


def with_ids(minutes: range) -> list[str]:
    return [f"2022-11-14 08:{n:02}:00,FUN/USDT,buy,0.05,1000,{n}\n" for n in minutes]


def duplicates(victim: Victim) -> list[Doubt]:
    return [doubt for doubt in victim.doubts if doubt.kind == "duplicate"]


MINUTES = range(10, 30)


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("order", [1, -1])
def test_an_export_that_is_pasted_again_counts_once(times: int, order: int) -> None:
    rows = bought(MINUTES)[::order]
    (found,) = verify({"V-01": BINANCE + "".join(rows * times)}).values()
    assert found.verified == loss(MINUTES)
    assert found.withheld == 0
    assert told(found) == {"duplicate"}
    assert [one.row.line for one in found.fills] == [n + 2 for n in range(40)][::order]
    (doubt,) = duplicates(found)
    assert doubt.weight is Weight.DOUBT
    assert len(doubt.rows) == 40 * (times - 1)
    assert doubt.says.startswith(f"{40 * (times - 1)} of {40 * times} rows of V-01-trades.csv ")


def test_where_the_newest_rows_of_two_copies_meet_they_count_once_too() -> None:
    rows = bought(MINUTES)
    (found,) = verify({"V-01": BINANCE + "".join(rows + rows[::-1])}).values()
    assert found.verified == loss(MINUTES)
    assert len(duplicates(found)[0].rows) == 40


def test_a_header_between_and_a_first_copy_in_halves_change_nothing() -> None:
    rows = [*bought(MINUTES), BINANCE, *bought(range(20, 40))]
    (found,) = verify({"V-01": BINANCE + "".join(rows)}).values()
    assert found.verified == loss(range(10, 40))
    assert len(duplicates(found)[0].rows) == 20


def test_a_small_overlap_counts_once_too() -> None:
    """Three moments of a hundred rows that come again."""
    rows = [*bought(range(10, 50)), *bought(range(47, 60))]
    (found,) = verify({"V-01": BINANCE + "".join(rows)}).values()
    assert found.verified == loss(range(10, 60))
    assert len(duplicates(found)[0].rows) == 6


def test_rows_of_one_id_count_once_wherever_they_stand() -> None:
    rows = with_ids(MINUTES)
    mixed = [row for row in rows for _ in range(2)]
    (found,) = verify({"V-01": PLAIN + "".join(mixed)}).values()
    assert (found.verified, told(found)) == (D(40) * 20, {"duplicate"})
    (found,) = verify({"V-01": PLAIN + "".join([*rows, rows[3]])}).values()
    assert found.verified == D(40) * 20


def test_two_sides_of_one_id_and_fills_of_one_order_count_each() -> None:
    rows = with_ids(MINUTES)
    sold = [row.replace("buy,0.05", "sell,0.002") for row in rows]
    (found,) = verify({"V-01": PLAIN + "".join(rows + sold)}).values()
    assert not found.doubts
    assert len(found.fills) == 40
    fills = [row.replace(f",{n}\n", f",order-{n}\n") for n, row in enumerate(rows, 10)]
    others = [row.replace(",1000,", ",900,") for row in fills]
    orders = [one for rows in zip(fills, fills, others, strict=True) for one in rows]
    (found,) = verify({"V-01": PLAIN + "".join(orders)}).values()
    assert len(found.fills) == 60, "these are ids of orders"


def numbered(rows: Sequence[str], numbers: Iterable[int]) -> str:
    """Without ids of their own but the given ones."""
    bare = (row.rpartition(",")[0] for row in rows)
    return PLAIN + "".join(f"{row},{number}\n" for row, number in zip(bare, numbers, strict=True))


COUNTS = {
    "from 1": range(1, 41),
    "from 0": range(40),
    "by line": range(2, 42),
    "down": range(40, 0, -1),
    "each part": (*range(1, 21), *range(1, 21)),
    "an overlap": (*range(1, 31), *range(1, 11)),
}


@pytest.mark.parametrize("numbers", COUNTS.values(), ids=COUNTS)
@pytest.mark.parametrize("order", [1, -1])
def test_the_number_of_a_row_is_no_id(numbers: Sequence[int], order: int) -> None:
    text = numbered(with_ids(MINUTES)[::order] * 2, numbers)
    (found,) = verify({"V-01": text}).values()
    assert (found.verified, found.withheld, told(found)) == (D(40) * 20, D(0), {"duplicate"})
    assert sorted(one.row.line for one in found.fills) == [*range(2, 22)]


def test_rows_are_numbered_also_where_some_are_no_trades() -> None:
    rows = numbered(with_ids(MINUTES) * 2, range(1, 41)).splitlines(keepends=True)
    rows[11:12] = ["2022-11-14 08:20:00,FUN/USDT,buy,0.05,what,11\n"]
    rows[25:25] = [PLAIN]
    (found,) = verify({"V-01": "".join(rows)}).values()
    assert found.verified == D(40) * 20


@pytest.mark.parametrize("first", [10, 4_000_000_001])
@pytest.mark.parametrize("step", [1, 3])
def test_trades_that_are_alike_but_for_their_ids_count_each(first: int, step: int) -> None:
    """Also where the exchange numbered nobody else's trades between, and they are written twice
    in the order of something else."""
    ids = range(first, first + 40 * step, step)
    (found,) = verify({"V-01": numbered(with_ids(MINUTES) * 2, ids)}).values()
    assert (len(found.fills), found.withheld) == (40, D(0))
    assert not found.doubts


@given(st.lists(st.integers(1, 3), min_size=1, max_size=20), st.booleans())
def test_fills_of_one_moment_count_each_where_their_rows_are_numbered(
    fills: list[int], turned: bool
) -> None:
    rows = [
        row
        for minute, many in enumerate(fills, 10)
        for row in [*with_ids(range(minute, minute + 1))] * many
    ]
    (found,) = verify(
        {"V-01": numbered(rows[:: -1 if turned else 1], range(1, len(rows) + 1))}
    ).values()
    assert (found.verified, found.withheld) == (D(40) * len(rows), D(0))
    assert not found.doubts


def test_ids_from_one_stay_where_no_rows_are_the_same() -> None:
    (found,) = verify({"V-01": numbered(with_ids(MINUTES), range(1, 21))}).values()
    assert [one.trade_id for one in found.fills] == [str(number) for number in range(1, 21)]


def test_fills_that_are_alike_in_one_moment_count_each() -> None:
    rows = bought(MINUTES)
    rows[4:4] = rows[4:5] * 2
    (found,) = verify({"V-01": BINANCE + "".join(rows)}).values()
    assert found.verified == loss(MINUTES) + 2 * D("0.04") * 1012
    assert not found.doubts
    rows[8:8] = rows[4:5] * 9
    rows.insert(0, rows.pop(30))
    (found,) = verify({"V-01": BINANCE + "".join(rows)}).values()
    assert len(found.fills) == len(rows)


def test_many_that_are_alike_are_told() -> None:
    rows = bought(MINUTES)
    rows[4:4] = rows[4:5] * 9
    (found,) = verify({"V-01": BINANCE + "".join(rows)}).values()
    assert found.verified == loss(MINUTES) + 9 * D("0.04") * 1012
    (doubt,) = found.doubts
    assert (doubt.kind, doubt.weight, len(doubt.rows)) == ("repeated rows", Weight.DOUBT, 9)


def test_a_file_of_which_every_row_stands_twice_is_withheld_by_half() -> None:
    """Pasted twice and sorted: the rows stand side by side, as fills do."""
    rows = sorted(bought(MINUTES) * 2)
    (found,) = verify({"V-01": BINANCE + "".join(rows)}).values()
    assert (found.verified, found.withheld) == (loss(MINUTES), loss(MINUTES))
    assert told(found) == {"repeated rows"}


@pytest.mark.parametrize("prints", [1, 2, 3])
@pytest.mark.parametrize("record", ["tape", "table"])
def test_no_more_count_than_were_recorded(record: str, prints: int) -> None:
    """Three fills of one moment and another of it, which they may not take the place of."""
    rows = [*bought(range(10, 11))[:1] * 3, *bought(range(10, 12))[1:]]
    there = [("10", 1010)] * prints + [("10", 2010), ("11", 1011), ("11", 2011)]
    accounts = ",u-1,t-1" if record == "table" else ""
    text = "".join(
        f"2022-11-14 08:{minute}:00,FUN/USDT,0.05,{much}{accounts},{n}\n"
        for n, (minute, much) in enumerate(there)
    )
    export = {"V-01": BINANCE + "".join(rows)}
    found = verify(export, table=TABLE + text) if record == "table" else None
    found = found or verify(export, tape=TAPE + text)
    one = found["V-01"]
    assert one.verified == loss(range(10, 12)) + (prints - 1) * D("0.04") * 1010
    assert one.withheld == 0
    assert one.grade is (Grade.BOTH_SIDES if record == "table" else Grade.PUBLIC_TAPE)
    assert [len(doubt.rows) for doubt in duplicates(one)] == ([3 - prints] if prints < 3 else [])
    assert told(one) <= {"duplicate"}


def test_of_a_doubled_file_a_tape_decides_for_its_market_and_the_rest_is_withheld() -> None:
    """Two fills with one fee and one with another are three prints: both rows of the two count."""
    other = [row.replace("FUN", "ODD") for row in bought(MINUTES)]
    one = bought(range(30, 31))[0]
    fills = [one, *[one.replace("1BNB", "2BNB")] * 2]
    rows = sorted([*bought(MINUTES), *other, *fills] * 2)
    tape = TAPE + "".join(
        f"2022-11-14 08:{minute}:00,FUN/USDT,0.05,{much},{n}\n"
        for n, (minute, much) in enumerate(
            [(m, k + m) for m in MINUTES for k in (1000, 2000)] + [(30, 1030)] * 3
        )
    )
    reference = REFERENCE + REFERENCE.partition("\n")[2].replace("FUN", "ODD")
    (found,) = verify({"V-01": BINANCE + "".join(rows)}, tape=tape, reference=reference).values()
    assert found.verified == 2 * loss(MINUTES) + 3 * D("0.04") * 1030
    assert found.withheld == loss(MINUTES)
    assert told(found) == {"duplicate", "repeated rows"}
    counted = [one for one in found.fills if one.quantity == 1030]
    lines = [rows[one.row.line - 2].rstrip()[-4:] for one in counted]
    assert sorted(lines) == ["1BNB", "2BNB", "2BNB"]


def test_files_that_overlap_count_once_also_if_one_is_pasted_twice(tmp_path: Path) -> None:
    files = {
        "victims.csv": PEOPLE + PERSON,
        "exports/V-01/a.csv": BINANCE + "".join(bought(MINUTES) * 2),
        "exports/V-01/b.csv": BINANCE + "".join(bought(range(20, 40))),
        "reference-prices.csv": PRICES,
    }
    found = victims(case_of(tmp_path, files))["V-01"]
    assert found.verified == loss(range(10, 40))
    (doubt,) = found.doubts
    assert (doubt.kind, len(doubt.rows)) == ("duplicate", 60)


def test_a_first_look_counts_once_too(tmp_path: Path) -> None:
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    (tmp_path / "prices.csv").write_text(PRICES)
    once.write_text(BINANCE + "".join(bought(MINUTES)))
    twice.write_text(BINANCE + "".join(bought(MINUTES) * 2))
    found = [
        json.loads(
            run(0, "case", "triage", one, "--reference", tmp_path / "prices.csv", "--json").stdout
        )
        for one in (once, twice)
    ]
    assert [one["trades"] for one in found] == [40, 80]
    assert found[0]["fills"] == found[1]["fills"]
    assert len(found[0]["fills"]) == 40
