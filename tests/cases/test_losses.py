"""Losses by hand: references, rates, valuation, thresholds, and what is told where they lack."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.cases.verification.evidence import Evidence
from tradelatch.cases.verification.losses import EXACT
from tradelatch.cases.verification.people import Person
from tradelatch.cases.verification.recorded import Recorded
from tradelatch.cases.verification.references import Series, TapeSeries
from tradelatch.cases.verification.settings import Settings
from tradelatch.cases.verification.verify import victims_of
from tradelatch.cases.verified import Doubt, Grade, RowRef, Victim, Weight
from tradelatch.exports.reading import read

HOUR = 3_600_000
NOON = 1_666_180_800_000
"""2022-10-19 12:00 UTC."""
HEADER = "time,symbol,side,price,quantity,amount,fee,fee coin,id\n"


def rows(*told: str) -> bytes:
    return (HEADER + "".join(f"{one}\n" for one in told)).encode()


def verified(data: bytes, settings: Settings | None = None, **evidence: object) -> Victim:
    some = Evidence(people={"V-01": Person("V-01", exchange="kucoin")})
    for name, value in evidence.items():
        setattr(some, name, value)
    some.exports["V-01"] = [read(data, "a.csv")]
    with localcontext(EXACT):
        (victim,), _ = victims_of(some, settings or Settings())
    return victim


def kinds(victim: Victim) -> list[tuple[str, bool]]:
    """Of doubts, and whether they take rows away."""
    return [(doubt.kind, doubt.takes_rows) for doubt in victim.doubts]


MARKETS = {
    "FUN/BTC": Series("prices.csv", "FUN/BTC", [(NOON, Decimal("0.5")), (NOON - HOUR, Decimal(1))]),
    "BTC/USDT": Series("prices.csv", "BTC/USDT", [(NOON, Decimal(20_000))]),
}
BOUGHT = "2022-10-19T12:30:00Z,FUN/BTC,buy,2,3,6,0.006,BTC,"


def test_value_passed_is_over_the_reference_in_dollars_of_the_hour() -> None:
    victim = verified(rows(BOUGHT), markets=MARKETS)
    (fill,) = victim.fills
    assert victim.verified == Decimal("90000.00")  # (2 - 0.5) * 3 * 20000
    assert victim.fees == Decimal("120.00")
    assert (fill.reference, fill.reference_ms) == (Decimal("0.5"), NOON)
    assert fill.reference_from == "prices.csv: FUN/BTC 2022-10-19T12:00Z"
    assert fill.rate_from == "prices.csv: BTC/USDT 2022-10-19T12:00Z"
    assert victim.grade is Grade.ARITHMETIC


def test_the_time_of_valuation_can_be_set() -> None:
    prices = {**MARKETS, "BTC/USDT": Series("p.csv", "BTC/USDT", [(NOON - HOUR, Decimal(10_000))])}
    settings = Settings(valuation="hour-before")
    (fill,) = verified(rows(BOUGHT), settings, markets=prices).fills
    assert (fill.reference, fill.rate) == (Decimal(1), Decimal(10_000))
    assert fill.passed == 30_000
    with_old = Settings(oldest_hours=24, valuation="day-before")
    assert kinds(verified(rows(BOUGHT), with_old, markets=prices)) == [("no reference", False)]


def test_a_table_of_rates_goes_before_the_market() -> None:
    rates = {"BTC": Series("rates.csv", "BTC", [(NOON, Decimal(19_000))])}
    (fill,) = verified(rows(BOUGHT), markets=MARKETS, rates=rates).fills
    assert (fill.rate, fill.rate_from) == (Decimal(19_000), "rates.csv: BTC 2022-10-19T12:00Z")
    counted = Settings(dollars="BTC")
    (fill,) = verified(rows(BOUGHT), counted, markets=MARKETS).fills
    assert (fill.rate, fill.rate_from) == (Decimal(1), "BTC counts as one dollar")


@pytest.mark.parametrize(
    ("side", "price", "counts"),
    [
        ("buy", "0.55", False),
        ("buy", "0.5501", True),
        ("sell", "0.45", False),
        ("sell", "0.4499", True),
        ("sell", "5", False),
        ("buy", "0.01", False),
    ],
)
def test_only_what_is_beyond_the_threshold_to_the_accounts_disadvantage_counts(
    side: str, price: str, counts: bool
) -> None:
    told = rows(f"2022-10-19T12:30:00Z,FUN/BTC,{side},{price},3,,,,")
    victim = verified(told, markets=MARKETS)
    assert bool(victim.fills) is counts
    assert (victim.verified > 0) is counts


def test_what_has_no_reference_or_is_too_old_is_told_and_counts_for_nothing() -> None:
    late = BOUGHT.replace("12:30", "13:30")
    victim = verified(rows(late, BOUGHT.replace("FUN", "XYZ")), markets=MARKETS)
    assert victim.verified == 0
    (doubt,) = victim.doubts
    assert doubt.kind == "no reference"
    assert doubt.says.endswith("FUN/BTC, XYZ/BTC")
    assert {row.line for row in doubt.rows} == {2, 3}


def tape(*prices: tuple[int, str]) -> TapeSeries:
    return TapeSeries(
        [
            Recorded(RowRef("tape.csv", n), at, "FUN/BTC", Decimal(price), Decimal(1))
            for n, (at, price) in enumerate(prices, 2)
        ]
    )


def test_a_tapes_reference_is_of_the_day_before_the_hour_and_unmoved_by_what_comes_in_it() -> None:
    quiet = [(NOON - 2 * HOUR, "1"), (NOON - HOUR, "1.1"), (NOON - 1, "0.9")]
    attack = [(NOON + 1, "50"), (NOON + 2, "60"), (NOON + 3, "70")]
    found = tape(*quiet, *attack).at(NOON + HOUR // 2, HOUR)
    assert found is not None
    assert (found.price, found.at_ms) == (Decimal(1), NOON)
    assert found.source == "tape.csv: median of 3 trades in the 24 hours to 2022-10-19T12:00Z"
    assert tape((NOON - 25 * HOUR, "1")).at(NOON, HOUR) is None


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=9), st.integers(1, 10**9))
def test_sums_are_exact_and_rounded_once(parts: list[int], price: int) -> None:
    times = Decimal(price) / 1_000 + 2
    told = rows(*(f"2022-10-19T12:30:00Z,FUN/USDT,buy,{times},0.{part:07},,,," for part in parts))
    series = {"FUN/USDT": Series("p.csv", "FUN/USDT", [(NOON, Decimal(1))])}
    victim = verified(told, markets=series)
    with localcontext(EXACT):
        quantity = sum((Decimal(f"0.{part:07}") for part in parts), Decimal(0))
        exact = (times - 1) * quantity
    assert sum((fill.passed for fill in victim.fills), Decimal(0)) == exact
    assert victim.verified == exact.quantize(Decimal("0.01"))


def test_a_few_ids_that_do_not_rise_with_time_are_told_and_take_nothing_away() -> None:
    told = rows(
        *(
            f"2022-10-19T12:{minute:02}:00Z,FUN/BTC,buy,2,3,,,,{number}"
            for minute, number in enumerate([100, 101, 250, *range(102, 120)])
        )
    )
    victim = verified(told, markets=MARKETS)
    assert kinds(victim) == [("trade ids", False)]
    assert [row.line for row in victim.doubts[0].rows] == [4]
    assert len(victim.fills) == 21


def test_a_fill_whose_fee_is_far_from_all_rates_of_the_account_is_withheld() -> None:
    """Price and amount were raised together; at two honest rates, free trades, and fees in a third
    asset nothing is told."""
    honest = [f"2022-10-19T12:0{n}:00Z,FUN/BTC,buy,2,3,6,0.006,BTC," for n in range(3)]
    honest += [f"2022-10-19T12:1{n}:00Z,FUN/BTC,buy,2,3,6,0.0045,BTC," for n in range(3)]
    honest += ["2022-10-19T12:20:00Z,FUN/BTC,buy,2,3,6,0,BTC,"]
    honest += ["2022-10-19T12:21:00Z,FUN/BTC,buy,2,3,6,0.1,BNB,"]
    assert verified(rows(*honest), markets=MARKETS).doubts == ()
    edited = "2022-10-19T12:30:00Z,FUN/BTC,buy,4,3,12,0.006,BTC,"
    victim = verified(rows(*honest, edited), markets=MARKETS)
    assert kinds(victim) == [("fee", True)]
    assert victim.doubts[0].weight is Weight.WITHHELD
    assert [row.line for row in victim.doubts[0].rows] == [10]
    assert "0.075 %, 0.1 %" in victim.doubts[0].says
    assert len(victim.fills) == 8


def recorded(buyer: str, minute: int, price: str = "2", quantity: str = "3") -> Recorded:
    at = NOON + minute * 60_000 + 500
    row = RowRef("table.csv", minute + 2)
    return Recorded(row, at, "FUN/BTC", Decimal(price), Decimal(quantity), "9", buyer, "t-01")


def test_the_exchanges_table_shows_the_other_side_and_what_was_never_traded() -> None:
    table = [recorded("u-1", minute) for minute in range(4)] + [
        recorded("u-2", 4),
        recorded("u-1", 9),
    ]
    told = rows(
        *(f"2022-10-19T12:{minute:02}:00Z,FUN/BTC,buy,2,3,,,,{minute}" for minute in range(6))
    )
    victim = verified(told, markets=MARKETS, tables={"kucoin": table})
    assert kinds(victim) == [("not in the exchange's table", True), ("missing rows", False)]
    assert [row.line for row in victim.doubts[0].rows] == [6, 7]
    assert victim.doubts[1].rows == (RowRef("table.csv", 11),)
    assert victim.grade is Grade.BOTH_SIDES
    assert victim.account == "u-1"
    assert {fill.counterparty for fill in victim.fills} == {"t-01"}


def test_a_tape_may_put_fills_together_and_confirms_no_more_than_it_has() -> None:
    one = Recorded(RowRef("tape.csv", 2), NOON + 100, "FUN/BTC", Decimal(2), Decimal(7))
    told = rows(*(f"2022-10-19T12:00:00Z,FUN/BTC,buy,2,3,,,,{n}" for n in range(3)))
    victim = verified(told, markets=MARKETS, tapes={"kucoin": [one]})
    assert kinds(victim) == [("not on the tape", True)]
    assert len(victim.fills) == 2
    assert victim.grade is Grade.PUBLIC_TAPE
    elsewhere = verified(told, markets=MARKETS, tapes={"binance": [one]})
    assert (kinds(elsewhere), elsewhere.grade) == ([], Grade.ARITHMETIC)


def test_papers_that_contradict_one_another_are_told() -> None:
    data = b"tradeCreatedAt,symbol,side,price,size,funds,fee,feeCurrency\n"
    data += b"2022-10-19 12:00:00,FUN-BTC,buy,2,3,6,0.006,BTC\n"
    people = {"V-01": Person("V-01", exchange="binance")}
    victim = verified(data, markets=MARKETS, people=people, contradicted={"V-01"})
    assert kinds(victim) == [("contradiction", False), ("exchange", False)]
    assert victim.verified == Decimal("90000.00")


def test_without_an_export_there_is_a_claim_alone() -> None:
    some = Evidence(people={"V-01": Person("V-01", claimed=Decimal(5))})
    with localcontext(EXACT):
        (victim,), stopped = victims_of(some, Settings())
    assert (victim.grade, victim.claimed) == (Grade.CLAIMED, Decimal(5))
    assert victim.verified == 0
    assert stopped == ()
    assert victim.doubts == tuple[Doubt]()


def test_accounts_with_more_markets_than_a_policy_lists_are_verified_too() -> None:
    names = [f"{first}{second}X" for first in "ABCDEFGHIJKL" for second in "ABCDEFGHIJKL"]
    ordinary = [
        f"2022-10-1{n % 8}T12:30:00Z,{name}/BTC,buy,0.5,3,,,," for n, name in enumerate(names)
    ]
    victim = verified(rows(*ordinary, BOUGHT), markets=MARKETS)
    assert victim.verified == Decimal("90000.00")
