"""The house: all accounts together, and each market."""

from decimal import Decimal

import pytest

from tests.policy.test_rules import NOW, ONE, case_of, limit, says
from tradelatch.model.orders import Side
from tradelatch.model.toml import BadToml
from tradelatch.policy import rules
from tradelatch.policy.accounting import Accounts
from tradelatch.policy.house import House, parse_house

HEAD = "version = 1\n"
SMALL = Decimal("0.5")


def house_of(text: str, *members: Accounts) -> House:
    house = House()
    house.policy = parse_house(HEAD + text)
    for accounts in members:
        house.join("BTC", accounts)
    return house


def test_a_house_is_bounded() -> None:
    lines = [f'"M{number}/BTC".budget = 1' for number in range(101)]
    head = HEAD + "[units.BTC.markets]\n"
    assert parse_house(head + "\n".join(lines[:100]))
    with pytest.raises(BadToml, match=r"units\.BTC\.markets: 101 are too many"):
        parse_house(head + "\n".join(lines))
    with pytest.raises(BadToml, match="bytes are too many"):
        parse_house(head + "#" * 65_536)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("version = 2\nunits = {}", "line 1: version: version 2 is not known, use 1"),
        (HEAD + "[units.BTC]\nbugdet = 1", "line 3: units.BTC.bugdet: there is no such setting"),
        (HEAD + "[units.BTC]\nbudget = -1", "line 3: units.BTC.budget: -1 is not an amount"),
        (
            HEAD + '[units.BTC.markets."ETH/USD"]\nbudget = 1',
            "line 2: units.BTC.markets.ETH/USD: is not quoted in BTC, write BASE/BTC",
        ),
        (
            HEAD + '[units.BTC]\nbudget = 1\n[units.BTC.markets."ETH/BTC"]\nbudget = 2',
            "line 5: units.BTC.markets.ETH/BTC.budget: 2 is more than the 1 of all markets",
        ),
    ],
)
def test_a_wrong_house_gets_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadToml) as error:
        parse_house(text)
    assert f"house.toml, {sentence}" in str(error.value)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("[units.BTC]\nbudget = 0.01", ["house"]),
        ('[units.BTC.markets."ETH/BTC"]\nbudget = 0.01', ["house"]),
        ('[units.BTC.markets."LTC/BTC"]\nbudget = 0.02', []),
        ("[units.BTC]\nallocation = 0\nexit_budget = 0", []),
        ("[units.EUR]\nbudget = 0", []),
        ("units = {}", []),
    ],
)
def test_the_house_counts_what_other_accounts_have_taken(text: str, refused: list[str]) -> None:
    mine, other = Accounts(), Accounts()
    judged = rules.judge(case_of(limit(quantity=Decimal(10)))).judged
    assert judged
    other.reserve("1", judged)
    house = house_of(text, mine, other)
    assert says(rules.judge(case_of(limit(), accounts=mine, house=house))) == refused
    other.close("1")
    assert says(rules.judge(case_of(limit(), accounts=mine, house=house))) == []


def test_exits_draw_on_the_houses_exit_budget_alone() -> None:
    mine = Accounts()
    mine.hold("ETH", Decimal(100))
    leave = limit(Side.SELL, client_order_id="exit-1")
    for amount, refused in (("budget", []), ("exit_budget", ["house_exit_budget"])):
        house = house_of(f"[units.BTC]\n{amount} = 0", mine)
        assert says(rules.judge(case_of(leave, accounts=mine, house=house))) == refused


def test_an_account_that_the_house_does_not_count_gets_nothing() -> None:
    house = house_of("[units.BTC]\nbudget = 1")
    verdict = rules.judge(case_of(limit(), house=house))
    assert [a.says for a in verdict.refusals()] == ["the house does not count this account"]


def test_the_houses_windows_nest() -> None:
    mine, other = Accounts(), Accounts()
    judged = rules.judge(case_of(limit(quantity=Decimal(100), price=Decimal("1.005")))).judged
    assert judged
    other.reserve("1", judged)
    other.fill("1", Decimal(100), Decimal("1.005"), ONE * 0, NOW - 3 * 86_400 * 10**9)
    other.close("1")
    house = house_of("[units.BTC]\nbudget = 0.26", mine, other)
    asked = case_of(limit(quantity=SMALL), accounts=mine, house=house)
    assert says(rules.judge(asked)) == ["house"]
    assert "of the week's 0.52 BTC" in rules.judge(asked).refusals()[0].says
