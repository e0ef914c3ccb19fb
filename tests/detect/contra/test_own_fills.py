"""The victim's view and account drain: an account's own fills and the tape."""

from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray

from tests.detect.contra.quiet import DAY_MS, HOUR_MS, MINUTE_MS, START_MS, Row, quiet, theft, trade
from tradelatch.detect import contra_victim, drain
from tradelatch.detect.excess import Prints
from tradelatch.detect.fills import Fills, claims, each_account, ruled_out, tape_of
from tradelatch.detect.findings import Finding
from tradelatch.detect.signs import signs

AT = 2 * DAY_MS + 5 * HOUR_MS
ETH = "ETH/BTC"


def lived(account: str = "V-01", order: str = "dca-1") -> list[Row]:
    """An account's purchases in a deep market, one a day, with its bot's order ids."""
    rows = [trade(day * DAY_MS + HOUR_MS, 15.0, 0.1, account, "B1", ETH) for day in range(2)]
    return [{**row, "order": order} for row in rows]


def raised(account: str = "V-01", money: float = 100.0) -> Row:
    return trade(AT - 5 * MINUTE_MS, 15.0, money / 15, "B1", account, ETH)


def asked(rows: list[Row], account: str = "V-01") -> ibis.Table:
    """The tape, and an account's fills as its export has them."""
    ordered = sorted([*quiet(), *quiet(symbol=ETH, price=15.0), *rows], key=lambda row: row["time"])
    made: list[dict[str, Any]] = []
    for row in ordered:
        public = {name: row[name] for name in ("time", "symbol", "price", "amount")}
        made.append({**public, "side": "buy", "account": None, "role": None, "order": None})
        if account in (row["buyer"], row["seller"]):
            side, order = "buy" if row["buyer"] == account else "sell", row.get("order", "")
            made.append(
                {**public, "side": side, "account": account, "role": "taker", "order": order}
            )
    numbered = [{"row": number, **row} for number, row in enumerate(made, 1)]
    return ibis.duckdb.connect().create_table("trades", pa.Table.from_pylist(numbered))


def robbed(rows: list[Row]) -> list[Finding]:
    return contra_victim.find(asked(rows), contra_victim.Parameters())


def together(rows: list[Row], names: list[str]) -> ibis.Table:
    """The tape, and the fills of several who ask."""
    each = [asked(rows, name).to_pyarrow() for name in names]
    tape = each[0].filter(pc.is_null(each[0]["account"]))
    fills = [one.filter(pc.is_valid(one["account"])) for one in each]
    return ibis.duckdb.connect().create_table("trades", pa.concat_tables([tape, *fills]))


def robbed_together(rows: list[Row], names: list[str]) -> list[Finding]:
    return contra_victim.find(together(rows, names), contra_victim.Parameters())


def terms(one: Finding) -> dict[str, float]:
    return {term.name: term.value for term in one.terms}


def test_a_victim_finds_its_loss_and_the_signs_that_speak() -> None:
    rows = [*lived(), raised(), *theft(AT)]
    [one] = robbed(rows)
    assert dict(one.subjects) == {"symbol": "QOR/BTC", "account": "V-01"}
    assert one.value == pytest.approx(50, rel=0.01)
    told = asked(rows).to_pyarrow().to_pylist()
    assert {(told[row - 1]["account"], told[row - 1]["price"]) for row in one.rows} == {
        ("V-01", 2.0)
    }
    names = ("first trades in this market", "raised just before", "without the owner's order ids")
    assert [terms(one)[name] for name in names] == [1, 1, 1]


SOLD = theft(AT, victim="W-01", thief="V-01")
"""Fifty coins that V-01 sold; what it bought was paid for with a hundred."""


@pytest.mark.parametrize(
    ("episode", "before", "is_raised"),
    [
        (theft(AT), raised(money=50.0), True),
        (theft(AT), raised(money=49.0), False),
        (theft(AT), trade(AT - 16 * MINUTE_MS, 15.0, 9.0, "B1", "V-01", ETH), False),
        (theft(AT), trade(AT - 5 * MINUTE_MS, 15.0, 9.0, "V-01", "B1", ETH), False),
        (theft(AT), trade(AT - 5 * MINUTE_MS, 15.0, 9.0, "B1", "V-01", "ETH/USDT"), False),
        (theft(AT), trade(AT - 5 * MINUTE_MS, 1.0, 99.0, "B1", "V-01"), False),
        (SOLD, trade(AT - 5 * MINUTE_MS, 9.0, 25.0, "V-01", "B1", "QOR/USDT"), True),
        (SOLD, trade(AT - 5 * MINUTE_MS, 9.0, 24.0, "V-01", "B1", "QOR/USDT"), False),
        (SOLD, trade(AT - 5 * MINUTE_MS, 9.0, 25.0, "B1", "V-01", "QOR/USDT"), False),
        (SOLD, trade(AT - 5 * MINUTE_MS, 9.0, 25.0, "V-01", "B1", ETH), False),
    ],
)
def test_raised_is_half_of_what_was_given_in_other_markets_a_quarter_of_an_hour_before(
    episode: list[Row], before: Row, is_raised: bool
) -> None:
    own = dict(each_account(asked([*lived(), before, *episode])))["V-01"]
    given = own.only(np.flatnonzero((own.symbols == "QOR/BTC") & (own.times >= START_MS + AT)))
    assert signs(own, given).is_raised is is_raised


def test_who_pays_what_others_pay_is_no_victim() -> None:
    pump = [trade(AT + n * 3_000, 1 + n / 100, 3.0, f"P{n % 9}", f"N{n % 7}") for n in range(120)]
    mine = [trade(AT + n * 60_000, 1 + n / 5, 3.0, "V-01", "N1") for n in range(5)]
    assert robbed([*lived(), *pump, *mine]) == []


def test_one_mistaken_order_is_no_theft_unless_signs_speak() -> None:
    mistake = [{**trade(AT, 1.5, 9.0, "V-01", "B1"), "order": "dca-2"}]
    before = [trade(DAY_MS, 1.0, 1.0, "V-01", "B1")]
    assert robbed([*lived(), *before, *mistake]) == []
    assert robbed([*lived(), raised(), *mistake]) == [], "who buys a new coin sells another for it"
    [one] = robbed([*lived(), raised(), *[{**mistake[0], "order": ""}]])
    assert len(one.rows) == 1


def test_an_order_that_met_nothing_in_between_is_told_from_one_that_went_through_the_offers() -> (
    None
):
    far = [{**trade(AT, 1.2, 9.0, "V-01", "B1"), "order": ""}]
    near = [{**trade(AT, 1.05, 9.0, "V-01", "B2"), "order": ""}]
    before = [*lived(), raised(), trade(DAY_MS, 1.0, 1.0, "V-01", "B1")]
    [one] = robbed([*before, *far])
    assert terms(one)["nothing offered in between"] == 1
    assert robbed([*before, *near, *far]) == []


def test_dust_at_the_price_does_not_make_it_the_markets_where_signs_speak() -> None:
    dust = [trade(AT - n * 2_000, 2.0, 0.01, f"W-{n}", f"X-{n}") for n in range(1, 5)]
    [one] = robbed([*lived(), raised(), *theft(AT), *dust])
    assert one.value == pytest.approx(50, rel=0.02)
    paid = [{**row, "amount": 50.0} for row in dust]
    assert robbed([*lived(), raised(), *theft(AT), *paid]) == []
    alone = [*lived(order=""), *theft(AT)]
    assert robbed([*alone, *dust])
    assert robbed([*alone, *({**row, "amount": 3.0} for row in dust)]) == []


def test_an_owner_whose_order_went_through_the_offers_made_a_mistake() -> None:
    order = [{**trade(AT, 1 + n / 2, 9.0, "V-01", f"B{n}"), "order": "dca-2"} for n in range(1, 9)]
    assert robbed([*lived(), raised(money=500.0), *order]) == []


def test_victims_who_ask_together_do_not_vouch_for_one_another() -> None:
    rows = [*lived()]
    names = [f"V-0{n}" for n in range(1, 5)]
    for name in names:
        rows += theft(AT, victim=name)
    assert {one.subjects["account"] for one in robbed_together(rows, names)} == set(names)


def single(account: str, after_ms: int = 0) -> list[Row]:
    """An account's first order in the market, at half as much again, with its bot's id."""
    order = trade(AT + after_ms, 1.5, 9.0, account, f"B-{account}")
    return [*lived(account), {**order, "order": "dca-2"}]


def test_single_orders_that_strangers_lost_by_at_the_same_time_are_no_mistakes() -> None:
    near = [*single("V-01"), *single("V-02", 2 * HOUR_MS)]
    told = robbed_together(near, ["V-01", "V-02"])
    assert [one.subjects["account"] for one in told] == ["V-01", "V-02"]
    assert [terms(one)["others who ask lost there meanwhile"] for one in told] == [1, 1]
    far = [*single("V-01"), *single("V-02", 4 * HOUR_MS)]
    assert robbed_together(far, ["V-01", "V-02"]) == []
    assert robbed_together(near, ["V-01"]) == []


def test_whoever_claims_what_another_does_is_no_witness() -> None:
    table = together([*single("V-01"), *single("V-02", HOUR_MS)], ["V-01", "V-02"]).to_pyarrow()
    of_first = table.filter(pc.equal(table["account"], "V-01"))
    copied = of_first.set_column(
        of_first.column_names.index("account"), "account", pa.array(["V-02"] * len(of_first))
    )
    tape = table.filter(pc.is_null(table["account"]))
    asking = ibis.duckdb.connect().create_table(
        "trades", pa.concat_tables([tape, of_first, copied])
    )
    assert contra_victim.find(asking, contra_victim.Parameters()) == []
    assert contra_victim.find(asking, contra_victim.Parameters(points=2))


def edited(price: float, count: int = 10) -> list[Finding]:
    """What is told of a theft whose first fills in the victim's export have another price."""
    dear = trade(AT + 500, 2.4, 0.1, "A1", "B1")
    rows = asked([*lived(), raised(), *theft(AT), dear]).to_pyarrow().to_pylist()
    for row in [row for row in rows if row["account"] and row["price"] == 2.0][:count]:
        row["price"] = price
    table = ibis.duckdb.connect().create_table("trades", pa.Table.from_pylist(rows))
    return contra_victim.find(table, contra_victim.Parameters())


UNKNOWN = "fills here that are not on the tape"
LEFT_OUT = "fills here that are left out, as nobody paid such a price"
CONTESTED = "fills here that another who asks claims too"


def test_fills_that_the_tape_does_not_have_are_told() -> None:
    [one] = edited(2.3)
    assert terms(one)[UNKNOWN] == 10
    assert terms(one)[LEFT_OUT] == 0
    assert not next(term for term in one.terms if term.name == UNKNOWN).met


def test_what_nobody_paid_passes_nothing() -> None:
    assert edited(3.0) == []
    [one] = edited(3.0, 4)
    assert (terms(one)[UNKNOWN], terms(one)[LEFT_OUT]) == (4, 4)
    assert one.value == pytest.approx(30, rel=0.01)


def test_sales_below_all_prints_are_left_out_too_and_the_time_beyond_the_tape_is_not() -> None:
    trades = asked([*lived(), *theft(AT)])
    tape = tape_of(trades, "QOR/BTC")
    own = dict(each_account(trades))["V-01"]
    mine = own.only(own.symbols == "QOR/BTC")
    sold = mine._replace(bought=~mine.bought)
    assert not ruled_out(tape, mine).any()
    assert not ruled_out(tape, mine._replace(prices=mine.prices * 1.0009)).any()
    assert not ruled_out(tape, sold).any()
    assert ruled_out(tape, sold._replace(prices=mine.prices / 3)).all()
    late = mine._replace(times=mine.times + 90 * DAY_MS, prices=mine.prices * 3)
    assert not ruled_out(tape, late).any()


def test_trades_that_two_claim_are_told_of_both() -> None:
    rows = asked([*lived(), *theft(AT)]).to_pyarrow().to_pylist()
    copied = [{**row, "account": "V-02"} for row in rows if row["account"] == "V-01"]
    table = ibis.duckdb.connect().create_table("trades", pa.Table.from_pylist([*rows, *copied]))
    told = contra_victim.find(table, contra_victim.Parameters())
    assert {one.subjects["account"] for one in told} == {"V-01", "V-02"}
    assert all(terms(one)[CONTESTED] >= 10 for one in told)
    [alone] = robbed([*lived(), *theft(AT)])
    assert terms(alone)[CONTESTED] == 0


def test_a_theft_is_told_from_what_its_owner_lost_on_the_same_day() -> None:
    """Ten dear orders of the owner's before, at prices that others paid as well."""
    spike = [
        trade(AT - 8 * HOUR_MS + n * 8_000, 1.5, 25.0, f"A{n % 5}", f"B{n % 4}") for n in range(60)
    ]
    own = [
        {**trade(AT - 8 * HOUR_MS + n * 8_000, 1.5, 20.0, "V-01", f"B{n % 4}"), "order": "me"}
        for n in range(60)
    ]
    [one] = robbed([*lived(), *spike, *own, raised(), *theft(AT)])
    assert one.value == pytest.approx(50, rel=0.01)


def test_without_any_sign_a_loss_counts_half() -> None:
    before = [trade(DAY_MS, 1.0, 1.0, "V-01", "B1")]
    assert robbed([*before, *theft(AT, price=1.1, fills=4)]) == []
    [one] = robbed([*before, *theft(AT, price=1.2, fills=4)])
    assert one.score == pytest.approx(0.2 / 1.2 / 2, rel=0.02)
    [signed] = robbed([*lived(), *theft(AT, price=1.1, fills=4)])
    assert signed.score == pytest.approx(0.1 / 1.1, rel=0.04)


def test_dust_in_the_minutes_around_does_not_settle_what_the_market_was_worth() -> None:
    dust = [trade(AT + n * MINUTE_MS, 2.0, 0.01, f"W-0{n}", "X-01") for n in (-4, -3, -2, 2, 3, 4)]
    [one] = robbed([*lived(), raised(), *theft(AT), *dust])
    assert one.value == pytest.approx(50, rel=0.02)


def own_prints(tape: Prints, own: Fills) -> NDArray[np.bool_]:
    return claims(tape, {"V-01": own})["V-01"]


def test_own_prints_are_left_out_once_each_and_by_the_second_where_exports_are_so() -> None:
    rows = [*lived(), *theft(AT)]
    trades = asked(rows)
    own = dict(each_account(trades))["V-01"]
    tape = tape_of(trades, "QOR/BTC")
    mine = own.only(own.symbols == "QOR/BTC")
    assert own_prints(tape, mine).sum() == 10
    assert 2.0 not in tape.prices[~own_prints(tape, mine)]
    assert claims(tape, {"V-01": mine, "V-02": mine})["V-02"].sum() == 0
    assert (
        claims(tape, {"V-01": mine, "W-01": mine._replace(bought=~mine.bought)})["W-01"].sum() == 10
    )
    rounded: Fills = mine._replace(times=mine.times // 1_000 * 1_000)
    assert own_prints(tape, rounded).sum() == 10
    one = mine.only(np.arange(1))
    assert own_prints(tape, one).sum() == 1


def drained(rows: list[Row], **settings: float) -> list[Finding]:
    return drain.find(asked(rows), drain.Parameters(**settings))  # type: ignore[arg-type]


def test_an_account_that_sells_all_for_a_coin_it_never_had_is_drained() -> None:
    rows = [*lived(), raised(), *theft(AT, price=1.0)]
    [one] = drained(rows)
    assert one.score == 5
    assert one.value == pytest.approx(50)
    assert drained(rows, points=6) == []


def test_a_purchase_at_the_owners_pace_is_none() -> None:
    bought = [{**trade(AT, 1.0, 1.0, "V-01", "B1"), "order": "dca-9"}]
    assert drained([*lived(), *bought]) == []


def test_a_key_that_wakes_is_told_from_one_that_trades() -> None:
    late = [trade(AT - 20 * DAY_MS, 15.0, 0.1, "V-01", "B1", ETH)]
    [one] = drained([*late, *theft(AT, price=1.0)])
    assert terms(one)["days asleep"] == pytest.approx(20, abs=0.1)
    assert terms(one)["after a sleep"] == 1
    both = [*late, *lived(), *theft(AT, price=1.0)]
    assert terms(drained(both, points=1)[0])["after a sleep"] == 0


def test_times_are_since_1970() -> None:
    [one] = robbed([*lived(), *theft(AT)])
    assert one.first_ms == START_MS + AT


def test_a_table_without_any_fill_of_an_account_holds_nothing_to_find() -> None:
    fills = asked([*lived(), *theft(AT)])
    tape = fills.filter(fills.account.isnull())
    assert contra_victim.find(tape, contra_victim.Parameters()) == []
    assert drain.find(tape, drain.Parameters()) == []
