"""The page of the week: everybody's money with the gate and without it, and what was refused."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from tradelatch.drills.charts import (
    LABEL,
    bar,
    cards,
    document,
    label,
    legend,
    section,
    svg,
    table,
    text,
)
from tradelatch.drills.week.outcome import TALLIED, Outcome, totals
from tradelatch.policy.document import AMOUNTS

_ROW, _BAR = 26, 470
_WIDE, _HIGH, _EDGE = 260, 110, 6
_BARE, _KEPT = "warn", "good"
_NAMES = ((_KEPT, "behind the gate"), (_BARE, "without it"))
STYLE = """<style>
.many { display: grid; grid-template-columns: repeat(3, 1fr); gap: 14px 18px }
.many svg { min-width: 0 } .many figure { margin: 0 } .many figcaption { font-size: 13px }
.many small { color: var(--soft) }
@media (max-width: 700px) { .many { grid-template-columns: repeat(2, 1fr); gap: 10px 12px } }
</style>"""


def page(outcome: Outcome, made: str) -> str:
    """The whole document; `made` says how and when it was."""
    says = (
        "The same customers, bots and markets twice: behind the gate, and with the exchange keys."
    )
    body = [STYLE, _cards(outcome), _problems(outcome), _equity(outcome), _causes(outcome)]
    body += [_amounts(outcome), _accounts(outcome)]
    return document(f"Honest bots for {outcome.length}", f"{says} {made}", "".join(body))


def _cards(outcome: Outcome) -> str:
    deep, stops = outcome.deep_orders, outcome.stops(outcome.guarded)
    left = sum(stop.is_left for stop in stops)
    all_ = totals(outcome.compared())
    share = all_["difference"] / all_["worth"]
    return cards(
        [
            (f"{deep.asked:,}", "orders asked for in deep markets", ""),
            (f"{deep.share:.2%}", "of them refused or withdrawn", _colour(deep.share > 0)),
            (f"{len(stops) - left} of {len(stops)}", "stop-losses sold out", _colour(left > 0)),
            (f"{share:+.3%}", "of all accounts' worth: what the gate changed", ""),
        ]
    )


def _colour(is_bad: bool) -> str:
    return "bad" if is_bad else "good"


def _problems(outcome: Outcome) -> str:
    return "".join(f'<p class="bad">{escape(problem)}</p>' for problem in outcome.problems())


def _equity(outcome: Outcome) -> str:
    """A small chart for each account; where both lines are one, the lower shows at its edges."""
    drawn = "".join(_small(outcome, trader.name) for trader in outcome.traders)
    return section(
        "What each account gained",
        "By the hour, as a share of what it was worth at the start, at fair prices. The thin line "
        "is zero; each chart has its own scale.",
        legend((name, colour) for colour, name in _NAMES) + f'<div class="many">{drawn}</div>',
    )


def _small(outcome: Outcome, account: str) -> str:
    sides = (outcome.bare, _BARE, 5), (outcome.guarded, _KEPT, 2)
    curves = [(_gains(side.equity[account]), colour, width) for side, colour, width in sides]
    low = min(0.0, *(min(gains) for gains, _, _ in curves))
    high = max(0.0, *(max(gains) for gains, _, _ in curves))
    high = high if high > low else low + 1.0

    def y(gain: float) -> float:
        return _EDGE + (_HIGH - 2 * _EDGE) * (high - gain) / (high - low)

    parts = [f'<line class="axis" x1="0" x2="{_WIDE}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>']
    for gains, colour, width in curves:
        step = _WIDE / max(len(gains) - 1, 1)
        points = " ".join(f"{n * step:.1f},{y(gain):.1f}" for n, gain in enumerate(gains))
        style = f'fill="none" stroke="var(--{colour})" stroke-width="{width}"'
        parts.append(f'<polyline points="{points}" {style}/>')
    drawn = f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img">{"".join(parts)}</svg>'
    (bare, *_), (kept, *_) = curves
    says = f"<b>{escape(account)}</b> {kept[-1]:+.2%} <small>without {bare[-1]:+.2%}"
    scale = f"; drawn from {low:+.1%} to {high:+.1%}</small>"
    return f"<figure>{drawn}<figcaption>{says}{scale}</figcaption></figure>"


def _gains(worth: Sequence[Decimal]) -> list[float]:
    return [float(value / worth[0] - 1) for value in worth]


def _causes(outcome: Outcome) -> str:
    deep, thin = outcome.deep_orders, outcome.thin_orders
    told = [
        (f"{rule}, {name}", denial.times, denial.says)
        for name, tally in (("deep", deep), ("thin", thin))
        for rule, denial in tally.by_cause
    ]
    most = max((times for _, times, _ in told), default=1)
    parts = []
    for number, (name, times, _) in enumerate(told):
        y, width = number * _ROW + 18, _BAR * times / most
        parts += [label(name, y), bar(LABEL, y, max(width, 1.5), "warn", 14)]
        parts.append(text(LABEL + width + 8, y, f"{times:,}"))
    rows = [deep.row("deep"), thin.row("thin")]
    first = "".join(
        f"<p><b>{escape(name)}</b>: {escape(says)}</p>" for name, _, says in told if says
    )
    return section(
        "What was refused, and why",
        "Withdrawn are orders that rested and were cancelled by the gate; cut short are orders at "
        "the market whose limit left a part of them unfilled.",
        table(TALLIED, rows) + (svg(len(told) * _ROW + 12, parts) + first if told else ""),
    )


def _amounts(outcome: Outcome) -> str:
    rows = [
        (account, *(f"{peaks[amount].share:.1%}" for amount in AMOUNTS))
        for account, peaks in outcome.guarded.peaks.items()
    ]
    return section(
        "How near the amounts were",
        "The most that was taken of B, X and E in any window, as a share of what it allows.",
        table(("account", "B", "X", "E"), rows),
    )


def _accounts(outcome: Outcome) -> str:
    compared = outcome.compared()
    rows = [
        (
            row.account,
            f"{row.worth:.2f}",
            f"{row.gain:+.5f}",
            f"{row.without:+.5f}",
            f"{row.difference:+.5f}",
            f"{row.by_costs:+.5f}",
            f"{row.by_holdings:+.5f}",
            row.because,
        )
        for row in compared
    ]
    head = ("account", "worth", "with", "without", "difference", "costs", "holdings", "because of")
    return section(
        "One by one",
        "BTC. Costs: what trades cost less than without the gate, at fair prices; holdings: what "
        "the market brought more to what was held instead.",
        table(head, rows),
    )
