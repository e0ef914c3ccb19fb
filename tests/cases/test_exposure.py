"""Key tables: what they expose, and what each rule would have switched off."""

import csv
import hashlib
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases.conftest import run
from tradelatch.cases.exposure import AGES, exposure
from tradelatch.cases.keytable import Key

DAY = date(2023, 1, 10)
KEYS = st.lists(
    st.builds(
        lambda age, used, balance, has_list, rights, number: Key(
            number,
            f"{number:064x}",
            DAY - timedelta(days=age),
            DAY - timedelta(days=age * used // 100) if used else None,
            has_list,
            "",
            rights,
            Decimal(balance),
        ),
        st.integers(0, 2_000),
        st.integers(0, 100),
        st.integers(0, 10**6),
        st.sampled_from([True, False, None]),
        st.sampled_from(["read", "read;trade", "", "view,transfer"]),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=40,
)


@given(KEYS)
def test_ages_are_all_keys_once_and_rules_are_what_is_at_least_so_old(keys: list[Key]) -> None:
    found = exposure(keys, as_of=DAY)
    assert sum(one.keys for one in found.ages) == len(keys)
    assert sum((one.balance for one in found.ages), Decimal(0)) == found.kinds[0].balance
    for number, days in enumerate(AGES):
        older = [key for key in keys if (DAY - key.created).days >= days]
        assert found.rules[number].keys == len(older)
        assert found.rules[number].keys == sum(one.keys for one in found.ages[number + 1 :])
        assert found.rules[number].balance == sum((key.balance or 0) for key in older)
    balances = [key.balance or 0 for key in found.worst]
    assert balances == sorted(balances, reverse=True)
    assert all(key.rights != "read" and not key.has_ip_list for key in found.worst)


def test_the_drills_tables_are_told_as_they_are(evidence: Path) -> None:
    table = evidence / "keys" / "binance.csv"
    words = ("keys", "exposure", table, "--leaked", evidence / "leaked-keys.csv", "--json")
    told = json.loads(run(0, *words).stdout)
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = {one["what"]: one for one in told["kinds"]}
    assert told["as_of"] == "2023-01-10"
    assert kinds["all keys"]["keys"] == len(rows)
    assert Decimal(kinds["all keys"]["balance"]) == sum(
        Decimal(row["balance_at_risk_usd"]) for row in rows
    )
    assert kinds["no IP list"]["keys"] == sum(row["ip_list"] == "no" for row in rows)
    assert kinds["on the leaked list"]["keys"] == sum(row["third_party"] != "" for row in rows)
    rules = {one["what"]: one["keys"] for one in told["rules"]}
    day = date(2023, 1, 10)
    idle = [(day - date.fromisoformat(row["last_used"])).days >= 30 for row in rows]
    assert rules["30 days idle"] == sum(idle)
    assert set(rules) == {
        *(f"{days} days old" for days in (30, 90, 180, 365)),
        *(f"{days} days idle" for days in (14, 30, 90)),
    }
    text = run(0, *words[:-1]).stdout
    assert max(map(len, text.splitlines())) <= 80
    assert "What each rule" in text or "days idle" in text


def test_other_names_and_dates_are_mapped_and_both_kinds_of_lists_match(tmp_path: Path) -> None:
    table = tmp_path / "house.csv"
    table.write_text(
        "Ident;Opened;Funds\nA1;03/04/2022;1.234,50\nB2;13/04/2022;10,00\nC3;never;0,00\n"
    )
    listed = tmp_path / "leaked.csv"
    listed.write_text("exchange,key_id\nkraken,A1\n")
    hashes = tmp_path / "hashes.csv"
    hashes.write_text(f"key_id_sha256\n{hashlib.sha256(b'kraken:A1').hexdigest()}\n")
    mapping = ("--map", "key=Ident", "--map", "created=Opened", "--map", "balance=Funds")
    for one in (listed, hashes):
        words = ("keys", "exposure", table, *mapping, "--exchange", "Kraken", "--leaked", one)
        told = json.loads(run(0, *words, "--as-of", "2022-05-13", "--json").stdout)
        kinds = {part["what"]: part for part in told["kinds"]}
        assert kinds["all keys"]["keys"] == 2
        assert kinds["on the leaked list"]["balance"] == "1234.50"
        assert told["rejected"] == [
            {"line": 4, "reason": "'never' is not a date (write it as 2022-10-19)"}
        ]
        rules = {part["what"]: part["keys"] for part in told["rules"]}
        assert rules["30 days old"] == 2
        assert "30 days idle" not in rules, "the table does not tell when keys were used"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "is none of: keys"),
        ("key_id,created\n", "there is no key in it"),
        ("key_id,created\nA,03/04/2022\n", "--set date=dmy"),
    ],
)
def test_what_is_no_table_is_told_in_a_sentence(text: str, says: str, tmp_path: Path) -> None:
    table = tmp_path / "binance.csv"
    table.write_text(text)
    result = run(2, "keys", "exposure", table)
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_how_tables_say_never(tmp_path: Path) -> None:
    """.NET writes its smallest date; a key that was made then is left out with the reason."""
    table = tmp_path / "binance.csv"
    table.write_text(
        "key_id,created,last_used,balance_at_risk_usd\n"
        "a,2022-01-01,0001-01-01T00:00:00,1\nb,2022-01-01,Never,1\nc,2022-01-01,,1\n"
        "d,0001-01-01,2022-01-01,1\ne,2022-01-01,,-1\n"
    )
    told = json.loads(run(0, "keys", "exposure", table, "--json").stdout)
    assert [key["used"] for key in told["worst"]] == [None, None, None]
    assert [one["line"] for one in told["rejected"]] == [5, 6]


def test_a_key_that_stands_twice_counts_once_and_one_used_before_it_was_made_does_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "keys.csv"
    path.write_text(
        "API Key,Create Time,Last Access Time,Balance USD\n"
        "a,2022-01-01,2022-02-01,10\nb,2022-01-01,2022-02-01,10\n"
        "a,2022-01-01,2022-02-01,10\nc,2031-01-01,2022-02-01,10\nd,2022-02-01,2022-01-31,10\n"
    )
    told = json.loads(run(0, "keys", "exposure", path, "--json").stdout)
    assert (told["as_of"], told["kinds"][0]["keys"]) == ("2022-02-01", 3)
    assert told["rejected"] == [
        {"line": 4, "reason": "is the key of line 2 again"},
        {"line": 5, "reason": "was used last on 2022-02-01, before it was made on 2031-01-01"},
    ]


def test_keys_that_were_made_after_the_tables_day_are_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    path.write_text("key_id,created\na,2022-01-01\nb,2022-06-01\n")
    told = json.loads(run(0, "keys", "exposure", path, "--as-of", "2022-03-01", "--json").stdout)
    assert told["kinds"][0]["keys"] == 1
