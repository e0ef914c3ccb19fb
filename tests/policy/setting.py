"""What the tests' world is set up with: policies, a house, figures; and how a violation is told."""

from decimal import Decimal

from tests.policy.history import NONE
from tradelatch.model.money import DUST
from tradelatch.model.orders import Side
from tradelatch.policy.accounting import Used
from tradelatch.policy.document import Depth, parse_policy
from tradelatch.policy.haircut import Impact
from tradelatch.policy.judged import Judged
from tradelatch.policy.references import Figures

MARKETS = """
[markets]
"ABC/BTC" = { depth = "deep", collar = "0.1", anchor = 1, anchored = 2023-11-14 }
"DEF/BTC" = { depth = "deep", collar = "0.1" }
"RAG/BTC" = { depth = "thin", collar = "0.1" }
"TAT/BTC" = { depth = "thin", collar = "0.1" }
"""
AMOUNTS_TEXT = """
version = 1
unit = "BTC"
budget = "5"
allocation = "40"
exit_budget = "3"
"""
SHARES_TEXT = """
version = 1
unit = "BTC"
budget_share = "0.05"
allocation = "40"
exit_budget = "3"
limits.signed = 60
"""
POLICY = parse_policy(AMOUNTS_TEXT + MARKETS)
HOUSE_TEXT = """
version = 1
[units.BTC]
budget = 6
allocation = 50
exit_budget = 4
[units.BTC.markets."ABC/BTC"]
budget = 4
"""
HOUSE = Used(Decimal(6), Decimal(50), Decimal(4))
HOUSE_IN_ABC = Decimal(4)
SYMBOLS = tuple(POLICY.markets)
FIGURES = Figures(Decimal(2_000), Decimal("0.03"), Decimal("0.001"), 30)
IMPACT = Impact(Decimal(1), FIGURES.adv, FIGURES.sigma, FIGURES.half_spread, Decimal(1))
START_NS = 1_700_000_000 * 10**9
PERMILLE = Decimal("0.001")
CASH = {"a": Decimal(1_000), "b": Decimal(90)}
SHARE = Decimal("0.05")
SLACK = 100 * DUST
"""The second bookkeeping computes haircuts in floats."""


class Violation(AssertionError):
    """The bound, or something that it rests on, does not hold."""


def must(holds: bool, what: str) -> None:
    """Where the code under test is broken on purpose, only this may notice."""
    if not holds:
        raise Violation(what)


def worst_of(judged: Judged) -> Decimal:
    """What an order can cost at worst by itself, counted a second time."""
    buying = judged.side is Side.BUY
    if judged.depth is Depth.THIN and buying:
        return judged.quantity * judged.limit * (1 + judged.fee_rate)
    lost = judged.limit - judged.reference if buying else judged.reference - judged.limit
    at = judged.limit if buying else max(judged.limit, judged.reference)
    cost = judged.quantity * (max(lost, NONE) + judged.fee_rate * at)
    return cost + (judged.impact.loss(judged.quantity) if judged.impact else NONE)


def figures_at(price: Decimal) -> Figures:
    """Such that L(h) is the same at any price, as the second bookkeeping assumes."""
    scale = 1 / price
    return Figures(FIGURES.adv * price, FIGURES.sigma * scale, FIGURES.half_spread * scale, 30)
