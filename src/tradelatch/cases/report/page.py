"""A report as one HTML page: nothing is loaded from anywhere, and it works without scripts."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tradelatch.cases.conclusions.breakdowns import exchange
from tradelatch.cases.conclusions.countries import country
from tradelatch.cases.conclusions.published import Comparison
from tradelatch.cases.report import wording
from tradelatch.cases.report.bursts import bursts
from tradelatch.cases.report.content import Audience, Content
from tradelatch.cases.verified import Victim

TEMPLATES = Path(__file__).parent / "templates"
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
        charts={name: Markup(svg) for name, svg in charts.items()},  # noqa: S704 - our own drawing
        sections=_sections(content),
        span=_span(content),
        files={one.name: number for number, one in enumerate(content.case.sources, 1)},
    )


def render(template: str, **given: Any) -> str:
    """A template filled in; whatever is not marked as HTML is escaped."""
    return _environment().get_template(template).render(**given) + "\n"


def style(medium: str) -> Markup:
    """The style of all that goes out, and of one medium."""
    sheets = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", medium))
    return Markup("".join(sheets))  # noqa: S704 - our own file


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "value": wording.value,
        "dollars": wording.dollars,
        "number": wording.number,
        "digits": wording.digits,
        "moment": wording.moment,
        "second": wording.second,
        "lines": wording.lines,
        "country": country,
        "exchange": exchange,
        "bursts": bursts,
        "share": _share,
        "consents": _consents,
        "told": _told,
        "what": _what,
    }
    return made


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


def _share(loss: Decimal, content: Content) -> str:
    whole = content.found.figures["loss"].value
    return wording.percent(100 * loss / whole) if whole else ""


def _consents(victim: Victim) -> str:
    names = [name.replace("_", " ") for name, may in sorted(victim.consents.items()) if may]
    return ", ".join(names) or "nobody"


def _told(one: Comparison) -> str:
    """A published figure as it was published."""
    return wording.published(one.published)


def _what(one: Comparison) -> str:
    return one.computed.says if one.computed else one.published.figure.replace("-", " ")
