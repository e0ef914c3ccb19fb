"""``tradelatch exits``: what the owner lets out beyond E, with a key of his own."""

import secrets
import time
from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli import private_key
from tradelatch.cli.changes import tell
from tradelatch.cli.console import print_json
from tradelatch.cli.operator import command, journal_key
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config
from tradelatch.model.clock import HOUR
from tradelatch.model.statements import release_text

app = typer.Typer(help="Exits: release one beyond E with the owner's key.", no_args_is_help=True)

Account = Annotated[str, typer.Argument(help="The account.")]


@app.command("owner")
def owner(
    account: Account,
    public_key: Annotated[str, typer.Option("--public-key", help="As `operators new` printed it.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Enrol the owner's key of an account, by the rule for loosening."""
    arguments = {"account": account, "public_key": public_key}
    tell(command(read_config(config), "owner set", **arguments), as_json)


@app.command("release")
def release(
    account: Account,
    symbol: Annotated[str, typer.Argument(help="The market, such as ETH/BTC.")],
    quantity: Annotated[str, typer.Argument(help="The most that may be sold, in base.")],
    limit: Annotated[str, typer.Option("--limit", help="The worst price, in quote.")],
    key: Annotated[Path, typer.Option("--key", help="The owner's private key.")],
    hours: Annotated[int, typer.Option(min=1, max=168, help="How long it is good.")] = 1,
    waive_collar: Annotated[
        bool, typer.Option("--waive-collar", help="Let it out below the collar, too.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Let one exit out beyond E. The key is used in this process and never sent."""
    settings = read_config(config)
    journal = journal_key(settings)
    fields = {
        "account": account,
        "symbol": symbol,
        "quantity": quantity,
        "limit": limit,
        "collar": "waived" if waive_collar else "held",
        "release": secrets.token_hex(16),
    }
    expires = time.time_ns() + hours * HOUR
    try:
        text = release_text(journal, expires_ns=expires, **fields)
    except ValueError as error:
        fail(str(error))
    signature = private_key.sign(key, text)
    given = command(
        settings, "exit release", expires_ns=str(expires), signature=signature, **fields
    )
    if as_json:
        print_json(given)
        return
    print(f"released until {given['expires']}: a sell of {quantity} {symbol} at {limit} or better")
    print("the bot's next exit (client order id exit-...) that needs it uses it up")
