"""Who is let in at the Coinbase face, and who is not."""

import time
from typing import Any

import ccxt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key

from tests.venue.coinbase.desk import (
    BROKERAGE,
    CloudKey,
    ask,
    client,
    new_key,
    open_account,
    public_pem,
)
from tests.venue.site import Key, Site, now

ACCOUNTS = f"{BROKERAGE}/accounts"


@pytest.fixture(scope="module")
def mine(site: Site) -> CloudKey:
    """A key of an account with money, which may not withdraw."""
    return open_account(site, "signer", ["read", "trade"], BTC="5", ETH="10")


def request(site: Site, token: str, method: str = "GET", target: str = ACCOUNTS) -> Any:
    """Status and JSON; None where the answer is the bare word ``Unauthorized``."""
    try:
        headers = {"Authorization": f"Bearer {token}"}
        return site.request(method, f"/coinbase{target}", None, headers)
    except ValueError:
        return 401, None


def uri(site: Site, path: str = ACCOUNTS, host: str = "127.0.0.1") -> str:
    return f"GET {host}:{site.port}/coinbase{path}"


def test_a_good_token_is_let_in(site: Site, mine: CloudKey) -> None:
    status, answer = ask(site, mine, "GET", ACCOUNTS)
    assert (status, len(answer["accounts"])) == (200, 4)


def test_neither_query_nor_body_is_signed(site: Site, mine: CloudKey) -> None:
    token = mine.token(uri(site), int(time.time()))
    status, answer = request(site, token, target=f"{ACCOUNTS}?limit=1")
    assert (status, answer["size"], answer["has_next"]) == (200, 1, True)
    status, answer = request(site, token, target=f"{ACCOUNTS}?limit=3&cursor={answer['cursor']}")
    assert (answer["size"], answer["has_next"], answer["cursor"]) == (3, False, "")


def test_a_token_for_coinbase_itself_is_good_here(site: Site, mine: CloudKey) -> None:
    token = mine.token(f"GET api.coinbase.com{ACCOUNTS}", int(time.time()))
    assert request(site, token)[0] == 200


@pytest.mark.parametrize(
    ("said", "header"),
    [
        ({"uri": "GET 127.0.0.1:1/coinbase/api/v3/brokerage/accounts"}, {}),
        ({"uri": "POST api.coinbase.com/api/v3/brokerage/accounts"}, {}),
        ({"uri": "GET api.coinbase.com/api/v3/brokerage/key_permissions"}, {}),
        ({"uri": "GET api.coinbase.com/coinbase/api/v3/brokerage/accounts"}, {}),
        ({"uri": "GET evil.example/api/v3/brokerage/accounts"}, {}),
        ({"uri": "GET api.coinbase.com/api/v3/brokerage/accounts?limit=1"}, {}),
        ({"sub": "organizations/a/apiKeys/b"}, {}),
        ({"iss": "somebody"}, {}),
        ({"nbf": 1_000_000_000, "exp": 1_000_000_120}, {}),
        ({"nbf": 4_000_000_000, "exp": 4_000_000_120}, {}),
        ({"exp": 4_000_000_000}, {}),
        ({}, {"kid": "organizations/a/apiKeys/b"}),
        ({}, {"alg": "none"}),
        ({}, {"alg": "HS256"}),
        ({}, {"alg": "EdDSA"}),
        ({}, {"typ": "X"}),
    ],
)
def test_a_token_for_something_else_is_refused(
    site: Site, mine: CloudKey, said: dict[str, Any], header: dict[str, Any]
) -> None:
    good = {"uri": f"GET api.coinbase.com{ACCOUNTS}"}
    token = mine.token(uri(site), int(time.time()), header, good | said)
    assert request(site, token) == (401, None)


def test_what_is_no_token_is_refused(site: Site, mine: CloudKey) -> None:
    token = mine.token(uri(site), int(time.time()))
    head, claims, signature = token.split(".")
    other = mine.token(uri(site), int(time.time()) - 1).split(".")
    spoiled = ["", "x", "a.b.c", f"{head}.{claims}", f"{head}.{claims}.", f"{token}.x", f"{token}="]
    swapped = [f"{head}.{other[1]}.{signature}", f"{head}.{claims}.{other[2]}"]
    shortened = f"{head}.{claims}.{signature[:-4]}"
    for wrong in (*spoiled, *swapped, shortened):
        assert request(site, wrong) == (401, None), wrong
    assert request(site, token)[0] == 200


def test_every_changed_byte_of_a_signature_is_refused(site: Site, mine: CloudKey) -> None:
    token = mine.token(uri(site), int(time.time()))
    start = token.rindex(".") + 1
    for place in range(start, len(token) - 1):  # the last letter holds bits of no meaning
        letter = "A" if token[place] != "A" else "B"
        assert request(site, token[:place] + letter + token[place + 1 :]) == (401, None), place


def test_another_key_s_signature_is_refused(site: Site, mine: CloudKey) -> None:
    thief = CloudKey(mine.name, generate_private_key(SECP256R1()))
    with pytest.raises(ccxt.AuthenticationError, match="Unauthorized"):
        client(site, thief).fetch_accounts()


def test_ccxt_with_a_slow_clock_is_refused(site: Site, mine: CloudKey) -> None:
    late = client(site, mine)
    late.load_markets()
    late.seconds = lambda: int(time.time()) - 121
    with pytest.raises(ccxt.AuthenticationError):
        late.fetch_balance()


def test_what_a_key_may_not_do(site: Site, mine: CloudKey) -> None:
    reader = new_key(site, "signer", ["read"])
    clients = client(site, mine), client(site, reader)
    assert ask(site, mine, "GET", f"{BROKERAGE}/key_permissions")[1] == {
        "can_view": True,
        "can_trade": True,
        "can_transfer": False,
        "portfolio_uuid": clients[0].fetch_portfolios()[0]["id"],
        "portfolio_type": "DEFAULT",
    }
    assert ask(site, reader, "GET", f"{BROKERAGE}/key_permissions")[1]["can_trade"] is False
    with pytest.raises(ccxt.PermissionDenied):
        clients[1].create_order("ETH/BTC", "limit", "buy", 1, 0.06)
    with pytest.raises(ccxt.AuthenticationError):
        clients[0].withdraw("BTC", 1, "bc1qexample")


def test_a_key_is_for_its_addresses_and_markets(site: Site, mine: CloudKey) -> None:
    away = new_key(site, "signer", ["read"], addresses=["10.1.2.3"])
    with pytest.raises(ccxt.AuthenticationError, match="Unauthorized"):
        client(site, away).fetch_accounts()
    bound = client(site, new_key(site, "signer", ["read", "trade"], symbols=["ETHBTC"]))
    placed = bound.create_order("ETH/BTC", "limit", "buy", 1, 0.06)
    with pytest.raises(ccxt.PermissionDenied):
        bound.create_order("VIN/BTC", "limit", "buy", 1_000, 0.00001)
    bound.cancel_order(placed["id"])


def test_a_revoked_key_is_nobody_s(site: Site, mine: CloudKey) -> None:
    gone = new_key(site, "signer", ["read"])
    assert ask(site, gone, "GET", ACCOUNTS)[0] == 200
    site.admin("revoke", {"key": gone.name})
    with pytest.raises(ccxt.AuthenticationError, match="Unauthorized"):
        client(site, gone).fetch_accounts()


def test_keys_are_for_one_scheme_each(site: Site, mine: CloudKey, key: Key) -> None:
    kinds = {row["key"]: row["type"] for row in site.admin("keys")}
    assert (kinds[mine.name], kinds[key.id]) == ("ES256", "HMAC")
    hmac = CloudKey(key.id, generate_private_key(SECP256R1()))
    assert request(site, hmac.token(uri(site), int(time.time()))) == (401, None)
    headers = {"X-MBX-APIKEY": mine.name}
    target = f"/api/v3/account?timestamp={now()}&signature=00"
    assert site.request("GET", target, None, headers)[1]["code"] == -2014


def test_a_key_on_another_curve_is_none(site: Site) -> None:
    wanted = {"account": "trader", "public_key": public_pem(generate_private_key(SECP384R1()))}
    status, answer = site.try_admin("keys", wanted)
    assert (status, "P-256" in answer["error"]) == (400, True)


def test_keys_outlive_a_restart(tmp_path: Any) -> None:
    with Site(tmp_path, "--flat") as site:
        mine = open_account(site, "signer", ["read"], BTC="5")
        first = ask(site, mine, "GET", ACCOUNTS)
        site.end(15)
        site.start()
        assert ask(site, mine, "GET", ACCOUNTS) == first
