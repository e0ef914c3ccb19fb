"""``tradelatch drill``: the theft of 2022, rehearsed and shown; and other attackers."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.console import print_json
from tradelatch.cli.settings import AsJson, fail

PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="The owner's policy, TOML.", show_default=False)
]
Seeds = Annotated[int, typer.Option("--seeds", min=1, help="How many seeds to run.")]
InProcess = Annotated[
    bool, typer.Option("--in-process", help="Against the cores, without real processes.")
]
Patience = Annotated[
    float, typer.Option("--timeout", min=1, help="Seconds after which a run counts as hung.")
]

app = typer.Typer()


@app.callback(invoke_without_command=True)
def drill(context: typer.Context, as_json: AsJson = False) -> None:
    """Rehearse the theft of 2022, once with the exchange key in the bot's hands, once guarded;
    or other attacks."""
    if context.invoked_subcommand is None:
        _rehearse(as_json)


@app.command("run")
def run(
    attack: Annotated[str, typer.Option("--attack", help="A Python file, or a shipped name.")],
    policy: PolicyFile = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The first seed.")] = 0,
    seeds: Seeds = 1,
    in_process: InProcess = False,
    unguarded: Annotated[
        bool, typer.Option("--unguarded", help="Give the thief the exchange key itself.")
    ] = False,
    search: Annotated[
        float,
        typer.Option("--search", min=0, help="Seconds to look for the plan that takes most."),
    ] = 0,
    timeout: Patience = 90,
    as_json: AsJson = False,
) -> None:
    """Run one attacker. The status is 1 if the bound is broken or the attacker fails."""
    from tradelatch.cli import drill_attacks

    drill_attacks.run(attack, policy, seed, seeds, in_process, unguarded, search, timeout, as_json)


@app.command("all")
def run_all(
    policy: PolicyFile = None,
    seeds: Seeds = 3,
    in_process: InProcess = False,
    timeout: Patience = 90,
    output: Annotated[
        Path | None, typer.Option("--output", help="Folder for attacks.json and attacks.html.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run every shipped attacker, and show each in front of the guard and without it."""
    from tradelatch.cli import drill_attacks

    drill_attacks.run_all(policy, seeds, in_process, timeout, output, as_json)


@app.command("evidence")
def evidence(
    output: Annotated[Path, typer.Option("--output", help="A folder, new or empty.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, other victims.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Write what 86 victims, their exchanges and the leak would hand in, at the full published
    scale; generated."""
    from tradelatch.cli import drill_evidence

    drill_evidence.evidence(output, seed, as_json)


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
