"""The charts of a report, as SVG that a page holds inline.

Altair says what is drawn, vl-convert draws it without a browser and without a network; the same
data gives the same bytes.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import altair as alt
import vl_convert

from tradelatch.cases.conclusions.breakdowns import exchange
from tradelatch.cases.conclusions.conclude import Conclusions
from tradelatch.cases.conclusions.figures import Breakdown, Cell
from tradelatch.cases.report.wording import short
from tradelatch.cases.verified import Victim
from tradelatch.model.money import ZERO

WIDE = 720
"""Of a chart with its labels; pages scale it."""
INK, SOFT, BLUE, RED, GREEN, GREY = (
    "#1d2733",
    "#64748b",
    "#2478c7",
    "#d03b4b",
    "#0f9d76",
    "#c7d0dc",
)
FONT = "DejaVu Sans, Verdana, sans-serif"
_ROW = 24
_MOST_ROWS = 12
_Row = Mapping[str, Any]
_Chart = Any
"""Of one of Altair's many classes of charts."""


def drawn(found: Conclusions, victims: Sequence[Victim]) -> dict[str, str]:
    """All charts by name; `victims` are empty where nobody may be told apart."""
    charts: dict[str, _Chart] = {}
    for name in ("exchange", "country", "month", "size", "counterparty"):
        if name in found.breakdowns and found.breakdowns[name].cells:
            charts[name] = _losses(found.breakdowns[name])
    if "key-year" in found.breakdowns and found.breakdowns["key-year"].cells:
        charts["key-year"] = _counts(found.breakdowns["key-year"])
    if found.days:
        charts["timeline"] = _timeline(found)
    proved = [one for one in victims if one.verified > 0]
    if len(proved) > 1:
        charts["victims"] = _victims(proved)
    if found.controls:
        charts["controls"] = _controls(found)
    return {name: _svg(name, chart) for name, chart in charts.items()}


def _losses(found: Breakdown) -> _Chart:
    """A bar for each cell, with its loss and how many people; what is left is one bar."""
    rows = [
        _row(cell.label, cell.loss, f"{short(cell.loss)} · {len(cell.victims)}")
        for cell in _few(found.cells)
    ]
    return _bars(rows, BLUE, "verified loss · victims")


def _counts(found: Breakdown) -> _Chart:
    rows = [
        _row(cell.label, Decimal(len(cell.victims)), str(len(cell.victims))) for cell in found.cells
    ]
    return _bars(rows, BLUE, "keys", "d")


def _controls(found: Conclusions) -> _Chart:
    rows = [_row(one.control, one.loss, short(one.loss)) for one in found.controls]
    return _bars(rows, GREEN, "loss that it would have stopped")


def _row(name: str, value: Decimal, words: str) -> _Row:
    return {"name": name, "value": float(value), "words": words}


def _bars(rows: Sequence[_Row], colour: str, below: str, form: str = "$~s") -> _Chart:
    order = [row["name"] for row in rows]
    base = alt.Chart(alt.InlineData(values=list(rows))).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=_axis(labelLimit=230, ticks=False)),
        x=alt.X(
            "value:Q",
            title=below,
            axis=_axis(format=form, grid=True, tickCount=5),
            scale=_room(rows),
        ),
    )
    bars = base.mark_bar(color=colour, height=15, cornerRadiusEnd=2)
    words = base.mark_text(align="left", dx=5, color=INK).encode(text="words:N")
    layers = alt.layer(bars, words)
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    return layers.properties(width=WIDE, height=_ROW * len(rows), autosize=fit)


def _room(rows: Sequence[_Row]) -> alt.Scale:
    """Words stand right of the longest bar."""
    longest = max((row["value"] for row in rows), default=1) or 1
    return alt.Scale(domain=[min(0, *(row["value"] for row in rows)), longest * 1.22], nice=False)


def _timeline(found: Conclusions) -> _Chart:
    """Dollars passed on each day, and how many were robbed for the first time."""
    rows = [
        {"day": day.date, "value": float(day.passed), "people": len(day.first_of)}
        for day in found.days
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("utcyearmonthdate(day):T", title=None, axis=_axis(format="%-d %b %Y", tickCount=6))
    )
    passed = base.mark_bar(color=RED, width=4).encode(
        y=alt.Y("value:Q", title="value passed that day", axis=_axis(format="$~s", grid=True))
    )
    people = base.mark_bar(color=BLUE, width=4).encode(
        y=alt.Y("people:Q", title="first thefts", axis=_axis(tickMinStep=1, format="d", grid=True))
    )
    return alt.vconcat(
        passed.properties(width=WIDE - 70, height=170),
        people.properties(width=WIDE - 70, height=60),
        spacing=8,
    )


def _victims(victims: Sequence[Victim]) -> _Chart:
    """Each victim's loss (above zero), the largest first, on a scale of powers of ten."""
    ranked = sorted(victims, key=lambda one: (-one.verified, one.name))
    rows = [
        {"name": one.name, "value": float(one.verified), "where": exchange(one.exchange)}
        for one in ranked
    ]
    chart = alt.Chart(alt.InlineData(values=rows)).mark_circle(size=38, opacity=0.9)
    colours = alt.Scale(range=[BLUE, GREEN, "#e08a1e", "#7c5cd6", RED, SOFT])
    return chart.encode(
        x=alt.X(
            "name:N", sort=None, title="victims, by loss", axis=_axis(labels=False, ticks=False)
        ),
        y=alt.Y(
            "value:Q",
            title="verified loss",
            scale=alt.Scale(type="log"),
            axis=_axis(format="$~s", grid=True, tickCount=5),
        ),
        color=alt.Color("where:N", title=None, scale=colours, legend=alt.Legend(orient="top")),
    ).properties(width=WIDE - 70, height=200)


def _few(cells: Sequence[Cell]) -> list[Cell]:
    """As many as a chart shows; those of a table hold them all."""
    if len(cells) <= _MOST_ROWS:
        return list(cells)
    shown, rest = list(cells[: _MOST_ROWS - 1]), cells[_MOST_ROWS - 1 :]
    people = tuple(sorted({name for cell in rest for name in cell.victims}))
    loss = sum((cell.loss for cell in rest), ZERO)
    return [*shown, Cell("rest", f"{len(rest)} more", people, Decimal(loss))]


def _axis(**options: Any) -> alt.Axis:
    told: dict[str, Any] = {
        "grid": False,
        "domain": False,
        "labelColor": SOFT,
        "titleColor": SOFT,
    } | options
    return alt.Axis(**told)


def _svg(name: str, chart: _Chart) -> str:
    told = chart.configure(
        view=alt.ViewConfig(stroke=None),
        font=FONT,
        axis=alt.AxisConfig(
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            gridColor="#e2e8f0",
            tickColor="#e2e8f0",
        ),
        text=alt.MarkConfig(fontSize=12),
        legend=alt.LegendConfig(labelFontSize=12, labelColor=INK),
        background="transparent",
    )
    svg: str = vl_convert.vegalite_to_svg(told.to_dict())
    svg = _with_own_ids(name, svg)
    return re.sub(r'^<svg ([^>]*?)width="[\d.]+" height="[\d.]+"', r"<svg \1", svg)


def _with_own_ids(name: str, svg: str) -> str:
    """Ids are counted by process and several charts share a page: each gets numbers of its own."""
    for number, old in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):
        new = f"{name}-{number}"
        svg = svg.replace(f'id="{old}"', f'id="{new}"').replace(f"url(#{old})", f"url(#{new})")
    return svg
