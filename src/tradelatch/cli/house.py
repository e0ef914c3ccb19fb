"""``tradelatch house``: what the orders of all accounts may cost together."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.changes import tell_proposed
from tradelatch.cli.operator import command
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config, read_text
from tradelatch.model.toml import BadToml
from tradelatch.policy.house import parse_house

app = typer.Typer(help="The house: amounts of all accounts together.", no_args_is_help=True)


@app.callback()
def house() -> None:
    """The house: amounts of all accounts together."""


@app.command("set")
def set_amounts(
    file: Annotated[Path, typer.Argument(help="The house's amounts, TOML.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Limit what the orders of all accounts may cost together. It holds at once beside the present
    amounts, and takes their place by the rule for loosening."""
    text = read_text(file)
    try:
        parse_house(text, str(file))
    except BadToml as error:
        fail(str(error))
    settings = read_config(config)
    tell_proposed(settings, command(settings, "house set", policy=text), as_json)
