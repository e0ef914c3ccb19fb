"""What honest people hand in is never called forged, however their exchange writes it; and who
copies from others does not displace them."""

import random
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases.conftest import run
from tests.cases.honest import (
    BINANCE,
    ORDERS,
    PLAIN,
    REFERENCE,
    TABLE,
    TAPE,
    accused,
    told,
    verify,
)
from tradelatch.cases.verified import Grade
from tradelatch.model.money import plain

D = Decimal
FILLS = [(f"2022-11-14 08:{10 + n}:00", D("0.05"), D(1001 + n)) for n in range(22)]
LOSS = sum((D("0.04") * quantity for _, _, quantity in FILLS), D(0))


def plain_rows(side: str = "buy") -> str:
    rows = (
        f"{at},FUN/USDT,{side},{price},{much},{n}\n" for n, (at, price, much) in enumerate(FILLS)
    )
    return PLAIN + "".join(rows)


def table_rows(buyer: str = "u-1", seller: str = "t-1") -> str:
    rows = (
        f"{at},FUN/USDT,{price},{much},{buyer},{seller},{n}\n"
        for n, (at, price, much) in enumerate(FILLS)
    )
    return TABLE + "".join(rows)


def tape_rows() -> str:
    rows = (f"{at},FUN/USDT,{price},{much},{n}\n" for n, (at, price, much) in enumerate(FILLS))
    return TAPE + "".join(rows)


@pytest.mark.parametrize("record", ["tape", "table"])
def test_two_victims_may_be_on_the_two_sides_of_a_print(record: str) -> None:
    exports = {"V-01": plain_rows("buy"), "V-02": plain_rows("sell")}
    if record == "tape":
        found = verify(exports, tape=tape_rows())
        assert {one.grade for one in found.values()} == {Grade.PUBLIC_TAPE}
    else:
        found = verify(exports, table=table_rows("u-1", "u-2"))
        assert {one.grade for one in found.values()} == {Grade.BOTH_SIDES}
        assert {one.account for one in found.values()} == {"u-1", "u-2"}
    assert not any(one.doubts for one in found.values())
    assert found["V-01"].verified == LOSS


def test_one_account_may_be_on_both_sides_of_a_print() -> None:
    both = plain_rows("buy") + plain_rows("sell").removeprefix(PLAIN)
    (found,) = verify({"V-01": both}, table=table_rows("u-1", "u-1")).values()
    assert found.grade is Grade.BOTH_SIDES
    assert not found.doubts


@given(
    rates=st.lists(
        st.sampled_from(["0.001", "0.0008", "0.00075", "0.0006", "0.0002", "0.0026"]), min_size=22
    ),
    fee_asset=st.sampled_from(["USDT", "FUN", "BNB"]),
)
def test_makers_takers_and_discounts_pay_different_fees(rates: list[str], fee_asset: str) -> None:
    rows = []
    for (at, price, much), rate in zip(FILLS, rates, strict=False):
        fee = D(rate) * (much if fee_asset == "FUN" else price * much)
        rows.append(
            f"{at},FUNUSDT,BUY,{price},{much}FUN,{price * much}USDT,{plain(fee)}{fee_asset}\n"
        )
    (found,) = verify({"V-01": BINANCE + "".join(rows)}).values()
    assert not accused(found)
    assert found.verified + found.withheld == LOSS


def test_two_makers_among_takers_count() -> None:
    rows = [
        f"{at},FUNUSDT,BUY,{price},{much}FUN,{price * much}USDT,"
        f"{plain(D('0.001' if n < 20 else '0.0008') * price * much)}USDT\n"
        for n, (at, price, much) in enumerate(FILLS)
    ]
    (found,) = verify({"V-01": BINANCE + "".join(rows)}).values()
    assert found.verified == LOSS
    assert not accused(found)


@given(
    quantities=st.lists(st.decimals("0.01", "99999", places=3), min_size=3, max_size=12),
    places=st.integers(0, 8),
    rounding=st.sampled_from([ROUND_DOWN, ROUND_HALF_EVEN]),
    has_fee=st.booleans(),
)
def test_amounts_may_be_rounded_in_each_asset_as_it_pleases(
    quantities: list[Decimal], places: int, rounding: str, has_fee: bool
) -> None:
    price = D("0.05123")
    rows = ["2022-11-14 07:10:00,FUNBTC,BUY,0.00000123,333FUN,0.00040959BTC,0BNB\n"]
    for n, much in enumerate(quantities):
        fee = (D("0.001") * price * much).quantize(D("1e-8")) if has_fee else D(0)
        amount = (price * much + fee).quantize(D(1).scaleb(-places), rounding)
        rows.append(
            f"2022-11-14 08:{10 + n}:00,FUNUSDT,BUY,{price},{much}FUN,{plain(amount)}USDT,"
            f"{plain(fee)}USDT\n"
        )
    (found,) = verify({"V-01": BINANCE + "".join(rows)}).values()
    assert not accused(found)


@pytest.mark.parametrize("columns", ["Price", "Avg Trading Price"])
def test_averages_of_cheap_coins_are_rounded(columns: str) -> None:
    header = f"Date(UTC),Pair,Side,{columns},Executed,Amount,Fee\n"
    dice = random.Random(3)
    rows = []
    for at, _, much in FILLS:
        paid = D(dice.randint(123_000, 124_000)) / D(10**10) * much * 1000
        price = (paid / (much * 1000)).quantize(D("1e-8"))
        amount = (price if columns == "Price" else paid / (much * 1000)) * much * 1000
        rows.append(
            f"{at},FUNUSDT,BUY,{price:f},{much}000FUN,{amount.quantize(D('1e-8')):f}USDT,0BNB\n"
        )
    (found,) = verify({"V-01": header + "".join(rows)}).values()
    assert not found.doubts or told(found) == {"no reference"}


def test_an_amount_in_another_currency_is_told() -> None:
    rows = [
        f"{at},FUNUSDT,BUY,{price},{much}FUN,{price * much * D('0.97')}USDT,0BNB\n"
        for at, price, much in FILLS
    ]
    (found,) = verify({"V-01": BINANCE + "".join(rows)}).values()
    assert told(found) == {"amounts"}
    assert not accused(found)
    assert found.verified == LOSS


@given(st.lists(st.integers(0, 10**9), min_size=22, max_size=22))
def test_ids_may_be_random(ids: list[int]) -> None:
    rows = [
        f"{at},FUN/USDT,buy,{price},{much},{identity}\n"
        for (at, price, much), identity in zip(FILLS, ids, strict=True)
    ]
    (found,) = verify({"V-01": PLAIN + "".join(rows)}).values()
    assert not accused(found)
    assert found.verified == LOSS


def test_an_id_of_thousands_of_digits_is_an_id() -> None:
    rows = f"2022-11-14 08:10:00,FUN/USDT,buy,0.05,1001,{'9' * 5_000}\n"
    (found,) = verify({"V-01": PLAIN + rows}).values()
    assert not found.doubts


def test_honest_trades_lie_far_from_the_median_of_a_day() -> None:
    """A market that falls by a third within a day, told by its tape alone."""
    tape, rows = [], []
    for n in range(24 * 6):
        price = D("0.03") - D("0.0001") * n
        at = f"2022-11-{13 + n // 72:02} {(n % 72) // 3:02}:{20 * (n % 3):02}:00"
        tape.append(f"{at},FUN/USDT,{price},{1000 + n},{n}\n")
        if n >= 72:
            rows.append(f"{at},FUN/USDT,sell,{price},{1000 + n},{n}\n")
    reference = "market,hour,price\nBTC/USDT,2022-11-14T00:00Z,17000\n"
    found = verify({"V-01": PLAIN + "".join(rows)}, reference=reference, tape=TAPE + "".join(tape))
    assert not found["V-01"].doubts
    assert found["V-01"].grade is Grade.PUBLIC_TAPE


def test_a_lucky_seller_is_no_stray() -> None:
    """Trades at five times the reference, to the account's advantage."""
    found = verify({"V-01": plain_rows("sell")})["V-01"]
    assert not found.doubts


def orders() -> str:
    """The fills, two by two as a table of orders has them: average price, and the first's time."""
    rows = []
    for (at, one, much), (_, other, more) in zip(FILLS[::2], spread()[1::2], strict=True):
        price = ((one * much + other * more) / (much + more)).quantize(D("1e-8"))
        rows.append(f"{at},FUN/USDT,buy,{price:f},{much + more}\n")
    return ORDERS + "".join(rows)


def spread() -> list[tuple[str, Decimal, Decimal]]:
    """The fills, every second of which is dearer."""
    return [(at, price + D("0.005") * (n % 2), much) for n, (at, price, much) in enumerate(FILLS)]


def test_whole_orders_on_a_tape_count_by_arithmetic() -> None:
    tape = TAPE + "".join(
        f"{at},FUN/USDT,{price},{much},{n}\n" for n, (at, price, much) in enumerate(spread())
    )
    found = verify({"V-01": orders()}, tape=tape)["V-01"]
    assert not accused(found)
    assert found.grade is Grade.ARITHMETIC
    assert told(found) == {"not on the tape"}
    assert "whole orders" in found.doubts[0].says
    assert len(found.fills) == len(FILLS) / 2
    assert found.withheld == 0


def test_whole_orders_are_found_in_the_exchange_s_table_by_their_fills() -> None:
    table = TABLE + "".join(
        f"{at},FUN/USDT,{price},{much},u-1,t-{n % 2},{n}\n"
        for n, (at, price, much) in enumerate(spread())
    )
    found = verify({"V-01": orders()}, table=table)["V-01"]
    assert not found.doubts
    assert found.grade is Grade.BOTH_SIDES
    assert found.account == "u-1"
    assert {fill.counterparty for fill in found.fills} == {""}, "each was with two accounts"


def test_fills_of_one_moment_may_be_told_as_one() -> None:
    halves = TAPE + "".join(
        f"{at},FUN/USDT,{price},{much / 2},{2 * n + half}\n"
        for n, (at, price, much) in enumerate(FILLS)
        for half in (0, 1)
    )
    found = verify({"V-01": plain_rows()}, tape=halves)["V-01"]
    assert not found.doubts
    assert found.grade is Grade.PUBLIC_TAPE


def test_what_a_tape_lost_is_withheld_and_no_accusation() -> None:
    kept = tape_rows().splitlines(keepends=True)
    lost = "".join([*kept[:5], *kept[6:]]) + "2022-11-14 08:14:00,FUN/USDT,0.05,3,99\n"
    found = verify({"V-01": plain_rows()}, tape=lost)["V-01"]
    assert not accused(found)
    assert told(found) == {"not on the tape"}
    assert found.withheld == D("0.04") * FILLS[4][2]
    assert found.verified + found.withheld == LOSS


def test_a_table_that_is_a_part_accuses_nobody_and_one_that_contradicts_does() -> None:
    lines = table_rows().splitlines(keepends=True)
    part = "".join([*lines[:5], *lines[6:]])
    found = verify({"V-01": plain_rows()}, table=part)["V-01"]
    assert not accused(found)
    assert found.withheld == D("0.04") * FILLS[4][2]
    other = "".join([*lines[:5], lines[5].replace("0.05", "0.02"), *lines[6:]])
    found = verify({"V-01": plain_rows()}, table=other)["V-01"]
    assert accused(found)
    assert found.verified == LOSS - D("0.04") * FILLS[4][2]


@pytest.mark.parametrize("copier", ["V-00", "V-02"])
@pytest.mark.parametrize("is_told", [True, False])
def test_a_copier_takes_nothing_from_the_one_whose_account_it_is(
    copier: str, is_told: bool
) -> None:
    exports = {"V-01": plain_rows(), copier: plain_rows()}
    found = verify(exports, table=table_rows(), accounts={"V-01": "u-1"} if is_told else {})
    assert found[copier].verified == 0
    assert not any(accused(one) for one in found.values())
    assert "copied trades" in told(found[copier])
    if is_told:
        assert found["V-01"].verified == LOSS
        assert found["V-01"].grade is Grade.BOTH_SIDES
        assert "copied trades" not in told(found["V-01"])
    else:
        assert found["V-01"].verified == 0, "nothing tells whose they are"
        assert found["V-01"].withheld == LOSS


def test_the_account_that_a_copier_is_told_to_have_decides() -> None:
    others = "2022-11-14 09:10:00,FUN/USDT,0.05,12,u-2,t-1,900\n"
    exports = {"V-00": plain_rows(), "V-01": plain_rows()}
    found = verify(exports, table=table_rows() + others, accounts={"V-00": "u-2"})
    assert found["V-01"].verified == LOSS
    assert found["V-01"].grade is Grade.BOTH_SIDES
    assert found["V-00"].verified == 0
    assert "another account" in told(found["V-00"])


def test_accounts_that_traded_alike_both_count_where_the_table_has_both() -> None:
    table = table_rows("u-1") + table_rows("u-2").removeprefix(TABLE)
    found = verify(
        {"V-01": plain_rows(), "V-02": plain_rows()},
        table=table,
        accounts={"V-01": "u-1", "V-02": "u-2"},
    )
    assert [one.verified for one in found.values()] == [LOSS, LOSS]


def test_an_export_in_another_zone_accuses_nobody() -> None:
    """What was traded at noon was at four times the price of the morning."""
    later = tape_rows().replace("2022-11-14 08:", "2022-11-14 12:")
    morning = "".join(
        f"2022-11-14 08:{10 + n}:00,FUN/USDT,0.011,{500 + n},{900 + n}\n" for n in range(22)
    )
    found = verify({"V-01": plain_rows()}, tape=later + morning)["V-01"]
    assert not accused(found)
    assert told(found) == {"impossible price"}
    assert (found.verified, found.withheld) == (D(0), LOSS)


def test_a_price_that_the_very_moment_did_not_have_was_never_paid() -> None:
    lines = plain_rows().splitlines(keepends=True)
    lines[3] = lines[3].replace("0.05", "0.09")
    found = verify({"V-01": "".join(lines)}, tape=tape_rows())["V-01"]
    assert [doubt.kind for doubt in found.doubts if doubt.is_forgery] == ["impossible price"]
    assert found.verified == LOSS - D("0.04") * FILLS[2][2]


def test_only_tables_of_hours_tell_strays() -> None:
    """Three markets that lose half of their worth in two days, told by tapes alone."""
    tape, rows = [], []
    for market in ("A", "B", "C"):
        for n in range(48):
            at = f"2022-11-{13 + n // 24:02} {n % 24:02}:30:00,{market}/USDT"
            price = D("0.03") * (1 - D(n) / 96)
            tape.append(f"{at},{price},{1000 + n},{n}\n")
            if n >= 24:
                rows.append(f"{at},{'buy'},{price},{1000 + n},{n}\n")
    found = verify({"V-01": PLAIN + "".join(rows)}, tape=TAPE + "".join(tape))["V-01"]
    assert not found.doubts


def test_what_two_people_hand_in_is_withheld_once(tmp_path: Path) -> None:
    handed_in = tmp_path / "handed-in"
    for name in ("V-01", "V-02"):
        (handed_in / "exports" / name).mkdir(parents=True)
        (handed_in / "exports" / name / "trades.csv").write_text(plain_rows())
    (handed_in / "reference-prices.csv").write_text(REFERENCE)
    case = tmp_path / "case"
    run(0, "case", "new", case)
    run(0, "case", "add", case, handed_in)
    found = run(0, "case", "verify", case).stdout
    assert f"{LOSS:,.2f} more is withheld" in found


def test_an_account_of_round_quantities_is_not_counted_twice_either() -> None:
    rows = [f"2022-11-14 08:{10 + n}:00,FUN/USDT" for n in range(9)]
    export = PLAIN + "".join(f"{one},buy,0.05,100,{n}\n" for n, one in enumerate(rows))
    table = TABLE + "".join(f"{one},0.05,100,u-1,t-1,{n}\n" for n, one in enumerate(rows))
    found = verify({"V-00": export, "V-01": export}, table=table, accounts={"V-01": "u-1"})
    assert (found["V-00"].verified, found["V-01"].verified) == (D(0), D(36))
    assert told(found["V-00"]) == {"same account"}
    assert not found["V-01"].doubts


def test_copies_of_round_quantities_are_copies_too_whatever_their_dates() -> None:
    """Beside three that tell; without them, two bots may have had one signal."""
    round_ones = [f"2022-11-14 08:{40 + n}:00,FUN/USDT,buy,0.05,100,{n}\n" for n in range(5)]
    distinct = plain_rows().splitlines(keepends=True)[1:4]
    mine = "".join([PLAIN, *distinct, *round_ones])
    theirs = mine.replace("2022-11-14 08:", "2022-11-14 09:")
    found = verify({"V-00": theirs, "V-01": mine})
    assert [one.fills for one in found.values()] == [(), ()]
    assert [told(one) for one in found.values()] == [{"copied trades"}] * 2
    found = verify({"V-00": PLAIN + "".join(round_ones), "V-01": PLAIN + "".join(round_ones)})
    assert [len(one.fills) for one in found.values()] == [5, 5]
