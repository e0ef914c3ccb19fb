"""Commands about bots with what they cannot use: one sentence, and nothing is stored or asked."""

import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from tests.house.test_up import free_ports
from tradelatch.cli.app import app
from tradelatch.model.money import ZERO
from tradelatch.store import rows
from tradelatch.store.rows import Balances, BotState, Changes, Note
from tradelatch.store.store import Store, open_store

SETTINGS = b'{"base_order_volume": "0.01", "take_profit": "1.5"}'
BOT_FILE = """\
name = "eth"
kind = "dca"
symbols = ["ETH/BTC"]
[settings]
base_order_volume = 0.01
take_profit = 1.5
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a command runs: a store with two bots, a grant, and neither gate nor runner."""
    monkeypatch.chdir(tmp_path)
    (port,) = free_ports(1)
    (tmp_path / "config.toml").write_text(f'directory = "home"\n[gate]\nport = {port}\n')
    monkeypatch.setenv("TRADELATCH_CONFIG", "config.toml")
    grants = tmp_path / "home" / "grants"
    grants.mkdir(parents=True)
    (grants / "me.json").write_text('{"id": "tlg_1", "secret": "s"}')
    (tmp_path / "grant.json").write_text('{"id": "tlg_2", "secret": "s"}')
    (tmp_path / "eth.toml").write_text(BOT_FILE)
    (tmp_path / "moved.toml").write_text('account = "you"\n' + BOT_FILE.replace('"eth"', '"one"'))
    (tmp_path / "bad.toml").write_text(BOT_FILE.replace("take_profit", "take_profitt"))
    (tmp_path / "kind.toml").write_text(BOT_FILE.replace('"dca"', '"dcaa"'))
    with_own = tmp_path / "own.py"
    with_own.write_text(f"open({str(tmp_path / 'it-ran')!r}, 'w')\n")
    store = opened(tmp_path)
    for name in ("one", "two"):
        store.add_bot(rows.Bot(name, "dca", "me", ("ETH/BTC",), SETTINGS, 1))
    deal = rows.Deal("two", 1, "ETH/BTC", "long", 2, "bought", bought=Decimal("0.1"))
    over = rows.Deal("two", 2, "ETH/BTC", "long", 3, "completed", closed_ms=4, profit_quote=ZERO)
    state = BotState("two", "running", next_deal=3)
    store.save(Changes(bots=[state], deals=[deal, over]))
    store.close()
    return tmp_path


def opened(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/home/bots/bots.sqlite")


def run(command: str) -> Result:
    result = CliRunner().invoke(app, command.split(), prog_name="tradelatch")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("bots new", "a bot needs a market: --symbol ETH/BTC"),
        ("bots new --kind dcaa --symbol ETH/BTC", "--kind: 'dcaa' is no kind of bot, use dca, gr"),
        ("bots new --symbol ETH/BTC --set take_profit", "--set 'take_profit': write it as field="),
        ("bots new eth.toml --name other", "eth.toml: a bot of a file takes no --name"),
        ("bots new none.toml", "none.toml: cannot read it: No such file"),
        ("bots new bad.toml", "bad.toml, line 6: settings.take_profitt: there is no such setting"),
        ("bots new kind.toml", "kind.toml, line 2: kind: 'dcaa' is no kind of bot"),
        (
            "bots new --symbol ETH/BTC",
            "does not answer (binance, markets: nothing was sent, the ex",
        ),
        (
            "bots new --symbol ETH/BTC --account you",
            "there is no grant for the account 'you': `tra",
        ),
        ("bots new --symbol ETH/BTC --grant eth.toml", "eth.toml: this is no grant; `tradelatch g"),
        ("bots new --kind own.py:A --symbol ETH/BTC --name A", "name: 'A' is no name, use 1 to 40"),
        ("bots new --kind own.py:A --symbol ETH/BTC --name one", "there is a bot 'one' already, c"),
        ("bots show nobody", "there is no bot 'nobody'"),
        ("bots start nobody", "there is no bot 'nobody'"),
        ("bots stop nobody", "there is no bot 'nobody'"),
        ("bots stop one --now --sell", "--now keeps the coins and --sell sells them; give one of"),
        ("bots log nobody", "there is no bot 'nobody'"),
        ("bots edit one", "give either a file, or --set field=value"),
        ("bots edit one eth.toml", "bot one: name cannot be changed; make another bot with `tra"),
        ("bots edit one moved.toml", "bot one: account cannot be changed; make another bot with"),
        ("bots edit one --set take_proft=2", "bots edit: settings.take_proft: there is no such s"),
        (
            "bots edit one --set take_profit=nan",
            "settings.take_profit: NaN is no amount, use a",
        ),
        ("bots edit one --set base_order_volume=1e400", "settings.base_order_volume: 1E+400 is no"),
        ("bots edit one --set max_safety_orders=x", "settings.max_safety_orders: expected `int`"),
        ("bots statement", "no bot has traded on the account 'me' yet"),
        ("deals list --bot nobody", "there is no bot 'nobody'"),
        ("deals show two 7", "bot two has no deal 7; `tradelatch deals list --bot two` lists them"),
        ("deals close two 2", "deal 2 of bot two is over: completed at 1970-01-01 00:00:00 UTC"),
        ("deals close one 1", "bot one has no deal 1"),
        ("deals open two LTC/BTC", "bot two does not trade LTC/BTC; it trades ETH/BTC"),
        ("deals open one ETH/BTC", "bot one does not run: it is stopped; `tradelatch bots start o"),
    ],
)
def test_mistakes_are_one_sentence(folder: Path, command: str, says: str) -> None:
    before = stored(folder)
    ran = run(command)
    assert (ran.exit_code, ran.stderr.count("\n"), ran.stdout) == (2, 1, ""), ran.output
    assert says in ran.stderr
    assert stored(folder) == before
    assert not (folder / "home/bots/grants/you.json").exists()


def stored(folder: Path) -> tuple[object, ...]:
    """The bots and what is asked of them."""
    store = opened(folder)
    found = (*store.bots(), *store.requests("me"))
    store.close()
    return found


def test_a_strategy_of_ones_own_is_stored_and_not_run(folder: Path) -> None:
    ran = run("bots new --kind own.py:Mine --name mine --symbol ETH/BTC --set level=2 --json")
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert (told["kind"], told["settings"]) == ("own.py:Mine", {"level": 2})
    assert not (folder / "it-ran").exists()
    kept = folder / "home/bots/grants/me.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text())["id"] == "tlg_1"
    run("bots new --kind own.py:Mine --name more --symbol ETH/BTC --grant grant.json")
    assert json.loads(kept.read_text())["id"] == "tlg_2"


def test_what_no_runner_answers_stays_asked(folder: Path) -> None:
    ran = run("deals close two 1 --wait 0")
    assert (ran.exit_code, "the runner does not answer, `tradelatch up`" in ran.stdout) == (1, True)
    ran = run("bots stop two --now --wait 0")
    assert ran.exit_code == 1
    store = opened(folder)
    assert [(one.what, one.deal) for one in store.requests("me")] == [("close", 1), ("stop", None)]
    assert store.bot("two").wanted == "stopped"
    store.close()


def test_a_bot_that_does_not_run_is_stopped_without_being_asked(folder: Path) -> None:
    ran = run("bots stop one")
    assert (ran.exit_code, ran.stdout) == (0, "bot one: it does not run\n")
    assert run("bots stop one --json").exit_code == 0


def test_open_deals_of_a_bot_that_failed_are_told_of_when_it_is_stopped(folder: Path) -> None:
    store = opened(folder)
    store.save(Changes(bots=[BotState("two", "failed", next_deal=3)]))
    store.close()
    ran = run("bots stop two --sell")
    assert ran.exit_code == 1
    assert "nobody looks after its open deals (1) or cancels their orders" in ran.stdout


def test_what_a_bot_says_has_no_power_over_the_terminal(folder: Path) -> None:
    says = "\x1b]0;title\x07\x1b[2Jall is\rwell\u202e\x9b2J"
    store = opened(folder)
    store.save(
        Changes(bots=[BotState("two", "failed", says)], notes=[Note("two", 1, "error", says)])
    )
    store.close()
    for command in ("bots log two", "bots show two"):
        shown = run(command).stdout
        assert shown.replace("\n", "").isprintable()
        assert r"\x1b[2Jall is\rwell\u202e\x9b2J" in shown


def test_what_is_left_of_the_budget_is_told_or_why_not(folder: Path) -> None:
    shown = run("bots list").stdout
    assert "left of B, account me: home/run/admin.sock: no signer answers here" in shown
    assert all(len(line) <= 80 for line in shown.splitlines()[:3])
    (one, _) = json.loads(run("bots list --json").stdout)
    assert "no signer answers" in one["budget"]["reason"]


def test_fees_in_a_third_asset_are_told_of(folder: Path) -> None:
    store = opened(folder)
    paid = {"BNB": Decimal("0.002")}
    over = rows.Deal("two", 2, "ETH/BTC", "long", 3, "completed", closed_ms=4, profit_quote=ZERO)
    store.save(Changes(deals=[msgspec.structs.replace(over, other_fees=paid)]))
    store.close()
    shown = run("deals show two 2").stdout
    assert "fees 0 ETH, 0 BTC, 0.002 BNB\n" in shown
    assert "profit 0 BTC, fees in BNB apart\n" in shown


def test_deals_are_listed_by_what_is_asked(folder: Path) -> None:
    def numbers(options: str) -> list[int]:
        return [one["number"] for one in json.loads(run(f"deals list --json {options}").stdout)]

    assert numbers("") == [2, 1]
    assert numbers("--open") == [1]
    assert numbers("--bot one") == []
    assert numbers("--symbol LTC/BTC") == []
    assert numbers("--limit 1") == [2]
    assert "the last 1; --limit shows more" in run("deals list --limit 1").stdout


def test_no_statement_without_the_gate(folder: Path) -> None:
    store = opened(folder)
    store.write_balances(Balances("me", "start", 1, {"BTC": Decimal(1)}))
    store.close()
    (folder / "home/bots/grants").mkdir()
    (folder / "home/grants/me.json").rename(folder / "home/bots/grants/me.json")
    ran = run("bots statement")
    assert (ran.exit_code, "does not answer" in ran.stderr) == (2, True)
