"""``tradelatch stop everything``: freeze, cancel, and say what only a person can do."""

import time
from typing import Annotated, Any

import typer

from tradelatch import exchanges
from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.operator import NoSigner, ask
from tradelatch.cli.settings import AsJson, ConfigFile, read_config
from tradelatch.exchanges.protocol import ExchangeFile
from tradelatch.model.config import Config

app = typer.Typer(help="Stop: freeze all grants and cancel all orders.", no_args_is_help=True)

_PAUSE_S = 0.5


@app.callback()
def stop() -> None:
    """Stop: freeze all grants and cancel all orders."""


@app.command("everything")
def everything(
    wait: Annotated[int, typer.Option(min=0, help="Seconds to wait for the cancels.")] = 60,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Freeze every grant, cancel every open order, and tell what is left to do by hand. May be
    repeated; undone by `tradelatch grants thaw ACCOUNT`, by the rule for loosening."""
    settings = read_config(config)
    problems, accounts = _stopped(settings, wait)
    for account in accounts:
        if not account["swept"]:
            problems.append(f"account {account['account']}: orders may still stand open")
    names = (
        sorted({account["exchange"] for account in accounts})
        or [*settings.exchanges]
        or exchanges.NAMES
    )
    by_hand = [step for name in names for step in _by_hand(name)]
    if as_json:
        print_json({"accounts": accounts, "problems": problems, "by_hand": by_hand})
    else:
        _show(accounts, problems, by_hand)
    raise typer.Exit(1 if problems else 0)


def _by_hand(exchange: str) -> tuple[str, ...]:
    """What no API does."""
    file: ExchangeFile = exchanges.load(exchange)
    return (
        f"{file.KEYS_AT}: delete the key",
        f"{exchange}, open orders: look that none is left, else cancel all",
        f"{exchange}, security: change the password, and look through the devices",
    )


def _stopped(config: Config, wait: int) -> tuple[list[str], list[dict[str, Any]]]:
    """What went wrong, and the accounts as they stand once their orders are gone, or after
    `wait` seconds."""
    try:
        frozen = ask(config, "stop everything")
        problems = [frozen.error] if frozen.error else []
        until = time.monotonic() + wait
        while True:
            accounts: list[dict[str, Any]] = ask(config, "status").value["accounts"]
            if problems or _is_over(accounts) or time.monotonic() >= until:
                return problems, accounts
            time.sleep(_PAUSE_S)
    except NoSigner as error:
        return [f"{error}; while it does not run nothing is signed, cancels neither"], []


def _is_over(accounts: list[dict[str, Any]]) -> bool:
    return all(account["swept"] and not account["live_orders"] for account in accounts)


def _show(accounts: list[dict[str, Any]], problems: list[str], by_hand: list[str]) -> None:
    rows = [
        (
            account["account"],
            "; ".join(account["frozen"]) or "NOT frozen",
            str(len(account["grants"])),
            "none" if account["swept"] else f"{account['live_orders']} known",
        )
        for account in accounts
    ]
    print_table("Stopped", ("account", "frozen", "grants", "open orders"), rows, right=(2,))
    for problem in problems:
        print(f"PROBLEM: {problem}")
    print("left to do by hand:")
    for number, step in enumerate(by_hand, start=1):
        print(f"  {number}. {step}")
