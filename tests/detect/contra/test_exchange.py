"""The exchange's view: who lost to whom, how much, and who is spared."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect.contra.quiet import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    Row,
    quiet,
    table,
    theft,
    trade,
)
from tradelatch.detect.contra.detect import find
from tradelatch.detect.contra.losses import losses, weigh
from tradelatch.detect.contra.market import Market, markets
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.contra.suspects import hourly
from tradelatch.detect.findings import Finding

AT = 2 * DAY_MS + 5 * HOUR_MS


def found(rows: list[Row], **settings: float) -> list[Finding]:
    return find(table(rows), Parameters(**settings))  # type: ignore[arg-type]


def market_of(rows: list[Row]) -> Market:
    trades = table(rows)
    return next(markets(trades, hourly(trades), ["QOR/BTC"]))


def test_a_burst_far_above_is_found_with_victim_winner_rows_and_value() -> None:
    rows = [*quiet(), *theft(AT)]
    [one] = found(rows)
    assert dict(one.subjects) == {
        "symbol": "QOR/BTC",
        "account": "V-01",
        "counterparty": "W-01",
        "ring": "R1",
    }
    assert one.value == pytest.approx(50, rel=0.01)
    assert one.score == pytest.approx(0.5, rel=0.01)
    told = table(rows).to_pyarrow().to_pylist()
    assert {(told[row - 1]["buyer"], told[row - 1]["price"]) for row in one.rows} == {("V-01", 2.0)}
    assert len(one.rows) == 10


def test_the_value_is_held_against_prices_of_a_thin_market_before_and_afterwards() -> None:
    after = [row | {"price": row["price"] * 1.02} for row in quiet() if row["time"] > START_MS + AT]
    before = [row for row in quiet() if row["time"] <= START_MS + AT]
    [one] = found([*before, *theft(AT), *after])
    assert one.value == pytest.approx(50 * (2 - 1.01), rel=0.002)


def test_what_an_account_gave_dearly_in_another_hour_does_not_hide_a_theft() -> None:
    dear = [trade(AT - 9 * HOUR_MS + n * 9_000, 1.03, 90.0, "V-01", f"B{n}") for n in range(9)]
    others = [trade(AT - 9 * HOUR_MS + n * 9_000, 1.03, 1.0, f"A{n}", f"B{n}") for n in range(9)]
    told = found([*quiet(), *dear, *others, *theft(AT, price=1.2, fills=6)])
    assert {one.subjects["counterparty"] for one in told} == {"W-01"}


def test_sales_far_below_are_found_too() -> None:
    rows = [trade(AT + 1_000 * n, 0.5, 5.0, "W-01", "V-01") for n in range(10)]
    [one] = found([*quiet(), *rows])
    assert (one.subjects["account"], one.subjects["counterparty"]) == ("V-01", "W-01")
    assert one.value == pytest.approx(25, rel=0.01)


@pytest.mark.parametrize("price", [1.6, 1.12])
def test_many_small_trades_over_hours_are_found_although_they_are_the_market_by_then(
    price: float,
) -> None:
    rows = [trade(AT + n * 20_000, price, 0.1, "V-01", "W-01") for n in range(1_800)]
    before = [trade(AT - n * HOUR_MS, 1.0, 2.0, f"B{n}", "W-01") for n in range(1, 10)]
    [one] = found([*quiet(), *before, *rows])
    assert len(one.rows) == 1_800
    assert one.value == pytest.approx(180 * (price - 1), abs=180 * 0.002)


def test_who_sold_a_step_below_now_and_then_as_others_did_in_a_thin_market_was_not_robbed() -> None:
    def stepped(n: int, buyer: str, seller: str) -> Row:
        return trade(n * 10 * MINUTE_MS, 0.95 if n % 4 == 1 else 1.0, 10.0, buyer, seller)

    rows = [stepped(n, f"A{n * 7 % 10}", f"B{n * 3 % 10}") for n in range(432)]
    sold = [stepped(n, f"once-{n}", "V-01") for n in (301, 317, 333)]
    meanwhile = {row["time"] for row in sold}
    others = [row for row in rows if row["time"] not in meanwhile]
    assert found([*others, *sold]) == []


def test_losers_to_one_winner_are_a_ring_and_other_markets_join_it() -> None:
    rows = [*quiet(), *quiet(symbol="VIN/BTC")]
    rows += theft(AT) + theft(AT + HOUR_MS, victim="V-02")
    rows += theft(AT, victim="V-03", thief="W-02")
    rows += theft(AT, victim="V-02", thief="W-03", symbol="VIN/BTC")
    rings = {(one.subjects["account"], one.subjects["symbol"]): one for one in found(rows)}
    assert len(rings) == 4
    numbers = {key: one.subjects["ring"] for key, one in rings.items()}
    assert numbers[("V-01", "QOR/BTC")] == numbers[("V-02", "QOR/BTC")]
    assert numbers[("V-02", "QOR/BTC")] == numbers[("V-02", "VIN/BTC")]
    assert numbers[("V-03", "QOR/BTC")] != numbers[("V-01", "QOR/BTC")]
    terms = {term.name: term.value for term in rings[("V-01", "QOR/BTC")].terms}
    assert (terms["losers in the ring"], terms["winners in the ring"]) == (2, 2)


def test_what_passes_near_the_price_meanwhile_belongs_to_the_theft() -> None:
    edge = [trade(AT + n * MINUTE_MS, 1.009, 20.0, "V-01", "W-01", "VIN/BTC") for n in range(5)]
    before = [trade(AT - MINUTE_MS, 1.015, 200.0, "V-01", "W-01")]
    later = [trade(AT + 8 * HOUR_MS, 1.009, 20.0, "V-01", "W-01", "VIN/BTC")]
    markets = [*quiet(), *quiet(symbol="VIN/BTC")]
    told = {one.subjects["symbol"]: one for one in found([*markets, *theft(AT), *before, *edge])}
    assert told["QOR/BTC"].value == pytest.approx(50 + 3, rel=0.01)
    assert told["VIN/BTC"].value == pytest.approx(100 * 0.009, rel=0.1)
    assert told["VIN/BTC"].subjects["ring"] == told["QOR/BTC"].subjects["ring"]
    assert told["VIN/BTC"].terms[0].name == "passed on in QOR/BTC, of what was given"
    assert len(found([*markets, *theft(AT), *later])) == 1
    assert found([*markets, *edge]) == []


def test_trades_of_the_two_at_the_price_are_no_part_of_it() -> None:
    fair = [trade(AT + n * MINUTE_MS, 1.002, 20.0, "V-01", "W-01", "VIN/BTC") for n in range(5)]
    [one] = found([*quiet(), *quiet(symbol="VIN/BTC"), *theft(AT), *fair])
    assert one.subjects["symbol"] == "QOR/BTC"


def test_who_sells_to_everybody_gains_by_everybody() -> None:
    rows = [*quiet()]
    for n in range(200):  # one buyer lifts a thin market, makers sell to him as to all others
        price = 1 + n / 200
        rows.append(trade(AT + n * 20_000, price, 20.0, "F-01", f"B{n % 9}"))
    assert found(rows) == []
    assert found(rows, chance=0.0)
    pair = [trade(n * 4 * MINUTE_MS, 1.0, 50.0, "P-01", "P-02") for n in range(750)]
    assert found([*rows, *pair]) == [], "what two trade with one another is no part of the market"


def test_a_thief_of_many_accounts_is_found_and_honest_offers_in_the_way_are_no_winners() -> None:
    many = [trade(AT + 1_000 * n, 2.0, 5.0, "V-01", f"W-{n}") for n in range(60)]
    swept = [trade(AT + 500, 1.1, 0.1, "V-01", "S-01")]
    told = found([*quiet(), *many, *swept])
    assert {one.subjects["counterparty"] for one in told} == {f"W-{n}" for n in range(60)}


def test_who_took_one_order_before_all_others_stood_in_the_way_unless_it_was_much() -> None:
    robbery = theft(AT + 1_000, price=3.0, fills=20)
    little, much = (trade(AT, 2.5, amount, "V-01", "S-01") for amount in (15.0, 25.0))
    dear = trade(AT, 3.1, 15.0, "V-01", "S-01")
    # The largest theft is looked at first: who robs there is known.
    another = theft(AT + 2 * HOUR_MS, fills=60, victim="V-02", thief="S-01")
    for before, told in (([little], 1), ([much], 2), ([dear], 2), ([little, *another], 2)):
        of_first = [
            one.subjects["counterparty"]
            for one in found([*quiet(), *before, *robbery])
            if one.subjects["account"] == "V-01"
        ]
        assert sorted(of_first) == ["S-01", "W-01"][-told:]


def test_what_it_lost_by_itself_on_the_same_day_is_none_of_the_thiefs() -> None:
    own = [trade(AT + 5 * HOUR_MS, 1.5, 5.0, "V-01", "S-01")]
    [one] = found([*quiet(), *own, *theft(AT)])
    assert one.subjects["counterparty"] == "W-01"
    assert one.value == pytest.approx(50, rel=0.01)


def test_a_theft_with_pauses_is_one_where_no_part_of_it_stands_alone() -> None:
    slow = [trade(AT + n * 2 * HOUR_MS, 1.06, 5.0, "V-01", f"W-0{n}") for n in range(4)]
    assert {one.subjects["counterparty"] for one in found([*quiet(), *slow])} == {
        f"W-0{n}" for n in range(4)
    }


def test_two_thieves_at_once_do_not_vouch_for_one_another() -> None:
    rows = [*quiet()]
    for number in range(6):
        rows += theft(AT, victim=f"V-{number}", thief=f"W-{number % 2}")
    assert {one.subjects["account"] for one in found(rows)} == {f"V-{n}" for n in range(6)}
    assert sum(one.value or 0 for one in found(rows)) == pytest.approx(300, rel=0.01)


def test_where_nobody_else_ever_traded_another_pair_tells() -> None:
    rows = quiet(symbol="QOR/USDT", price=2_000.0) + quiet(symbol="BTC/USDT", price=20_000.0)
    [one] = found([*rows, *theft(AT, price=0.3)])
    assert one.value == pytest.approx(50 * (0.3 - 0.1), rel=0.02)
    assert any("another pair" in term.name for term in one.terms)


@dataclass
class Spared:
    """A hard negative, by name."""

    name: str
    rows: list[Row]


def _pump() -> list[Row]:
    """Twenty accounts buy a market up by a half within twenty minutes, from new accounts too."""
    return [
        trade(AT + n * 3_000, 1 + n / 800, 3.0, f"P{n % 20}", f"B{n % 10}" if n % 3 else f"N{n}")
        for n in range(400)
    ]


def _funded_buyer() -> list[Row]:
    """One account buys a market up from whoever offers; some follow."""
    rows = [trade(AT + n * 10_000, 1 + n / 200, 3.0, "F-01", f"B{n % 10}") for n in range(100)]
    return rows + [
        trade(AT + n * 30_000, 1 + n / 70, 1.0, f"P{n % 5}", f"B{n % 9}") for n in range(35)
    ]


SPARED = [
    Spared("quiet", []),
    Spared("pump", _pump()),
    Spared("funded buyer", _funded_buyer()),
    Spared("makers", [trade(AT + n * 9_000, 1.001, 50.0, "M-01", "M-02") for n in range(900)]),
    Spared("fat finger", [trade(AT, 1 + n / 10, 9.0, "A1", f"B{n}") for n in range(6)]),
    Spared("new and fat-fingered", [trade(AT, 1 + n / 10, 9.0, "N", f"B{n}") for n in range(6)]),
]


@pytest.mark.parametrize("case", SPARED, ids=lambda case: case.name)
def test_hard_negatives_are_spared(case: Spared) -> None:
    assert found([*quiet(), *case.rows]) == []


def test_a_theft_in_a_pump_is_found_all_the_same() -> None:
    rows = [*quiet(), *_pump(), *theft(AT + 10 * MINUTE_MS, price=4.0)]
    assert {one.subjects["account"] for one in found(rows)} == {"V-01"}


def test_one_order_may_be_a_mistake_unless_the_winner_robs_another_too() -> None:
    order = [trade(AT, 10.0, 10.0, "V-01", "W-01")]
    assert found([*quiet(), *order]) == []
    another = [trade(AT + HOUR_MS, 10.0, 10.0, "V-02", "W-01")]
    told = found([*quiet(), *order, *another])
    assert {one.subjects["account"] for one in told} == {"V-01", "V-02"}


def test_a_mistake_is_one_order_although_a_little_was_lost_to_the_same_another_time() -> None:
    mistake = trade(AT, 1.3, 50.0, "A1", "W-01")
    little = [trade(AT + n * HOUR_MS, 1.03, 3.0, "A1", "W-01") for n in range(1, 4)]
    assert found([*quiet(), mistake, *little]) == []
    more = [{**one, "amount": 80.0} for one in little]
    assert {one.subjects["account"] for one in found([*quiet(), mistake, *more])} == {"A1"}


def test_a_large_order_and_many_small_ones_are_no_mistake() -> None:
    amounts = [30.0, *[2.0] * 10]
    rows = [trade(AT + n * 1_000, 1.3, amount, "V-01", "W-01") for n, amount in enumerate(amounts)]
    assert {one.subjects["account"] for one in found([*quiet(), *rows])} == {"V-01"}
    assert found([*quiet(), rows[0]]) == []


def test_what_a_winner_of_single_orders_took_is_counted_from_all_of_the_same_hours() -> None:
    lived = [trade(n * 3 * HOUR_MS, 1.0, 3.0, f"A{n % 10}", "W-01") for n in range(12)]
    one, another, late = (
        trade(AT + hours * HOUR_MS, 2.0, 10.0, victim, "W-01")
        for hours, victim in ((0, "V-01"), (2, "V-02"), (4, "V-02"))
    )
    assert found([*quiet(), *lived, one]) == []
    assert found([*quiet(), *lived, one, late]) == []
    told = found([*quiet(), *lived, one, another])
    assert {finding.subjects["account"] for finding in told} == {"V-01", "V-02"}


def test_one_order_may_be_a_mistake_although_money_was_raised_for_it() -> None:
    raised = [trade(AT - 5 * MINUTE_MS, 15.0, 4.0, "B1", "A1", "ETH/BTC")]
    rows = [*quiet(), *quiet(symbol="ETH/BTC", price=15.0), *raised]
    orders = [trade(AT + n * MINUTE_MS, 1.3, 50.0, "A1", "W-01") for n in range(3)]
    assert found([*rows, orders[0]]) == []
    assert {one.subjects["account"] for one in found([*rows, *orders])} == {"A1"}


@pytest.mark.parametrize(
    ("loser", "on_the_way", "hours_before", "is_told"),
    [
        ("V-01", [], 2, True),
        ("V-01", [], 4, False),
        ("V-01", [], -2, True),
        ("V-01", [], -4, False),
        ("A1", [], 2, False),
        ("V-01", [trade(AT, 1.2 + n / 5, 4.0, "V-01", f"B{n}") for n in range(3)], 2, False),
    ],
)
def test_one_order_of_a_stranger_that_met_nothing_is_found_while_others_are_robbed(
    loser: str, on_the_way: list[Row], hours_before: int, is_told: bool
) -> None:
    order = [*on_the_way, trade(AT, 3.0, 20.0, loser, "W-01")]
    others = theft(AT - hours_before * HOUR_MS, victim="V-02", thief="W-02")
    assert found([*quiet(), *order]) == []
    told = {one.subjects["account"] for one in found([*quiet(), *order, *others])}
    assert told == ({loser, "V-02"} if is_told else {"V-02"})


def test_one_order_before_which_the_winner_took_what_others_offered_is_found() -> None:
    order = [trade(AT, 1.5, 50.0, "A1", "W-01")]
    on_the_way = trade(AT - 2_000, 1.2, 1.0, "W-01", "B1")
    assert found([*quiet(), *order, {**on_the_way, "buyer": "A2"}]) == []
    told = found([*quiet(), *order, on_the_way])
    assert "A1" in {one.subjects["account"] for one in told}


@pytest.mark.parametrize("before_ms", [0, 14 * MINUTE_MS, HOUR_MS])
@pytest.mark.parametrize("sign", ["bought", "sold"])
def test_dust_among_a_thiefs_other_accounts_is_no_market(before_ms: int, sign: str) -> None:
    def sided(price: float, one: str, other: str, amount: float, at: int) -> Row:
        sides = (one, other) if sign == "bought" else (other, one)
        return trade(at, price if sign == "bought" else 1 / price, amount, *sides)

    taken = [sided(2.0, "V-01", "W-01", 5.0, AT + n * 1_000) for n in range(10)]
    dust = [sided(2.0, f"X{n}", f"Y{n}", 0.1, AT + n * 900 - before_ms) for n in range(6)]
    assert {one.subjects["account"] for one in found([*quiet(), *taken, *dust])} == {"V-01"}
    much = [{**one, "amount": 5.0} for one in dust]
    assert found([*quiet(), *taken, *much]) == []


def test_victims_of_one_thief_at_the_same_moment_are_no_market_for_one_another() -> None:
    each = [
        trade(AT + n * 100 + m, 1.3, 20.0, f"V-0{n}", f"W-0{(n + m) % 6}")
        for n in range(6)
        for m in range(3)
    ]
    told = found([*quiet(), *each])
    assert {one.subjects["account"] for one in told} == {f"V-0{n}" for n in range(6)}


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ([], set()),
        ([trade(AT - 1_000, 5.0, 10.0, "V-01", "W-01")], set()),
        (
            [trade(AT - 1_000, 5.0, 10.0, f"V-0{n}", "W-01") for n in (1, 2)],
            {"V-01", "V-02", "V-03"},
        ),
        (theft(AT - 9_000, price=5.0), {"V-01", "V-03"}),
        (theft(AT - 9 * HOUR_MS, price=5.0), {"V-01"}),
    ],
    ids=["no other", "one order of one", "two others", "another in several orders", "long ago"],
)
def test_who_follows_a_theft_excuses_no_other_of_a_robber(
    before: list[Row], told: set[str]
) -> None:
    order = [trade(AT, 2.0, 10.0, "V-03", "W-01")]
    followers = [trade(AT + n * 9_000, 2.1, 1.0, f"A{n}", f"B{n}") for n in range(1, 5)]
    rows = [*quiet(), *before, *order, *followers]
    assert {one.subjects["account"] for one in found(rows)} == told


def test_a_robbers_other_accounts_are_told_with_him_although_they_traded_here_before() -> None:
    lived = [trade(AT - n * HOUR_MS, 1.0, 5.0, "B1", f"W-0{n % 2 + 1}") for n in range(5, 25)]
    lived += [trade(AT - n * HOUR_MS, 1.0, 5.0, "A1", f"W-0{n % 2 + 1}") for n in range(5, 25)]
    one_order = [trade(AT, 3.0, 10.0, "V-01", name) for name in ("W-01", "W-02")]
    another = theft(AT + 2 * HOUR_MS, price=3.0, victim="V-02", thief="W-01")
    told = found([*quiet(), *lived, *one_order, *another])
    of_one = {one.subjects["counterparty"] for one in told if one.subjects["account"] == "V-01"}
    assert of_one == {"W-01", "W-02"}


def test_who_dealt_with_a_maker_that_is_called_a_winner_by_mistake_is_no_victim() -> None:
    up = [trade(AT + n * 20_000, 1 + n / 200, 0.3, "F-01", f"B{n % 3}") for n in range(200)]
    mistake = trade(AT - 12 * HOUR_MS, 1.5, 10.0, "A1", "B1")
    told = found([*quiet(), *up, mistake], chance=0.0)
    assert {one.subjects["account"] for one in told} == {"F-01"}


def test_who_robs_several_is_a_stranger_to_each_although_he_trades_here() -> None:
    lived = [trade(n * 2 * HOUR_MS, 1.0, 4.0, f"A{n % 10}", "W-01") for n in range(20)]
    others = [
        trade(AT + v * HOUR_MS + n * 9_000, 2.0, 3.0, f"V-0{v}", "W-01")
        for v in (1, 2)
        for n in range(4)
    ]
    little = [trade(AT + n * 9_000, 2.0, 0.5, "V-03", "W-01") for n in range(4)]
    alone = {one.subjects["account"] for one in found([*quiet(), *lived, *little])}
    assert alone == set()
    told = {one.subjects["account"] for one in found([*quiet(), *lived, *others, *little])}
    assert told == {"V-01", "V-02", "V-03"}


def test_a_stolen_key_that_takes_honest_offers_on_the_way_is_found() -> None:
    swept = [trade(AT, 1.5 + n / 10, 20.0, "V-01", f"B{n}") for n in range(3)]
    told = found([*quiet(), *swept, *theft(AT + 1_000, price=3.0, fills=8)])
    assert {one.subjects["counterparty"] for one in told} == {"W-01"}


def test_a_finding_lies_within_its_threshold() -> None:
    [one] = found([*quiet(), *theft(AT)], passed=0.49)
    assert found([*quiet(), *theft(AT)], passed=0.51) == []
    assert f"(it was {one.score:.3g})" in one.spared


prices = st.floats(1.05, 5.0)
amounts = st.floats(0.1, 100.0)


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(prices, amounts), min_size=3, max_size=8))
def test_what_one_passed_the_other_got(fills: list[tuple[float, float]]) -> None:
    rows = [
        trade(AT + 1_000 * n, price, amount, "V-01", "W-01")
        for n, (price, amount) in enumerate(fills)
    ]
    market = market_of([*quiet(), *rows])
    pair = np.array([market.names.index(name) for name in ("V-01", "W-01")])
    places = market.of(int(pair[0]))
    lost = weigh(market, int(pair[0]), pair, places, None)
    won = weigh(market, int(pair[1]), pair, places, None)
    assert lost.passed == pytest.approx(-won.passed)


@settings(max_examples=6, deadline=None)
@given(prices, amounts, st.floats(0.1, 0.9))
def test_splitting_a_fill_changes_nothing(price: float, amount: float, part: float) -> None:
    whole = [trade(AT + n, price, amount, "V-01", "W-01") for n in range(3)]
    split = [
        trade(AT + n, price, amount * some, "V-01", "W-01")
        for n in range(3)
        for some in (part, 1 - part)
    ]
    one, other = found([*quiet(), *whole]), found([*quiet(), *split])
    assert [f.value for f in one] == pytest.approx([f.value for f in other])
    assert [f.score for f in one] == pytest.approx([f.score for f in other])


@settings(max_examples=4, deadline=None)
@given(st.sampled_from([1e-6, 0.01, 3.0, 50_000.0]))
def test_another_unit_of_money_changes_no_finding_but_its_value(unit: float) -> None:
    rows = [*quiet(), *theft(AT)]
    scaled = [{**row, "price": row["price"] * unit} for row in rows]
    [one], [other] = found(rows), found(scaled)
    assert other.score == pytest.approx(one.score)
    assert other.rows == one.rows
    assert other.value == pytest.approx((one.value or 0) * unit)


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(st.floats(0.01, 100.0), amounts), max_size=30))
def test_the_references_are_what_others_made(own: list[tuple[float, float]]) -> None:
    """Whatever the pair trades with itself before, the value passed is the same."""
    before = [
        trade(AT - (n + 1) * 40_000, price, amount, "W-01", "V-01")
        for n, (price, amount) in enumerate(own)
    ]
    market = market_of([*quiet(), *before, *theft(AT)])
    pair = np.array([market.names.index(name) for name in ("V-01", "W-01")])
    places = market.of(int(pair[0]))[-10:]
    plain = market_of([*quiet(), *theft(AT)])
    same = np.array([plain.names.index(name) for name in ("V-01", "W-01")])
    told = weigh(market, int(pair[0]), pair, places, None).passed
    expected = weigh(plain, int(same[0]), same, plain.of(int(same[0])), None).passed
    assert told == pytest.approx(expected)


def test_the_market_of_a_moment_knows_nothing_later() -> None:
    market = market_of([*quiet(), *theft(AT, price=1.08)])
    victim = market.names.index("V-01")
    first = int(market.times[market.of(victim)[0]])
    assert losses(market.until(first + 1_000), victim, Parameters(), None) == []
    [loss] = losses(market.until(first + 2_000), victim, Parameters(), None)
    assert len(loss.weighed.places) == 3
    assert len(market.until(first).of(victim)) == 1
