"""``tradelatch house``: what the orders of all accounts may cost together."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.operator import command
from tradelatch.cli.settings import ConfigFile, fail, read_config, read_text
from tradelatch.model.toml import BadToml
from tradelatch.policy.house import parse_house

app = typer.Typer(help="The house: amounts of all accounts together.", no_args_is_help=True)


@app.callback()
def house() -> None:
    """The house: amounts of all accounts together."""


@app.command("set")
def set_amounts(
    file: Annotated[Path, typer.Argument(help="The house's amounts, TOML.")],
    config: ConfigFile = None,
) -> None:
    """Limit what the orders of all accounts may cost together, from now on."""
    text = read_text(file)
    try:
        parse_house(text, str(file))
    except BadToml as error:
        fail(str(error))
    command(read_config(config), "house set", policy=text)
    print(f"{file}: holds for all accounts now")
