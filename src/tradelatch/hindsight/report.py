"""What a replay found, as JSON and as the rows of tables."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tradelatch.hindsight.replay import AMOUNTS, Findings, Outcome
from tradelatch.model.money import ZERO, plain
from tradelatch.policy.accounting import Window
from tradelatch.policy.document import Policy
from tradelatch.policy.verdict import short

EXAMPLES = 5


def by_rule(findings: Findings) -> list[tuple[str, int, Decimal]]:
    """Rule, orders it refuses and what they come to, the busiest first; an order that several
    rules refuse counts with each."""
    times, worth = Counter[str](), dict[str, Decimal]()
    for outcome in findings.refused:
        for answer in outcome.noes:
            times[answer.rule] += 1
            worth[answer.rule] = worth.get(answer.rule, ZERO) + (outcome.value or ZERO)
    return [(rule, count, worth[rule]) for rule, count in times.most_common()]


def by_day(findings: Findings) -> list[tuple[str, int, int]]:
    """Day (UTC), orders, and how many of them are refused."""
    orders, refused = Counter[str](), Counter[str]()
    for outcome in findings.outcomes:
        orders[told(outcome.time_ns)[:10]] += 1
        refused[told(outcome.time_ns)[:10]] += bool(outcome.noes)
    return [(day, orders[day], refused[day]) for day in sorted(orders)]


def examples(findings: Findings) -> list[Outcome]:
    """The first refusals by each rule."""
    seen, chosen = Counter[str](), []
    for outcome in findings.refused:
        rule = outcome.noes[0].rule
        seen[rule] += 1
        if seen[rule] <= EXAMPLES:
            chosen.append(outcome)
    return chosen


def peaks(findings: Findings, policy: Policy) -> list[tuple[str, list[tuple[Decimal, Decimal]]]]:
    """Window, and of B, X and E the most that was taken with what might be."""
    return [
        (
            window.name.lower(),
            [
                (findings.peaks[window][name], getattr(policy, name) * window.days_worth)
                for name in AMOUNTS
            ],
        )
        for window in Window
    ]


def as_json(findings: Findings, policy: Policy) -> dict[str, Any]:
    """Everything, for machines."""
    return {
        "policy": policy.digest,
        "judged": len(findings.outcomes),
        "refused": len(findings.refused),
        "unknown": len(findings.unknown),
        "by_rule": [
            {"rule": rule, "orders": count, "value": plain(value)}
            for rule, count, value in by_rule(findings)
        ],
        "by_day": [
            {"day": day, "orders": orders, "refused": refused}
            for day, orders, refused in by_day(findings)
        ],
        "used": {
            window: {
                name: {"most": short(most), "limit": plain(limit)}
                for name, (most, limit) in zip(AMOUNTS, amounts, strict=True)
            }
            for window, amounts in peaks(findings, policy)
        },
        "refusals": [
            {
                "time": told(outcome.time_ns),
                "order": outcome.order,
                "symbol": outcome.symbol,
                "side": outcome.side,
                "went_out": outcome.went_out,
                "noes": {answer.rule: answer.says for answer in outcome.noes},
            }
            for outcome in findings.refused
        ],
    }


def told(nanoseconds: int) -> str:
    """A time in UTC, to the second."""
    return datetime.fromtimestamp(nanoseconds // 10**9, UTC).isoformat(" ")[:19]
