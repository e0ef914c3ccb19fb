"""All four rules on one table, and what their findings say."""

from pathlib import Path

import pytest

from bench.washing.plain import Trade
from tests.detect.tables import PRICE, table_of
from tradelatch.detect.findings import Finding
from tradelatch.detect.trades import read_trades
from tradelatch.detect.wash.activity import score
from tradelatch.detect.wash.detector import ASKED, DETECTOR, find
from tradelatch.detect.wash.parameters import Parameters

SAMPLE = Path(__file__).parents[3] / "examples/detect/wash.csv"


def by_rule(found: list[Finding]) -> dict[str, list[Finding]]:
    rules: dict[str, list[Finding]] = {}
    for one in found:
        rules.setdefault(one.subjects["rule"], []).append(one)
    return rules


@pytest.fixture(scope="module")
def sample() -> dict[str, list[Finding]]:
    return by_rule(find(read_trades([SAMPLE], ASKED), Parameters(occurrences=10)))


def test_each_rule_finds_what_is_in_the_sample(sample: dict[str, list[Finding]]) -> None:
    told = {
        rule: [
            (one.subjects.get("accounts") or one.subjects["account"], len(one.rows))
            for one in found
        ]
        for rule, found in sample.items()
    }
    assert told == {
        "circle": [("u31 u32 u33", 36)],
        "back and forth": [("u41", 16)],
        "matched pair": [("u41", 16)],
        "self-trade": [("u20", 3)],
    }


def test_a_finding_leads_back_to_its_rows(sample: dict[str, list[Finding]]) -> None:
    lines = SAMPLE.read_text().splitlines()[1:]
    [circle] = sample["circle"]
    rows = [lines[row - 1].split(",") for row in circle.rows]
    assert {row[2] for row in rows} == {"ABC/USDT"}
    assert {row[5] for row in rows} == {row[6] for row in rows} == {"u31", "u32", "u33"}
    value = sum(float(row[3]) * float(row[4]) for row in rows)
    assert circle.value == pytest.approx(value)
    assert circle.asset == "USDT"
    assert [term.value for term in circle.terms] == [12, pytest.approx(100, abs=1)]
    assert all(term.met for term in circle.terms)
    assert "fewer than 10 closed circles" in circle.spared


def test_the_same_table_gives_the_same_findings() -> None:
    table = read_trades([SAMPLE], ASKED)
    once, again = (find(table, Parameters(occurrences=10)) for _ in range(2))
    assert once == again


def test_a_circle_is_spared_below_its_occurrences() -> None:
    rules = by_rule(find(read_trades([SAMPLE], ASKED), Parameters(occurrences=13)))
    assert "circle" not in rules


def test_the_score_is_the_share_that_so_few_trades_can_show() -> None:
    assert score(2, 2) == pytest.approx(0.3424, abs=1e-4)
    assert score(100, 100) == pytest.approx(0.9630, abs=1e-4)
    assert score(50, 100) == pytest.approx(0.4038, abs=1e-4)
    assert score(0, 10) == 0


def test_the_score_counts_all_that_the_accounts_do_in_the_market() -> None:
    """Two trades of A with itself; A and B trade twice more; others and other markets are not
    A's."""
    trades = [
        Trade(0, "T/Q", "A", "A", 1),
        Trade(1, "T/Q", "A", "A", 1),
        Trade(2, "T/Q", "A", "B", 1),
        Trade(3, "T/Q", "B", "A", 4),
        Trade(4, "T/Q", "C", "B", 1),
        Trade(5, "U/Q", "A", "C", 1),
    ]
    [only] = find(table_of(trades), Parameters())
    assert only.score == pytest.approx(score(2, 4))
    assert (only.value, only.asset) == (2 * PRICE, "Q")
    back = [*trades[:3], trades[3]._replace(amount=1), *trades[4:]]
    scores = {one.subjects["rule"]: one.score for one in find(table_of(back), Parameters())}
    assert scores["back and forth"] == pytest.approx(score(2, 5))


def test_trades_of_different_accounts_and_markets_are_findings_of_their_own() -> None:
    own = ("AT", "BT", "AU", "AT", "BT", "AU", "AT")
    trades = [Trade(n, f"{one[1]}/Q", one[0], one[0], 1) for n, one in enumerate(own)]
    found = find(table_of(trades), Parameters())
    assert {(one.subjects["account"], one.subjects["symbol"]): one.rows for one in found} == {
        ("A", "T/Q"): (1, 4, 7),
        ("B", "T/Q"): (2, 5),
        ("A", "U/Q"): (3, 6),
    }
    assert [(one.first_ms, one.last_ms) for one in found if one.rows[0] == 2] == [(1000, 4000)]


def test_findings_below_the_score_are_left_out() -> None:
    table = read_trades([SAMPLE], ASKED)
    assert len(find(table, Parameters(score=0.5))) == 2
    assert DETECTOR.threshold == "score"


def test_no_trades_give_no_findings() -> None:
    honest = [Trade(n, "T", "ABCD"[n % 3], "ABCD"[n % 3 + 1], n + 1) for n in range(9)]
    assert find(table_of(honest), Parameters()) == []
