"""What each guarded account is promised: the policy it is given, and its stated amounts."""

from decimal import Decimal

from tradelatch.drills.cast import BTC, DEEP, SECOND, Cast, Customer
from tradelatch.model.money import MONEY, plain
from tradelatch.policy.document import parse_policy
from tradelatch.policy.windows import Window

BUDGET_SHARE, EXIT_SHARE = Decimal("0.005"), Decimal("0.01")
"""B and E of the account; X is zero."""
COLLAR = Decimal("0.01")


def policy_text(worth: Decimal, thin: tuple[str, ...]) -> str:
    """The policy of an account worth so many BTC, where its owner has no other."""
    deep = "".join(
        f'[markets."{symbol}"]\ndepth = "deep"\ncollar = "{COLLAR}"\n' for symbol in (DEEP, SECOND)
    )
    thin_ones = "".join(
        f'[markets."{symbol}"]\ndepth = "thin"\ncollar = "0.02"\n' for symbol in thin
    )
    return (
        f'version = 1\nunit = "{BTC}"\n'
        f'budget = "{plain(MONEY.multiply(worth, BUDGET_SHARE))}"\nallocation = "0"\n'
        f'exit_budget = "{plain(MONEY.multiply(worth, EXIT_SHARE))}"\n'
        f"{deep}{thin_ones}"
        "[freeze]\ndenials = 0    # so that every rule meets the thief, and not the first alone\n"
    )


def policies(cast: Cast, own: str = "") -> dict[str, str]:
    """Every customer's policy; `own` is the reader's, for the first account."""
    texts = {c.name: policy_text(c.worth, cast.at(c.exchange).thin) for c in cast.customers}
    return texts | ({cast.customers[0].name: own} if own else {})


def stated(customer: Customer, policy: str) -> Decimal:
    """B + X + E of a day: the most that an account may lose."""
    amounts = parse_policy(policy).amounts(Window.DAY, customer.worth)
    return amounts.budget + amounts.allocation + amounts.exit_budget
