"""What ``tradelatch drill run`` and ``tradelatch drill all`` do: play, show, keep."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tradelatch import __version__
from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.settings import fail, read_text
from tradelatch.drills.attack import Attack
from tradelatch.drills.catalogue import BadAttack, load, names
from tradelatch.drills.confine import Limits
from tradelatch.drills.crew import Crew
from tradelatch.drills.page import page
from tradelatch.drills.processes import StartError
from tradelatch.drills.scenery import UNIT
from tradelatch.drills.score import Score
from tradelatch.drills.search import Found, Search
from tradelatch.drills.series import play_for_real
from tradelatch.drills.summary import Summary, most, short, summed_up, typical
from tradelatch.drills.worker import Job, Settings
from tradelatch.model.toml import BadToml
from tradelatch.policy.document import parse_policy

_STDERR = Console(stderr=True)


def run(
    attack: str,
    policy: Path | None,
    seed: int,
    seeds: int,
    in_process: bool,
    unguarded: bool,
    search: float,
    timeout: float,
    as_json: bool,
) -> NoReturn:
    """One attacker, on seeds in a row or on those of a search."""
    loaded = _loaded([attack])[0]
    settings = _settings(policy, timeout)
    jobs = [Job(attack, seed + number, not unguarded) for number in range(seeds)]
    if loaded.needs.courier and not in_process:
        fail(f"{loaded.name} needs a captured courier, which only --in-process has")
    if search:
        if not in_process or unguarded:
            fail("a search takes thousands of runs: it needs --in-process, and a guard to search")
        scores = _search(settings, Search(attack, loaded, seed), search, as_json)
    else:
        scores = _play(settings, jobs, in_process, as_json)
    # Where nobody guards there is no bound to break, and nothing to be compared with.
    summary = summed_up(loaded.name, loaded.says, False, scores)
    problems = summary.problems()
    if as_json:
        print_json({**summary.numbers(), "passed": not problems})
    else:
        _show_runs(scores)
        _tell(problems)
    raise typer.Exit(1 if problems else 0)


def run_all(
    policy: Path | None,
    seeds: int,
    in_process: bool,
    timeout: float,
    output: Path | None,
    as_json: bool,
) -> NoReturn:
    """Every shipped attacker, in front of the guard and without it."""
    attacks = _loaded(names())
    if not in_process:
        # A captured courier is a function here, and there is none in a real one.
        attacks = [attack for attack in attacks if not attack.needs.courier]
    settings = _settings(policy, timeout)
    jobs = [Job(a.name, seed, True) for a in attacks for seed in range(seeds)]
    jobs += [Job(a.name, seed, False) for a in attacks for seed in range(min(seeds, 3))]
    scores = _play(settings, jobs, in_process, as_json)
    summaries = [summed_up(a.name, a.says, a.needs.steals, scores) for a in attacks]
    problems = [problem for summary in summaries for problem in summary.problems()]
    told = {"attacks": [s.numbers() for s in summaries], "passed": not problems}
    if output is not None:
        how = "in one process" if in_process else "against real processes"
        made = f"{len(scores)} runs {how}, {datetime.now(UTC):%Y-%m-%d}, Tradelatch {__version__}."
        _keep(output, told, page(summaries, made))
    if as_json:
        print_json(told)
    else:
        _show_summaries(summaries)
        _tell(problems)
    raise typer.Exit(1 if problems else 0)


def _keep(folder: Path, told: object, html: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "attacks.json").write_text(json.dumps(told, indent=1) + "\n")
        (folder / "attacks.html").write_text(html, encoding="utf-8")
    except OSError as error:
        fail(f"{folder}: cannot write there: {error.strerror}")


def _loaded(wanted: Sequence[str]) -> list[Attack]:
    try:
        return [load(name) for name in wanted]
    except BadAttack as error:
        fail(str(error))


def _settings(policy: Path | None, timeout: float) -> Settings:
    limits = Limits(cpu_s=max(round(timeout), 1), wall_s=timeout)
    if policy is None:
        return Settings(limits=limits)
    text = read_text(policy)
    try:
        unit = parse_policy(text, str(policy)).unit
    except BadToml as error:
        fail(str(error))
    if unit != UNIT:
        fail(f"{policy}: unit is {unit}, but a drill's markets are quoted in {UNIT}")
    return Settings(text, limits)


def _play(settings: Settings, jobs: Sequence[Job], in_process: bool, silent: bool) -> list[Score]:
    """All runs, with a progress bar on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, TimeRemainingColumn(), console=_STDERR, transient=True, disable=silent)
    with bar:
        task = bar.add_task("runs", total=len(jobs))

        def tell(score: Score) -> None:
            bar.advance(task)

        async def play() -> list[Score]:
            if not in_process:
                return await play_for_real(settings, jobs, tell)
            async with Crew(settings) as crew:
                return await crew.play(jobs, tell)

        try:
            return asyncio.run(play())
        except StartError as error:
            fail(str(error))


def _search(settings: Settings, search: Search, seconds: float, silent: bool) -> list[Score]:
    """The best runs of a search, with the best plan on standard error."""
    bar = Progress(TextColumn("{task.description}"), console=_STDERR, disable=silent)
    with bar:
        task = bar.add_task("searching ...")

        def tell() -> None:
            says = f"{search.runs} runs, the best plan takes {search.best[0]:.0%} of the bound"
            bar.update(task, description=says)

        async def play() -> Found:
            async with Crew(settings) as crew:
                return await search.run(crew, seconds, tell)

        try:
            found = asyncio.run(play())
        except StartError as error:
            fail(str(error))
    plan = ", ".join(f"{name} {value:.4g}" for name, value in found.plan.items())
    _STDERR.print(f"{found.generations} generations, {found.runs} runs; best plan: {plan}")
    return list(found.scores)


def _show_runs(scores: Sequence[Score]) -> None:
    columns = ("seed", "thief", "lost", "if sold", "bound", "share", "orders", "refused")
    rows = [
        (
            str(score.seed),
            *map(short, (score.gain, score.lost, score.lost_sold, score.bound)),
            f"{score.share:.0%}",
            str(score.tried),
            str(score.refused),
        )
        for score in scores
    ]
    print_table(f"{scores[0].attack} ({UNIT})", columns, rows, right=range(8))


def _show_summaries(summaries: Sequence[Summary]) -> None:
    """Fits 80 columns."""
    rows = [_summary_row(summary) for summary in summaries]
    columns = ("attack", "bare", "thief", "lost", "share", "refused", "first s", "")
    print_table(f"The most that was lost, {UNIT}", columns, rows, right=range(1, 7))


def _summary_row(summary: Summary) -> tuple[str, ...]:
    guarded = summary.guarded
    tried, refused = sum(s.tried for s in guarded), sum(s.refused for s in guarded)
    first = typical([score.refusal_s for score in guarded])
    return (
        summary.attack,
        f"{most(score.worst for score in summary.unguarded):.1f}",
        f"{most(score.gain for score in guarded):.3f}",
        f"{most(score.worst for score in guarded):.3f}",
        f"{max((score.share for score in guarded), default=0):.0%}",
        f"{refused / tried:.0%}" if tried else "-",
        f"{first:.1f}" if first is not None else "-",
        _mark(summary),
    )


def _mark(summary: Summary) -> str:
    if summary.failed:
        return "failed"
    if summary.breaks:
        return "outside" if summary.outside else "BROKEN"
    return ""


def _tell(problems: Sequence[str]) -> None:
    for problem in problems:
        print(f"FAILED: {problem}")
    if not problems:
        print("PASSED")
