"""Line charts as SVG text: panels side by side, as few marks as say it."""

from html import escape
from pathlib import Path
from typing import NamedTuple

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 330, 250, 56, 46, 66
COLOURS = ("#1f5fa8", "#d1642a", "#3a8a4a", "#7a4a9a", "#666666")


class Panel(NamedTuple):
    """One chart: `xs` are labels at equal distances, `lines` values (percent) by name."""

    title: str
    across: str
    up: str
    xs: list[str]
    lines: dict[str, list[float]]


def write(path: Path, panels: list[Panel], columns: int = 2) -> None:
    """Draw the panels into a file."""
    rows = -(-len(panels) // columns)
    wide, high = columns * (WIDTH + 20), rows * (HEIGHT + 10)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
        'font-family="sans-serif" font-size="11" fill="#222">',
        f'<rect width="{wide}" height="{high}" fill="#ffffff"/>',
    ]
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        at = f"{column * (WIDTH + 20)} {row * (HEIGHT + 10)}"
        parts += [f'<g transform="translate({at})">', *_panel(panel), "</g>"]
    path.write_text("\n".join([*parts, "</svg>", ""]))


def _panel(panel: Panel) -> list[str]:
    top = _round_top(max((max(line) for line in panel.lines.values()), default=1.0))
    right, low = WIDTH - 8, HEIGHT - BOTTOM
    step = (right - LEFT) / max(len(panel.xs) - 1, 1)

    def y(value: float) -> float:
        return low - (low - TOP) * value / top

    parts = [f'<text x="6" y="16" font-weight="bold" font-size="12">{escape(panel.title)}</text>']
    parts.append(f'<text x="6" y="32" fill="#666">{escape(panel.up)}</text>')
    for quarter in range(5):
        value = top * quarter / 4
        parts.append(
            f'<line x1="{LEFT}" x2="{right}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
            'stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
        )
    for number, text in enumerate(panel.xs):
        parts.append(
            f'<text x="{LEFT + number * step:.1f}" y="{low + 16}" text-anchor="middle">'
            f"{escape(text)}</text>"
        )
    middle = (LEFT + right) / 2
    parts.append(
        f'<text x="{middle}" y="{low + 32}" text-anchor="middle" fill="#666">'
        f"{escape(panel.across)}</text>"
    )
    room = (right - 6) / max(len(panel.lines), 1)
    for number, (name, line) in enumerate(panel.lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [(LEFT + n * step, y(value)) for n, value in enumerate(line)]
        path = " ".join(f"{across:.1f},{up:.1f}" for across, up in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{u:.1f}" r="2.5" fill="{colour}"/>' for a, u in points]
        at = 6 + number * room
        parts.append(
            f'<rect x="{at:.1f}" y="{HEIGHT - 20}" width="10" height="3" fill="{colour}"/>'
            f'<text x="{at + 14:.1f}" y="{HEIGHT - 15}">{escape(name)}</text>'
        )
    return parts


def _round_top(value: float) -> float:
    """The axis' end: 1, 2, 4, 5 or 8 times a power of ten, not below the value."""
    if value <= 0:
        return 1.0
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(power * times for times in (1, 2, 4, 5, 8, 10) if power * times >= value)
