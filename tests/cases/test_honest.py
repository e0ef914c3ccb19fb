"""Odd exports of honest people: nobody is called a forger who is none, and no loss is missed."""

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


@pytest.mark.parametrize(("price", "found"), [("1.02", set()), ("1.04", {"strays"})])
def test_strays_are_told_by_whichever_file_has_their_hours(
    tmp_path: Path, price: str, found: set[str]
) -> None:
    """Ordinary trades in three markets, 2 % or 4 % above the hours' prices of 1 and 1.02."""
    hours = [(f"{coin}/USDT", hour) for coin in ("ABC", "DEF", "GHI") for hour in range(24)]
    november = "market,hour,price\n" + "".join(
        f"{market},2022-11-14T{hour:02}:00Z,{1 + hour % 2 / 50}\n" for market, hour in hours
    )
    export = "time,symbol,side,price,quantity,id\n" + "".join(
        f"2022-11-14 08:{10 + n}:00Z,{market},buy,{price},100,{n}\n"
        for n, (market, _) in enumerate(hours[::6])
    )
    october = november.replace("2022-11", "2022-10")
    victim = of_one(tmp_path, export, **{"a-october.csv": october, "b-november.csv": november})
    assert {doubt.kind for doubt in victim.doubts} == found
    assert not any(doubt.is_forgery for doubt in victim.doubts)


def test_two_prices_of_one_hour_are_never_chosen_between(tmp_path: Path) -> None:
    table = tmp_path / "reference-prices.csv"
    table.write_text(PRICES + "FUN/USDT,2022-11-14T08:00Z,0.02\n")
    run(0, "case", "new", tmp_path / "case")
    told = run(1, "case", "add", tmp_path / "case", table).stdout
    assert "line 26: FUN/USDT has another price at that time already" in told
