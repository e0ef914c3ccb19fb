"""Templates filled in: HTML that loads nothing, and plain text."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from tradelatch.cases.conclusions.breakdowns import exchange
from tradelatch.cases.conclusions.countries import country
from tradelatch.cases.report import wording
from tradelatch.cases.report.bursts import bursts
from tradelatch.cases.verified import Victim

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **given: Any) -> str:
    """A template filled in; in HTML, whatever is not marked as such is escaped."""
    return _environment().get_template(template).render(**given) + "\n"


def style(medium: str) -> Markup:
    """The style of all that goes out, and of one medium."""
    sheets = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", medium))
    return Markup("".join(sheets))  # noqa: S704 - our own file


def drawings(charts: Mapping[str, str]) -> Mapping[str, Markup]:
    """Charts as HTML holds them."""
    return {name: Markup(svg) for name, svg in charts.items()}  # noqa: S704 - our own drawing


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "value": wording.value,
        "dollars": wording.dollars,
        "percent": wording.percent,
        "number": wording.number,
        "many": wording.many,
        "digits": wording.digits,
        "moment": wording.moment,
        "second": wording.second,
        "iso": wording.iso,
        "lines": wording.lines,
        "published": wording.published,
        "country": country,
        "exchange": exchange,
        "bursts": bursts,
        "consents": _consents,
    }
    return made


def _consents(victim: Victim) -> str:
    names = [name.replace("_", " ") for name, may in sorted(victim.consents.items()) if may]
    return ", ".join(names) or "nobody"
