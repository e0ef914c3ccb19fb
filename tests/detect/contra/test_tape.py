"""The watcher's view: spikes that come back, in one pair alone."""

import ibis

from tests.detect.contra.quiet import DAY_MS, HOUR_MS, MINUTE_MS, Row, quiet, table, theft, trade
from tradelatch.detect.contra_tape import Parameters, find
from tradelatch.detect.findings import Finding

AT = 2 * DAY_MS + 5 * HOUR_MS


def tape(rows: list[Row]) -> ibis.Table:
    return table(rows).drop("buyer", "seller")


def found(rows: list[Row]) -> list[Finding]:
    return find(tape(rows), Parameters())


def test_a_spike_that_comes_back_is_told_on_either_side() -> None:
    [above] = found([*quiet(), *theft(AT)])
    [below] = found([*quiet(), *theft(AT, price=0.5)])
    assert len(above.rows) == len(below.rows) == 10
    assert (round(above.score, 1), round(below.score, 1)) == (1.0, 0.5)


def test_a_price_that_stays_is_news() -> None:
    later = [trade(AT + n * MINUTE_MS, 2.0, 1.0, "A1", "B1") for n in range(180)]
    assert found([*quiet(), *theft(AT), *later]) == []


def test_one_print_is_a_mistake() -> None:
    assert found([*quiet(), *theft(AT, fills=1)]) == []


def test_a_coin_that_moves_in_its_other_pair_too_is_pumped() -> None:
    dollars = quiet(symbol="QOR/USDT", price=20_000.0, every=5)
    rate = quiet(symbol="BTC/USDT", price=20_000.0)
    alone = found([*quiet(), *dollars, *rate, *theft(AT)])
    assert {one.subjects["symbol"] for one in alone} == {"QOR/BTC"}
    risen = [trade(AT + n * 20_000, 40_000.0, 9.0, "A1", "B1", "QOR/USDT") for n in range(45)]
    both = found([*quiet(), *dollars, *rate, *risen, *theft(AT)])
    assert "QOR/BTC" not in {one.subjects["symbol"] for one in both}


def test_prints_about_which_the_market_moved_are_no_spike_where_they_are_where_it_began() -> None:
    """The first is 30 % above a market that then falls by a third; the later ones are 30 % above
    that, and not far from where it began."""
    dear = [trade(AT, 1.3, 1.0, "A1", "B1")]
    dear += [trade(AT + 9 * HOUR_MS + n * 1_000, 1.0, 1.0, "A1", "B1") for n in range(9)]
    began = int(dear[0]["time"])
    rows = [
        {**row, "price": float(row["price"]) / (1.3 if int(row["time"]) > began else 1.0)}
        for row in quiet()
    ]
    assert find(tape([*rows, *dear]), Parameters(pause_m=600, lasts_m=600)) == []
