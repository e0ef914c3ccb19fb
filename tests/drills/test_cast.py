"""A seed says who takes part, and everybody's part fits together."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradelatch.drills.cast import FIRST, draw
from tradelatch.drills.terms import policies, stated
from tradelatch.policy.document import parse_policy

SEEDS = st.integers(0, 2**32)
OTHERS = st.integers(0, 40)
WORTH = st.decimals(1, 200, places=2)


@given(SEEDS, WORTH, OTHERS)
def test_a_seed_tells_the_cast(seed: int, worth: Decimal, others: int) -> None:
    cast = draw(seed, worth, others)
    assert cast == draw(seed, worth, others)
    assert len(cast.names) == len(set(cast.names)) == others + 1
    robbed = [name for pair in cast.pairs for name in pair.victims]
    assert sorted(robbed) == sorted(cast.names)
    assert cast.customers[0].name == FIRST
    assert cast.customers[0].worth == worth
    assert all(0 < customer.cash < customer.worth for customer in cast.customers)


def test_another_seed_is_another_cast() -> None:
    assert len({draw(seed).customers for seed in range(20)}) == 20


@given(SEEDS, WORTH, OTHERS)
def test_everybody_has_a_policy_and_stated_amounts(seed: int, worth: Decimal, others: int) -> None:
    cast = draw(seed, worth, others)
    texts = policies(cast)
    for customer in cast.customers:
        assert set(parse_policy(texts[customer.name]).markets) <= set(cast.markets)
        assert stated(customer, texts[customer.name]) == customer.worth * Decimal("0.015")


def test_a_policy_of_ones_own_is_the_first_accounts() -> None:
    own = 'version = 1\nunit = "BTC"\nbudget = "1"\nallocation = "0"\nexit_budget = "2"\n'
    own += '[markets."ETH/BTC"]\ndepth = "deep"\n'
    cast = draw(1)
    texts = policies(cast, own)
    assert stated(cast.customers[0], texts[FIRST]) == 3
    assert texts["c-02"] == policies(cast)["c-02"]
