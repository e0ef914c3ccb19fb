"""Odd exports of honest people: nobody is called a forger who is none, and no loss is missed."""

import csv
import gzip
import random
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cases.conftest import run
from tests.cases.written import HEADER, PEOPLE, PERSON, PRICES, case_of, row, trades, victims
from tradelatch.cases.verified import Grade, Victim

TWO = PEOPLE + PERSON + PERSON.replace("V-01", "V-02").replace(",k,", ",other,")
TAPE = "timestamp,symbol,price,amount\n" + "".join(
    f"{1_668_412_800_000 + minute * 60_000},FUN/USDT,0.05,1000\n" for minute in range(10, 22)
)


def kinds(victim: Victim) -> list[tuple[str, bool]]:
    return [(doubt.kind, doubt.is_forgery) for doubt in victim.doubts]


def of_one(folder: Path, export: str, **more: str) -> Victim:
    files = {"victims.csv": PEOPLE + PERSON, "reference-prices.csv": PRICES, **more}
    return victims(case_of(folder, files | {"exports/V-01/trades.csv": export}))["V-01"]


def test_victims_on_both_sides_of_a_trade(tmp_path: Path) -> None:
    files = {
        "victims.csv": TWO,
        "reference-prices.csv": PRICES,
        "tapes/binance/FUN-USDT.csv": TAPE,
        "exports/V-01/trades.csv": trades(range(10, 22)),
        "exports/V-02/trades.csv": trades(range(10, 22), "SELL"),
    }
    found = victims(case_of(tmp_path, files))
    assert [one.doubts for one in found.values()] == [(), ()]
    assert [one.grade for one in found.values()] == [Grade.PUBLIC_TAPE] * 2
    assert [one.verified for one in found.values()] == [480, 0]


def test_nobody_asks_to_freeze_another_victims_account(tmp_path: Path) -> None:
    """A thief at the keys of both lets one victim's account buy from the other's, and from his."""
    table = "time,symbol,price,amount,buyer,seller\n" + "".join(
        f"2022-11-14 08:{minute}:00Z,FUN/USDT,0.05,1000,71,{72 if minute < 16 else 99}\n"
        for minute in range(10, 22)
    )
    files = {
        "victims.csv": TWO.replace("consent_police", "consent_exchange"),
        "reference-prices.csv": PRICES,
        "exchange-tables/binance.csv": table,
        "exports/V-01/trades.csv": trades(range(10, 22)),
        "exports/V-02/trades.csv": trades(range(10, 16), "SELL"),
    }
    case = case_of(tmp_path, files)
    assert victims(case)["V-02"].account == "72"
    run(0, "case", "request", case)
    letter = (case / "requests" / "binance" / "request.txt").read_text()
    asked = letter[letter.index("2. FREEZE") : letter.index("3. PRESERVE")]
    assert "99: $240.00 in 6 trades" in asked
    assert "72:" not in asked


def test_one_victim_on_both_sides_of_a_trade(tmp_path: Path) -> None:
    both = HEADER + "".join(row(minute) + row(minute, "SELL") for minute in range(10, 22))
    tape = {"tapes/binance/FUN-USDT.csv": TAPE}
    assert of_one(tmp_path, both, **tape).doubts == ()


def test_makers_pay_less_than_takers(tmp_path: Path) -> None:
    def paid(minute: int, rate: str) -> str:
        quantity = 1000 + minute
        fee = Decimal("0.05") * quantity * Decimal(rate)
        amount = Decimal("0.05") * quantity
        return (
            f"2022-11-14 08:{minute:02}:00,FUNUSDT,BUY,0.05,{quantity}FUN,{amount}USDT,{fee}USDT\n"
        )

    taken = "".join(paid(minute, "0.001") for minute in range(20))
    made = "".join(paid(minute, "0.0008") for minute in range(20, 22))
    victim = of_one(tmp_path / "honest", HEADER + taken + made)
    assert kinds(victim) == [("rare fee", False)]
    assert len(victim.fills) == 22
    # Whoever doubled a price and left the fee has half the rate.
    half = "".join(paid(minute, "0.0005") for minute in range(20, 22))
    assert kinds(of_one(tmp_path / "edited", HEADER + taken + half)) == [("edited row", True)]


def test_amounts_to_the_cent_in_one_asset_and_to_eight_places_in_another(tmp_path: Path) -> None:
    rows = "".join(
        f"2022-11-14 08:{minute}:00,FUNUSDT,BUY,0.05123,{777 + minute}FUN,"
        f"{round(Decimal('0.05123') * (777 + minute), 2)}USDT,1BNB\n"
        for minute in range(10, 22)
    )
    in_btc = "2022-11-14 07:10:00,FUNBTC,BUY,0.00000123,333FUN,0.00040959BTC,0BNB\n"
    victim = of_one(tmp_path, HEADER + rows + in_btc)
    assert kinds(victim) == [("no reference", False)]
    assert len(victim.fills) == 12


@pytest.mark.parametrize(("seed", "is_forgery"), [(1, False), (None, True)])
def test_ids_that_are_not_numbered_by_time(
    tmp_path: Path, seed: int | None, is_forgery: bool
) -> None:
    """One id out of order among forty is another matter, and one that is no number at all."""
    dice = random.Random(seed)
    ids = [dice.randrange(10**9) if seed else 100 + n for n in range(40)]
    if seed is None:
        ids[20] = 7
    rows = "".join(
        f"2022-11-14 08:{10 + n}:00Z,FUN/USDT,buy,0.05,{1000 + n},{ids[n]}\n" for n in range(40)
    )
    rows += f"2022-11-14 09:00:00Z,FUN/USDT,buy,0.05,1,{'9' * 5_000}\n"
    victim = of_one(tmp_path, "time,symbol,side,price,quantity,id\n" + rows)
    assert kinds(victim) == [("trade ids", is_forgery)]
    assert len(victim.fills) == 40 + (not is_forgery)


def test_orders_of_several_trades_are_not_on_the_tape(tmp_path: Path) -> None:
    header = (
        "UID,Account Type,Order ID,Symbol,Side,Order Type,Avg. Filled Price,Filled Amount,"
        "Filled Volume,Filled Volume (USDT),Filled Time(UTC+00:00),Fee,Fee Currency\n"
    )
    rows = "".join(
        f"1,main,o{n},FUN-USDT,BUY,limit,0.0505,1000,50.5,50.5,2022-11-14 08:{n}:00,0.05,USDT\n"
        for n in range(10, 22)
    )
    tape = TAPE + TAPE.split("\n", 1)[1].replace("0.05,1000", "0.051,1000")
    files = {
        "victims.csv": PEOPLE + PERSON.replace("binance", "kucoin"),
        "tapes/kucoin/FUN-USDT.csv": tape,
    }
    victim = of_one(tmp_path, header + rows, **files)
    assert kinds(victim) == [("not on the tape", False)]
    assert (len(victim.fills), victim.grade) == (12, Grade.ARITHMETIC)


def test_an_order_that_was_cancelled_is_no_loss(tmp_path: Path) -> None:
    none = "2022-11-14 09:10:00,FUNUSDT,BUY,5,0FUN,0USDT,0FUN\n"
    case = case_of(
        tmp_path,
        {
            "victims.csv": PEOPLE + PERSON,
            "reference-prices.csv": PRICES,
            "exports/V-01/trades.csv": HEADER + row(10) + none,
        },
    )
    assert len(victims(case)["V-01"].fills) == 1
    run(0, "case", "report", case, "--no-pdf")


def test_prices_of_two_months_in_two_files(tmp_path: Path) -> None:
    october = PRICES.replace("2022-11", "2022-10")
    victim = of_one(tmp_path, trades(range(3)), **{"a-october.csv": october})
    assert victim.verified == 120
    assert {fill.reference_from for fill in victim.fills} == {
        "reference-prices.csv: FUN/USDT 2022-11-14T08:00Z"
    }


def test_two_prices_of_one_hour_are_never_chosen_between(tmp_path: Path) -> None:
    table = tmp_path / "reference-prices.csv"
    table.write_text(PRICES + "FUN/USDT,2022-11-14T08:00Z,0.02\n")
    run(0, "case", "new", tmp_path / "case")
    told = run(1, "case", "add", tmp_path / "case", table).stdout
    assert "line 26: FUN/USDT has another price at that time already" in told


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("tape", "start"), [("VIB_2020-01-12_20.00", 31_000), ("SNM_2019-08-07_17.00", 25_000)]
)
def test_real_trades_of_a_coin_that_moves_are_no_strays(
    tmp_path: Path, recorded_data: Path, tape: str, start: int
) -> None:
    """The tape is the only reference: a coin moves by more than 2 % from a day's median (bitcoin
    counts as one dollar here)."""
    path = recorded_data / "pumps" / "tapes" / f"{tape}.csv.gz"
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.DictReader(line.replace("/BTC", "/USDT") for line in file))
    public = "timestamp,symbol,price,amount\n" + "".join(
        f"{one['timestamp']},{one['symbol']},{one['price']},{one['amount']}\n" for one in rows
    )
    export = HEADER + "".join(map(_as_export, rows[start : start + 3_000 : 100]))
    files = {f"tapes/binance/{tape}.csv": public, "reference-prices.csv": PRICES}
    victim = of_one(tmp_path, export, **files)
    assert not any(doubt.is_forgery for doubt in victim.doubts)
    assert victim.grade is Grade.PUBLIC_TAPE


def _as_export(one: dict[str, str]) -> str:
    base, quote = one["symbol"].split("/")
    at = datetime.fromtimestamp(int(one["timestamp"]) // 1_000, UTC)
    price, quantity = Decimal(one["price"]), Decimal(one["amount"])
    return (
        f"{at:%Y-%m-%d %H:%M:%S},{base}{quote},BUY,{price:f},{quantity:f}{base},"
        f"{price * quantity:f}{quote},1BNB\n"
    )
