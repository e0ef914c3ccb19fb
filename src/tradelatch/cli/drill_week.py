"""What ``tradelatch drill week`` does: honest bots for a week, with the gate and without it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import typer

from tradelatch import __version__
from tradelatch.bots.strategy import BadSettings
from tradelatch.cli.console import print_json
from tradelatch.cli.drill_replay import keep_page, own_policy, worth_of
from tradelatch.cli.drill_week_tables import numbers, show
from tradelatch.cli.progress import progress_bar
from tradelatch.cli.settings import fail
from tradelatch.drills.cast import draw
from tradelatch.drills.week.markets import HOUR_MS, markets
from tradelatch.drills.week.page import page as written
from tradelatch.drills.week.plan import NothingToTrade
from tradelatch.drills.week.rehearsal import rehearse
from tradelatch.tapes.files import BadTape


def run(
    policy: Path | None,
    account: str,
    others: int,
    seed: int,
    days: int,
    tapes: list[Path],
    page: Path | None,
    as_json: bool,
) -> NoReturn:
    """Play it, tell it, write the page; the status is 0 only if the gate was in nobody's way."""
    cast, hours = draw(seed, worth_of(account), others), 24 * days
    try:
        there = markets(tapes, hours)
        own = own_policy(policy, there.symbols)
        with progress_bar("trading", 0, 2 * hours * HOUR_MS) as tell:
            outcome = rehearse(cast, there, own, hours, tell)
    except (BadTape, BadSettings, NothingToTrade) as error:
        fail(str(error))
    if page:
        made = f"Seed {seed}, {datetime.now(UTC):%Y-%m-%d}, Tradelatch {__version__}."
        keep_page(page, written(outcome, made))
    if as_json:
        print_json({**numbers(outcome), "seed": seed, "page": page and str(page)})
    else:
        show(outcome)
        if page:
            print(f"The page: {page.absolute()}")
        for problem in outcome.problems():
            print(f"FAILED: {problem}")
        if not outcome.problems():
            print("PASSED")
    raise typer.Exit(1 if outcome.problems() else 0)
