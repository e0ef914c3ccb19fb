"""``tradelatch signer``: hands over to the signer's own process."""

import os
import sys
from typing import Annotated

import typer

from tradelatch.cli.settings import ConfigFile, read_config


def signer(
    config: ConfigFile = None,
    init: Annotated[
        bool, typer.Option("--init", help="Make key file, vault and journal, then end.")
    ] = False,
    restored: Annotated[
        bool,
        typer.Option(
            "--restored",
            help="Go on from an older backup of the journal, with every account frozen.",
        ),
    ] = False,
) -> None:
    """Run the signer: holds the keys, judges every order, has no network."""
    read_config(config)
    command = [sys.executable, "-m", "tradelatch.signer"]
    command += ["--config", str(config)] if config else []
    command += ["--init"] if init else []
    command += ["--restored"] if restored else []
    # The command line must not load what opens the vault, so the process is replaced.
    os.execv(sys.executable, command)  # noqa: S606
