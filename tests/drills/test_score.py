"""The measure: what fills cost at fair prices, and what a refusal's words are counted as."""

import asyncio
from decimal import Decimal

import pytest

from tradelatch.drills.attack import Attack, Needs, Thief
from tradelatch.drills.ground import Ground
from tradelatch.drills.ledger import Ledger, holdings, unsaleable, worth
from tradelatch.drills.page import page
from tradelatch.drills.scenery import UNIT, bound
from tradelatch.drills.score import Score, rules_in
from tradelatch.drills.stage import Stage
from tradelatch.drills.summary import summed_up
from tradelatch.model.orders import OrderType, Side
from tradelatch.policy.document import parse_policy
from tradelatch.venue.engine.commands import Place, Withdraw
from tradelatch.venue.engine.units import SCALE, from_units
from tradelatch.venue.house import House
from tradelatch.venue.life.quotes import MAKER

NEEDS = Needs(accounts=2)


@pytest.fixture
def ground() -> Ground:
    made = Ground(0, NEEDS)
    asyncio.run(made.prepare())
    return made


def trade(house: House, seller: str, buyer: str, price: Decimal, lots: int) -> None:
    """One sells to the other at a price far above the market's, over a cleared book."""
    listing = house.engine.markets["VINBTC"].listing
    ticks = int(price / from_units(listing.tick))
    house.submit(Place(house.now, buyer, "VINBTC", Side.BUY, OrderType.LIMIT, 10**7, ticks - 1))
    house.submit(Place(house.now, seller, "VINBTC", Side.SELL, OrderType.LIMIT, lots, ticks))
    house.submit(Place(house.now, buyer, "VINBTC", Side.BUY, OrderType.LIMIT, lots, ticks))


def test_what_one_loses_others_gain_the_fees_apart(ground: Ground) -> None:
    house, engine = ground.house, ground.house.engine
    names = ["thief-0", "thief-1", MAKER]
    before = {name: holdings(engine, name) for name in names}
    ledger = Ledger(engine, ground.fair)
    house.listeners.append(ledger.hear)
    fees = dict(engine.fees)
    price = ground.fair("VIN", house.now) * 2
    trade(house, "thief-0", "thief-1", price, 1_000)
    coins = 1_000 * from_units(engine.markets["VINBTC"].listing.lot)
    assert ledger.cost("thief-1") > coins * price / 2
    assert ledger.cost("thief-0") == pytest.approx(-coins * price / 2, rel=Decimal("0.01"))
    assert ledger.far("thief-1") == pytest.approx(Decimal(1), abs=Decimal("0.01"))
    paid = {a: from_units(n - fees.get(a, 0)) for a, n in engine.fees.items()}
    total = sum((ledger.cost(name) for name in names), Decimal(0))
    assert abs(total - worth(paid, ground.fair, house.now)) < Decimal("1e-20")
    # No time has passed, so that costs are what the holdings are worth less.
    for name in names:
        gone = worth(before[name], ground.fair, house.now)
        gone -= worth(holdings(engine, name), ground.fair, house.now)
        assert abs(ledger.cost(name) - gone) < Decimal("1e-9")


def test_what_leaves_by_another_door_is_lost(ground: Ground) -> None:
    ledger = Ledger(ground.house.engine, ground.fair)
    ground.house.listeners.append(ledger.hear)
    ground.house.submit(Withdraw(ground.house.now, "victim-0", UNIT, 3 * SCALE, "elsewhere"))
    assert ledger.cost("victim-0") == 3


def test_coins_are_worth_what_the_others_pay_for_them(ground: Ground) -> None:
    engine, fair = ground.house.engine, ground.fair
    price = fair("VIN", engine.now)
    before, apart = {UNIT: Decimal(50)}, frozenset(["thief-0"])
    after = {UNIT: Decimal(20), "VIN": Decimal(int(30 / price))}
    house = ground.house
    bid = int(price * 2 / from_units(engine.markets["VINBTC"].listing.tick))
    discount = unsaleable(engine, fair, UNIT, before, after, apart)
    assert Decimal(15) < discount < Decimal(30)
    house.submit(Place(house.now, "thief-0", "VINBTC", Side.BUY, OrderType.LIMIT, 10**6, bid))
    assert unsaleable(engine, fair, UNIT, before, after, apart) >= discount


def test_moves_are_told_apart() -> None:
    """The victim sells his coins, and prices go on moving: that is no cost of the order."""

    async def attack(thief: Thief) -> None:
        await thief.victim.cancel_all(thief.deep)
        for _ in range(10):
            await thief.victim.sell(thief.deep, await thief.victim.free("ETH") / 3)
            await thief.sleep(5)
        await thief.sleep(6 * 3_600)

    async def play(ground: Ground) -> Score:
        await ground.prepare()
        return await Stage(ground, Attack("mine", "", NEEDS, {}, attack), 0, False).play()

    score = asyncio.run(play(Ground(0, NEEDS)))
    assert Decimal("0.02") < score.lost < Decimal("0.1")
    assert abs(score.moved) > Decimal("0.02")


def test_the_bound_is_that_of_the_smallest_window_a_run_fits_in() -> None:
    text = 'version = 1\nunit = "BTC"\nbudget = 1\nallocation = 2\nexit_budget = 3\n'
    policy = parse_policy(text + '[markets."ETH/BTC"]\ndepth = "deep"\n')
    assert [bound(policy, hours) for hours in (0.1, 24, 25, 168, 169)] == [6, 6, 12, 12, 24]


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        (b'{"msg":"denied by policy (verdict 7): budget: no; 1; x: y"}', ["budget", "x"]),
        (b'{"msg":"denied by policy: permitted: withdraw: a grant"}', ["permitted"]),
        (b'{"msg":"Signature for this request is not valid."}', ["exchange form"]),
        (b"<html>", ["exchange form"]),
        (b"[]", ["exchange form"]),
    ],
)
def test_refusals_are_counted_by_rule(body: bytes, rules: list[str]) -> None:
    assert rules_in(body) == rules


def test_a_broken_bound_is_told_and_the_page_loads_nothing() -> None:
    lost = Decimal("0.9")
    scores = [
        Score("mine", 0, True, lost=lost, lost_sold=lost, bound=Decimal("0.75"), tried=3),
        Score("mine", 0, False, lost=Decimal(40), bound=Decimal("0.75")),
    ]
    summary = summed_up("mine", "<script>alert(1)</script>", True, scores)
    assert "BREAKS THE BOUND in 1 of 1 runs" in summary.problems()[0]
    html = page([summary], "made here")
    assert "BREAKS THE BOUND" in html
    assert not [word for word in ("http:", "https:", "<script", "src=", "@import") if word in html]
