"""Only the command that is given is loaded."""

import subprocess
import sys

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from tradelatch.cli.app import COMMANDS, app

LOADS = """
import sys
from tradelatch.cli.main import run
sys.argv = ["tradelatch", "leak", "match", "--help"]
try:
    run()
finally:
    print(sorted({"sqlalchemy", "ibis", "ccxt", "duckdb", "numpy"} & set(sys.modules)))
"""


def test_a_command_loads_nothing_that_it_does_not_need() -> None:
    told = subprocess.run([sys.executable, "-c", LOADS], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]"


def test_every_command_is_where_the_table_says() -> None:
    commands = get_group(app).commands
    assert [commands[name].name for name in COMMANDS] == list(COMMANDS)


@pytest.mark.parametrize(("mistyped", "meant"), [("drll", "drill"), ("jurnal", "journal")])
def test_a_mistyped_command_is_told_what_may_be_meant(mistyped: str, meant: str) -> None:
    told = CliRunner().invoke(app, [mistyped])
    assert told.exit_code == 2
    assert f"'{meant}'" in told.output
