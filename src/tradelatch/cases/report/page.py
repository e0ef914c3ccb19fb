"""A report as one HTML page: nothing is loaded from anywhere, and it works without scripts."""

from collections.abc import Mapping

from tradelatch.cases.report.content import Audience, Content
from tradelatch.cases.report.rendering import drawings, render, style

_FEW_ROWS = 600
"""So many rows of a figure are told by their lines at once."""
_KINDS = {
    Audience.PUBLIC: "Public report",
    Audience.PSEUDONYMS: "Confidential report, victims by number",
    Audience.FULL: "Confidential report, with account ids",
}


def page(content: Content, charts: Mapping[str, str]) -> str:
    """The page for a screen; `charts` are SVG by name."""
    return _laid_out(content, charts, paper=False)


def paper(content: Content, charts: Mapping[str, str]) -> str:
    """The same as a document of pages, for the PDF: single trades are left to the page."""
    return _laid_out(content, charts, paper=True)


def _laid_out(content: Content, charts: Mapping[str, str], *, paper: bool) -> str:
    return render(
        "report.html",
        content=content,
        paper=paper,
        style=style("paper.css" if paper else "screen.css"),
        kind=_KINDS[content.audience],
        charts=drawings(charts),
        sections=_sections(content),
        span=_span(content),
        files=_files(content),
        few_rows=_FEW_ROWS,
    )


def _files(content: Content) -> Mapping[str, int]:
    """The number of each file, under which it stands in the page; none where files do not."""
    if content.is_public:
        return {}
    return {one.name: number for number, one in enumerate(content.case.sources, 1)}


def _sections(content: Content) -> list[tuple[str, str]]:
    has_people = bool(content.case.victims) and "loss" in content.entries
    told = (
        ("summary", "Summary", True),
        ("breakdowns", "Who lost how much, where and when", has_people),
        ("claims", "Claimed and verified", has_people),
        ("flow", "Where the money went", bool(content.found.edges)),
        ("controls", "What would have stopped it", bool(content.found.controls)),
        ("published", "Published figures", bool(content.found.comparisons)),
        ("method", "How it was reckoned", True),
        ("doubts", "What is wrong with the evidence", bool(content.doubts)),
        ("figures", "Register of figures", bool(content.entries)),
        ("victims", "The victims and their trades", bool(content.victims)),
        ("files", "Evidence", not content.is_public),
    )
    return [(anchor, title) for anchor, title, is_there in told if is_there]


def _span(content: Content) -> tuple[int, int] | None:
    """The first and the last adverse fill, where they may be told."""
    times = [fill.time_ms for one in content.victims for fill in one.fills]
    return (min(times), max(times)) if times else None
