"""Which trades of a set are wash trades: the rule at its edges, and any trades against the plain
way of undoing them one by one."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.washing.plain import DAY_S, Trade, balanced_prefix, wash_trades
from tests.detect.tables import ledger_of, named, numbered
from tradelatch.detect.wash.components import candidates, components
from tradelatch.detect.wash.matching import balanced_prefixes, match

MARGIN = Fraction(1, 100)
WEEK_S = 7 * DAY_S


def prefix(*trades: tuple[str, Any], margin: Fraction = MARGIN) -> tuple[int, float]:
    """Length and remainder of one group of trades, each such as ``("AB", 2)``: A sells 2 to B."""
    buyer, seller = ([ord(way[end]) - 65 for way, _ in trades] for end in (1, 0))
    length, apart = balanced_prefixes(
        np.array([0]),
        np.array(buyer),
        np.array(seller),
        np.array([float(amount) for _, amount in trades]),
        float(margin),
    )
    plain = [Trade(0, "T", way[0], way[1], Fraction(str(amount))) for way, amount in trades]
    assert balanced_prefix(plain, margin) == length[0]
    return int(length[0]), float(apart[0])


def test_back_and_forth_is_balanced() -> None:
    assert prefix(("AB", 1), ("BA", 1)) == (2, 0.0)


@pytest.mark.parametrize(
    ("second", "length"), [("1.99", 2), ("1.989999", 0), ("2.0302", 2), ("2.0303", 0)]
)
def test_the_margin_itself_is_balanced_and_a_bit_more_is_not(second: str, length: int) -> None:
    # 2.01 and 1.99 are 0.02 apart, which is 1 % of their mean of 2.
    assert prefix(("AB", "2.01"), ("BA", second))[0] == length


@pytest.mark.parametrize("times", range(1, 13))
def test_the_margin_is_that_of_decimals_not_of_binary_fractions(times: int) -> None:
    """Exactly 1 % apart each; in binary fractions, some are a bit more and some a bit less."""
    first, second = Fraction(201 * times, 100), Fraction(199 * times, 100)
    assert prefix(("AB", str(float(first))), ("BA", str(float(second))))[0] == 2


def test_no_margin_and_all_of_it() -> None:
    assert prefix(("AB", "0.1"), ("AB", "0.2"), ("BA", "0.3"), margin=Fraction(0))[0] == 3
    assert prefix(("AB", 1), margin=Fraction(1))[0] == 0, "one trade is none, whatever the margin"


def test_one_trade_is_never_a_wash_trade_however_small_the_margin_left() -> None:
    assert prefix(("AB", 1))[0] == 0
    assert prefix(("AB", "0.000001"), ("AB", 1000))[0] == 0


def test_trades_are_undone_from_the_end_until_the_rest_is_balanced() -> None:
    assert prefix(("AB", 1), ("BA", 1), ("AB", 5), ("BC", 4))[0] == 2


def test_the_longest_balanced_prefix_counts() -> None:
    assert prefix(("AB", 1), ("BA", 1), ("AB", 3), ("BA", 3), ("AB", 7))[0] == 4


def test_only_a_prefix_is_looked_for() -> None:
    """The last two would be balanced alone; the first stands before them."""
    assert prefix(("AC", 5), ("AB", 1), ("BA", 1))[0] == 0
    assert prefix(("AB", 1), ("BA", 1), ("AC", 5))[0] == 2


def test_a_circle_of_three_is_balanced_though_no_two_of_them_are() -> None:
    assert prefix(("AB", 1), ("BC", 1), ("CA", 1))[0] == 3


def test_the_mean_is_that_of_the_trades_left() -> None:
    """0.06 left with A and B is over 1 % of the mean of 4, within 1 % of that of 8.8."""
    assert prefix(("AB", 4), ("BA", "3.94"))[0] == 0
    assert prefix(("AB", 4), ("BA", "3.94"), ("AB", 15), ("BA", 15))[0] == 4


def test_trades_much_smaller_than_the_last_one_are_told_apart() -> None:
    """The last is a million million times the others: those are judged without it."""
    tiny = Fraction(1, 10**6)
    assert prefix(("AB", float(tiny)), ("BA", float(tiny)), ("AC", 10**6))[0] == 2
    assert prefix(("AB", float(tiny)), ("BA", "0.00000098"), ("AC", 10**6))[0] == 0


def test_what_is_left_is_told_as_a_share_of_the_mean() -> None:
    assert prefix(("AB", "2.01"), ("BA", "1.99"))[1] == pytest.approx(0.01)


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(("AB", "BA", "BC", "CB", "CA", "AC", "AD", "DA")),
                st.sampled_from(("1", "0.99", "1.01", "2", "0.1", "0.3", "1000")),
            ),
            min_size=1,
            max_size=9,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_groups_are_judged_as_one_by_one(groups: list[list[tuple[str, str]]]) -> None:
    for group in groups:
        prefix(*group)
    rows = [row for group in groups for row in group]
    ends = np.cumsum([len(group) for group in groups])
    length, _ = balanced_prefixes(
        np.append(0, ends[:-1]),
        np.array([ord(way[1]) for way, _ in rows]),
        np.array([ord(way[0]) for way, _ in rows]),
        np.array([float(amount) for _, amount in rows]),
        float(MARGIN),
    )
    assert length.tolist() == [prefix(*group)[0] for group in groups]


def labels_of(
    trades: list[Trade], least: int = 1, **more: Any
) -> dict[int, tuple[tuple[str, ...], int]]:
    """Row of each wash trade, with its set and window."""
    ledger = ledger_of(trades, **more) if more else numbered(trades)
    sets = candidates(components(ledger.symbol, ledger.seller, ledger.buyer), least)
    found = match(ledger, sets, float(MARGIN))
    return {
        int(ledger.row[place]): (
            named(ledger, sets[found.candidate[place]].accounts),
            int(found.window[place]),
        )
        for place in np.flatnonzero(found.candidate >= 0)
    }


def test_bins_are_closed_on_the_left_and_begin_at_midnight_of_the_first_day() -> None:
    start = 3 * DAY_S + 50 * 60  # 00:50
    same_hour = [Trade(start, "T", "A", "B", 1), Trade(start + 599, "T", "B", "A", 1)]
    assert {window for _, window in labels_of(same_hour).values()} == {3600}
    next_hour = [same_hour[0], Trade(start + 600, "T", "B", "A", 1)]
    assert {window for _, window in labels_of(next_hour).values()} == {86_400}
    next_day = [same_hour[0], Trade(4 * DAY_S, "T", "B", "A", 1)]
    assert {window for _, window in labels_of(next_day).values()} == {604_800}
    last_second = [same_hour[0], Trade(3 * DAY_S + WEEK_S - 1, "T", "B", "A", 1)]
    assert {window for _, window in labels_of(last_second).values()} == {604_800}
    next_week = [same_hour[0], Trade(3 * DAY_S + WEEK_S, "T", "B", "A", 1)]
    assert labels_of(next_week) == {}


def test_weeks_begin_with_the_first_trade_that_is_none_with_oneself() -> None:
    trades = [
        Trade(0, "T", "A", "A", 1),
        Trade(6 * DAY_S, "T", "A", "B", 1),
        Trade(8 * DAY_S, "T", "B", "A", 1),
    ]
    assert labels_of(trades).keys() == {2, 3}


def test_the_first_candidate_takes_a_trade_and_the_next_get_what_is_left() -> None:
    """AB are a set twice, ABC once; in the hour, AB's first two are theirs, and what is left is
    balanced for ABC only."""
    trades = [
        Trade(0, "T", "A", "B", 1),
        Trade(1, "T", "B", "A", 1),
        Trade(2, "T", "A", "B", 5),
        Trade(3, "T", "B", "C", 5),
        Trade(4, "T", "C", "A", 5),
    ]
    trades += [Trade(WEEK_S, "T", "A", "B", 1), Trade(WEEK_S + 1, "T", "B", "A", 1)]
    labels = labels_of(trades)
    assert [labels[row][0] for row in range(1, 8)] == [("A", "B")] * 2 + [("A", "B", "C")] * 3 + [
        ("A", "B")
    ] * 2


def test_order_decides_and_is_time_then_id_then_row() -> None:
    """At one moment: with 5 sold to C last, the two before are balanced; with it first, nothing."""
    trades = [
        Trade(9, "T", "A", "B", 1),
        Trade(9, "T", "B", "A", 1),
        Trade(9, "T", "A", "C", 5),
        Trade(2 * WEEK_S, "T", "C", "A", 1),
    ]
    assert labels_of(trades).keys() == {1, 2}
    assert labels_of(trades, id=["10", "9", "100", "200"]).keys() == {1, 2}, "ids are numbers"
    assert labels_of(trades, id=["10", "9", "8", "200"]) == {}
    assert labels_of(trades, id=["b", "a", "c", "d"]).keys() == {1, 2}
    assert labels_of(trades, id=["b", "c", "a", "d"]) == {}


@given(
    st.lists(
        st.builds(
            Trade,
            st.sampled_from((0, 1800, 3600, 5000, DAY_S - 1, DAY_S, 3 * DAY_S, WEEK_S)),
            st.sampled_from(("T", "U")),
            st.sampled_from("ABCD"),
            st.sampled_from("ABCD"),
            st.sampled_from((Fraction(1), Fraction(99, 100), Fraction(2), Fraction(1, 2))),
        ),
        min_size=1,
        max_size=40,
    ).map(lambda trades: sorted(trades, key=lambda trade: trade.time)),
    st.integers(1, 3),
)
def test_wash_trades_are_those_of_the_plain_way(trades: list[Trade], least: int) -> None:
    plain = wash_trades(trades, least, MARGIN)
    labels = labels_of(trades, least)
    assert {row: members for row, (members, _) in labels.items()} == {
        index + 1: members for index, members in plain.items()
    }
