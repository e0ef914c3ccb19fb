"""A first bot, from `tradelatch init` on: what it buys, sells and writes down ties out."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.house.stage import sync_client
from tests.house.test_up import House, house
from tests.house.test_up import config as usual_config
from tradelatch.cli.app import app
from tradelatch.drills.world import DEEP

__all__ = ["house", "usual_config"]
BOT = "dca-eth-btc"


@pytest.fixture
def config(usual_config: Path) -> Path:
    """The database lies beside the runner's folder, which it is confined to."""
    database = usual_config.parent / "database"
    database.mkdir()
    with usual_config.open("a") as file:
        file.write(f'[bots]\npoll_ms = 200\n[store]\nurl = "sqlite:///{database}/bots.sqlite"\n')
    return usual_config


def run(config: Path, *arguments: str) -> Result:
    """A command, in this process: most of its time would go into starting another."""
    command = [*arguments, "--config", str(config)]
    ran = CliRunner().invoke(app, command, prog_name="tradelatch")
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exc_info
    return ran


def told(config: Path, *arguments: str, status: int = 0) -> Any:
    """What a command says with ``--json``."""
    ran = run(config, *arguments, "--json")
    assert ran.exit_code == status, ran.output
    return json.loads(ran.stdout)


def until(look: Callable[[], Any]) -> Any:
    """What it gives once it gives something."""
    for _ in range(200):
        if found := look():
            return found
        time.sleep(0.1)
    pytest.fail(f"{look} gave nothing")


def test_a_first_bot_buys_sells_and_ties_out(config: Path, house: House) -> None:
    house.until("runner: ready")
    made = told(config, "bots", "new", "--symbol", DEEP)
    assert (made["name"], made["account"], made["state"]) == (BOT, "me", "stopped")
    assert (config.parent / "home/bots/grants/me.json").stat().st_mode & 0o777 == 0o600

    told(config, "bots", "start", BOT)
    until(lambda: told(config, "deals", "list", "--open")[0]["state"] == "bought")
    (shown,) = told(config, "bots", "list")
    assert (shown["state"], shown["open_deals"]) == ("running", 1)
    assert 0 < float(shown["budget"]["left"]["day"]["B"]) < 0.25
    deal = told(config, "deals", "show", BOT, "1")
    assert deal["orders"][0]["tag"] == "base"
    assert sum(float(fill["quantity"]) for fill in deal["fills"]) == float(deal["bought"])
    statement = told(config, "bots", "statement")
    assert statement["ties_out"]
    assert statement["fills"] > 0

    edited = told(config, "bots", "edit", BOT, "--set", "take_profit=3")
    assert edited["answered"]
    assert edited["says"] == "it holds for deals that begin from now on"
    stopped = told(config, "bots", "stop", BOT)
    assert stopped["says"] == "it begins no new deals, and ends with the open ones"
    sold = told(config, "deals", "panic-sell", BOT, "1")
    assert sold["says"] == "deal 1: its orders are cancelled, and it leaves at the market"
    until(lambda: told(config, "bots", "show", BOT)["state"] == "stopped")
    over = told(config, "bots", "show", BOT)
    assert (over["open_deals"], over["closed_deals"]) == (0, 1)
    assert over["settings"]["take_profit"] == "3"
    ended = told(config, "bots", "statement")
    assert ended["ties_out"]
    assert ended["fills"] > statement["fills"]

    _trade_by_hand(config, house)
    differs = told(config, "bots", "statement", status=1)
    changed = {one["asset"]: one["difference"] for one in differs["assets"]}
    assert changed["ETH"] == "0.4995"  # 0.5 less the fee
    assert float(changed["BTC"]) < 0


def test_a_grid_that_is_stopped_sells_what_it_holds_if_told_to(config: Path, house: House) -> None:
    """Its deal ends with the stop: what is to become of the coins has to come with it."""
    house.until("runner: ready")
    told(config, "bots", "new", "--symbol", DEEP, "--kind", "grid", "--name", "lines")
    told(config, "bots", "start", "lines")
    until(lambda: told(config, "deals", "list", "--bot", "lines")[0]["state"] == "running")
    stopped = told(config, "bots", "stop", "lines", "--sell")
    sells = "it begins no new deals; deal 1: its orders are cancelled, and it leaves at the market"
    assert stopped["says"] == sells
    until(lambda: told(config, "bots", "show", "lines")["state"] == "stopped")
    (deal,) = told(config, "deals", "list", "--bot", "lines")
    assert deal["state"] == "closed"
    assert 0 <= float(deal["bought"]) - float(deal["sold"]) - float(deal["base_fees"]) < 0.0001
    assert told(config, "bots", "statement")["ties_out"]


def _trade_by_hand(config: Path, house: House) -> None:
    grant = json.loads((config.parent / "home/grants/me.json").read_text())
    address = house.log.read_text().split("gate: ")[1].split()[0]
    client = sync_client(f"{address}/binance", grant["id"], grant["secret"])
    assert client.create_order(DEEP, "market", "buy", 0.5)["filled"] == 0.5
    client.session.close()


def test_what_is_asked_while_nothing_runs_waits_for_the_runner(config: Path, house: House) -> None:
    """And what is not a good bot is told while the gate is there to be asked."""
    house.until("runner: ready")
    told(config, "bots", "new", "--symbol", DEEP, "--name", "late")
    too_small = ["--symbol", DEEP, "--name", "small", "--set", "base_order_volume=0.00001"]
    _fails(config, ["bots", "new", *too_small], "settings.base_order_volume: 0.00001 BTC is under")
    deep = ["--symbol", DEEP, "--set", "max_safety_orders=150"]
    _fails(config, ["bots", "new", *deep], "which has to be less than 100; at most 99 fit")
    house.stop()
    _fails(config, ["bots", "edit", "late", "--set", "cooldown=9"], "does not answer (binance, ")
    answer = told(config, "bots", "start", "late", "--wait", "0", status=1)
    assert not answer["answered"]
    again = House(config)
    try:
        until(lambda: told(config, "bots", "show", "late")["state"] == "running")
    finally:
        again.stop()


def _fails(config: Path, command: list[str], says: str) -> None:
    ran = run(config, *command)
    assert (ran.exit_code, ran.stderr.count("\n")) == (2, 1), ran.output
    assert says in ran.stderr
