"""``tradelatch drill``: the theft of 2022, rehearsed and shown; and other attackers."""

import asyncio
import sys
import tempfile
from pathlib import Path

import typer

from tradelatch.cli import drill_attacks
from tradelatch.cli.console import print_json
from tradelatch.cli.settings import AsJson, fail

app = typer.Typer()
app.command("run")(drill_attacks.run)
app.command("all")(drill_attacks.run_all)


@app.callback(invoke_without_command=True)
def drill(context: typer.Context, as_json: AsJson = False) -> None:
    """Rehearse the theft of 2022, once with the exchange key in the bot's hands, once guarded;
    or other attacks."""
    if context.invoked_subcommand is None:
        _rehearse(as_json)


def _rehearse(as_json: bool) -> None:
    try:
        import ccxt  # noqa: F401
    except ImportError:
        fail("the drill's bot and thief need ccxt; install it with `pip install tradelatch[ccxt]`")
    from tradelatch.cli.drill_board import Board, result_table, side_numbers
    from tradelatch.drills.processes import StartError
    from tradelatch.drills.replay import rehearse

    with tempfile.TemporaryDirectory(prefix="tradelatch-drill-") as folder:
        try:
            with Board(live=sys.stdout.isatty() and not as_json, silent=as_json) as board:
                outcome = asyncio.run(rehearse(Path(folder), board.tell))
        except StartError as error:
            fail(str(error))
    problems = outcome.problems()
    if as_json:
        sides = {side.name: side_numbers(side) for side in (outcome.unguarded, outcome.guarded)}
        print_json({**sides, "passed": not problems, "problems": problems})
    else:
        result_table(outcome)
        for problem in problems:
            print(f"FAILED: {problem}")
        if not problems:
            print("PASSED")
    raise typer.Exit(1 if problems else 0)
