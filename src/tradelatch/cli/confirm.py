"""``tradelatch confirm``."""

from typing import Annotated

import typer

from tradelatch.cli.operator import command
from tradelatch.cli.settings import ConfigFile, read_config


def confirm(
    account: Annotated[str, typer.Argument(help="The account; left out: the clock.")] = "",
    config: ConfigFile = None,
) -> None:
    """Take new risk again after what was in doubt has been looked into."""
    command(read_config(config), "confirm", account=account)
    print(f"{account or 'the signer'} takes new orders again")
