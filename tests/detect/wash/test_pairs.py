"""Two accounts that trade with one another: there and back, and with hardly anybody else."""

from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from bench.washing.plain import DAY_S, Trade
from tests.detect.tables import ledger_of
from tradelatch.detect.ledger import read_ledger
from tradelatch.detect.wash.pairs import back_and_forth, matched_pairs
from tradelatch.detect.wash.parameters import Parameters

THERE, BACK = Trade(0, "T", "A", "B", 2), Trade(60, "T", "B", "A", 2)


def returns(*trades: Trade, **set_to: Any) -> dict[int, bool]:
    """Row of each trade that goes back and forth, and whether it is a return."""
    ledger = ledger_of(trades)
    found = back_and_forth(ledger.table, Parameters(**set_to)).to_pyarrow().to_pylist()
    return {int(ledger.row[row["place"]]): row["is_return"] for row in sorted(found, key=str)}


def test_there_and_back() -> None:
    assert returns(THERE, BACK) == {1: False, 2: True}


def test_trades_of_others_may_lie_between() -> None:
    assert returns(THERE, Trade(30, "T", "B", "C", 2), BACK) == {1: False, 3: True}


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(Trade(60, "T", "A", "B", 2), id="the same way again"),
        pytest.param(Trade(60, "U", "B", "A", 2), id="another asset"),
        pytest.param(Trade(60, "T", "B", "C", 2), id="to somebody else"),
        pytest.param(Trade(60, "T", "B", "A", 2.03), id="another amount"),
        pytest.param(Trade(30 * DAY_S + 1, "T", "B", "A", 2), id="too late"),
    ],
)
def test_what_is_no_return(second: Trade) -> None:
    assert returns(THERE, second) == {}


def test_the_bounds_themselves_are_within() -> None:
    assert returns(THERE, Trade(30 * DAY_S, "T", "B", "A", 2.02)) == {1: False, 2: True}


def test_a_return_may_itself_be_returned() -> None:
    again = [Trade(60 * n, "T", "AB"[n % 2], "BA"[n % 2], 2) for n in range(5)]
    assert returns(*again) == {1: False, 2: True, 3: True, 4: True, 5: True}


def test_trades_with_oneself_do_not_go_back_and_forth() -> None:
    assert returns(Trade(0, "T", "A", "A", 2), Trade(60, "T", "A", "A", 2)) == {}


def matched(*trades: Trade, **set_to: Any) -> dict[int, tuple[float, float]]:
    """Row of each trade of a matched pair, with the pair's share and net."""
    ledger = ledger_of(trades)
    found = matched_pairs(ledger.table, Parameters(**set_to)).to_pyarrow().to_pylist()
    return {
        int(ledger.row[row["place"]]): (round(row["share"], 6), round(row["net"], 6))
        for row in found
    }


TEN = [Trade(60 * n, "T", "AB"[n % 2], "BA"[n % 2], 1) for n in range(10)]


def test_ten_trades_both_ways_and_with_nobody_else() -> None:
    assert matched(*TEN) == dict.fromkeys(range(1, 11), (1.0, 0.0))
    assert matched(*TEN[:9]) == {}
    assert matched(*TEN, pair_trades=11) == {}


def test_the_account_that_trades_more_with_others_decides() -> None:
    """A trades 10 with B and 2.5 with C: 80 % with B, which is just enough."""
    others = Trade(700, "T", "A", "C", 2.5)
    assert matched(*TEN, others) == dict.fromkeys(range(1, 11), (0.8, 0.0))
    assert matched(*TEN, others._replace(amount=2.6)) == {}
    assert matched(*TEN, others._replace(asset="U", amount=99))


def test_trades_with_oneself_count_once() -> None:
    assert matched(*TEN, Trade(700, "T", "A", "A", 2.5))[1] == (0.8, 0.0)


def test_one_way_traffic_is_no_matched_pair() -> None:
    one_way = [Trade(60 * n, "T", "A", "B", 1) for n in range(20)]
    assert matched(*one_way) == {}
    assert matched(*one_way, pair_net=1)[1] == (1.0, 1.0)
    assert matched(*TEN, Trade(700, "T", "A", "B", 1))[1] == (1.0, round(1 / 11, 6))
    assert matched(*TEN, Trade(700, "T", "A", "B", 2)) == {}


def test_each_market_is_its_own() -> None:
    halves = [trade._replace(asset=("T", "U")[n // 5]) for n, trade in enumerate(TEN)]
    assert matched(*halves) == {}


def test_a_market_of_many_accounts_costs_no_more_than_its_trades() -> None:
    many, random = 1_000_000, np.random.default_rng(2)
    connection = ibis.duckdb.connect()
    names = pa.array([f"u{number}" for number in range(5_000)])
    trades = pa.table(
        {
            "row": np.arange(many),
            "time": np.arange(many) * 900,
            "symbol": pa.array(["A/B", "C/B", "D/B"]).take(pa.array(random.integers(0, 3, many))),
            "price": np.ones(many),
            "amount": random.uniform(1, 90, many),
            "buyer": names.take(pa.array(random.integers(0, 5_000, many))),
            "seller": names.take(pa.array(random.integers(0, 5_000, many))),
        }
    )
    ledger = read_ledger(connection.create_table("trades", trades))
    connection.raw_sql("SET memory_limit = '1GB'")
    connection.raw_sql("SET temp_directory = ''")
    # All accounts of a market with all others of it would be 75 million rows.
    assert matched_pairs(ledger.table, Parameters()).count().to_pyarrow().as_py() == 0
