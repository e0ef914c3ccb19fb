"""``tradelatch bots``: make bots, start and stop them, and see how they stand."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tradelatch.bots.config import Draft
from tradelatch.bots.kinds import BadKind, is_own, our_kind
from tradelatch.bots.runner.grants import Grant, NoGrant, read_grant
from tradelatch.bots.runner.process import BotFolder
from tradelatch.bots.runner.requests import UNCHANGED
from tradelatch.cli.bots.draft import (
    check,
    draft_from_file,
    draft_from_tree,
    encoded,
    read_sets,
    usual_settings,
)
from tradelatch.cli.bots.gate import ask_markets, load_ccxt
from tradelatch.cli.bots.grants import grant_of, keep_grant, offered_grant
from tradelatch.cli.bots.requests import ACTIVE, WAIT_S, Answer, Wait, ask_runner
from tradelatch.cli.bots.show import show_bot, show_bots
from tradelatch.cli.bots.statement import statement
from tradelatch.cli.bots.store import bot_store
from tradelatch.cli.bots.words import note_lines, told
from tradelatch.cli.budgets import ask_budgets
from tradelatch.cli.console import print_json, print_line, printable
from tradelatch.cli.init import ACCOUNT
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config
from tradelatch.model.config import Config
from tradelatch.store import rows
from tradelatch.store.store import Store

app = typer.Typer(help="Bots: make, start, stop, edit and look at them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The bot's name.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help="A setting, as field=value; may be given many times."),
]
_LAST_NOTES = 8
_FOLLOW_S = 0.5


@app.command("new")
def new(
    file: Annotated[Path | None, typer.Argument(help="The bot, TOML; else by options.")] = None,
    kind: Annotated[str, typer.Option(help="dca, grid, or file.py:Class of one's own.")] = "dca",
    name: Annotated[str, typer.Option(help="Its name; of kind and market if left out.")] = "",
    symbol: Annotated[
        list[str] | None, typer.Option(help="Its market, such as ETH/BTC; may be given again.")
    ] = None,
    account: Annotated[str, typer.Option(help="The account that it trades.")] = "",
    sets: Sets = None,
    grant: Annotated[
        Path | None,
        typer.Option("--grant", help="The account's grant, as `grants issue --json` prints it."),
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make a bot, of a file or of options; what is not set is that of a small first bot. It is
    checked against its markets, and starts by `tradelatch bots start`."""
    settings = read_config(config)
    given = read_sets(sets or ())
    if file and (given or symbol or name):
        fail(f"{file}: a bot of a file takes no --name, --symbol or --set; write them into it")
    tree, draft = _tree(kind, name, symbol or [], account, given), None
    if not (file or symbol):
        fail("a bot needs a market: --symbol ETH/BTC")
    if file:
        draft = draft_from_file(file)
        draft = draft._replace(account=account or draft.account or ACCOUNT)
    elif is_own(kind):
        draft = draft_from_tree(tree, "bots new")
    else:
        _check_kind(kind)
    trades = draft.account if draft else tree["account"]
    offered = offered_grant(settings, trades, grant)
    load_ccxt()
    with bot_store(settings) as store:
        found = grant_of(BotFolder.of(settings), trades, offered, is_named=grant is not None)
        draft = _checked(settings, found, draft, tree, str(file or "bots new"))
        _add(settings, store, draft, found)
        if as_json:
            print_json(told(store.bot(draft.name)))
            return
    print_line(f"bot {draft.name}: {draft.kind} in {', '.join(draft.symbols)}, on {draft.account}")
    if not file:
        for field, value in msgspec.to_builtins(draft.settings).items():
            if field in tree["settings"]:
                print_line(f"  {field} = {json.dumps(value)}")
    print_line(f"start it with `tradelatch bots start {draft.name}`")


@app.command("list")
def list_bots(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """All bots: how they stand, what they earned, and what is left of their accounts' B."""
    settings = read_config(config)
    budgets = ask_budgets(settings)
    with bot_store(settings) as store:
        show_bots(store, budgets, as_json)


@app.command("show")
def show(name: Name, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """A bot's settings, deals, orders, profit, last notes, and what is left of its account's
    amounts."""
    settings = read_config(config)
    budgets = ask_budgets(settings)
    with bot_store(settings) as store:
        show_bot(store, store.bot(name), budgets, as_json, _LAST_NOTES)


@app.command("start")
def start(
    name: Name, wait: Wait = WAIT_S, as_json: AsJson = False, config: ConfigFile = None
) -> None:
    """Have the runner run a bot."""
    settings = read_config(config)
    with bot_store(settings) as store:
        bot = store.bot(name)
        try:
            read_grant(BotFolder.of(settings).grants, bot.account)
        except NoGrant as error:
            fail(str(error))
        store.edit_bot(name, wanted="running")
        answer = ask_runner(store, name, "start", wait)
        state = store.bot(name).state
    _tell(name, answer, as_json, is_well=state in ACTIVE)


@app.command("stop")
def stop(
    name: Name,
    now: Annotated[
        bool, typer.Option("--now", help="Cancel its orders and end its deals; keep the coins.")
    ] = False,
    sell: Annotated[
        bool, typer.Option("--sell", help="The same, and sell what its deals hold at the market.")
    ] = False,
    wait: Wait = WAIT_S,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Let a bot begin no new deals; open ones go on to their end, unless told otherwise."""
    if now and sell:
        fail("--now keeps the coins and --sell sells them; give one of the two")
    deals = {"deals": "panic-sell" if sell else "close"} if now or sell else {}
    with bot_store(read_config(config)) as store:
        is_active = store.bot(name).state in ACTIVE
        store.edit_bot(name, wanted="stopped")
        if is_active:
            answer = ask_runner(store, name, "stop", wait, arguments=msgspec.json.encode(deals))
        else:
            answer = _not_running(store, name)
    _tell(name, answer, as_json, is_well=is_active or answer.says == _NOT_RUNNING)


@app.command("edit")
def edit(
    name: Name,
    file: Annotated[Path | None, typer.Argument(help="The bot, TOML; else --set.")] = None,
    sets: Sets = None,
    wait: Wait = WAIT_S,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Change a bot's settings, for deals that begin from then on."""
    settings = read_config(config)
    given = read_sets(sets or ())
    if (file is None) == (not given):
        fail("give either a file, or --set field=value")
    written = draft_from_file(file) if file else None
    load_ccxt()
    with bot_store(settings) as store:
        bot = store.bot(name)
        draft = _edited(bot, written, given)
        grant = grant_of(BotFolder.of(settings), bot.account, None, is_named=False)
        if draft.strategy:
            check(draft, str(file or "bots edit"), *ask_markets(settings, grant, draft.symbols))
        answer = _change(store, bot, encoded(draft), wait)
    _tell(name, answer, as_json)


@app.command("log")
def log(
    name: Name,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """What a bot told: deals, denials, errors. With --json a line for each."""
    last = 0
    with bot_store(read_config(config)) as store:
        store.bot(name)
        try:
            while True:
                for note in store.notes(name, after=last):
                    last = note.id
                    line = printable(note_lines([note])[0])
                    print(json.dumps(told(note)) if as_json else line, flush=True)
                if not follow:
                    return
                time.sleep(_FOLLOW_S)
        except KeyboardInterrupt:
            return


_NOT_RUNNING = "it does not run"


def _not_running(store: Store, name: str) -> Answer:
    """Of a bot that failed, orders may still stand and deals be open."""
    if not (count := len(store.open_deals(name))):
        return Answer(_NOT_RUNNING)
    return Answer(
        f"{_NOT_RUNNING}: nobody looks after its open deals ({count}) or cancels their orders; "
        f"`tradelatch bots start {name}`, then stop it again"
    )


app.command("statement")(statement)


def _check_kind(kind: str) -> None:
    try:
        our_kind(kind)
    except BadKind as error:
        fail(f"--kind: {error}")


def _tree(
    kind: str, name: str, symbols: list[str], account: str, given: dict[str, Any]
) -> dict[str, Any]:
    """A bot of options, as a file would tell it."""
    usual = "-".join([kind if not is_own(kind) else "own", *symbols]).lower().replace("/", "-")
    return {
        "name": name or usual[:40],
        "kind": kind,
        "account": account or ACCOUNT,
        "symbols": symbols,
        "settings": given,
    }


def _checked(
    config: Config, grant: Grant, draft: Draft | None, tree: dict[str, Any], name: str
) -> Draft:
    """The bot with all its settings, which can work in its markets."""
    if draft and draft.strategy is None:
        return draft
    markets, prices = ask_markets(config, grant, draft.symbols if draft else tree["symbols"])
    if draft is None:
        first = tree["symbols"][0]
        full = usual_settings(tree["kind"], tree["settings"], markets[first], prices[first])
        tree["settings"] = full
        draft = draft_from_tree(tree, name)
    check(draft, name, markets, prices)
    return draft


def _add(config: Config, store: Store, draft: Draft, grant: Grant) -> None:
    now_ms = time.time_ns() // 1_000_000
    bot = rows.Bot(*draft[:4], settings=encoded(draft), created_ms=now_ms)
    store.add_bot(bot)
    keep_grant(BotFolder.of(config), draft.account, grant)


def _edited(bot: rows.Bot, written: Draft | None, given: dict[str, Any]) -> Draft:
    """The bot with other settings; everything else of it stays."""
    if written:
        written = written._replace(account=written.account or bot.account)
        for field in ("name", "kind", "account", "symbols"):
            if getattr(written, field) != getattr(bot, field):
                says = f"{field} cannot be changed; make another bot with `tradelatch bots new`"
                fail(f"bot {bot.name}: {says}")
        return written
    tree = {
        "name": bot.name,
        "kind": bot.kind,
        "account": bot.account,
        "symbols": bot.symbols,
        "settings": {**msgspec.json.decode(bot.settings), **given},
    }
    return draft_from_tree(tree, "bots edit")


def _change(store: Store, bot: rows.Bot, settings: bytes, wait_s: int) -> Answer:
    """The runner has the last word on a bot that it runs."""
    answer = Answer("it holds from its next start on")
    if bot.state in ACTIVE:
        answer = ask_runner(store, bot.name, "edit", wait_s, arguments=settings)
        if answer.says.startswith(UNCHANGED):
            fail(f"bot {bot.name}: {answer.says}")
    store.edit_bot(bot.name, settings=settings)
    return answer


def _tell(name: str, answer: Answer, as_json: bool, is_well: bool = True) -> None:
    if as_json:
        print_json({"bot": name, "says": answer.says, "answered": answer.is_answered})
    else:
        print_line(f"bot {name}: {answer.says}")
    if not (is_well and answer.is_answered):
        raise typer.Exit(1)
