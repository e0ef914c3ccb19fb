"""What ``tradelatch case`` prints."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from tradelatch.cases.folder import Item
from tradelatch.cases.intake import Taken
from tradelatch.cases.sealed import VERIFIED
from tradelatch.cases.verified import Grade, VerifiedCase, Victim, Weight
from tradelatch.cli.console import print_json, print_line, print_table, printable
from tradelatch.exports.refusal import Rejected
from tradelatch.model.money import ZERO

_FEW = 5
"""So many rows of a file are listed that could not be read."""


def show_taken(taken: Sequence[Taken], as_json: bool) -> None:
    """What became of each file: a count for what went well, a sentence for what did not."""
    if as_json:
        print_json([_as_json(one) for one in taken])
        return
    new = [one.item for one in taken if one.item and one.is_new]
    if new:
        print_table("Taken in", ("what", "files", "rows"), _by_form(new), right=(1, 2))
    reread = sum(1 for one in taken if one.is_reread)
    known = sum(1 for one in taken if one.item and not one.is_new)
    if known:
        again = f", {reread} of them read in another way now" if reread else ""
        were = "file was" if known == 1 else "files were"
        print_line(f"{known} {were} in the case already{again}")
    shared = _shared_notes([one.item for one in taken if one.item and one.is_new])
    for note, names in shared.items():
        print_line(f"{len(names)} files, the first {names[0]}: {note}")
    for one in taken:
        if one.item and one.is_new:
            show_reading(one.item, one.rejected, _FEW, shared)
        if one.left_out:
            print_line(f"left out: {one.path}: {one.left_out}")
        if one.refused:
            print_line(f"refused: {one.refused}")


def show_items(items: Sequence[Item], dropped: Sequence[Item], as_json: bool) -> None:
    """What a case holds, and what it held."""
    if as_json:
        print_json(msgspec.to_builtins([*items, *dropped]))
        return
    rows = [
        (one.name, one.form, f"{one.rows:,}", str(one.rejected or ""), one.sha256[:12])
        for one in items
    ]
    print_table("Evidence", ("name", "what", "rows", "left out", "SHA-256"), rows, right=(2, 3))
    for one in dropped:
        print_line(f"dropped at {one.dropped}: {one.name} ({one.sha256[:12]}): {one.because}")


def show_reading(
    item: Item, rejected: Sequence[Rejected], most: int, told: Collection[str] = ()
) -> None:
    """What was recognised or repaired, but notes that were `told`; and which rows could not be
    read."""
    for note in item.notes:
        if note not in told:
            print_line(f"{item.name}: {note}")
    for row in rejected[:most]:
        print_line(f"{item.name}, line {row.line}: left out: {row.reason}")
    more = len(rejected) - most
    if more > 0:
        rows = "1 more row is" if more == 1 else f"{more:,} more rows are"
        listed = f"`tradelatch case evidence CASE {item.name}` lists all"
        print_line(f"{item.name}: and {rows} left out; {listed}")


def _shared_notes(items: Sequence[Item]) -> dict[str, list[str]]:
    """Notes that several files have, and which: nobody reads the same sentence 28 times."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for item in items:
        for note in item.notes:
            names[note].append(item.name)
    return {note: named for note, named in names.items() if len(named) > _FEW}


def _by_form(items: Sequence[Item]) -> list[tuple[str, str, str]]:
    files, rows = Counter[str](), Counter[str]()
    for item in items:
        files[item.form] += 1
        rows[item.form] += item.rows
    return [(form, str(files[form]), f"{rows[form]:,}") for form in sorted(files)]


def _as_json(one: Taken) -> dict[str, object]:
    return {
        "path": printable(str(one.path)),
        "is_new": one.is_new,
        "is_reread": one.is_reread,
        "refused": printable(one.refused),
        "left_out": one.left_out,
        "rejected": msgspec.to_builtins(one.rejected),
        "item": msgspec.to_builtins(one.item),
    }


def show_verified(case: VerifiedCase, folder: Path, as_json: bool) -> None:
    """Each victim, claimed and verified; then the sums by grade."""
    if as_json:
        print_json([_victim_json(one) for one in case.victims])
        return
    rows = [_victim_row(one) for one in case.victims]
    columns = ("victim", "exchange", "claimed", "verified", "fills", "grade", "doubts")
    print_table("Losses, US dollars", columns, rows, right=(2, 3, 4, 6))
    _show_doubts(case.victims)
    by_grade = {str(one): [v for v in case.victims if v.grade is one] for one in Grade}
    sums = [(name, *_sums(victims)) for name, victims in by_grade.items()]
    heads = ("grade", "victims", "claimed", "verified")
    print_table("By grade", heads, [*sums, ("all", *_sums(case.victims))], right=(1, 2, 3))
    if case.withheld:
        print_line(f"{case.withheld:,.2f} more is withheld until what is told above is explained")
    print_line(f"{folder / VERIFIED} has each fill with its row, reference and rate")


def _show_doubts(victims: Sequence[Victim]) -> None:
    """What is wrong, the gravest first."""
    found = [(victim.name, doubt) for victim in victims for doubt in victim.doubts]
    for name, doubt in sorted(found, key=lambda one: list(Weight).index(one[1].weight)):
        many = len(doubt.rows)
        rows = f"{many} {'row counts' if many == 1 else 'rows count'}"
        told = {
            Weight.FORGERY: f" ({rows} for nothing)",
            Weight.WITHHELD: f" (withheld: {rows} only once it is explained)",
            Weight.DOUBT: "",
        }
        print_line(f"{name}: {doubt.kind}{told[doubt.weight]}: {doubt.says}")


def _victim_row(one: Victim) -> tuple[str, ...]:
    claimed = "" if one.claimed is None else f"{one.claimed:,.2f}"
    verified = f"{one.verified:,.2f}"
    counts = (str(len(one.fills)), one.grade, str(len(one.doubts) or ""))
    return (one.name, one.exchange, claimed, verified, *counts)


def _sums(victims: Sequence[Victim]) -> tuple[str, str, str]:
    claimed = sum((one.claimed or ZERO for one in victims), Decimal(0))
    verified = sum((one.verified for one in victims), Decimal(0))
    return str(len(victims)), f"{claimed:,.2f}", f"{verified:,.2f}"


def _victim_json(one: Victim) -> dict[str, object]:
    return {
        "victim": one.name,
        "exchange": one.exchange,
        "claimed": None if one.claimed is None else str(one.claimed),
        "verified": str(one.verified),
        "withheld": str(one.withheld),
        "fills": len(one.fills),
        "grade": one.grade,
        "doubts": [doubt.says for doubt in one.doubts],
    }
