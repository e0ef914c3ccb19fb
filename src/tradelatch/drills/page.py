"""The page of a drill: one HTML file with its charts drawn in it, and nothing loaded from anywhere.

Charts are inline SVG: bars of what share of the bound was lost, beside what was lost without
the guard, and what refused the orders.
"""

from collections.abc import Iterable, Sequence
from html import escape

from tradelatch.drills.charts import LABEL, bar, cards, document, label, section, svg, text
from tradelatch.drills.scenery import UNIT
from tradelatch.drills.score import Score
from tradelatch.drills.summary import Summary, most, short, typical

_ROW, _BAR = 26, 470


def page(summaries: Sequence[Summary], made: str) -> str:
    """The whole document; `made` says how and when it was."""
    ranked = sorted(summaries, key=_share, reverse=True)
    body = [_cards(summaries), _shares(ranked), _bare(ranked), _rules(summaries), _table(ranked)]
    return document("Attackers against the guard", made, "".join(body))


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
    told = [
        (f"{len(summaries)}", f"attackers, {runs} guarded runs", ""),
        (f"{broken}", "runs in which the bound broke", "bad" if broken else "good"),
        (f"{worst:.0%}", "of the bound at most, where it is promised", ""),
        (f"{bare:.1f} {UNIT}", "of 50 lost in the worst unguarded run", ""),
    ]
    more = f"{outside} more lie outside the bound today and say why in the table below. "
    return f"{cards(told)}<p>{more if outside else ''}</p>"


def _shares(summaries: Sequence[Summary]) -> str:
    """A bar for the worst run of each, a dot for every run, and a line where the bound is."""
    top = max(1.1, min(2.0, max((_share(s) for s in summaries), default=1.0) * 1.08))

    def x(share: float) -> float:
        return LABEL + _BAR * min(share, top) / top

    parts = []
    for number, summary in enumerate(summaries):
        y = number * _ROW + 26
        share = _share(summary)
        beyond = " ▸" if share > top else ""
        parts.append(label(summary.attack, y))
        parts.append(bar(LABEL, y, x(share) - LABEL, _colour(summary), 14))
        parts += [
            f'<circle cx="{x(score.share):.1f}" cy="{y}" r="2" fill="var(--dot)"/>'
            for score in _few(summary.guarded)
        ]
        says = f"{share:.0%}{beyond} of the bound, {short(most(s.worst for s in summary.guarded))}"
        parts.append(text(x(share) + 8, y, f"{says} {UNIT}"))
    height = len(summaries) * _ROW + 34
    limit = x(1.0)
    parts.append(f'<line class="limit" x1="{limit}" x2="{limit}" y1="12" y2="{height - 18}"/>')
    parts.append(text(limit - 4, height - 6, "B + X + E", "soft", "middle"))
    return section(
        "What the victim lost, as a share of the bound",
        "The bar is the worst run, each dot is one run. Losses are the larger of two: at fair "
        "prices, and with what was bought sold at once into the books the thief has left.",
        svg(height, parts),
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
        parts.append(label(summary.attack, y))
        parts.append(bar(LABEL, y, _BAR * float(bare) / top, "bare", 14))
        parts.append(bar(LABEL, y, max(_BAR * float(kept) / top, 1.5), _colour(summary), 6))
        parts.append(text(LABEL + _BAR * float(bare) / top + 8, y, f"{bare:.1f} → {kept:.2f}"))
    return section(
        "The same thefts without the guard",
        f"{UNIT} lost of an account worth 50: pale, with the exchange key in the thief's hands; "
        "dark, with a grant.",
        svg(len(told) * _ROW + 12, parts),
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
        parts += [label(rule, y), bar(LABEL, y, max(width, 1.5), "good", 14)]
        parts.append(text(LABEL + width + 8, y, f"{count:,}"))
    return section(
        "What refused them",
        "Requests refused, by the rules that said no; several may. “exchange form” is what "
        "was not let in or understood at all, before any rule was asked.",
        svg(len(ranked) * _ROW + 12, parts),
    )


def _table(summaries: Sequence[Summary]) -> str:
    head = (
        "<tr><th>attacker</th><th class=n>thief's gain</th><th class=n>refused</th>"
        "<th class=n>first refusal</th><th class=n>freeze</th></tr>"
    )
    rows = "".join(_table_row(summary) for summary in summaries)
    says = f"Gains in {UNIT} at fair prices, at most; times are medians, in seconds."
    return section("One by one", says, f"<table>{head}{rows}</table>")


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
