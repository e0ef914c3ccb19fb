"""Which sets of accounts are candidates: small graphs by hand, and any graph against the plain way
of counting."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.washing.plain import Trade, counts_of_components
from tests.detect.tables import named, numbered
from tradelatch.detect.wash.components import Component, candidates, components

Edges = dict[str, int]
"""Who sells to whom, such as ``AB``, and how often."""


def trades_of(edges: Edges, asset: str = "T/ETH") -> list[Trade]:
    return [
        Trade(60 * number, asset, edge[0], edge[1], 1)
        for edge, weight in edges.items()
        for number in range(weight)
    ]


def found_in(trades: list[Trade]) -> tuple[list[Component], dict[str, int]]:
    """Components, and how often each set was one, as ``AB``."""
    ledger = numbered(trades)
    found = components(ledger.symbol, ledger.seller, ledger.buyer)
    ordered = candidates(found, 1)
    return found, {"".join(named(ledger, one.accounts)): one.count for one in ordered}


@pytest.mark.parametrize(
    ("edges", "counts"),
    [
        pytest.param({"AB": 3, "BA": 2}, {"AB": 2}, id="two accounts: as often as the rarer way"),
        pytest.param({"AB": 9}, {}, id="one way only"),
        pytest.param({"AA": 9}, {}, id="trades with oneself are no edges"),
        pytest.param({"AB": 2, "BC": 3, "CA": 4}, {"ABC": 2}, id="three in a circle"),
        pytest.param(
            {"AB": 5, "BA": 5, "BC": 2, "CB": 2}, {"AB": 3, "ABC": 2}, id="one in the other"
        ),
        pytest.param(
            {"AB": 4, "BA": 4, "CD": 3, "DC": 3, "BC": 1, "DA": 1},
            {"AB": 3, "CD": 2, "ABCD": 1},
            id="four fall into two and two",
        ),
        pytest.param(
            {"AB": 2, "BA": 2, "CD": 2, "DC": 2, "BC": 7}, {"AB": 2, "CD": 2}, id="a bridge is none"
        ),
        pytest.param(
            {"AB": 1, "BC": 2, "CD": 3, "DA": 4, "CA": 2},
            {"ABCD": 1},
            id="a circle whose weakest edge was needed",
        ),
    ],
)
def test_small_graphs(edges: Edges, counts: dict[str, int]) -> None:
    assert found_in(trades_of(edges))[1] == counts


def test_a_set_is_counted_over_all_assets() -> None:
    trades = trades_of({"AB": 2, "BA": 2}, "T/ETH") + trades_of({"AB": 3, "BA": 5}, "U/ETH")
    found, counts = found_in(trades)
    assert counts == {"AB": 5}
    assert sorted((one.first, one.rounds) for one in found) == [(0, 2), (0, 3)]


def test_trades_of_different_assets_close_no_circle() -> None:
    assert found_in(trades_of({"AB": 2}, "T/ETH") + trades_of({"BA": 2}, "U/ETH"))[1] == {}


def test_candidates_come_by_count_then_members_and_not_below_the_least() -> None:
    trades = trades_of({"CD": 3, "DC": 3, "AB": 3, "BA": 3, "EF": 4, "FE": 4, "GH": 2, "HG": 2})
    ledger = numbered(trades)
    found = components(ledger.symbol, ledger.seller, ledger.buyer)
    ordered = candidates(found, 3)
    assert [("".join(named(ledger, one.accounts)), one.count) for one in ordered] == [
        ("EF", 4),
        ("AB", 3),
        ("CD", 3),
    ]


@given(
    st.lists(
        st.builds(
            Trade,
            st.integers(0, 10),
            st.sampled_from(("T", "U")),
            st.sampled_from("ABCDEF"),
            st.sampled_from("ABCDEF"),
            st.just(1),
        ),
        max_size=120,
    )
)
def test_counts_are_those_of_the_plain_way(trades: list[Trade]) -> None:
    counts = found_in(trades)[1] if trades else {}
    plain = counts_of_components(trades)
    assert counts == {"".join(members): count for members, count in plain.items()}


@given(st.lists(st.integers(1, 6), min_size=2, max_size=6))
def test_a_circle_is_counted_as_often_as_its_weakest_edge(weights: list[int]) -> None:
    accounts = "ABCDEF"[: len(weights)]
    ways = [first + second for first, second in pairwise(accounts + accounts[0])]
    assert found_in(trades_of(dict(zip(ways, weights, strict=True))))[1] == {accounts: min(weights)}


def test_components_of_one_asset_are_nested_or_apart() -> None:
    found, _ = found_in(trades_of({"AB": 5, "BA": 4, "BC": 3, "CA": 2, "CD": 2, "DC": 1}))
    rounds: Counter[int] = Counter()
    for one in found:
        for number in range(one.first, one.first + one.rounds):
            rounds.update({number: len(one.accounts)})
    assert rounds == {0: 4, 1: 3, 2: 2, 3: 2}
