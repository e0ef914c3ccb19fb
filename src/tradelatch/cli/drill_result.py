"""What the replay came to, as tables and for machines."""

from pathlib import Path
from typing import Any

from tradelatch.cli.console import print_table
from tradelatch.drills.controls import Control
from tradelatch.drills.outcome import Outcome, Side
from tradelatch.drills.replay_page import (
    NOTE,
    SIDES,
    account_rows,
    control_rows,
    exchange_rows,
)
from tradelatch.model.money import ZERO, plain


def show(outcome: Outcome, page: Path) -> None:
    """All tables, where the page lies, and whether the drill is passed."""
    _show_accounts(outcome)
    _show_controls(outcome)
    _show_hours(outcome)
    _show_denials(outcome)
    print(NOTE)
    print(f"The page: {page.absolute()}")
    problems = outcome.problems()
    for problem in problems:
        print(f"FAILED: {problem}")
    if not problems:
        print("PASSED")


def _show_accounts(outcome: Outcome) -> None:
    sides = outcome.sides
    total = [sum(map(side.lost, outcome.stated), ZERO) for side in sides]
    rows = [
        *account_rows(outcome),
        *exchange_rows(outcome),
        _row("share", (lost / side.worth for lost, side in zip(total, sides, strict=True)), ".1%"),
        _row("withdrawn", (side.stolen for side in sides), ".3f"),
        _row("frozen", (side.held for side in sides), ".3f"),
        _row("off collar", (side.outside_collar for side in sides), "d"),
    ]
    columns = ("lost, BTC", "at", "worth", *(SIDES[side.name][0] for side in sides), "stated")
    print_table("What was lost", columns, rows, right=range(2, 7))


def _row(name: str, figures: Any, form: str) -> tuple[str, ...]:
    return (name, "", "", *(format(figure, form) for figure in figures), "")


def _show_controls(outcome: Outcome) -> None:
    told = [(says, str(hour), lost, saved) for says, hour, lost, saved in control_rows(outcome)]
    lost = outcome.controlled.lost_in_all
    saved = outcome.unguarded.lost_in_all - lost
    told.append(("all of them, as played above", "", f"{lost:.2f}", f"{saved:.2f}"))
    columns = ("alone", "at hour", "lost", "saved")
    print_table("What the exchanges could have saved, BTC", columns, told, right=(1, 2, 3))


def _show_hours(outcome: Outcome) -> None:
    curves = outcome.curves
    rows = [
        (str(hour), *(f"{lost:.2f}" for lost in by_hour))
        for hour, *by_hour in zip(curves.hours, *curves.lost.values(), strict=True)
    ]
    columns = ("lost, at hour", *curves.lost)
    print_table("What is lost by the hour of a step, BTC", columns, rows, right=range(6))


def _show_denials(outcome: Outcome) -> None:
    denied = sorted(outcome.guarded.denials.items(), key=lambda entry: -entry[1].times)
    told = [(rule, str(denial.times), denial.says) for rule, denial in denied]
    print_table("Denials recorded, rule by rule", ("rule", "times", "first"), told, right=(1,))


def numbers(outcome: Outcome) -> dict[str, Any]:
    """All of it for machines; amounts are strings, in BTC."""
    curves, problems = outcome.curves, outcome.problems()
    controls = {
        "complaint_hour": curves.complaint_h,
        "nothing_done": plain(curves.nothing),
        "hours": curves.hours,
        "lost": {name: [plain(lost) for lost in values] for name, values in curves.lost.items()},
        "steps": [control.value for control in Control],
    }
    return {
        **{side.name: _side_numbers(side, outcome) for side in outcome.sides},
        "stated": {account: plain(amount) for account, amount in outcome.stated.items()},
        "controls": controls,
        "passed": not problems,
        "problems": problems,
    }


def _side_numbers(side: Side, outcome: Outcome) -> dict[str, Any]:
    accounts = {
        account: {
            "exchange": outcome.exchanges[account],
            "before": plain(before),
            "after": plain(side.after[account]),
            "lost": plain(side.lost(account)),
        }
        for account, before in side.before.items()
    }
    return {
        "before": plain(side.worth),
        "after": plain(side.left),
        "lost": plain(side.lost_in_all),
        "withdrawn_by_thieves": plain(side.stolen),
        "frozen": plain(side.held),
        "orders_outside_collar": side.outside_collar,
        "by_exchange": {
            name: plain(sum(map(side.lost, names), ZERO))
            for name, names in outcome.by_exchange.items()
        },
        "accounts": accounts,
        "denials": {rule: denial.times for rule, denial in side.denials.items()},
    }
