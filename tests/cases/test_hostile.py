"""Evidence of somebody who wants money, or to break what looks at it; and mistakes of people."""

import os
from pathlib import Path

import pytest

from tests.cases.conftest import run
from tests.cases.written import HEADER, PEOPLE, PERSON, PRICES, case_of, row, trades, victims, write
from tradelatch.cases.folder import Case
from tradelatch.cases.packs.choosing import without_others

TABLE = "time,symbol,price,amount,buyer,seller\n" + "".join(
    f"2022-11-14 08:{minute}:00Z,FUN/USDT,0.05,1000,me,Mallory\n" for minute in range(10, 22)
)


@pytest.mark.parametrize("victim", [(), ("--victim", "V-01")])
def test_a_victim_brings_no_record_of_others(tmp_path: Path, victim: tuple[str, ...]) -> None:
    """No exchange's table that makes an own loss "both sides", no own reference, no consents."""
    below = "" if victim else "exports/V-01/"
    files = {
        f"{below}trades.csv": trades(range(10, 22)),
        f"{below}exchange-tables/binance.csv": TABLE,
        f"{below}tapes/binance/FUN.csv": TABLE.replace("time,", "timestamp,"),
        f"{below}reference-prices.csv": PRICES.replace("0.01", "0.000001"),
        f"{below}victims.csv": PEOPLE + PERSON.replace("V-01", "V-02"),
    }
    handed_in = write(tmp_path / "in", files)
    case = tmp_path / "case"
    run(0, "case", "new", case)
    told = run(1, "case", "add", case, handed_in, *victim).stdout
    assert told.count("refused: ") == 4
    assert {(item.kind, item.victim) for item in Case(case).items} == {("export", "V-01")}


@pytest.mark.parametrize(
    ("person", "says"),
    [
        ("../../x,US,binance,1,k,2022-01-01,yes", "'../../x' is no pseudonym such as V-01"),
        ("Jane Doe,US,binance,1,k,2022-01-01,yes", "'Jane Doe' is no pseudonym"),
        ("V-02,../../X,binance,1,k,2022-01-01,yes", "'../../X' is no country's ISO 3166 code"),
        ("V-02,US,binance,-1,k,2022-01-01,yes", "'-1' is below zero"),
        ("V-02,US,binance,1,k,9999-12-31,yes", "'9999-12-31' is not from 1970 to 2099"),
        ("V-02,US,binance,1,k,0001-01-01,yes", "'0001-01-01' is not from 1970 to 2099"),
    ],
)
def test_a_victim_who_is_none_is_left_out(tmp_path: Path, person: str, says: str) -> None:
    table = write(tmp_path, {"victims.csv": f"{PEOPLE}{PERSON}{person}\n"}) / "victims.csv"
    case = tmp_path / "case"
    run(0, "case", "new", case)
    assert f"line 3: left out: {says}" in run(0, "case", "add", case, table).stdout
    run(0, "case", "verify", case)
    assert list(victims(case)) == ["V-01"]
    assert "pseudonyms" in run(2, "case", "add", case, table, "--victim", "../x").output


@pytest.mark.parametrize(
    ("column", "cell"),
    [("account", '"1\n\n6. PAY TO bc1q"'), ("account", "<b>"), ("key_id_sha256", "a key itself")],
)
def test_no_line_of_a_letter_is_a_victims(tmp_path: Path, column: str, cell: str) -> None:
    table = f"victim,exchange,{column}\nV-01,binance,{cell}\nV-02,binance,\n"
    case = case_of(tmp_path, {"victims.csv": table})
    assert list(victims(case)) == ["V-02"]


def test_a_no_counts_whenever_it_was_said(tmp_path: Path) -> None:
    """Somebody who takes a consent back is told of in another table; that one is read first."""
    files = {"b/victims.csv": PEOPLE + PERSON, "c.csv": PEOPLE + PERSON.replace("yes", "no")}
    victim = victims(case_of(tmp_path, files))["V-01"]
    assert victim.consents == {"police": False}
    assert [doubt.kind for doubt in victim.doubts] == ["contradiction"]


def test_a_recipient_asked_about_in_two_columns_is_refused(tmp_path: Path) -> None:
    table = "victim,exchange,consent_police,consent_police\nV-01,binance,no,yes\n"
    case = tmp_path / "case"
    run(0, "case", "new", case)
    handed_in = write(tmp_path, {"victims.csv": table}) / "victims.csv"
    assert "has 2 columns named 'consent police'" in run(1, "case", "add", case, handed_in).stdout


def test_a_case_takes_in_neither_itself_nor_its_key(tmp_path: Path) -> None:
    handed_in = write(tmp_path / "in", {"victims.csv": PEOPLE + PERSON})
    case, key = tmp_path / "case", "-----BEGIN PRIVATE KEY-----\nAAAA\n"
    write(handed_in, {"mine.pem": key})
    run(0, "case", "new", case)
    run(0, "case", "key", case, answers="\n\n")
    told = run(0, "case", "add", case, tmp_path).stdout
    assert told.count("is a part of the case itself") == 3
    assert told.count("holds a private key") == 2
    assert [item.name for item in Case(case).items] == ["in/victims.csv"]
    assert case.stat().st_mode & 0o077 == 0


def test_names_of_files_that_are_not_printed(tmp_path: Path) -> None:
    case = tmp_path / "case"
    handed_in = write(tmp_path / "in" / "V-01", {"a\n0  b\x1b.csv": trades(range(3))})
    (handed_in / os.fsdecode(b"bad\xff.CSV")).write_text(trades(range(4)))
    run(0, "case", "new", case)
    run(0, "case", "add", case, tmp_path / "in", "--json")
    names = [item.name for item in Case(case).items]
    assert names == ["V-01/a_0  b_.csv", "V-01/bad_.CSV"]


def test_a_file_told_otherwise_makes_a_verification_old(tmp_path: Path) -> None:
    case = case_of(tmp_path, {"victims.csv": PEOPLE + PERSON, "V-01/t.csv": trades(range(3))})
    file = tmp_path / "in" / "V-01" / "t.csv"
    run(0, "case", "add", case, file, "--victim", "V-01", "--set", "zone=+12:00")
    assert "or read otherwise since" in run(2, "case", "report", case, "--no-pdf").output


def test_a_key_hash_does_not_depend_on_how_an_exchange_is_written(tmp_path: Path) -> None:
    files = {
        "victims.csv": PEOPLE + PERSON,
        "leaked-keys.csv": "exchange,key_id\nBinance,k\nbinance,other\n",
    }
    assert victims(case_of(tmp_path, files))["V-01"].is_key_leaked


@pytest.mark.parametrize("tells", [False, True])
def test_who_copies_an_export_does_not_know_the_accounts_id(tmp_path: Path, tells: bool) -> None:
    """The copier comes first by name; the exchange's table alone does not tell whose it is."""
    export = HEADER + "".join(row(10 + n, quantity=1001 + n) for n in range(12))
    table = "time,symbol,price,amount,buyer,seller\n" + "".join(
        f"2022-11-14 08:{10 + n}:00Z,FUN/USDT,0.05,{1001 + n},71,Mallory\n" for n in range(12)
    )
    account = "71" if tells else ""
    people = f"victim,exchange,account\nV-01,binance,72\nV-02,binance,{account}\n"
    files = {
        "victims.csv": people,
        "reference-prices.csv": PRICES,
        "exchange-tables/binance.csv": table,
        "exports/V-01/trades.csv": export,
        "exports/V-02/trades.csv": export,
    }
    found = victims(case_of(tmp_path, files))
    assert found["V-01"].verified == 0
    assert (found["V-02"].verified > 0) == tells
    kinds = {doubt.kind for doubt in found["V-01"].doubts}
    assert kinds == {"copied trades", "same account", "another account"}
    assert "V-02" not in str(without_others(found["V-01"]).doubts)
    assert "another victim's" in str(without_others(found["V-01"]).doubts)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "published.csv",
            "figure,value,qualifier\nloss,1,nearly\n",
            "the qualifier is about, over",
        ),
        ("reference-prices.csv", "market,hour,price\nA/B,2022-11-14T08:00Z,0\n", "above zero"),
        ("V-01/trades.xlsx", "no workbook", "trades.xlsx: is none of"),
    ],
)
def test_what_no_verification_could_read_is_not_taken_in(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    case = case_of(tmp_path, {name: text}, code=1)
    assert Case(case).items == []
    run(0, "case", "report", case, "--no-pdf")
    assert says in run(1, "case", "add", case, tmp_path / "in").stdout
