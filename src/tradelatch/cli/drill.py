"""``tradelatch drill``: the theft of 2022, rehearsed and shown; and other attackers."""

from pathlib import Path
from typing import Annotated

import typer

from tradelatch.cli.settings import AsJson

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

Worth = Annotated[str, typer.Option("--account", help="What the first account is worth, BTC.")]
Others = Annotated[
    int, typer.Option("--others", min=0, max=40, help="How many other customers there are.")
]

app = typer.Typer()


@app.callback(invoke_without_command=True)
def drill(
    context: typer.Context,
    policy: PolicyFile = None,
    account: Worth = "50",
    others: Others = 12,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Who they are.")] = 2022,
    tape: Annotated[
        Path | None,
        typer.Option("--tape", help="A recorded tape, for a thin market.", show_default=False),
    ] = None,
    page: Annotated[Path, typer.Option("--page", help="Where the HTML page is written.")] = Path(
        "drill.html"
    ),
    as_json: AsJson = False,
) -> None:
    """Rehearse the theft of 2022 three times side by side: as it was, with the exchange doing what
    it could have done, and behind the gate; or other attacks."""
    if context.invoked_subcommand is None:
        from tradelatch.cli import drill_replay

        drill_replay.run(policy, account, others, seed, tape, page, as_json)


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


@app.command("week")
def week(
    policy: PolicyFile = None,
    account: Worth = "50",
    others: Others = 12,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Who they are.")] = 2022,
    days: Annotated[int, typer.Option("--days", min=1, max=28, help="How long it lasts.")] = 7,
    tape: Annotated[
        list[Path] | None,
        typer.Option("--tape", help="A recorded tape as a market; may be repeated."),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", help="Where an HTML page is written.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let the customers' bots trade for a week without any thief, behind the gate and without it.
    The status is 1 if the gate refuses too much, or leaves a stop-loss unfilled."""
    from tradelatch.cli import drill_week

    drill_week.run(policy, account, others, seed, days, tape or [], page, as_json)
