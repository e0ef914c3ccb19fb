"""Where published figures contradict one another, or leave something open.

Each rule looks at published figures alone: what was computed here has no say in it.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from tradelatch.cases.conclusions.breakdowns import exchange, month
from tradelatch.cases.conclusions.countries import country
from tradelatch.cases.conclusions.published import Published
from tradelatch.cases.verified import RowRef
from tradelatch.model.money import ZERO

_Known = Mapping[str, Published]
_HALF = Decimal("0.5")


class Contradiction(msgspec.Struct, frozen=True):
    """What cannot hold, or is left open (`is_gap`): one sentence or two, and the rows."""

    says: str
    rows: tuple[RowRef, ...]
    is_gap: bool


def contradictions(published: Sequence[Published]) -> tuple[Contradiction, ...]:
    """All that the rules find, contradictions first."""
    known = {one.figure: one for one in published}
    found = [one for rule in _RULES for one in rule(known)]
    return tuple(sorted(found, key=lambda one: one.is_gap))


def _large_in_one_month(known: _Known) -> Iterator[Contradiction]:
    """All of the largest losses in one month cannot be more than that month's loss."""
    large, loss = known.get("victims-large"), known.get("loss-large")
    for one in _under(known, "victims-large-month-") if large and loss else ():
        if large is None or loss is None or one.value < large.value:
            continue
        name = one.figure.removeprefix("victims-large-month-")
        whole = known.get(f"loss-month-{name}")
        if whole is None or _least(loss) <= _most(whole):
            continue
        before = [m for m in _under(known, "loss-month-") if _of_month(m) < name]
        says = (
            f"All {large.value:,} losses over $1 million are said to fall in {month(name)}. They "
            f"come to {_dollars(loss)}, but that month's losses to {_dollars(whole)} together"
        )
        if before and _least(loss) > _most(whole) + sum(map(_most, before), ZERO):
            both = whole.value + sum((m.value for m in before), ZERO)
            says += f", and with the months before it to ${both:,.0f}"
        yield Contradiction(says + ".", _rows(one, loss, whole, *before), False)


def _parts_of_whole(known: _Known) -> Iterator[Contradiction]:
    """Parts are not more than the whole, and what they leave is told."""
    for whole_name, prefix, kind, label in _PARTS:
        whole, parts = known.get(whole_name), _under(known, prefix)
        if whole is None or not parts:
            continue
        rest = whole.value - sum((part.value for part in parts), ZERO)
        slack = _slack(whole) + sum(map(_slack, parts), ZERO)
        told = ", ".join(label(part.figure.removeprefix(prefix)) for part in parts)
        rows = _rows(whole, *parts)
        if rest < -slack:
            says = f"{kind} of {told} come to {_shown(-rest, whole)} more than the whole."
            yield Contradiction(says, rows, False)
        elif rest > slack:
            says = f"{kind} of {told} leave {_shown(rest, whole)} of {_shown(whole.value, whole)}"
            yield Contradiction(f"{says} without a published place.", rows, True)


def _without_loss(known: _Known) -> Iterator[Contradiction]:
    """An exchange whose victims were counted and whose loss was not told."""
    whole, losses = known.get("loss"), _under(known, "loss-exchange-")
    counted = _under(known, "victims-exchange-")
    told = {one.figure.removeprefix("loss-exchange-") for one in losses}
    silent = [one for one in counted if one.figure.removeprefix("victims-exchange-") not in told]
    if whole is None or not losses or len(silent) != 1:
        return
    name = exchange(silent[0].figure.removeprefix("victims-exchange-"))
    rest = whole.value - sum((one.value for one in losses), ZERO)
    slack = sum(map(_slack, losses), _slack(whole))
    yield Contradiction(
        f"No loss is told for {name}. What the others leave is ${rest:,.0f}, give or take "
        f"${slack:,.0f} of rounding.",
        _rows(silent[0], whole, *losses),
        True,
    )


def _months_may_overlap(known: _Known) -> Iterator[Contradiction]:
    """Counts of later months may hold the earlier ones."""
    counts = sorted(_under(known, "victims-month-"), key=_of_month)
    if len(counts) < 2 or any(b.value < a.value for a, b in itertools.pairwise(counts)):
        return
    first, last = counts[0], counts[-1]
    yield Contradiction(
        f"Whether the {last.value:,} victims of {month(_of_month(last))} hold the "
        f"{first.value:,} of {month(_of_month(first))} is not told; here each victim counts in "
        "the month of its own first adverse fill.",
        _rows(first, last),
        True,
    )


def _key_years(known: _Known) -> Iterator[Contradiction]:
    """Keys by year, some as a share and some as a number, against all victims."""
    whole = known.get("victims")
    shares = _under(known, "share-key-year-")
    if whole is None or not shares:
        return
    prefix = "victims-key-year-"
    counts = _under(known, prefix)
    of_share = sum(((s.value * whole.value / 100).quantize(Decimal(1)) for s in shares), ZERO)
    rest = whole.value - of_share - sum((one.value for one in counts), ZERO)
    told = " and ".join(
        [f"{s.value:f} % of {s.figure.removeprefix('share-key-year-')}" for s in shares]
        + [f"{one.value:,} of {one.figure.removeprefix(prefix)}" for one in counts]
    )
    rows = _rows(whole, *shares, *counts)
    if rest < 0:
        says = f"Keys by year ({told}) come to {-rest:,} more than the {whole.value:,} victims."
        yield Contradiction(says, rows, False)
    elif rest:
        says = f"Keys by year ({told}) leave {rest:,} of {whole.value:,} without a published year."
        yield Contradiction(says, rows, True)


_Rule = Callable[[_Known], Iterator[Contradiction]]
_RULES: tuple[_Rule, ...] = (
    _large_in_one_month,
    _parts_of_whole,
    _without_loss,
    _months_may_overlap,
    _key_years,
)
_PARTS: tuple[tuple[str, str, str, Callable[[str], str]], ...] = (
    ("victims", "victims-exchange-", "Victims at the exchanges", exchange),
    ("victims", "victims-month-", "The victims", month),
    ("victims", "victims-country-", "The victims", country),
    ("loss", "loss-exchange-", "The losses", exchange),
    ("loss", "loss-month-", "The losses", month),
    ("loss", "loss-country-", "The losses", country),
)


def _under(known: _Known, prefix: str) -> list[Published]:
    return [one for name, one in known.items() if name.startswith(prefix)]


def _of_month(one: Published) -> str:
    return one.figure[-len("2022-11") :]


def _slack(one: Published) -> Decimal:
    """What rounding may hide."""
    return ZERO if one.rounded_to == 1 else one.rounded_to * (1 if one.qualifier else _HALF)


def _least(one: Published) -> Decimal:
    return one.value - _slack(one)


def _most(one: Published) -> Decimal:
    return one.value + _slack(one)


def _rows(*those: Published) -> tuple[RowRef, ...]:
    return tuple(one.row for one in those)


def _dollars(one: Published) -> str:
    return f"{one.qualifier} ${one.value:,.0f}".strip()


def _shown(value: Decimal, like: Published) -> str:
    return f"${value:,.0f}" if like.figure.startswith("loss") else f"{value:,.0f}"
