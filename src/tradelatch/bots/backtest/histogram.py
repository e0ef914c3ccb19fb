"""How the profits of deals are spread: bars by percent, as inline SVG."""

import math
from collections import Counter
from collections.abc import Sequence

_WIDE, _HIGH, _FOOT, _HEAD = 520, 210, 22, 16
_BARS = 24


def histogram(shares: Sequence[float]) -> str:
    """Bars of equal steps, losses apart from profits; says so where there is no deal."""
    if not shares:
        return "<p>No deal has been closed.</p>"
    percents = [share * 100 for share in shares]
    step = nice_step((max(percents) - min(percents)) / _BARS)
    counts = Counter(math.floor(percent / step) for percent in percents)
    first, last = min(*counts, 0), max(*counts, 0)
    wide, most = _WIDE / (last - first + 1), max(counts.values())
    parts = [_bar(at, count, first, wide, most, step) for at, count in sorted(counts.items())]
    foot = _HIGH - _FOOT
    parts.append(f'<line class="axis" x1="0" x2="{_WIDE}" y1="{foot}" y2="{foot}"/>')
    every = math.ceil(64 / wide)
    for at in range(first, last + 2):
        if at % every == 0:
            x = (at - first) * wide
            anchor = "start" if x < 20 else "end" if x > _WIDE - 20 else "middle"
            label = f"{at * step:.6g} %"
            parts.append(f'<text x="{x:.1f}" y="{_HIGH - 6}" text-anchor="{anchor}">{label}</text>')
    says = f"<p>Closed deals by profit in percent of their cost, {step:g} % a bar.</p>"
    label = 'role="img" aria-label="histogram of deal profits"'
    return f'{says}<svg viewBox="0 0 {_WIDE} {_HIGH}" {label}>{"".join(parts)}</svg>'


def nice_step(least: float) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that is not below; 0.01 at the least."""
    least = max(least, 0.01)
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= least * (1 - 1e-9))


def _bar(at: int, count: int, first: int, wide: float, most: int, step: float) -> str:
    high = (_HIGH - _FOOT - _HEAD) * count / most
    x, y = (at - first) * wide + 1, _HIGH - _FOOT - high
    kind = "up" if at >= 0 else "down"
    says = f"{count:,} from {at * step:.6g} to {(at + 1) * step:.6g} %"
    label = (
        f'<text x="{x + wide / 2 - 1:.1f}" y="{y - 4:.1f}" text-anchor="middle">{count:,}</text>'
    )
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(wide - 2, 1):.1f}" '
        f'height="{high:.1f}" rx="2"><title>{says}</title></rect>{label if wide > 18 else ""}'
    )
