"""Wallets, and the ways by which money leaves them, at the Coinbase face."""

import itertools
from typing import Any

import pytest

from tests.venue.coinbase.desk import ALL_RIGHTS, BROKERAGE, CloudKey, ask, new_key, open_account
from tests.venue.site import Site

_numbers = itertools.count(1)


@pytest.fixture
def mine(site: Site) -> CloudKey:
    """The key of an account of this test alone, with 5 BTC and 10 ETH."""
    return open_account(site, f"owner-{next(_numbers)}", ALL_RIGHTS, BTC="5", ETH="10")


def wallets(site: Site, key: CloudKey) -> dict[str, str]:
    """The account's wallets by their assets."""
    rows = ask(site, key, "GET", f"{BROKERAGE}/accounts?limit=250")[1]["accounts"]
    return {row["currency"]: row["uuid"] for row in rows}


def send(site: Site, key: CloudKey, wallet: str, **wanted: str) -> tuple[int, Any]:
    body = {"type": "send", "to": "outside", "amount": "1", "currency": "BTC", **wanted}
    return ask(site, key, "POST", f"/v2/accounts/{wallet}/transactions", body)


def balance(site: Site, account: str, asset: str) -> str:
    return str(site.admin(f"balances?account={account}")[account][asset]["free"])


def account_of(site: Site, key: CloudKey) -> str:
    return next(str(row["account"]) for row in site.admin("keys") if row["key"] == key.name)


def test_a_wallet_is_its_account_s_own(site: Site, mine: CloudKey) -> None:
    stranger = open_account(site, f"stranger-{next(_numbers)}", ALL_RIGHTS, BTC="3")
    theirs = wallets(site, stranger)["BTC"]
    assert theirs != wallets(site, mine)["BTC"]
    assert ask(site, mine, "GET", f"{BROKERAGE}/accounts/{theirs}")[1]["error"] == "NOT_FOUND"
    assert send(site, mine, theirs)[0] == 404
    own = ask(site, stranger, "GET", f"{BROKERAGE}/accounts/{theirs}")[1]["account"]
    assert own["available_balance"] == {"value": "3.00000000", "currency": "BTC"}


def test_the_second_api_pages_through_the_same_wallets(site: Site, mine: CloudKey) -> None:
    found, after = [], ""
    while after is not None:
        query = f"limit=1&starting_after={after}" if after else "limit=1"
        page = ask(site, mine, "GET", f"/v2/accounts?{query}")[1]
        found += page["data"]
        after = page["pagination"]["next_starting_after"]
    assert {row["currency"]["code"]: row["id"] for row in found} == wallets(site, mine)
    assert ask(site, mine, "GET", "/v2/accounts/BTC")[1]["data"] == found[1]


def test_money_is_sent_once_by_its_idem(site: Site, mine: CloudKey) -> None:
    wallet, account = wallets(site, mine)["BTC"], account_of(site, mine)
    status, first = send(site, mine, wallet, idem="once")
    assert (status, first["data"]["amount"]["amount"]) == (201, "-1.00000000")
    assert send(site, mine, wallet, idem="once") == (201, first)
    assert balance(site, account, "BTC") == "4.00000000"
    send(site, mine, wallet)
    send(site, mine, wallet)
    assert balance(site, account, "BTC") == "2.00000000"
    name = first["data"]["id"]
    told = ask(site, mine, "GET", f"/v2/accounts/{wallet}/transactions/{name}")[1]
    assert told == first
    rows = ask(site, mine, "GET", f"/v2/accounts/{wallet}/transactions")[1]["data"]
    assert [row["amount"]["amount"] for row in rows] == ["-1.00000000"] * 3 + ["5.00000000"]
    page = ask(site, mine, "GET", f"/v2/accounts/{wallet}/transactions?limit=3")[1]
    after = page["pagination"]["next_starting_after"]
    rest = ask(site, mine, "GET", f"/v2/accounts/{wallet}/transactions?starting_after={after}")
    assert page["data"] + rest[1]["data"] == rows


@pytest.mark.parametrize(
    "wanted",
    [
        {"currency": "ETH"},
        {"amount": "5.00000001"},
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "0.000000001"},
        {"amount": "1e1"},
        {"type": "request"},
        {"to": ""},
        {"to": "two words"},
        {"idem": "\n"},
        {"nonsense": "1"},
    ],
)
def test_money_stays_where_a_request_is_wrong(
    site: Site, mine: CloudKey, wanted: dict[str, str]
) -> None:
    account = account_of(site, mine)
    status, answer = send(site, mine, wallets(site, mine)["BTC"], **wanted)
    assert (status, answer["errors"][0]["id"]) == (400, "validation_error")
    assert balance(site, account, "BTC") == "5.00000000"


def test_money_for_another_account_s_address_arrives_there(site: Site, mine: CloudKey) -> None:
    other = open_account(site, f"other-{next(_numbers)}", ALL_RIGHTS)
    where = ask(site, other, "GET", f"/v2/accounts/{wallets(site, other)['BTC']}/addresses")[1]
    address = where["data"][0]["address"]
    assert send(site, mine, wallets(site, mine)["BTC"], to=address)[0] == 201
    assert balance(site, account_of(site, other), "BTC") == "1.00000000"


def test_funds_move_from_the_key_s_own_portfolio_to_the_owner_s_others(
    site: Site, mine: CloudKey
) -> None:
    account = account_of(site, mine)
    spare = f"{account}-spare"
    site.admin("accounts", {"account": spare, "owner": account})
    stranger = open_account(site, f"stranger-{next(_numbers)}", ["read"])

    def portfolios(key: CloudKey) -> list[str]:
        rows = ask(site, key, "GET", f"{BROKERAGE}/portfolios")[1]["portfolios"]
        return [row["uuid"] for row in rows]

    def move(key: CloudKey, source: str, target: str, value: str = "1") -> tuple[int, Any]:
        body = {
            "funds": {"value": value, "currency": "ETH"},
            "source_portfolio_uuid": source,
            "target_portfolio_uuid": target,
        }
        return ask(site, key, "POST", f"{BROKERAGE}/portfolios/move_funds", body)

    own, second = portfolios(mine)
    [foreign] = portfolios(stranger)
    assert move(mine, own, second)[0] == 200
    for source, target in ((own, own), (own, foreign), (second, own), (second, second)):
        assert move(mine, source, target)[0] == 400
    assert move(mine, own, "nonsense")[0] == 404
    assert move(mine, own, second, "100")[0] == 400
    assert move(new_key(site, account, ["read", "trade", "withdraw"]), own, second)[0] == 403
    assert (balance(site, account, "ETH"), balance(site, spare, "ETH")) == (
        "9.00000000",
        "1.00000000",
    )
