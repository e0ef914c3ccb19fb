"""What ``tradelatch drill`` by itself does: the replay of 2022, shown, told and kept as a page."""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import typer

from tradelatch import __version__
from tradelatch.cli.console import print_json
from tradelatch.cli.settings import fail, read_text
from tradelatch.model.money import BadAmount, parse_amount
from tradelatch.model.toml import BadToml
from tradelatch.policy.document import parse_policy
from tradelatch.tapes.files import BadTape

LEAST, MOST = Decimal(1), Decimal(200)
"""What the first account may be worth, BTC: the drill's markets carry no more."""


def run(
    policy: Path | None,
    account: str,
    others: int,
    seed: int,
    tape: Path | None,
    page: Path,
    as_json: bool,
) -> NoReturn:
    """Rehearse, tell, write the page; the status is 0 only if the drill is passed."""
    try:
        import ccxt  # noqa: F401
    except ImportError:
        fail(
            "the drill's bots and thieves need ccxt; install it with `pip install tradelatch[ccxt]`"
        )
    from tradelatch.cli.drill_board import Board
    from tradelatch.cli.drill_result import numbers, show
    from tradelatch.drills.cast import draw
    from tradelatch.drills.processes import StartError
    from tradelatch.drills.replay import Plan, rehearse
    from tradelatch.drills.replay_page import page as written

    cast = draw(seed, worth_of(account), others, tape_market=_tape_market(tape))
    plan = Plan(cast, own_policy(policy, cast.markets), tape)
    with tempfile.TemporaryDirectory(prefix="tradelatch-drill-") as folder:
        try:
            with Board(live=sys.stdout.isatty() and not as_json, silent=as_json) as board:
                outcome = asyncio.run(rehearse(Path(folder), board.tell, plan))
        except StartError as error:
            fail(str(error))
    made = f"Seed {seed}, {datetime.now(UTC):%Y-%m-%d}, Tradelatch {__version__}."
    keep_page(page, written(outcome, made))
    if as_json:
        print_json({**numbers(outcome), "seed": seed, "page": str(page)})
    else:
        show(outcome, page)
    raise typer.Exit(1 if outcome.problems() else 0)


def worth_of(account: str) -> Decimal:
    try:
        worth = parse_amount(account)
    except BadAmount as error:
        fail(f"--account: {error}")
    if not LEAST <= worth <= MOST or worth != worth.quantize(Decimal("0.01")):
        fail(f"--account: {account} BTC; an account is worth {LEAST} to {MOST} BTC, in hundredths")
    return worth


def own_policy(file: Path | None, markets: tuple[str, ...]) -> str:
    """The reader's own policy, which has to be of the drill's markets; empty if there is none."""
    if file is None:
        return ""
    text = read_text(file)
    try:
        policy = parse_policy(text, str(file))
    except BadToml as error:
        fail(str(error))
    there = f"the drill's markets are {', '.join(markets)}"
    if policy.unit != "BTC":
        fail(f'{file}: unit is {policy.unit}, but {there}: write unit = "BTC"')
    if strange := sorted(set(policy.markets) - set(markets)):
        fail(f"{file}: lists {', '.join(strange)}, but {there}")
    return text


def _tape_market(tape: Path | None) -> str:
    if tape is None:
        return ""
    from tradelatch.venue.life.tape import Tape

    try:
        listing = Tape(tape).listing()
    except BadTape as error:
        fail(str(error))
    if listing.quote != "BTC" or listing.base in ("ETH", "LTC", "VIN"):
        fail(f"{tape}: a tape of {listing.base}/{listing.quote}; one is needed of a coin in BTC")
    return f"{listing.base}/{listing.quote}"


def keep_page(page: Path, html: str) -> None:
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(html, encoding="utf-8")
    except OSError as error:
        fail(f"{page}: cannot write there: {error.strerror}")
