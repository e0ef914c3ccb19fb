"""What is odd about a policy that is well-formed: one sentence each, with what would work.

Some of it shows in the policy alone, some only once the account's value and the markets' figures
are known.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from tradelatch.model.money import ZERO, plain
from tradelatch.policy.document import AMOUNTS, UNSTATED, Depth, Policy
from tradelatch.policy.references import Figures, is_deep


def advice(
    policy: Policy, value: Decimal | None = None, figures: Mapping[str, Figures] | None = None
) -> list[str]:
    """All that is odd.

    Args:
        value: what the account is worth, in units.
        figures: those of markets listed as deep.
    """
    found = list(_about_exits(policy))
    if value is not None:
        found += _about_value(policy, value)
        found += _about_depth(policy, value, figures or {})
    return found


def _about_exits(policy: Policy) -> Iterator[str]:
    if not policy.exit_budget:
        yield (
            "exit_budget is zero: not even the fee of a stop-loss fits, so that each one has to be "
            "released by hand; give it an amount, or exit_budget_share = 0.01"
        )


def _about_value(policy: Policy, value: Decimal) -> Iterator[str]:
    for name in AMOUNTS:
        stated: Decimal = getattr(policy, name)
        if stated in (UNSTATED, ZERO) or stated <= value:
            continue
        yield (
            f"{name} = {plain(stated)} is more than the whole account, which is worth "
            f"{plain(round(value, 8))} {policy.unit}: it bounds nothing; use {name}_share = 0.005, "
            "or a small part of that value"
        )


def _about_depth(policy: Policy, value: Decimal, figures: Mapping[str, Figures]) -> Iterator[str]:
    for symbol, rules in policy.markets.items():
        if rules.depth is not Depth.DEEP or symbol not in figures:
            continue
        if problem := is_deep(figures[symbol], value):
            yield (
                f'markets."{symbol}".depth is deep, but {problem}: only exits are signed there; '
                "list it as thin, or leave it out"
            )
