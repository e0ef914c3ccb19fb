"""Tables as a terminal of 80 columns shows them."""

import os
import pty
import subprocess
import sys
import textwrap

AMOUNT = "29.99898519"


def shown(columns: int) -> str:
    """A table of so many numbers, on a terminal of its own."""
    program = f"""\
    from tradelatch.cli.console import print_table
    print_table("Amounts", ["of it"] * {columns}, [["{AMOUNT}"] * {columns}])
    """
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": "80", "TERM": "dumb"}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    subprocess.run(command, stdout=theirs, env=environment, check=True)
    os.close(theirs)
    told = os.read(ours, 65_536).decode()
    os.close(ours)
    return told


def test_lines_between_columns_make_way_for_numbers() -> None:
    few, many = shown(5), shown(6)
    assert "│" in few
    assert "│" not in many
    assert many.count(AMOUNT) == 6
    assert all(len(line) <= 80 for line in many.splitlines())
