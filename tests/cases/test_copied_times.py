"""Copies of round quantities: the same times tell, and a print of a tape has one buyer."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.cases.honest import PLAIN, TABLE, TAPE, accused, told, verify
from tests.cases.written import PEOPLE, PERSON, PRICES, case_of, victims
from tradelatch.cases.verified import Grade, Victim

D = Decimal
HISTORY = "UTC_Time,Account,Operation,Coin,Change\n"


def bought(many: int, ms: int = 137, start: int = 0, much: int = 500) -> list[tuple[str, int]]:
    """Trades of three digits, one in each minute, and when."""
    return [
        (f"2022-11-14T{8 + n // 60:02}:{n % 60:02}:07.{(ms + 31 * n) % 1000:03}Z", much + n)
        for n in range(start, start + many)
    ]


def export(rows: list[tuple[str, int]], price: str = "0.05") -> str:
    lines = (f"{at},FUN/USDT,buy,{price},{much},{n}\n" for n, (at, much) in enumerate(rows))
    return PLAIN + "".join(lines)


def tape(rows: list[tuple[str, int]]) -> str:
    return TAPE + "".join(f"{at},FUN/USDT,0.05,{much},{n}\n" for n, (at, much) in enumerate(rows))


def loss(rows: list[tuple[str, int]]) -> Decimal:
    return sum((D("0.04") * much for _, much in rows), D(0))


def whole_seconds(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(at[:19] + "Z", much) for at, much in rows]


@pytest.mark.parametrize("many", [7, 66])
def test_the_same_milliseconds_are_copies(many: int) -> None:
    rows = bought(many)
    found = verify({"V-01": export(rows), "V-02": export(rows)})
    assert [(one.verified, one.withheld) for one in found.values()] == [(D(0), loss(rows))] * 2
    assert [told(one) for one in found.values()] == [{"copied trades"}] * 2
    assert not any(accused(one) for one in found.values())


def test_whose_they_are_by_another_record_has_them() -> None:
    rows = bought(66)
    table = TABLE + "".join(
        f"{at},FUN/USDT,0.05,{much},u-1,t-1,{n}\n" for n, (at, much) in enumerate(rows)
    )
    exports = {"V-01": export(rows), "V-02": export(rows)}
    found = verify(exports, table=table, accounts={"V-01": "u-1"})
    assert found["V-01"].verified == loss(rows)
    assert not found["V-01"].doubts
    assert found["V-02"].verified == 0
    assert told(found["V-02"]) == {"copied trades", "same account"}


def test_bots_on_one_signal_that_are_some_milliseconds_apart_both_count() -> None:
    """Also if a few agree, as one of a hundred seconds does."""
    rows = bought(50)
    other = [*rows[:6], *bought(44, ms=140, start=6)]
    found = verify({"V-01": export(rows), "V-02": export(other)})
    assert [one.verified for one in found.values()] == [loss(rows), loss(other)]
    assert not any(one.doubts for one in found.values())
    found = verify({"V-01": export(bought(6)), "V-02": export(bought(6))})
    assert not any(one.doubts for one in found.values()), "six may be chance"


def test_whole_seconds_tell_if_there_are_many_and_most_are_the_same() -> None:
    rows = whole_seconds(bought(66))
    found = verify({"V-01": export(rows), "V-02": export(rows)})
    assert [told(one) for one in found.values()] == [{"copied trades"}] * 2
    late = [(at.replace(":07Z", ":09Z"), much) for at, much in rows]
    for other in (rows[:40], [*rows[:44], *late[44:]]):
        found = verify({"V-01": export(rows), "V-02": export(other)})
        assert not any(one.doubts for one in found.values())
        assert found["V-02"].verified == loss(other)


def prints(many: int) -> dict[str, Victim]:
    """Two victims with five alike trades that tell nothing by themselves, and a tape."""
    rows = whole_seconds(bought(5))
    exports = {"V-01": export(rows), "V-02": export(rows)}
    return verify(exports, tape=tape(sorted(rows * many)))


def test_a_print_counts_for_one_buyer() -> None:
    rows = bought(5)
    found = prints(1)
    assert [(one.verified, one.withheld) for one in found.values()] == [(D(0), loss(rows))] * 2
    assert [told(one) for one in found.values()] == [{"same print"}] * 2
    assert not any(accused(one) for one in found.values())
    found = prints(2)
    assert [one.verified for one in found.values()] == [loss(rows)] * 2
    assert {one.grade for one in found.values()} == {Grade.PUBLIC_TAPE}
    assert not any(one.doubts for one in found.values())


def test_of_a_print_one_buyer_is_better_shown() -> None:
    rows = whole_seconds(bought(5))
    exports = {"V-00": export(rows), "V-01": export(rows)}
    history = f"{HISTORY}2022-11-13 10:00:00,Spot,Deposit,USDT,1000\n" + "".join(
        f"{at},Spot,Buy,FUN,{much}\n{at},Spot,Buy,USDT,-{D('0.05') * much}\n" for at, much in rows
    )
    found = verify(exports, tape=tape(rows), histories={"V-01": history})
    assert found["V-01"].verified == loss(rows)
    assert not found["V-01"].doubts
    assert (found["V-00"].verified, told(found["V-00"])) == (D(0), {"same print"})
    assert "V-01 too, who has the same and whose they are" in found["V-00"].doubts[0].says


def test_only_the_contested_trades_are_withheld_and_prints_are_shared_by_quantity() -> None:
    rows = whole_seconds(bought(5))
    mine, theirs = rows[:3], rows[2:]
    found = verify({"V-01": export(mine), "V-02": export(theirs)}, tape=tape(rows))
    assert [one.withheld for one in found.values()] == [loss(rows[2:3])] * 2
    assert found["V-01"].verified == loss(rows[:2])
    assert found["V-02"].verified == loss(rows[3:])
    moment = [(rows[0][0], much) for _, much in rows]
    found = verify({"V-01": export(moment), "V-02": export(moment[2:3])}, tape=tape(moment))
    assert [one.withheld for one in found.values()] == [loss(moment[2:3])] * 2
    halves = [(at, much // 2) for at, much in rows]
    found = verify({"V-01": export(halves), "V-02": export(halves)}, tape=tape(rows))
    assert [one.verified for one in found.values()] == [loss(halves)] * 2


def test_a_tape_that_is_handed_in_twice_has_each_print_once(tmp_path: Path) -> None:
    rows = whole_seconds(bought(5))
    day = tape(rows[:4] + rows[3:4])
    files = {
        "victims.csv": PEOPLE + PERSON + PERSON.replace("V-01", "V-02"),
        "exports/V-01/a.csv": export(rows),
        "exports/V-02/a.csv": export(rows),
        "reference-prices.csv": PRICES,
        "tapes/binance/a.csv": tape(rows),
        "tapes/binance/b.csv": day.replace(",4\n", ",5\n"),
    }
    found = victims(case_of(tmp_path, files))
    kept = loss(rows[3:4])
    assert [(one.verified, one.withheld) for one in found.values()] == [
        (kept, loss(rows) - kept)
    ] * 2, "only the fourth has two prints"
