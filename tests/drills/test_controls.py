"""What each step of an exchange saves, against a theft whose every fill is known."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from tradelatch.drills.cast import BROUGHT, BTC, FIRST, Cast, Customer, Pair, draw
from tradelatch.drills.controls import (
    COMPLAINT_H,
    HOUR_MS,
    Control,
    Curves,
    Incident,
    Scene,
    complaint_hour,
    involved,
    reckon,
    scenes,
)
from tradelatch.drills.founding import found
from tradelatch.drills.tale import Tale, Yardstick, may_trade
from tradelatch.model.clock import MS, SECOND, ManualClock, SystemClock
from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.engine.commands import Deposit, Place, Withdraw
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.state import dump, violations
from tradelatch.venue.engine.units import SCALE, from_units
from tradelatch.venue.house import House
from tradelatch.venue.log import CommandLog
from tradelatch.venue.serve import LOG_FILE

OLD, YOUNG = 200, 30
PRICE = 9_000
"""Ticks of VIN/BTC: more than four times what it is worth."""
THEFTS = ((0, "c-02"), (2, "c-02"), (5, FIRST), (7, FIRST), (9, "c-03"))
"""At which hours who is made to buy coins for a tenth of his account, once more each time."""
ENDS_H = 10
AT = {FIRST: "binance", "c-02": "binance", "c-03": "kucoin"}
"""Whose customer each is; the third is robbed elsewhere at an hour of his own."""


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Incident:
    """A theft played by hand on two venues' logs: no processes, no bots."""
    folder, cast = tmp_path_factory.mktemp("venues"), _cast()
    began_ns = SystemClock().now_ns() + 60 * SECOND
    for exchange in cast.exchanges:
        early = ManualClock(began_ns - SECOND)
        asyncio.run(_play(folder / exchange, exchange, cast.at(exchange), early))
    logs = {exchange: str(folder / exchange / LOG_FILE) for exchange in cast.exchanges}
    began = began_ns // MS
    return Incident(logs, cast, began, began + ENDS_H * HOUR_MS)


def _cast() -> Cast:
    """The second is robbed first, and the third by other accounts than the two."""
    ages = {FIRST: YOUNG, "c-02": OLD, "c-03": YOUNG}
    drawn = draw(3, others=2)
    customers: tuple[Customer, ...] = tuple(
        msgspec.structs.replace(
            one,
            worth=Decimal(20),
            cash=Decimal(12),
            key_days=ages[one.name],
            reads_after_h=number + 1,
            exchange=AT[one.name],
        )
        for number, one in enumerate(drawn.customers)
    )
    first = Pair(("t-1", "t-2"), "VIN/BTC", ("c-02", FIRST))
    second = Pair(("t-3", "t-4"), "VIN/BTC", ("c-03",), "kucoin")
    return msgspec.structs.replace(drawn, customers=customers, pairs=(first, second))


async def _play(folder: Path, exchange: str, cast: Cast, clock: ManualClock) -> None:
    """Thefts every so many hours, the first a second after the clock's time."""
    await found(folder, cast, exchange=exchange)
    log = CommandLog(folder / LOG_FILE)
    house = House(log, clock)
    house.start(cast.seed, flat=True)
    (_, buyer) = cast.pairs[0].accounts
    house.submit(Deposit(house.now, buyer, BTC, SCALE))
    _place(house, buyer, Side.BUY, 5_000)  # no cheap offers are left
    clock.advance(SECOND)
    robbed_by = {victim: pair.accounts[0] for pair in cast.pairs for victim in pair.victims}
    for hour in range(ENDS_H + 1):
        for victim in [name for at, name in THEFTS if at == hour and name in robbed_by]:
            _rob(house, victim, robbed_by[victim])
        clock.advance(SECOND)
    await log.close()


def _rob(house: House, victim: str, thief: str) -> None:
    money = house.engine.accounts[victim].balance(BTC).free // 10
    lots = house.engine.markets["VINBTC"].listing.lots_for(PRICE, money)
    _place(house, thief, Side.SELL, lots, TimeInForce.GTC)
    _place(house, victim, Side.BUY, lots)
    loot = house.engine.accounts[thief].balance(BTC).free - int(BROUGHT * SCALE)
    house.submit(Withdraw(house.now, thief, BTC, loot // 2, "elsewhere"))


def _place(
    house: House, account: str, side: Side, lots: int, tif: TimeInForce = TimeInForce.IOC
) -> None:
    order = Place(house.now, account, "VINBTC", side, OrderType.LIMIT, lots, PRICE, tif=tif)
    house.submit(order)


def _worth_at(incident: Incident, hour: int) -> tuple[dict[str, Decimal], dict[str, Engine]]:
    """What every customer had right before an hour's thefts, and each venue then."""
    worth: dict[str, Decimal] = {}
    engines: dict[str, Engine] = {}
    for exchange, log in incident.logs.items():
        tale, cast = Tale(Path(log)), incident.cast.at(exchange)
        measure = Yardstick(next(tale.moments([incident.began])), BTC)
        engine = next(tale.moments([incident.began + hour * HOUR_MS]))
        worth |= {name: measure(engine.accounts[name]) for name in cast.names}
        engines[exchange] = engine
    return worth, engines


def _ends(incident: Incident) -> dict[str, Engine]:
    return {exchange: Tale(Path(log)).end for exchange, log in incident.logs.items()}


def _lost(incident: Incident, hours: dict[str, int]) -> Decimal:
    """What customers lose that are robbed up to an hour of each only."""
    before, _ = _worth_at(incident, 0)
    return sum(
        (before[name] - _worth_at(incident, hour)[0][name] for name, hour in hours.items()),
        Decimal(0),
    )


@pytest.fixture(scope="module")
def curves(incident: Incident) -> Curves:
    return reckon(incident)


def _close(one: Decimal, other: Decimal) -> bool:
    """But for what the first fill's rounding makes, and the bids that it met."""
    return abs(one - other) < Decimal("0.0001")


def test_with_nothing_done_the_other_way_is_the_same(incident: Incident) -> None:
    for log in incident.logs.values():
        tale = Tale(Path(log))
        assert dump(tale.otherwise([])) == dump(tale.end)


def test_nothing_done(incident: Incident, curves: Curves) -> None:
    assert _close(curves.nothing, _lost(incident, dict.fromkeys(incident.cast.names, 99)))
    assert curves.nothing > 4


def test_the_first_complaint_comes_hours_after_the_first_theft(
    incident: Incident, curves: Curves
) -> None:
    seen = 1 + min(hour for hour, _ in THEFTS)
    assert curves.complaint_h == COMPLAINT_H + seen
    assert complaint_hour(scenes(incident)) == curves.complaint_h
    (third,) = (hour for hour, name in THEFTS if AT[name] == "kucoin")
    assert complaint_hour([Scene(incident, "kucoin")]) == COMPLAINT_H + 1 + third


@pytest.mark.parametrize("hour", range(0, ENDS_H + 1, 2))
def test_revoked_keys_save_all_that_comes_later(
    incident: Incident, curves: Curves, hour: int
) -> None:
    lost = _lost(incident, dict.fromkeys(incident.cast.names, hour))
    assert _close(curves.at("revoke", hour), lost)


@pytest.mark.parametrize("hour", range(0, ENDS_H + 1, 2))
def test_an_end_of_old_keys_saves_who_has_an_old_one(
    incident: Incident, curves: Curves, hour: int
) -> None:
    lost = _lost(incident, {FIRST: 99, "c-02": hour, "c-03": 99})
    assert _close(curves.at("expire", hour), lost)


@pytest.mark.parametrize("hour", range(0, ENDS_H + 1, 2))
def test_owners_who_are_told_act_after_hours_of_their_own(
    incident: Incident, curves: Curves, hour: int
) -> None:
    hours = {one.name: hour + one.reads_after_h for one in incident.cast.customers}
    assert _close(curves.at("tell", hour), _lost(incident, hours))


def test_freezing_saves_the_rest_and_gives_back_what_lies_there(
    incident: Incident, curves: Curves
) -> None:
    """At hour 4 the second customer and the pair that robs the first are known; the third is
    robbed by others, and frozen with them within the hour: all but what is withdrawn goes back."""
    _, engines = _worth_at(incident, 4)
    engine = engines["binance"]
    assert involved(engine, incident.cast.at("binance")) == ["c-02", "t-1"]
    assert involved(engines["kucoin"], incident.cast.at("kucoin")) == []
    loot = from_units(engine.accounts["t-1"].balance(BTC).total) - BROUGHT
    third = _lost(incident, {"c-03": 99})
    end = _ends(incident)["kucoin"]
    kept = from_units(end.accounts["t-3"].balance(BTC).total) - BROUGHT
    expected = _lost(incident, {"c-02": 4}) - loot + third - kept
    assert loot > 0
    assert kept > 0
    assert _close(curves.at("freeze", 4), expected)


def test_all_steps_together_lose_no_more_than_any_alone(curves: Curves) -> None:
    for hour in curves.hours:
        alone = min(curves.at(control, hour) for control in Control)
        assert curves.at("all", hour) <= alone + Decimal("0.0001")


def test_the_later_a_step_is_taken_the_more_is_lost(curves: Curves) -> None:
    for name in ("expire", "revoke", "tell", "all"):
        assert _rises(curves.lost[name]), name


def _rises(values: Sequence[Decimal]) -> bool:
    return all(later >= sooner - Decimal("0.0001") for sooner, later in pairwise(values))


def test_a_log_is_reckoned_alike_each_time(incident: Incident, curves: Curves) -> None:
    assert reckon(incident) == curves


def test_keys_are_as_old_as_the_cast_says(incident: Incident) -> None:
    ends = _ends(incident)
    for customer in incident.cast.customers:
        end = ends[customer.exchange]
        (key,) = (key for key in end.keys.values() if key.account == customer.name)
        age_days = (incident.began - key.created) / 86_400_000
        assert abs(age_days - customer.key_days) < 0.1
        assert may_trade(end, customer.name, end.now)
    assert not any(map(violations, ends.values()))
