"""A victim's fact sheet, as a police report needs it: amounts, times, transaction ids, dollars."""

from collections.abc import Mapping, Sequence

from tradelatch.cases.report.provenance import file_of
from tradelatch.cases.report.rendering import render, style
from tradelatch.cases.verified import VerifiedCase, Victim


def fact_sheet(case: VerifiedCase, victim: Victim, manifest: str, recipient: str) -> str:
    """HTML for paper; `manifest` is the hash of all evidence. Who is to be named, and what only a
    person can tell, is left open and marked."""
    return render(
        "fact-sheet.html",
        case=case,
        victim=victim,
        manifest=manifest,
        recipient=recipient,
        files={one.name: one for one in case.sources if one.name in _files(victim)},
        numbers=_numbers(victim),
        sources=_from(victim),
        style=style("paper.css"),
    )


def _from(victim: Victim) -> Sequence[str]:
    """Where prices and rates are from, without the line that each has of its own."""
    told = {named for fill in victim.fills for named in (fill.reference_from, fill.rate_from)}
    return sorted({file_of(one) for one in told})


def _files(victim: Victim) -> frozenset[str]:
    return frozenset((*victim.files, *(fill.row.file for fill in victim.fills)))


def _numbers(victim: Victim) -> Mapping[str, int]:
    """Of the files, from 1, as the rows name them."""
    return {name: number for number, name in enumerate(sorted(_files(victim)), 1)}
