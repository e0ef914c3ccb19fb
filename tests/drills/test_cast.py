"""A seed says who takes part, and everybody's part fits together."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradelatch.drills.cast import FIRST, TAPED, VICTIMS, draw, shares
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


@given(SEEDS, OTHERS)
def test_whoever_robs_a_customer_has_accounts_at_his_exchange(seed: int, others: int) -> None:
    cast = draw(seed, others=others)
    at = {customer.name: customer.exchange for customer in cast.customers}
    assert {name: at[name] for pair in cast.pairs for name in pair.victims} == at
    for pair in cast.pairs:
        assert {at[name] for name in pair.victims} == {pair.exchange}
    assert len(set(cast.thieves)) == 2 * len(cast.pairs)
    parts = [cast.at(exchange) for exchange in cast.exchanges]
    assert sorted(name for part in parts for name in part.names) == sorted(cast.names)
    assert sorted(name for part in parts for name in part.thieves) == sorted(cast.thieves)
    assert at[FIRST] == "binance"


@given(st.integers(1, 41))
def test_customers_are_where_the_victims_of_2022_were(count: int) -> None:
    """No exchange has one more or fewer than its share."""
    found = shares(count)
    assert sum(found.values()) == count
    for name, victims in VICTIMS.items():
        assert abs(found[name] - count * victims / sum(VICTIMS.values())) < 1
    assert shares(13) == {"binance": 7, "kucoin": 4, "coinbase": 2}


def test_a_tape_is_of_one_exchange() -> None:
    cast = draw(4, tape_market="BLZ/BTC")
    texts = policies(cast)
    for customer in cast.customers:
        has_it = "BLZ/BTC" in parse_policy(texts[customer.name]).markets
        assert has_it is (customer.exchange == TAPED)


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
