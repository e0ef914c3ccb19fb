"""The same decision as a Cedar policy, for comparison.

Cedar is handed everything it cannot work out: the reference, the market order as a limit, what the
amounts come to with this order on top. It compares, in integers of 1e-8, as many conditions as the
rules have; the policy set, entities and schema are parsed beforehand, as its documentation advises.
It answers yes or no, without the numbers, and keeps no accounts.
"""

import json
from decimal import Decimal
from typing import Any

import cedarpy

from tradelatch.policy.accounting import Window
from tradelatch.policy.judged import Judged
from tradelatch.policy.verdict import Case, LimitOrder

POLICY = """
permit (principal, action == Action::"place", resource)
when { !context.closed };
forbid (principal, action, resource) when { resource.cancel_only };
forbid (principal, action, resource)
unless { context.source.isInRange(ip("127.0.0.0/8")) };
forbid (principal, action, resource) unless { ["LIMIT", "MARKET"].contains(context.type) };
forbid (principal, action, resource) unless { resource.listed };
forbid (principal, action, resource) unless { 0 <= context.age_ms && context.age_ms <= 10000 };
forbid (principal, action, resource) unless {
    context.days >= 7 && context.adv >= 20 * context.value &&
    context.half_spread <= 200000 && context.sigma <= 10000000
};
forbid (principal, action, resource) unless { context.open_orders < 1000000 };
forbid (principal, action, resource) unless { context.orders_in_minute < 1000000 };
forbid (principal, action, resource) unless { context.price > 0 && context.quantity > 0 };
forbid (principal, action, resource)
unless { context.price * 10000 <= context.reference * (10000 + resource.collar) };
forbid (principal, action, resource) unless { context.order <= 1000000000000 };
forbid (principal, action, resource) unless { context.hour <= 1000000000000 };
forbid (principal, action, resource) unless { context.day <= 1000000000000 };
forbid (principal, action, resource) unless { context.turnover <= 1000000000000 };
forbid (principal, action, resource) unless {
    context.used_day <= resource.budget && context.used_week <= 2 * resource.budget &&
    context.used_month <= 4 * resource.budget
};
forbid (principal, action, resource) unless {
    context.thin_day <= resource.allocation && context.thin_week <= 2 * resource.allocation &&
    context.thin_month <= 4 * resource.allocation
};
forbid (principal, action, resource) unless {
    context.exit_day <= resource.exit_budget && context.exit_week <= 2 * resource.exit_budget &&
    context.exit_month <= 4 * resource.exit_budget
};
"""


class Cedar:
    """The policy, parsed, and what it is asked."""

    def __init__(self, case: Case) -> None:
        policy, rules = case.policy, case.rules
        assert rules
        self._policies = cedarpy.PolicySet.from_str(POLICY)
        attributes = {
            "cancel_only": policy.cancel_only,
            "listed": True,
            "collar": int(rules.collar * 10_000),
            "budget": _whole(policy.budget),
            "allocation": _whole(policy.allocation),
            "exit_budget": _whole(policy.exit_budget),
        }
        uid = {"type": "Market", "id": case.intent.symbol}
        market = {"uid": uid, "attrs": attributes, "parents": []}
        grant = {"uid": {"type": "Grant", "id": "bench"}, "attrs": {}, "parents": []}
        self._entities = cedarpy.Entities.from_json_str(json.dumps([market, grant]))

    def request(self, case: Case, order: LimitOrder, judged: Judged) -> dict[str, Any]:
        """What Cedar is asked; making it is not measured."""
        assert case.reference
        assert case.value is not None
        assert case.activity
        figures, used = case.reference.figures, case.accounts.used_by_window(case.now_ns, judged)
        names = (("used", "budget"), ("thin", "allocation"), ("exit", "exit_budget"))
        amounts = {
            f"{short}_{window.name.lower()}": _whole(getattr(used[window], name))
            for short, name in names
            for window in Window
        }
        return {
            "principal": 'Grant::"bench"',
            "action": 'Action::"place"',
            "resource": f'Market::"{case.intent.symbol}"',
            "context": {
                "closed": bool(case.closed),
                "source": {"__extn": {"fn": "ip", "arg": case.source}},
                "type": str(case.intent.type),
                "age_ms": case.reference.age_ns // 10**6,
                "days": figures.days,
                "adv": _whole(figures.adv),
                "sigma": _whole(figures.sigma),
                "half_spread": _whole(figures.half_spread),
                "value": _whole(case.value),
                "open_orders": case.accounts.open_count,
                "orders_in_minute": case.activity.orders_per_minute(case.now_ns),
                "price": _whole(order.price),
                "quantity": _whole(order.quantity),
                "reference": _whole(case.reference.price),
                "order": _whole(judged.value),
                "hour": _whole(case.activity.ordered_in_hour(case.now_ns)),
                "day": _whole(case.activity.ordered_in_day(case.now_ns)),
                "turnover": _whole(case.activity.traded_in_day(case.now_ns)),
                **amounts,
            },
        }

    def allows(self, request: dict[str, Any]) -> bool:
        """Cedar's decision."""
        return bool(cedarpy.is_authorized(request, self._policies, self._entities).allowed)


def _whole(amount: Decimal) -> int:
    return int(amount * 10**8)
