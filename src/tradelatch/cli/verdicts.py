"""How a verdict is shown: every rule's answer with its numbers, and what would have passed."""

import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from tradelatch.cli.console import print_table
from tradelatch.model.money import plain

_COLUMNS = ("", "rule", "says", "numbers")


def print_answers(answers: list[dict[str, Any]]) -> None:
    """A line for each rule; on a terminal the numbers stand below, so that it fits 80 columns."""
    rows = [_row(answer) for answer in answers]
    if not sys.stdout.isatty():
        print_table("", _COLUMNS, rows)
        return
    table = Table(header_style="bold")
    table.add_column("")
    table.add_column("rule", no_wrap=True)
    table.add_column("says, with its numbers", overflow="fold")
    for told, rule, says, numbers in rows:
        style = "bold red" if told == "NO" else ""
        table.add_row(told, rule, Group(*_lines(says, numbers)), style=style)
    Console().print(table)


def _lines(says: str, numbers: str) -> Iterator[Text]:
    yield Text(says)
    if numbers:
        yield Text(numbers, style="dim")


def print_instead(instead: dict[str, Any] | None) -> None:
    """The change that would have passed, if one is known."""
    if instead:
        quantity, price = (plain(Decimal(instead[name])) for name in ("quantity", "price"))
        print(f"it would have passed with the limit {price} and the quantity {quantity}")


def _row(answer: dict[str, Any]) -> tuple[str, str, str, str]:
    numbers = answer.get("numbers", {}).items()
    return (
        "yes" if answer["allowed"] else "NO",
        answer["rule"],
        answer["says"],
        ", ".join(f"{key} {value}" for key, value in numbers),
    )
