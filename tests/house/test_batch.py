"""A platform's table of keys on its way into a real vault."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house.test_vault import Home
from tradelatch.drills.world import POLICY
from tradelatch.journal import log
from tradelatch.signer.records import AccountAdded, decode

SECRET = "exchange-secret-never-to-be-seen"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    made.good("signer", "--init")
    made.start()
    (tmp_path / "policy.toml").write_text(POLICY)
    yield made
    made.stop()


def table(home: Home, *rows: str) -> Path:
    path = home.config.with_name("keys.csv")
    path.write_text("\n".join(rows) + "\n")
    return path


def imported(home: Home, path: Path) -> tuple[int, dict[str, Any]]:
    policy = str(path.with_name("policy.toml"))
    status, said = home.run(
        "keys", "import", str(path), "--policy", policy, "--json", "--unchecked"
    )
    return status, json.loads(said)


def test_good_rows_are_sealed_bad_ones_listed_and_a_second_run_goes_on(home: Home) -> None:
    path = table(
        home,
        "account,key_id,secret,exchange",
        f"v-01,k1,{SECRET},binance",
        f"v-02,k2,{SECRET},",
        f"v-03,k3,{SECRET},mtgox",
        "v-04,k4,,",
        f"v-01,other,{SECRET},",
        f"not a name,k6,{SECRET},",
    )
    status, told = imported(home, path)
    assert (status, told["added"], told["there"]) == (1, 2, 0)
    refused = told["refused"]
    assert [row["line"] for row in refused] == [4, 5, 6, 7]
    for row, why in zip(refused, ("mtgox", "either a secret", "already", "no name"), strict=True):
        assert why in row["why"]
    assert SECRET not in json.dumps(told)
    status, told = imported(home, path)
    assert (told["added"], told["there"], len(told["refused"])) == (0, 2, 4)
    home.stop()
    home.start()
    home.until("2 accounts,")
    assert SECRET.encode() not in home.stored()


def test_a_table_is_sealed_where_the_secrets_are(home: Home) -> None:
    rows = (f"v-01,k1,{SECRET},acme", f"v-02,k2,{SECRET},")
    plain = table(home, "account,key_id,secret,customer", *rows)
    public_key = home.good("keys", "box").strip()
    command = [sys.executable, "-m", "tradelatch.cli", "keys", "seal", str(plain)]
    ran = subprocess.run([*command, "--public-key", public_key], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert SECRET not in ran.stdout
    sealed = list(csv.DictReader(io.StringIO(ran.stdout)))
    assert imported(home, table(home, *ran.stdout.splitlines()))[1]["added"] == 2
    added = [decode(line) for line in log.records(home.folder / "journal")]
    assert [one.customer for one in added if isinstance(one, AccountAdded)] == ["acme", ""]
    # A box is good for its own account and key only.
    moved = table(home, "account,key_id,sealed", f"v-03,k1,{sealed[0]['sealed']}")
    (refused,) = imported(home, moved)[1]["refused"]
    assert "does not open" in refused["why"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([""], "the first line has to name the columns"),
        (["account,key_id"], "the first line has to name the columns"),
        (["account,key_id,secret,pin"], "there is no column 'pin'"),
        (["account,key_id,secret", "a,b"], "line 2: 2 cells where the first line names 3"),
        (["account,key_id,secret", 'a,"b,c'], "line 2: unexpected end of data"),
        (["account,key_id,secret,policy", "a,b,c,none.toml"], "none.toml: cannot read it"),
        (["account,key_id,secret,policy", "a,b,c,keys.csv"], "this is not TOML"),
    ],
)
def test_a_table_that_is_none_ends_with_a_sentence(home: Home, rows: list[str], says: str) -> None:
    path = table(home, *rows)
    policy = str(path.with_name("policy.toml"))
    status, said = home.run("keys", "import", str(path), "--policy", policy)
    assert (status, said.count("\n")) == (2, 1)
    assert says in said


def test_without_a_policy_nothing_is_taken(home: Home) -> None:
    path = table(home, "account,key_id,secret", "a,b,c")
    status, said = home.run("keys", "import", str(path))
    assert (status, "give one for them by --policy" in said) == (2, True)
