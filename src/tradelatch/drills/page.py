"""The page of a drill: one HTML file with its charts drawn in it, and nothing loaded from anywhere.

Charts are inline SVG: bars of what share of the bound was lost, beside what was lost without
the guard, and what refused the orders.
"""

from collections.abc import Iterable, Sequence
from html import escape

from tradelatch.drills.scenery import UNIT
from tradelatch.drills.score import Score
from tradelatch.drills.summary import Summary, most, short, typical

_WIDE, _ROW, _LABEL, _BAR = 860, 26, 150, 470
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #64748b; --line: #e2e8f0;
  --page: #f8fafc; --card: #fff; --good: #0f9d76; --warn: #e08a1e; --bad: #d03b4b;
  --bare: #c7d0dc; --dot: #1d273355 }
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
svg { width: 100%; height: auto; display: block } svg text { fill: var(--ink); font-size: 12.5px }
svg .soft { fill: var(--soft); font-size: 11.5px } svg .axis { stroke: var(--line) }
svg .limit { stroke: var(--bad); stroke-dasharray: 4 3 }
table { width: 100%; border-collapse: collapse; font-size: 13.5px }
th { text-align: left; color: var(--soft); font-weight: 500 }
th, td { padding: 6px 8px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td small { color: var(--soft) }
@media (max-width: 700px) { .cards { grid-template-columns: repeat(2, 1fr) } }
"""


def page(summaries: Sequence[Summary], made: str) -> str:
    """The whole document; `made` says how and when it was."""
    ranked = sorted(summaries, key=_share, reverse=True)
    body = [_cards(summaries), _shares(ranked), _bare(ranked), _rules(summaries), _table(ranked)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Tradelatch: attackers against the guard</title><style>{_STYLE}</style></head>"
        "<body><main><h1>Attackers against the guard</h1>"
        f"<p>{escape(made)}</p>{''.join(body)}</main></body></html>\n"
    )


def _share(summary: Summary) -> float:
    return max((score.share for score in summary.guarded), default=0.0)


def _colour(summary: Summary) -> str:
    if summary.breaks:
        return "warn" if summary.outside else "bad"
    return "good"


def _cards(summaries: Sequence[Summary]) -> str:
    runs = sum(len(s.guarded) for s in summaries)
    held = [s for s in summaries if not s.outside]
    broken = sum(len(s.breaks) for s in held)
    worst = max((_share(s) for s in held), default=0.0)
    bare = most(score.worst for s in summaries for score in s.unguarded)
    outside = sum(1 for s in summaries if s.outside)
    cards = [
        (f"{len(summaries)}", f"attackers, {runs} guarded runs", ""),
        (f"{broken}", "runs in which the bound broke", "bad" if broken else "good"),
        (f"{worst:.0%}", "of the bound at most, where it is promised", ""),
        (f"{bare:.1f} {UNIT}", "of 50 lost in the worst unguarded run", ""),
    ]
    tiles = "".join(
        f'<div class="card"><b class="{colour}">{value}</b><span>{says}</span></div>'
        for value, says, colour in cards
    )
    more = f"{outside} more lie outside the bound today and say why in the table below. "
    return f'<div class="cards">{tiles}</div><p>{more if outside else ""}</p>'


def _shares(summaries: Sequence[Summary]) -> str:
    """A bar for the worst run of each, a dot for every run, and a line where the bound is."""
    top = max(1.1, min(2.0, max((_share(s) for s in summaries), default=1.0) * 1.08))

    def x(share: float) -> float:
        return _LABEL + _BAR * min(share, top) / top

    parts = []
    for number, summary in enumerate(summaries):
        y = number * _ROW + 26
        share = _share(summary)
        beyond = " ▸" if share > top else ""
        parts.append(_label(summary.attack, y))
        parts.append(_bar(_LABEL, y, x(share) - _LABEL, _colour(summary), 14))
        parts += [
            f'<circle cx="{x(score.share):.1f}" cy="{y}" r="2" fill="var(--dot)"/>'
            for score in _few(summary.guarded)
        ]
        says = f"{share:.0%}{beyond} of the bound, {short(most(s.worst for s in summary.guarded))}"
        parts.append(_text(x(share) + 8, y, f"{says} {UNIT}"))
    height = len(summaries) * _ROW + 34
    limit = x(1.0)
    parts.append(f'<line class="limit" x1="{limit}" x2="{limit}" y1="12" y2="{height - 18}"/>')
    parts.append(_text(limit - 4, height - 6, "B + X + E", "soft", "middle"))
    return _section(
        "What the victim lost, as a share of the bound",
        "The bar is the worst run, each dot is one run. Losses are the larger of two: at fair "
        "prices, and with what was bought sold at once into the books the thief has left.",
        _svg(height, parts),
    )


def _few(scores: Sequence[Score], at_most: int = 200) -> Sequence[Score]:
    return scores[:: max(1, len(scores) // at_most)]


def _bare(summaries: Sequence[Summary]) -> str:
    """The same attackers with the exchange key itself in their hands."""
    told = [s for s in summaries if s.unguarded and s.steals]
    top = max([50.0, *(float(_lost(s.unguarded)) for s in told)])
    parts = []
    for number, summary in enumerate(sorted(told, key=lambda s: _lost(s.unguarded), reverse=True)):
        y = number * _ROW + 18
        bare, kept = _lost(summary.unguarded), _lost(summary.guarded)
        parts.append(_label(summary.attack, y))
        parts.append(_bar(_LABEL, y, _BAR * float(bare) / top, "bare", 14))
        parts.append(_bar(_LABEL, y, max(_BAR * float(kept) / top, 1.5), _colour(summary), 6))
        parts.append(_text(_LABEL + _BAR * float(bare) / top + 8, y, f"{bare:.1f} → {kept:.2f}"))
    return _section(
        "The same thefts without the guard",
        f"{UNIT} lost of an account worth 50: pale, with the exchange key in the thief's hands; "
        "dark, with a grant.",
        _svg(len(told) * _ROW + 12, parts),
    )


def _lost(scores: Iterable[Score]) -> float:
    return float(most(score.worst for score in scores))


def _rules(summaries: Sequence[Summary]) -> str:
    totals: dict[str, int] = {}
    for summary in summaries:
        for rule, count in summary.rules():
            totals[rule] = totals.get(rule, 0) + count
    ranked = sorted(totals.items(), key=lambda entry: entry[1], reverse=True)
    most_of_all = max(totals.values(), default=1)
    parts = []
    for number, (rule, count) in enumerate(ranked):
        y, width = number * _ROW + 18, _BAR * count / most_of_all
        parts += [_label(rule, y), _bar(_LABEL, y, max(width, 1.5), "good", 14)]
        parts.append(_text(_LABEL + width + 8, y, f"{count:,}"))
    return _section(
        "What refused them",
        "Requests refused, by the rules that said no; several may. “exchange form” is what "
        "was not let in or understood at all, before any rule was asked.",
        _svg(len(ranked) * _ROW + 12, parts),
    )


def _table(summaries: Sequence[Summary]) -> str:
    head = (
        "<tr><th>attacker</th><th class=n>thief's gain</th><th class=n>refused</th>"
        "<th class=n>first refusal</th><th class=n>freeze</th></tr>"
    )
    rows = "".join(_table_row(summary) for summary in summaries)
    says = f"Gains in {UNIT} at fair prices, at most; times are medians, in seconds."
    return _section("One by one", says, f"<table>{head}{rows}</table>")


def _table_row(summary: Summary) -> str:
    guarded = summary.guarded
    tried, refused = sum(s.tried for s in guarded), sum(s.refused for s in guarded)
    problems = [*summary.problems(), *([summary.outside] if summary.outside else [])]
    note = "".join(f'<br><small class="{_colour(summary)}">{escape(p)}</small>' for p in problems)
    cells = (
        short(most(s.gain for s in guarded)),
        f"{refused:,} of {tried:,}",
        _seconds(typical([s.refusal_s for s in guarded])),
        _seconds(typical([s.freeze_s for s in guarded])),
    )
    figures = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    says = f"<b>{escape(summary.attack)}</b> <small>{escape(summary.says)}</small>{note}"
    return f"<tr><td>{says}</td>{figures}</tr>"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"


def _section(title: str, says: str, inside: str) -> str:
    return f"<section><h2>{title}</h2><p>{says}</p>{inside}</section>"


def _svg(height: int, parts: Iterable[str]) -> str:
    return f'<svg viewBox="0 0 {_WIDE} {height}" role="img">{"".join(parts)}</svg>'


def _label(text: str, y: float) -> str:
    return _text(_LABEL - 10, y, text, "", "end")


def _text(x: float, y: float, text: str, kind: str = "soft", anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y + 4:.1f}"'
    return f'<text {place} class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def _bar(x: float, y: float, width: float, colour: str, height: int) -> str:
    place = f'x="{x:.1f}" y="{y - height / 2:.1f}" width="{max(width, 0):.1f}" height="{height}"'
    return f'<rect {place} rx="3" fill="var(--{colour})"/>'
