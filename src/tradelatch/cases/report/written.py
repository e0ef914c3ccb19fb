"""The report's files: an HTML page, a PDF, and the figures for machines."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tradelatch.cases.opened import OpenCase
from tradelatch.cases.report import charts, pdf
from tradelatch.cases.report.belonging import sums
from tradelatch.cases.report.content import Audience, Content, Entry, content
from tradelatch.cases.report.page import page, paper
from tradelatch.cases.report.wording import lines

STEPS = 4
"""Concluding, drawing, the page, the PDF."""


class Report(msgspec.Struct, frozen=True):
    """Its files by name, and what a reader must know before any figure."""

    files: Mapping[str, bytes]
    notices: tuple[str, ...]


def report(
    case: OpenCase, audience: Audience, tell: Callable[[], None], *, with_pdf: bool = True
) -> Report:
    """The same bytes for the same evidence and fonts. `tell` is called
    before each of the `STEPS`."""
    tell()
    told = content(
        case.verified, audience, case.published, case.signer, case.rejected, case.folder.dropped
    )
    tell()
    drawn = charts.drawn(told.found, told.victims)
    tell()
    stem = f"report-{audience.value}"
    html = page(told, drawn)
    tell()
    filed = {f"{stem}.pdf": pdf.pdf(paper(told, drawn))} if with_pdf else {}
    shown = {f"{stem}.html": html.encode(), **filed}
    figures = _figures(told) | {"files_sha256": sums(shown)}
    told_last = msgspec.json.format(msgspec.json.encode(figures)) + b"\n"
    return Report(shown | {f"{stem}.json": told_last}, told.notices)


def _figures(told: Content) -> dict[str, Any]:
    return {
        "case": told.case.name,
        "audience": told.audience.value,
        "evidence_sha256": told.manifest,
        "signer": told.signer,
        "notices": told.notices,
        "figures": [_figure(entry, is_public=told.is_public) for entry in told.entries.values()],
        "contradictions": [
            {"says": one.says, "is_gap": one.is_gap} for one in told.found.contradictions
        ],
    }


def _figure(entry: Entry, *, is_public: bool) -> dict[str, Any]:
    figure = entry.figure
    return {
        "figure": figure.name,
        "says": figure.says,
        "value": str(figure.value),
        "unit": figure.unit.value,
        "rows": len(entry.rows),
        "rows_sha256": entry.digest,
    } | ({} if is_public else {"victims": figure.victims, "lines": _lines(entry)})


def _lines(entry: Entry) -> Mapping[str, str]:
    """By file, where they are not all of the victims'."""
    return {} if entry.figure.rows is None else lines(entry.rows)
