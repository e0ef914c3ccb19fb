"""Honest bots behind the gate and with the keys, in one process: the criteria, and what breaks
them."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tradelatch.cli.policy_new import Kind, ready_made
from tradelatch.drills.cast import BTC, DEEP, FIRST, SECOND, draw
from tradelatch.drills.memory_venue import MemoryVenue
from tradelatch.drills.week.markets import HOUR_MS, Prices, markets
from tradelatch.drills.week.outcome import REFUSED_AT_MOST, Outcome
from tradelatch.drills.week.rehearsal import rehearse
from tradelatch.drills.week.side import EPOCH_NS
from tradelatch.model.clock import MS, ManualClock
from tradelatch.model.money import plain
from tradelatch.policy.document import AMOUNTS
from tradelatch.venue.engine.units import from_units

SEED, HOURS, WEEK = 1, 12, 7 * 24
SEEDS_FOR_SOAK = (2022, 7, 11)
TAPES = ("EDO_2019-02-16_18.00", "GVT_2020-10-14_18.00")


def played(
    seed: int = SEED,
    others: int = 2,
    own: str = "",
    hours: int = HOURS,
    tapes: tuple[Path, ...] = (),
) -> Outcome:
    return rehearse(draw(seed, others=others), markets(tapes, hours), own, hours, lambda ms: None)


def tapes_of(recorded: Path) -> tuple[Path, ...]:
    return tuple(recorded / "pumps" / "tapes" / f"{name}.csv.gz" for name in TAPES)


def with_budget(share: str) -> str:
    """The ready-made policy of the first account, with another B."""
    text = ready_made(Kind.DCA, BTC, "50", [DEEP, SECOND], [], "0")
    return "\n".join(
        f'budget = "{plain(50 * Decimal(share))}"' if line.startswith("budget") else line
        for line in text.splitlines()
    )


@pytest.fixture(scope="module")
def quiet() -> Outcome:
    return played()


def test_the_gate_is_in_nobodys_way(quiet: Outcome) -> None:
    assert quiet.problems() == []
    assert quiet.deep_orders.asked > 50
    assert quiet.thin_orders.asked > 5
    assert {trader.name for trader in quiet.traders} == set(quiet.guarded.equity)


def test_a_gate_that_refuses_nothing_changes_nothing(quiet: Outcome) -> None:
    for tally in (quiet.deep_orders, quiet.thin_orders):
        assert (tally.refused, tally.withdrawn, tally.cut) == (0, 0, 0)
    for row in quiet.compared():
        assert row.is_same, row.account
        assert row.difference == row.by_costs == 0
        assert row.without != 0, "it did nothing at all"


def test_the_amounts_are_drawn_on_and_hold(quiet: Outcome) -> None:
    peaks = quiet.guarded.peaks
    assert all(0 < peaks[trader.name]["budget"].share < 1 for trader in quiet.traders)
    assert any(peak["allocation"].day > 0 for peak in peaks.values())
    assert all(peak[amount].share <= 1 for peak in peaks.values() for amount in AMOUNTS)


def test_too_tight_a_policy_fails_and_says_by_what() -> None:
    outcome = played(others=0, own=with_budget("0.0001"))
    tally = outcome.deep_orders
    assert tally.share > REFUSED_AT_MOST
    assert set(tally.causes) == {"budget"}
    assert tally.causes["budget"].says.startswith("with this order ")
    (problem,) = outcome.problems()
    assert "orders in deep markets did not get by" in problem
    assert f"budget {tally.causes['budget'].times}" in problem
    (row,) = outcome.compared()
    assert (row.account, row.because) == (FIRST, f"{tally.refused} refused")
    assert row.difference != 0


@pytest.mark.recorded
def test_tapes_move_the_prices(recorded_data: Path) -> None:
    there = markets(tapes_of(recorded_data), WEEK)
    clock = ManualClock(EPOCH_NS)
    house = MemoryVenue(clock, SEED, there.listings).house
    fair = Prices(house.engine, SEED, there.tapes)
    listed = {one.market.symbol: one for one in there.listings}
    seen = defaultdict(list)
    for hour in range(6, WEEK + 1, 6):
        clock.advance(6 * HOUR_MS * MS)
        house.step()
        for symbol, tape in there.tapes.items():
            life, trading = listed[symbol].life, house.engine.markets[symbol.replace("/", "")]
            assert life
            told = from_units(tape.price_at(life.moment + hour * HOUR_MS))
            assert from_units(trading.last * trading.listing.tick) == told
            assert fair(listed[symbol].base, clock.now_ns() // MS) == told
            seen[symbol].append(told)
    for prices in seen.values():
        assert max(prices) > min(prices) * Decimal("1.05"), "they hardly moved"


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS_FOR_SOAK)
def test_a_whole_week_of_everybody(seed: int) -> None:
    outcome = played(seed, others=12, hours=WEEK)
    assert outcome.problems() == []
    assert outcome.deep_orders.asked > 1_000
    stops = outcome.stops(outcome.guarded)
    assert stops
    assert not any(stop.is_left for stop in stops)


@pytest.mark.soak
@pytest.mark.recorded
def test_a_whole_week_on_tapes(recorded_data: Path) -> None:
    outcome = played(2022, others=12, hours=WEEK, tapes=tapes_of(recorded_data))
    assert outcome.problems() == []
    assert outcome.thin_orders.asked > 100
