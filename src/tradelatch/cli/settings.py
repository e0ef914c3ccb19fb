"""The configuration file as an option, and how commands end on a user's mistake."""

import stat
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from tradelatch.model.config import Config, parse_config
from tradelatch.model.toml import BadToml

DEFAULT = Path("~/.tradelatch/tradelatch.toml")
"""Read where no other file is named, if it is there; `tradelatch init` writes it."""

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="TRADELATCH_CONFIG",
        help=f"Configuration file; {DEFAULT} if it is there. Every setting has a default.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def fail(sentence: str, code: int = 2) -> NoReturn:
    """End with one sentence on stderr."""
    print(f"tradelatch: {sentence}", file=sys.stderr)
    raise typer.Exit(code)


def read_config(path: Path | None) -> Config:
    """The configuration; a mistake in it ends the command."""
    path = config_file(path)
    if path is None:
        return Config()
    try:
        return parse_config(read_text(path), str(path))
    except BadToml as error:
        fail(str(error))


def config_file(path: Path | None) -> Path | None:
    """The file that the configuration is read from; None while all defaults hold."""
    default = DEFAULT.expanduser()
    return path or (default if default.exists() else None)


def seen_by_others(path: Path) -> str:
    """What is wrong with a configuration whose channels hold secrets; empty if nothing is."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return f"{path}: others may read the channels' URLs; run `chmod 600 {path}`"
    return ""


def read_text(path: Path) -> str:
    """A text file's content; one that cannot be read ends the command."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        fail(f"{path}: cannot read it: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{path}: this is not UTF-8 text")
