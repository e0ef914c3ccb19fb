"""``tradelatch``: what exists, grouped by what one wants to do."""

import os
import sys

from tradelatch import __version__


def run() -> None:
    """The command's entry; output that nobody takes ends it quietly or with a sentence."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115
    try:
        try:
            _run()
        finally:
            sys.stdout.flush()
    except OSError as error:
        # What is still buffered would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):
            where = f"{error.filename}: " if error.filename else ""
            print(f"tradelatch: {where}{error.strerror or error}", file=sys.stderr)
        sys.exit(1)


def _run() -> None:
    """The version is told without loading anything else."""
    if sys.argv[1:] == ["--version"]:
        print(f"tradelatch {__version__}")
        return
    from tradelatch.cli.app import app

    app(prog_name="tradelatch")
