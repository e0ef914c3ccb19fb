"""A leaked list on its way through a real house: hits stopped, their owners told, the rest left."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ccxt
import pytest

from tests.house.stage import ACCOUNT, Stage, sync_client
from tests.house.test_operators import good, new_key, run, until
from tests.house.test_people import ask
from tests.house.test_vault import Home
from tradelatch.cli.leaks import acting
from tradelatch.cli.leaks.acting import act
from tradelatch.cli.leaks.known import ask_known
from tradelatch.drills.processes import Child
from tradelatch.drills.world import DEEP, POLICY
from tradelatch.journal import log
from tradelatch.model.config import parse_config

SECRET = "never-to-be-seen"


def published(folder: Path, *lines: str) -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join(("exchange,key_id,secret", *lines)) + "\n")
    return path


def matched(stage: Stage, path: Path, *options: str) -> dict[str, Any]:
    done = run(stage, " ".join(("leak match", str(path), "--json", *options)))
    assert done.stderr == ""
    assert SECRET not in done.stdout
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == bool(told["hits"])
    return told


def test_a_leaked_key_is_stopped_and_its_owner_told(stage: Stage, tmp_path: Path) -> None:
    notices, account = tmp_path / "notices.jsonl", tmp_path / "account.md"
    config = stage.house.config
    config.write_text(
        f"{config.read_text()}\n[watch]\npoll_ms = 100\n"
        f'[notify.channels]\nfile.url = "file://{notices}"\n'
    )
    config.chmod(0o600)
    watch = Child("watch", ("-m", "tradelatch.cli", "watch", "--config", str(config)), tmp_path)
    stage.run(watch.start())
    key = stage.world.victim.key
    path = published(
        tmp_path, f"binance,{key},{SECRET}", f"binance,{'x' * 20},{SECRET}", "binance,"
    )
    bot = sync_client(stage.gate, stage.grant["id"], stage.grant["secret"])
    thief = sync_client(stage.world.url, key, stage.world.victim.secret)
    try:
        until(lambda: "watch: file" in watch.said())
        price = bot.fetch_ticker(DEEP)["bid"] * 0.995
        bot.create_order(DEEP, "limit", "buy", 0.1, price)
        thief.create_order(DEEP, "limit", "buy", 0.1, price)
        shown = matched(stage, path)
        assert [hit["after"] for hit in shown["hits"]] == ["active"]
        assert shown["done"] == ["nothing was changed"]
        assert not stage.records("Frozen")

        told = matched(stage, path, "--suspend", "--output", str(account))
        [hit] = told["hits"]
        assert (hit["account"], hit["before"], hit["after"]) == (ACCOUNT, "active", "suspended")
        assert (hit["what"], hit["grants"], bool(hit["last_used"])) == ("key", 1, True)
        assert told["malformed"] == {"there is no id in it": [[4, 4]]}
        until(lambda: len(thief.fetch_open_orders(DEEP)) == 1)
        with pytest.raises(ccxt.InvalidOrder, match=told["sha256"]):
            bot.create_order(DEEP, "limit", "buy", 0.1, price)

        told = matched(stage, path, "--revoke")
        assert told["hits"][0]["after"] == "compromised"
        assert told["by_hand"][1].startswith(
            f'Binance, "API Management": delete the keys of {ACCOUNT}'
        )
        assert told["by_hand"][0].endswith("sends notices to file")
        until(lambda: not thief.fetch_open_orders(DEEP))
        until(lambda: notices.exists() and "called compromised" in notices.read_text())
    finally:
        stage.run(watch.stop())
        bot.session.close()
        thief.session.close()
    sentences = [json.loads(line)["says"] for line in notices.read_text().splitlines()]
    assert len(sentences) == 2
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"was suspended, its key id stands in list {digest} of leaked ids" in sentences[0]
    written = account.read_text()
    assert account.stat().st_mode & 0o777 == 0o600
    for part in (digest, ACCOUNT, "suspended", "Left to do by hand", "line 4: there is no id"):
        assert part in written, part
    for kept in (SECRET, key, stage.grant["id"]):
        assert kept not in written + watch.said()
    stage.check_alive()


def test_a_leaked_grant_and_who_may_what(stage: Stage, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    (ada, adas), (root, roots) = new_key(tmp_path, "ada", ""), new_key(tmp_path, "root", "")
    good(stage, f"operators add ada --role customer --customer ada --public-key {adas}")
    good(stage, f"operators add root --public-key {roots}")
    add = f"keys add adas --key-id adas-own-key-id --unchecked --customer ada --policy {policy}"
    good(stage, add, given="secret\n")
    grant = stage.issue()["id"]
    path = published(tmp_path, f",{grant},{SECRET}", f"kraken,{stage.world.victim.key}", "ADAS")
    path.write_text(path.read_text().replace("ADAS", "binance,adas-own-key-id"))

    def told(who: str, key: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return ask(stage, who, key, " ".join(("leak match", str(path), "--json", *options)))

    until(lambda: "first seconds" not in told("ada", ada).stderr)
    [hit] = json.loads(told("ada", ada).stdout)["hits"]
    assert (hit["account"], hit["customer"]) == ("adas", "ada"), (
        "nobody else's, at no other exchange"
    )
    for option, verb in (("--suspend", "suspend"), ("--revoke", "revoke")):
        refused = told("ada", ada, option)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr == f"tradelatch: 'leak {verb}' is not for the role customer\n"
    hits = json.loads(told("root", root, "--revoke").stdout)["hits"]
    found = {(hit["account"], hit["what"]): hit["after"] for hit in hits}
    assert found == {(ACCOUNT, "grant"): "revoked", ("adas", "key"): "compromised"}
    assert {record["by"] for record in stage.records("GrantRevoked")} == {"root"}
    stage.check_alive()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    made.good("signer", "--init")
    made.start()
    yield made
    made.stop()


def test_after_a_kill_between_the_next_run_does_the_rest(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, policy = tmp_path / "keys.csv", tmp_path / "policy.toml"
    policy.write_text(POLICY)
    rows = [f"v-{n:02},the-key-id-of-{n:02},{SECRET},binance" for n in range(9)]
    table.write_text("\n".join(["account,key_id,secret,exchange", *rows]) + "\n")
    home.good("keys", "import", str(table), "--policy", str(policy), "--unchecked")
    settings = parse_config(home.config.read_text(), "")
    known = ask_known(settings)
    places = [place for found in known.index.values() for place in found]
    wanted = sorted({place for place in places if place.account < "v-06"})
    monkeypatch.setattr(acting, "MOST_AT_ONCE", 4)

    def kill(count: int) -> None:
        assert count == 4
        assert home.signer
        home.signer.kill()
        home.signer.wait()

    digest = "ab" * 32
    outcome = act(settings, "leak suspend", digest, known, wanted, kill)
    assert "no signer answers" in outcome.problem
    assert set(outcome.after.values()) == {"suspended"}
    assert len(outcome.after) == 4
    home.signer = None
    home.start()
    hashes = tmp_path / "hashes"
    plain = tmp_path / "plain"
    ids = [f"binance,the-key-id-of-{n:02}" for n in range(6)]
    plain.write_text("\n".join([*ids, "nowhere,id"]) + "\n")
    made = subprocess.run(
        [sys.executable, "-m", "tradelatch.cli", "leak", "hash", str(plain)],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 1
    assert made.stderr.startswith("line 7: it names none of: binance, ")
    hashes.write_text(made.stdout)
    status, said = home.run("leak", "match", str(hashes), "--suspend", "--json")
    assert status == 1
    hits = json.loads(said)["hits"]
    assert Counter(hit["before"] for hit in hits) == {"suspended": 4, "active": 2}
    assert {hit["after"] for hit in hits} == {"suspended"}
    records = [json.loads(line) for line in log.records(home.folder / "journal")]
    frozen = [record["account"] for record in records if record["record"] == "Frozen"]
    assert sorted(frozen) == [f"v-{n:02}" for n in range(6)], "each once"
    second = tmp_path / "second"
    second.write_text("the-key-id-of-08\n")
    status, said = home.run("leak", "match", str(second), "--suspend")
    assert status == 1
    assert "1 key: active, now suspended" in said
    nothing = home.good("leak", "match", str(policy))
    assert "0 hits" in nothing
