"""``tradelatch keys``: exchange keys, on their way into the vault and never out."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.operator import command
from tradelatch.cli.settings import ConfigFile, read_config, read_text
from tradelatch.policy.advice import advice
from tradelatch.policy.document import parse_policy

app = typer.Typer(help="Exchange keys: seal one in the vault.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """Exchange keys: seal one in the vault."""


@app.command("add")
def add(
    account: Annotated[str, typer.Argument(help="A name for the account, of your choice.")],
    key_id: Annotated[str, typer.Option("--key-id", help="The API key the exchange gave out.")],
    policy: Annotated[Path, typer.Option("--policy", help="The policy for all its grants.")],
    exchange: Annotated[str, typer.Option(help="The exchange.")] = "binance",
    config: ConfigFile = None,
) -> None:
    """Seal an exchange key. The secret is asked for, or read from standard input."""
    settings = read_config(config)
    text = read_text(policy)
    if sys.stdin.isatty():
        secret = typer.prompt("API secret", hide_input=True)
    else:
        secret = sys.stdin.readline().rstrip("\n")
    command(
        settings,
        "key add",
        account=account,
        exchange=exchange,
        key_id=key_id,
        secret=secret,
        policy=text,
    )
    print(f"sealed the key of account {account}; issue a grant with `tradelatch grants issue`")
    for sentence in advice(parse_policy(text)):
        print(f"{policy}: {sentence}")
