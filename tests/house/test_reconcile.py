"""Trades that nobody here signed: the ledger hears of them at once, and `reconcile` lists them."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.house.stage import ACCOUNT, Stage, sync_client
from tradelatch.drills.world import DEEP, THIN
from tradelatch.watch.notices import notice_of

PATIENCE_S = 10


def reconcile(stage: Stage, *more: str) -> subprocess.CompletedProcess[str]:
    return run(stage, "reconcile", ACCOUNT, *more)


def run(stage: Stage, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tradelatch.cli", *arguments]
    return subprocess.run(
        [*command, "--config", str(stage.house.config)], capture_output=True, text=True, timeout=60
    )


def foreign(stage: Stage, count: int) -> list[dict[str, Any]]:
    """The records of fills that nobody here signed, once there are so many."""
    deadline = time.monotonic() + PATIENCE_S
    while len(found := stage.records("ForeignFill")) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def bot(stage: Stage) -> Any:
    client = sync_client(stage.gate, stage.grant["id"], stage.grant["secret"])
    client.load_markets()
    return client


@pytest.fixture(scope="module")
def thief(stage: Stage) -> Any:
    """Whoever has the exchange key itself."""
    key = stage.world.victim
    client = sync_client(stage.world.url, key.key, key.secret)
    client.load_markets()
    return client


def test_what_is_signed_here_differs_in_nothing(stage: Stage, bot: Any) -> None:
    for side in ("buy", "sell"):
        bot.create_order(DEEP, "market", side, 0.2)
    ran = reconcile(stage)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "nothing differs" in ran.stdout
    told = json.loads(reconcile(stage, "--json").stdout)
    assert len(told["trades"]) == len(stage.records("Filled")) > 1
    assert told["differences"] == []


def test_a_fill_that_nobody_signed_is_noticed_at_once_and_told_once(
    stage: Stage, bot: Any, thief: Any
) -> None:
    """The thief has the key itself, and trades in a market that no policy lists, too."""
    order = thief.create_order(DEEP, "market", "buy", 0.3)
    thief.create_order(THIN, "market", "buy", 100)
    found = foreign(stage, 2)
    mine = [record for record in found if str(record["order_id"]) == order["id"]]
    assert sum(float(record["quantity"]) for record in mine) == 0.3
    assert {record["side"] for record in mine} == {"BUY"}
    notice = notice_of(json.dumps(mine[0]).encode())
    assert notice
    assert "nobody signed that here" in notice.says
    ran = reconcile(stage)
    assert ran.returncode == 1
    assert order["id"] in ran.stdout
    assert "not signed here" in ran.stdout
    assert len(stage.records("ForeignFill")) == len(found), "each is recorded once"
    assert stage.status()["foreign_fills"] == len(found)
    assert "were not signed here" in run(stage, "status").stdout
    bot.create_order(DEEP, "market", "sell", 0.2)
    time.sleep(0.5)
    assert len(stage.records("ForeignFill")) == len(found), "ours are not among them"


def test_fills_of_a_time_when_nobody_listened_are_found_later(stage: Stage, thief: Any) -> None:
    before = len(stage.records("ForeignFill"))
    stage.run(stage.house.courier.stop())
    thief.create_order(DEEP, "market", "sell", 0.1)
    stage.run(stage.house.courier.start())
    stage.run(stage.house.until_ready())
    deadline = time.monotonic() + PATIENCE_S
    while reconcile(stage).returncode == 2:
        assert time.monotonic() < deadline
    assert len(foreign(stage, before + 1)) == before + 1


def test_a_statement_is_signed_and_cannot_be_changed(stage: Stage, tmp_path: Path) -> None:
    paper = tmp_path / "statement.txt"
    assert reconcile(stage, "--statement", str(paper)).returncode == 1
    checked = run(stage, "journal", "statement", str(paper))
    assert checked.returncode == 0
    text = paper.read_text()
    assert text.startswith(checked.stdout)
    counts = [line for line in text.splitlines() if line.startswith("not signed here")]
    assert counts == [f"not signed here {len(stage.records('ForeignFill'))}"]
    paper.write_text(text.replace("BUY", "SELL", 1))
    checked = run(stage, "journal", "statement", str(paper))
    assert checked.returncode == 1
    assert "the signature is wrong" in checked.stderr


def test_mistakes_get_one_sentence(stage: Stage, tmp_path: Path) -> None:
    for ran, says in (
        (run(stage, "reconcile", "nobody"), "there is no account 'nobody'"),
        (reconcile(stage, "--statement", str(tmp_path)), "Is a directory"),
        (run(stage, "journal", "statement", str(tmp_path / "none")), "No such file"),
        (run(stage, "journal", "statement", str(stage.house.config)), "this is not a signed note"),
    ):
        assert ran.returncode in (1, 2)
        assert says in ran.stderr
        assert ran.stderr.count("\n") == 1, ran.stderr
    stage.check_alive()
