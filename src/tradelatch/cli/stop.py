"""``tradelatch stop everything``: freeze, cancel, and say what only a person can do."""

import time
from typing import Annotated, Any

import typer

from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.operator import NoSigner, ask
from tradelatch.cli.settings import AsJson, ConfigFile, read_config
from tradelatch.model.config import Config

app = typer.Typer(help="Stop: freeze all grants and cancel all orders.", no_args_is_help=True)

BY_HAND = {
    "binance": (
        'Binance, "API Management": delete the key; of one\'s own keys no API can',
        'Binance, "Open Orders": look that none is left, else "Cancel All"',
        'Binance, "Security": change the password, and look through "Device Management"',
    )
}
"""By exchange, with its own pages' names: what no API does."""
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
    exchanges = sorted({account["exchange"] for account in accounts}) or list(BY_HAND)
    by_hand = [step for exchange in exchanges for step in BY_HAND[exchange]]
    if as_json:
        print_json({"accounts": accounts, "problems": problems, "by_hand": by_hand})
    else:
        _show(accounts, problems, by_hand)
    raise typer.Exit(1 if problems else 0)


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
