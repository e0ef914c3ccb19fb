"""Every kind of forgery is found, and counts for nothing; no honest export is called forged."""

import random
from collections import defaultdict
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases.forging import CAREFUL, FORGERS, Export
from tests.cases.test_whole import truth, verified
from tradelatch.cases.folder import Case
from tradelatch.cases.verification.evidence import Evidence, open_evidence
from tradelatch.cases.verification.losses import EXACT
from tradelatch.cases.verification.settings import Settings
from tradelatch.cases.verification.verify import victims_of
from tradelatch.cases.verified import Grade, Victim, Weight
from tradelatch.exports.reading import read

FILES = {
    "binance": "binance-trades.csv",
    "kucoin": "kucoin-trades.csv",
    "coinbasepro": "coinbasepro-fills.csv",
    "bittrex": "bittrex-orders.csv",
}


class Desk:
    """The evidence of a few victims, any of whom can be made a forger."""

    def __init__(self, case: Path, folder: Path) -> None:
        self.all = open_evidence(Case(case), lambda _done, _of: None)
        self.folder, self.truth = folder, truth(folder)
        graded: defaultdict[tuple[str, Grade], list[str]] = defaultdict(list)
        for victim in verified(case).victims:
            graded[victim.exchange, victim.grade].append(victim.name)
        self.graded = graded

    def export(self, name: str) -> Export:
        exchange = self.all.people[name].exchange
        path = self.folder / "exports" / name / FILES[exchange]
        return Export(exchange, path.read_bytes())

    def verify(self, *forged: tuple[str, bytes]) -> dict[str, Victim]:
        """These victims with these exports, and nobody else."""
        names = [name for name, _ in forged]
        some = Evidence(
            people={name: self.all.people[name] for name in names},
            tables=self.all.tables,
            tapes=self.all.tapes,
            markets=self.all.markets,
        )
        for name, data in forged:
            some.exports[name] = [read(data, self.all.exports[name][0].name)]
            some.histories[name] = self.all.histories[name]
        with localcontext(EXACT):
            return {one.name: one for one in victims_of(some, Settings())[0]}

    def check(self, found: Victim) -> None:
        """It is found, and no forged row counts."""
        assert any(doubt.takes_rows for doubt in found.doubts), found.doubts
        assert found.verified <= Decimal(self.truth[found.name][0])


@pytest.fixture(scope="module")
def desk(case: Path, evidence: Path) -> Desk:
    return Desk(case, evidence)


def test_no_honest_export_is_called_forged(case: Path) -> None:
    for victim in verified(case).victims:
        assert victim.doubts == (), victim.name


def test_grades_say_who_else_recorded_it(case: Path) -> None:
    grades = defaultdict(set)
    for victim in verified(case).victims:
        grades[victim.grade].add(victim.exchange)
        known = {fill.counterparty for fill in victim.fills}
        if victim.grade is Grade.BOTH_SIDES:
            assert known <= {f"t-{number:02}" for number in range(1, 8)}
        else:
            assert known == {""}
    assert grades[Grade.BOTH_SIDES] == {"binance"}
    assert grades[Grade.PUBLIC_TAPE] == {"kucoin"}
    assert grades[Grade.ARITHMETIC] == {"binance", "kucoin", "coinbasepro", "bittrex"}


@settings(max_examples=40)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_a_clumsy_forgery_is_found_at_every_exchange(
    desk: Desk, data: st.DataObject, seed: int
) -> None:
    name = data.draw(st.sampled_from(sorted(desk.truth)))
    forger = data.draw(st.sampled_from(sorted(FORGERS)))
    export = desk.export(name)
    FORGERS[forger](export, random.Random(seed))
    desk.check(desk.verify((name, export.data()))[name])


@settings(max_examples=30)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_a_careful_forgery_is_found_where_anything_else_recorded_the_trades(
    desk: Desk, data: st.DataObject, seed: int
) -> None:
    kinds = [
        ("binance", Grade.BOTH_SIDES),
        ("binance", Grade.ARITHMETIC),
        ("coinbasepro", Grade.ARITHMETIC),
        ("kucoin", Grade.PUBLIC_TAPE),
    ]
    kind = data.draw(st.sampled_from(kinds))
    name = data.draw(st.sampled_from(desk.graded[kind]))
    forger = data.draw(st.sampled_from(sorted(CAREFUL)))
    export = desk.export(name)
    CAREFUL[forger](export, random.Random(seed))
    desk.check(desk.verify((name, export.data()))[name])


@pytest.mark.parametrize("days", [0, 9])
@pytest.mark.parametrize(
    "kind", [("binance", Grade.ARITHMETIC), ("kucoin", Grade.ARITHMETIC)], ids=lambda k: k[0]
)
def test_trades_copied_from_somebody_else_count_for_the_one_whose_they_are(
    desk: Desk, kind: tuple[str, Grade], days: int
) -> None:
    owner, thief = desk.graded[kind][:2]
    mine, theirs = desk.export(owner), desk.export(thief)
    honest = mine.data()
    copied = [dict(row) for row in mine.worst()[:10]]
    for row in copied:
        mine.shift(row, days)
    theirs.rows = [*copied, *theirs.rows]
    found = desk.verify((owner, honest), (thief, theirs.data()))
    desk.check(found[thief])
    assert "copied trades" in {doubt.kind for doubt in found[thief].doubts}
    told = {doubt.kind for doubt in found[owner].doubts}
    if kind[0] == "binance":
        assert told == set(), "the history tells whose they are"
        assert str(found[owner].verified) == desk.truth[owner][0]
    else:
        assert told == {"copied trades"}, "nothing tells whose they are"


def test_a_balance_that_was_raised_is_found(desk: Desk) -> None:
    name = desk.graded["coinbasepro", Grade.ARITHMETIC][0]
    path = desk.folder / "exports" / name / "coinbasepro-account.csv"
    lines = path.read_text().splitlines(keepends=True)
    cells = lines[20].split(",")
    cells[4] = str(Decimal(cells[4]) + 1000)
    lines[20] = ",".join(cells)
    history = read("".join(lines).encode(), "account.csv")
    before, desk.all.histories[name] = desk.all.histories[name], [history]
    try:
        found = desk.verify((name, desk.export(name).data()))[name]
    finally:
        desk.all.histories[name] = before
    assert "broken arithmetic" in {doubt.kind for doubt in found.doubts}


def test_an_export_that_overlaps_another_counts_once(desk: Desk) -> None:
    name = desk.graded["kucoin", Grade.ARITHMETIC][0]
    export = desk.export(name)
    whole = read(export.data(), "whole.csv")
    export.rows = export.rows[len(export.rows) // 2 :]
    some = Evidence(people={name: desk.all.people[name]}, markets=desk.all.markets)
    some.exports[name] = [read(export.data(), "half.csv"), whole]
    with localcontext(EXACT):
        (found,) = victims_of(some, Settings())[0]
    assert str(found.verified) == desk.truth[name][0]
    assert [(doubt.kind, doubt.weight) for doubt in found.doubts] == [("duplicate", Weight.DOUBT)]
    assert len(found.doubts[0].rows) == len(export.rows)


def test_who_copies_a_whole_export_takes_nothing_from_the_one_whose_it_is(
    desk: Desk,
) -> None:
    """Whatever their names, and also where the exchange's table has the account."""
    for grade in (Grade.BOTH_SIDES, Grade.ARITHMETIC):
        names = desk.graded["binance", grade]
        owner, thief = names[1], names[0]
        data = desk.export(owner).data()
        before, desk.all.histories[thief] = desk.all.histories[thief], []
        try:
            found = desk.verify((owner, data), (thief, data))
        finally:
            desk.all.histories[thief] = before
        assert str(found[owner].verified) == desk.truth[owner][0]
        assert not any(doubt.takes_rows for doubt in found[owner].doubts)
        assert found[thief].verified == 0
        assert "copied trades" in {doubt.kind for doubt in found[thief].doubts}


def test_round_quantities_on_the_same_signal_are_no_copies(desk: Desk) -> None:
    one, other = desk.graded["kucoin", Grade.ARITHMETIC][:2]
    signal = "\n".join(
        f"2022-11-01 10:00:{second:02},ETH-USDT,buy,1500,0.1,150,0.15,USDT" for second in range(9)
    )
    rows = [desk.export(name).data() + f"{signal}\n".encode() for name in (one, other)]
    found = desk.verify((one, rows[0]), (other, rows[1]))
    for victim in found.values():
        assert "copied trades" not in {doubt.kind for doubt in victim.doubts}
