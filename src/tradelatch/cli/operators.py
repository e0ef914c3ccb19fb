"""``tradelatch operators``: who may approve what loosens."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli import private_key
from tradelatch.cli.changes import tell
from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.operator import command
from tradelatch.cli.settings import AsJson, ConfigFile, read_config

app = typer.Typer(help="Operators: whose signatures let a loosening through.", no_args_is_help=True)


@app.command("new")
def new(file: Annotated[Path, typer.Argument(help="Where the private key is to lie.")]) -> None:
    """Make a key pair, for an operator or an account's owner. Asks nobody but you."""
    passphrase = private_key.ask_passphrase("Passphrase (empty for none)", confirm=True)
    public = private_key.create(file, passphrase)
    print(public)
    sealed = "sealed by the passphrase" if passphrase else "NOT sealed: who reads it can sign"
    typer.echo(
        f"{file}: the private key, mode 600, {sealed}; keep it off the bots' hosts", err=True
    )


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The operator's name.")],
    public_key: Annotated[str, typer.Option("--public-key", help="As `operators new` printed it.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Enrol an operator. The first is enrolled at once, any other by the rule for loosening."""
    tell(command(read_config(config), "operator add", name=name, public_key=public_key), as_json)


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="The operator's name.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Remove an operator, by the rule for loosening."""
    tell(command(read_config(config), "operator remove", name=name), as_json)


@app.command("list")
def list_operators(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show who is enrolled."""
    operators = command(read_config(config), "operator list")
    if as_json:
        print_json(operators)
    else:
        print_table("Operators", ("name", "public key"), sorted(operators.items()))
