"""Network scores: where they begin, how they spread, and whom they name."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.washing.plain import Trade
from tests.detect.tables import numbered, table_of
from tradelatch.detect.ledger import read_ledger
from tradelatch.detect.network import (
    ASKED,
    Parameters,
    find,
    first_scores,
    spread,
    volumes,
)
from tradelatch.detect.trades import UnusableTrades, read_trades

SAMPLE = Path(__file__).parents[2] / "examples/detect/network.csv"
any_trades = st.lists(
    st.builds(
        Trade,
        st.just(0),
        st.sampled_from(("T/Q", "U/Q", "V/Q")),
        st.sampled_from("ABCDEF"),
        st.sampled_from("ABCDEF"),
        st.floats(0.01, 1000),
    ),
    min_size=1,
    max_size=40,
)


def begin(*trades: Trade) -> dict[str, float]:
    ledger = numbered(trades)
    first = first_scores(ledger, 0.01).round(6).tolist()
    return dict(zip(ledger.accounts, first, strict=True))


def test_an_account_begins_with_its_share_of_volume_in_markets_it_closed() -> None:
    trades = [
        Trade(0, "T/Q", "A", "B", 3),
        Trade(1, "T/Q", "C", "A", 3),
        Trade(2, "U/Q", "A", "B", 2),
    ]
    assert begin(*trades) == {"A": 6 / 8, "B": 0.0, "C": 0.0}


def test_a_position_is_closed_within_the_margin() -> None:
    first = Trade(0, "T/Q", "A", "B", 1)
    assert begin(first, Trade(1, "T/Q", "C", "A", 0.99))["A"] == 1
    assert begin(first, Trade(1, "T/Q", "C", "A", 0.98))["A"] == 0


def test_trades_with_oneself_close_themselves() -> None:
    assert begin(Trade(0, "T/Q", "A", "A", 5)) == {"A": 1.0}


def test_one_step_by_hand() -> None:
    """A closes with B and C, who hold: half of A's own 1, and half of A's for who trades with A
    alone."""
    ledger = numbered([Trade(0, "T/Q", "A", "B", 3), Trade(1, "T/Q", "C", "A", 3)])
    first = first_scores(ledger, 0.01)
    assert first.tolist() == [1, 0, 0]
    assert spread(first, volumes(ledger), 1).tolist() == [0.5, 0.5, 0.5]
    limit = spread(first, volumes(ledger), 60)
    assert limit.tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 3])


@given(any_trades, st.integers(0, 30))
def test_the_mean_weighted_by_volume_stays(trades: list[Trade], iterations: int) -> None:
    ledger = numbered(trades)
    weights = volumes(ledger)
    volume = weights.sum(axis=1)
    first = first_scores(ledger, 0.01)
    scores = spread(first, weights, iterations)
    assert scores @ volume == pytest.approx(first @ volume, rel=1e-9, abs=1e-12)
    assert (scores >= 0).all()
    assert (scores <= 1 + 1e-12).all()


@given(any_trades)
def test_each_step_halves_what_is_missing(trades: list[Trade]) -> None:
    ledger = numbered(trades)
    first, weights = first_scores(ledger, 0.01), volumes(ledger)
    steps = [spread(first, weights, count) for count in range(12)]
    gaps = [np.abs(after - before).max() for before, after in pairwise(steps)]
    assert all(later <= earlier / 2 + 1e-12 for earlier, later in pairwise(gaps))


def test_the_volume_between_two_is_the_same_both_ways() -> None:
    weights = volumes(numbered([Trade(0, "T/Q", "A", "B", 4), Trade(1, "U/Q", "B", "A", 2)]))
    assert weights.toarray().tolist() == [[0, 3], [3, 0]]


def test_the_sample_names_the_ring_and_not_its_market_maker() -> None:
    table = read_trades([SAMPLE], ASKED)
    ledger = read_ledger(table)
    first = first_scores(ledger, 0.01)
    maker = ledger.accounts.index("maker")
    assert first[maker] == 1
    scores = spread(first, volumes(ledger), 10)
    assert scores[maker] < 0.7
    [ring] = find(table, Parameters(score=0.7))
    assert ring.subjects == {"accounts": "w3 w2 w1"}
    assert ring.score == min(scores[ledger.accounts.index(one)] for one in ("w1", "w2", "w3"))
    assert ring.score >= 0.7
    assert "had w1 and whom it traded with" in ring.spared
    lines = SAMPLE.read_text().splitlines()[1:]
    for row in ring.rows:
        assert set(lines[row - 1].split(",")[5:]) <= {"w1", "w2", "w3"}
    assert ring.terms[0].value == ring.score
    assert find(table, Parameters(score=0.95)) == []


def test_groups_that_do_not_trade_with_one_another_are_findings_of_their_own() -> None:
    trades = [
        Trade(0, "T/Q", "A", "B", 1),
        Trade(1, "U/Q", "C", "D", 5),
        Trade(2, "T/Q", "B", "A", 1),
        Trade(3, "U/Q", "D", "C", 5),
    ]
    found = find(table_of(trades), Parameters())
    assert [one.subjects["accounts"] for one in found] == ["C D", "A B"]
    assert [one.rows for one in found] == [(2, 4), (1, 3)]
    assert [one.value for one in found] == [5.0, 1.0]


def test_many_accounts_are_counted_after_the_largest_twenty() -> None:
    names = [f"{n:02}" for n in range(23)]
    trades = [
        Trade(n, "T/Q", seller, buyer, 1)
        for n, (seller, buyer) in enumerate(zip(names, names[1:] + names[:1], strict=True))
    ]
    [ring] = find(table_of(trades), Parameters())
    assert ring.subjects["accounts"].startswith("00 01 02 ")
    assert ring.subjects["accounts"].endswith(" 19 and 3 more")


def test_volumes_of_several_quote_assets_are_not_added_up() -> None:
    trades = [Trade(0, "T/Q", "A", "B", 1), Trade(0, "T/R", "A", "B", 1)]
    with pytest.raises(UnusableTrades, match=r"several quote assets \(Q, R\)"):
        find(table_of(trades), Parameters())
