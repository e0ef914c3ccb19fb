"""What is odd about a good policy is told, with what would work."""

from decimal import Decimal

import msgspec
import pytest

from tradelatch.policy.advice import advice
from tradelatch.policy.document import Policy, parse_policy
from tradelatch.policy.references import Figures

GOOD = Figures(Decimal(10**6), Decimal("0.01"), Decimal("0.0001"), 30)


def policy_of(amounts: str) -> Policy:
    market = '[markets."ETH/BTC"]\ndepth = "deep"'
    return parse_policy(f'version = 1\nunit = "BTC"\n{amounts}\n{market}')


def test_nothing_is_odd_about_an_ordinary_policy() -> None:
    policy = policy_of("budget = 0.25\nexit_budget = 0.5")
    assert advice(policy, Decimal(50), {"ETH/BTC": GOOD}) == []


@pytest.mark.parametrize(
    ("amounts", "says"),
    [
        ("budget = 0.25\nexit_budget = 0", "exit_budget is zero: not even the fee of a stop-loss"),
        ("budget = 60\nexit_budget = 1", "budget = 60 is more than the whole account, which is"),
        ("budget = 1\nallocation = 51\nexit_budget = 1", "allocation = 51 is more than the whole"),
    ],
)
def test_absurd_amounts_are_told(amounts: str, says: str) -> None:
    told = advice(policy_of(amounts), Decimal(50), {"ETH/BTC": GOOD})
    assert len(told) == 1
    assert says in told[0]


@pytest.mark.parametrize(
    ("worse", "says"),
    [
        ({"days": 6}, "6 days of history are known, 7 are needed"),
        ({"adv": Decimal(999)}, "it trades 999.0000 a day, 1000.0000 are needed"),
    ],
)
def test_a_market_that_is_not_deep_is_told_as_soon_as_its_figures_are_known(
    worse: dict[str, object], says: str
) -> None:
    policy = policy_of("budget = 0.25\nexit_budget = 0.5")
    figures = {"ETH/BTC": msgspec.structs.replace(GOOD, **worse)}
    told = advice(policy, Decimal(50), figures)
    assert told[0].startswith(f'markets."ETH/BTC".depth is deep, but {says}')
    assert "list it as thin" in told[0]
    assert advice(policy, Decimal(50), {}) == []
