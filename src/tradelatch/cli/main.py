"""``tradelatch``: what exists, grouped by what one wants to do."""

import sys

from tradelatch import __version__


def run() -> None:
    """The command's entry. The version is told without loading anything else."""
    if sys.argv[1:] == ["--version"]:
        print(f"tradelatch {__version__}")
        return
    from tradelatch.cli.app import app

    app()
