"""``tradelatch signer``: hands over to the signer's own process."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from tradelatch.cli.passphrase import ask, ask_new, handed_over
from tradelatch.cli.settings import ConfigFile, config_file, fail, read_config
from tradelatch.model.config import Config


def signer(
    config: ConfigFile = None,
    init: Annotated[
        bool, typer.Option("--init", help="Make a vault and a journal, then end.")
    ] = False,
    passphrase: Annotated[
        bool,
        typer.Option(
            "--passphrase",
            help="With --init: a passphrase opens the vault, not a key file or the HSM of the "
            "configuration.",
        ),
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
    settings = read_config(config)
    command = from_file(config)
    command += ["--init"] if init else []
    if passphrase:
        if not init:
            fail("--passphrase goes with --init; a sealed signer is opened by `tradelatch unseal`")
        command += ["--root", "passphrase", "--secret-fd", handed_over(ask_new())]
    elif init and settings.hsm.module:
        command += pin("--secret-fd", settings)
    command += ["--restored"] if restored else []
    run_signer(command)


def from_file(config: Path | None) -> list[str]:
    """The arguments by which the signer's program reads the same configuration."""
    file = config_file(config)
    return ["--config", str(file)] if file else []


def pin(option: str, settings: Config) -> list[str]:
    """The arguments that hand over the HSM's PIN, which is asked for unless a file holds it."""
    return [] if pin_file(settings).exists() else [option, handed_over(ask("PIN: "))]


def pin_file(settings: Config) -> Path:
    """Where the signer looks for the PIN, so that it starts unattended."""
    return settings.home / "hsm.pin"


def run_signer(arguments: list[str]) -> NoReturn:
    """Become the signer's program: the command line must not load what opens the vault."""
    command = [sys.executable, "-P", "-m", "tradelatch.signer", *arguments]
    os.execv(sys.executable, command)  # noqa: S606
