"""What the drills' pages are made of: HTML in one file, charts as inline SVG, nothing loaded."""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import NamedTuple, TypeAlias

WIDE, LABEL = 860, 150
_HIGH, _LEFT, _RIGHT, _TOP, _BOTTOM = 300, 56, 16, 14, 40
_TICKS = 6
STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #64748b; --line: #e2e8f0;
  --page: #f8fafc; --card: #fff; --good: #0f9d76; --warn: #e08a1e; --bad: #d03b4b;
  --bare: #c7d0dc; --dot: #1d273355; --series-1: #7c5cd6; --series-2: #d03b4b;
  --series-3: #2478c7; --series-4: #e08a1e; --series-5: #0f9d76 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf5; --soft: #94a3b8; --line: #27344a;
  --page: #0f1724; --card: #172133; --bare: #3b4a61; --dot: #e6edf577 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
main { max-width: 960px; margin: 0 auto; padding: 36px 24px 64px }
h1 { font-size: 28px; margin: 0 0 4px; letter-spacing: -.01em }
h2 { font-size: 18px; margin: 0 0 4px }
p { margin: 0 0 14px; color: var(--soft); max-width: 72ch }
.cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 14px; margin: 22px 0 }
.card, section { background: var(--card); border: 1px solid var(--line); border-radius: 12px }
.card { padding: 14px 16px } .card b { display: block; font-size: 26px; line-height: 1.2 }
.card span { color: var(--soft); font-size: 13px } section { padding: 20px 22px; margin: 0 0 20px }
.good { color: var(--good) } .bad { color: var(--bad) } .warn { color: var(--warn) }
.chart { overflow-x: auto } svg { width: 100%; height: auto; display: block }
svg text { fill: var(--ink); font-size: 12.5px }
svg .soft { fill: var(--soft); font-size: 11.5px } svg .axis { stroke: var(--line) }
svg .limit { stroke: var(--bad); stroke-dasharray: 4 3 }
table { width: 100%; border-collapse: collapse; font-size: 13.5px }
th { text-align: left; color: var(--soft); font-weight: 500 }
th, td { padding: 6px 8px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td small { color: var(--soft) }
.table { overflow-x: auto }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; margin: 0 0 8px }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 5px;
  margin-right: 6px }
@media (max-width: 700px) { .cards { grid-template-columns: repeat(2, 1fr) }
  main { padding: 20px 12px 40px } section { padding: 16px 14px } svg { min-width: 620px }
  .chart { padding-bottom: 10px } .card b { font-size: 21px } table { font-size: 12px }
  th, td { padding-right: 5px }
  th.n { white-space: normal; vertical-align: bottom } }
"""


def document(title: str, says: str, body: str) -> str:
    """The whole page, of which `body` is HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Tradelatch: {escape(title.lower())}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(says)}</p>{body}</main></body></html>\n"
    )


def cards(told: Iterable[tuple[str, str, str]]) -> str:
    """Tiles of a figure, what it is, and a colour's name."""
    tiles = (
        f'<div class="card"><b class="{colour}">{value}</b><span>{escape(says)}</span></div>'
        for value, says, colour in told
    )
    return f'<div class="cards">{"".join(tiles)}</div>'


def section(title: str, says: str, inside: str) -> str:
    """A part of the page."""
    return f"<section><h2>{title}</h2><p>{says}</p>{inside}</section>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are figures."""
    kinds = ["", *(' class="n"' for _ in head[1:])]
    top = "".join(f"<th{kind}>{escape(cell)}</th>" for kind, cell in zip(kinds, head, strict=True))
    lines = (
        "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        for row in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="table"><table><tr>{top}</tr>{body}</table></div>'


def svg(height: int, parts: Iterable[str]) -> str:
    """A chart as wide as the page; on a narrow screen it is scrolled."""
    drawn = f'<svg viewBox="0 0 {WIDE} {height}" role="img">{"".join(parts)}</svg>'
    return f'<div class="chart">{drawn}</div>'


def label(says: str, y: float) -> str:
    """The name of a row, left of it."""
    return text(LABEL - 10, y, says, "", "end")


def text(x: float, y: float, says: str, kind: str = "soft", anchor: str = "start") -> str:
    """Text whose middle is at `y`."""
    place = f'x="{x:.1f}" y="{y + 4:.1f}"'
    return f'<text {place} class="{kind}" text-anchor="{anchor}">{escape(says)}</text>'


def bar(x: float, y: float, width: float, colour: str, height: int) -> str:
    """A bar whose middle is at `y`."""
    place = f'x="{x:.1f}" y="{y - height / 2:.1f}" width="{max(width, 0):.1f}" height="{height}"'
    return f'<rect {place} rx="3" fill="var(--{colour})"/>'


Place: TypeAlias = Callable[[float, float], tuple[float, float]]


class Line(NamedTuple):
    """A line of a chart, and what it is called in the legend."""

    name: str
    colour: str
    points: Sequence[tuple[float, float]]


def lines(drawn: Sequence[Line], below: str) -> str:
    """A line chart from zero on, with what is counted `below` its axis, and a legend."""
    right = max((x for line in drawn for x, _ in line.points), default=1.0) or 1.0
    top = max((y for line in drawn for _, y in line.points), default=1.0) * 1.05 or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        across = _LEFT + (WIDE - _LEFT - _RIGHT) * x / right
        return across, _TOP + (_HIGH - _TOP - _BOTTOM) * (1 - y / top)

    parts = [*_grid(right, top, place), text(_LEFT, _HIGH - 8, below)]
    for line in drawn:
        points = (place(x, y) for x, y in line.points)
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        style = f'fill="none" stroke="var(--{line.colour})" stroke-width="2.4"'
        parts.append(f'<polyline points="{path}" {style}/>')
    return legend((line.name, line.colour) for line in drawn) + svg(_HIGH, parts)


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """Names beside dots of their colours."""
    told = (
        f'<span><i style="background: var(--{colour})"></i>{escape(name)}</span>'
        for name, colour in entries
    )
    return f'<div class="legend">{"".join(told)}</div>'


def _grid(right: float, top: float, place: Place) -> list[str]:
    parts = []
    end, _ = place(right, 0)
    for y in _marks(top):
        left, high = place(0, y)
        parts.append(f'<line class="axis" x1="{left}" x2="{end}" y1="{high:.1f}" y2="{high:.1f}"/>')
        parts.append(text(left - 8, high, f"{y:g}", "soft", "end"))
    for x in _marks(right):
        under, low = place(x, 0)
        parts.append(text(under, low + 14, f"{x:g}", "soft", "middle"))
    return parts


def _marks(most: float) -> list[float]:
    """Round numbers from zero to `most`, some five of them."""
    ten = 10.0 ** math.floor(math.log10(most))
    step = next(ten * share for share in (0.1, 0.2, 0.5, 1, 2, 5) if most / (ten * share) <= _TICKS)
    return [round(number * step, 9) for number in range(int(most / step) + 1)]
