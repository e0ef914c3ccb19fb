"""``tradelatch operators``: the people of the house, and what each of them may do."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli import private_key
from tradelatch.cli.changes import tell
from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.operator import command
from tradelatch.cli.reach import reach, show_reach
from tradelatch.cli.settings import AsJson, ConfigFile, read_config

app = typer.Typer(
    help="People: operators, whose signatures let a loosening through, and other roles.",
    no_args_is_help=True,
)


@app.command("new")
def new(file: Annotated[Path, typer.Argument(help="Where the private key is to lie.")]) -> None:
    """Make a key pair, for a person or an account's owner. Asks nobody but you."""
    passphrase = private_key.ask_passphrase("Passphrase (empty for none)", confirm=True)
    public = private_key.create(file, passphrase)
    print(public)
    sealed = "sealed by the passphrase" if passphrase else "NOT sealed: who reads it can sign"
    typer.echo(
        f"{file}: the private key, mode 600, {sealed}; keep it off the bots' hosts", err=True
    )


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    public_key: Annotated[str, typer.Option("--public-key", help="As `operators new` printed it.")],
    role: Annotated[str, typer.Option(help="operator, customer, support or auditor.")] = "operator",
    customer: Annotated[str, typer.Option(help="Whose accounts a customer's person sees.")] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Enrol a person. The first operator, and people of a customer without an account, are enrolled
    at once, any other by the rule for loosening."""
    arguments = {"name": name, "public_key": public_key, "role": role, "customer": customer}
    tell(command(read_config(config), "operator add", **arguments), as_json)


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Remove a person: commands and approvals end at once, and what he could reach is listed. An
    operator stays counted until the others have signed, or the delay has passed."""
    settings = read_config(config)
    people = command(settings, "operator list")
    change = command(settings, "operator remove", name=name)
    found = reach(settings, name, people[name])
    if as_json:
        print_json({**change, "reach": found})
        return
    print(f"{name}: commands and approvals are refused from now on")
    tell(change, as_json)
    show_reach(name, found)


@app.command("list")
def list_operators(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show who is enrolled."""
    people = command(read_config(config), "operator list")
    if as_json:
        print_json(people)
        return
    rows = [
        (
            name,
            p["role"],
            p["customer"],
            "is being removed" if p["leaving"] else "",
            p["public_key"],
        )
        for name, p in sorted(people.items())
    ]
    print_table("People", ("name", "role", "customer", "", "public key"), rows)
