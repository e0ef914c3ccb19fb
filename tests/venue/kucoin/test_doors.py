"""Who is let in at the KuCoin face: signatures, time stamps, passphrases, rights, addresses."""

import json
from typing import Any

import ccxt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.venue.kucoin.desk import Key, ask, client, issue, open_account
from tests.venue.site import Site, now

ACCOUNTS = "/api/v1/accounts?type=trade"
ORDER = {
    "clientOid": "one",
    "symbol": "ETH-BTC",
    "side": "buy",
    "type": "limit",
    "price": "0.06",
    "size": "1",
}


@pytest.fixture(scope="module")
def key(site: Site) -> Key:
    return open_account(site, "doors", BTC="50", ETH="100")


def refused(answer: tuple[int, Any]) -> tuple[int, str]:
    status, told = answer
    assert set(told) == {"code", "msg"}, told
    return status, told["code"]


def test_a_signed_request_is_answered(site: Site, key: Key) -> None:
    status, told = ask(site, key, "GET", ACCOUNTS)
    assert (status, told["code"]) == (200, "200000")
    assert {row["currency"] for row in told["data"]} == {"BTC", "ETH"}


@pytest.mark.parametrize("version", ["1", ""])
def test_a_passphrase_in_the_old_way(site: Site, key: Key, version: str) -> None:
    plain = {"kc_passphrase": key.passphrase, "kc_key_version": version}
    assert ask(site, key, "GET", ACCOUNTS, **plain)[0] == 200
    hashed = {"kc_passphrase": key.mac(key.passphrase), "kc_key_version": version}
    assert refused(ask(site, key, "GET", ACCOUNTS, **hashed)) == (401, "400004")


def test_a_passphrase_in_the_new_way(site: Site, key: Key) -> None:
    assert ask(site, key, "GET", ACCOUNTS, kc_key_version="3")[0] == 200
    assert refused(ask(site, key, "GET", ACCOUNTS, kc_passphrase=key.passphrase))[1] == "400004"
    assert refused(ask(site, key, "GET", ACCOUNTS, kc_passphrase=key.mac("other")))[1] == "400004"


@pytest.mark.parametrize("header", ["key", "sign", "timestamp", "passphrase"])
def test_a_header_that_is_missing(site: Site, key: Key, header: str) -> None:
    assert refused(ask(site, key, "GET", ACCOUNTS, **{f"kc_{header}": ""})) == (401, "400001")


def test_a_key_that_is_none(site: Site, key: Key) -> None:
    assert refused(ask(site, key, "GET", ACCOUNTS, kc_key="0" * 64)) == (401, "400003")
    assert refused(ask(site, None, "GET", ACCOUNTS)) == (401, "400001")


def test_a_key_without_a_passphrase_is_no_key_here(site: Site, key: Key) -> None:
    bare = site.admin("keys", {"account": "doors"})
    other = Key(bare["key"], bare["secret"], "")
    assert refused(ask(site, other, "GET", ACCOUNTS))[1] == "400003"
    assert (
        refused(ask(site, other, "GET", ACCOUNTS, kc_key_version="1", kc_passphrase="x"))[1]
        == "400003"
    )


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "1.5"])
def test_a_time_stamp_that_is_none(site: Site, key: Key, stamp: str) -> None:
    assert refused(ask(site, key, "GET", ACCOUNTS, kc_timestamp=stamp))[1] in ("400001", "400002")


@pytest.mark.parametrize("away", [-60_000, 60_000])
def test_a_time_stamp_outside_the_window(site: Site, key: Key, away: int) -> None:
    stamp = str(now() + away)
    assert refused(ask(site, key, "GET", ACCOUNTS, kc_timestamp=stamp)) == (400, "400002")


def test_what_is_signed_is_what_was_not_encoded(site: Site, key: Key) -> None:
    """As the documentation has it; and as it was sent, since that is what some clients sign."""
    sent, meant = "/api/v1/accounts?type=tr%61de", "/api/v1/accounts?type=trade"
    assert ask(site, key, "GET", sent, signed=meant)[0] == 200
    assert ask(site, key, "GET", sent)[0] == 200
    assert refused(ask(site, key, "GET", meant, signed=sent))[1] == "400005"
    assert ask(site, key, "POST", "/api/v1/orders/test?a=%61", ORDER)[0] == 200


signed_parts = st.sampled_from(["timestamp", "method", "path", "query", "body"])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(part=signed_parts, more=st.text("abc019&=-", min_size=1, max_size=5))
def test_a_request_that_differs_from_what_was_signed(
    site: Site, key: Key, part: str, more: str
) -> None:
    method, path, query, body = "POST", "/api/v1/orders/test", "?a=1", ORDER
    target = path + query
    stamp = str(now())
    signed = {
        "timestamp": f"{int(stamp) - 1}{method}{target}",
        "method": f"{stamp}GET{target}",
        "path": f"{stamp}{method}{path}{more}{query}",
        "query": f"{stamp}{method}{target}{more}",
        "body": f"{stamp}{method}{target}{more}",
    }[part]
    sign = key.mac(signed + ("" if part == "body" else json.dumps(body)))
    told = ask(site, key, method, target, body, kc_timestamp=stamp, kc_sign=sign)
    assert refused(told) == (401, "400005")
    assert ask(site, key, method, target, body)[0] == 200


@pytest.mark.parametrize(
    ("rights", "may"),
    [
        (["trade"], {"place"}),
        (["read"], {"balance"}),
        (["withdraw"], {"withdraw"}),
        (["read", "trade"], {"balance", "place"}),
    ],
)
def test_a_right_that_is_missing(site: Site, rights: list[str], may: set[str]) -> None:
    account = "rights-" + "-".join(rights)
    key = open_account(site, account, rights, BTC="50")
    asked = {
        "balance": ("GET", ACCOUNTS, None),
        "place": ("POST", "/api/v1/orders/test", ORDER),
        "withdraw": (
            "POST",
            "/api/v3/withdrawals",
            {"currency": "BTC", "toAddress": "bc1qx", "amount": "1", "withdrawType": "ADDRESS"},
        ),
    }
    for what, (method, target, body) in asked.items():
        status, told = ask(site, key, method, target, body)
        wanted = (200, "200000") if what in may else (403, "400007")
        assert (status, told["code"]) == wanted, what


def test_what_a_key_may_do_is_told(site: Site, key: Key) -> None:
    _, told = ask(site, key, "GET", "/api/v1/user/api-key")
    assert told["data"]["permission"] == "General,Spot,InnerTransfer,Transfer"
    assert told["data"]["apiKey"] == key.id
    assert told["data"]["ipWhitelist"] == ""
    reader = issue(site, "doors", ["read"], addresses=["127.0.0.1"], label="watch", expires=9**15)
    _, told = ask(site, reader, "GET", "/api/v1/user/api-key")
    assert told["data"]["permission"] == "General"
    assert (told["data"]["ipWhitelist"], told["data"]["remark"]) == ("127.0.0.1", "watch")
    assert told["data"]["expiredAt"] == 9**15
    assert reader.secret not in str(told)
    assert reader.passphrase not in str(told)


def test_an_address_that_is_not_listed(site: Site, key: Key) -> None:
    away = issue(site, "doors", ["read"], addresses=["10.1.2.3"])
    assert refused(ask(site, away, "GET", ACCOUNTS)) == (403, "400006")


def test_a_key_that_was_revoked(site: Site, key: Key) -> None:
    gone = issue(site, "doors", ["read"])
    assert ask(site, gone, "GET", ACCOUNTS)[0] == 200
    site.admin("revoke", {"key": gone.id})
    assert refused(ask(site, gone, "GET", ACCOUNTS)) == (401, "400003")


def test_a_symbol_list_holds_here_as_well(site: Site, key: Key) -> None:
    narrow = issue(site, "doors", ["read", "trade"], symbols=["VINBTC"])
    place = ("POST", "/api/v1/orders")
    assert refused(ask(site, narrow, *place, ORDER)) == (403, "400007")
    _, told = ask(site, key, *place, ORDER)
    order = told["data"]["orderId"]
    for target in (
        f"/api/v1/orders/{order}",
        "/api/v1/order/client-order/one",
        "/api/v1/orders?symbol=ETH-BTC",
        "/api/v1/orders",
        f"/api/v1/hf/orders/{order}?symbol=ETH-BTC",
    ):
        assert refused(ask(site, narrow, "DELETE", target)) == (403, "400007"), target
    assert ask(site, narrow, "GET", f"/api/v1/orders/{order}")[1]["data"]["isActive"]
    assert ask(site, key, "DELETE", f"/api/v1/orders/{order}")[1]["code"] == "200000"


def test_what_ccxt_makes_of_it(site: Site, key: Key) -> None:
    reader = issue(site, "doors", ["read"])
    wrong = {
        "secret": Key(key.id, "wrong"),
        "passphrase": Key(key.id, key.secret, "wrong"),
        "key": Key("0" * 64, key.secret),
    }
    for other in wrong.values():
        with pytest.raises(ccxt.AuthenticationError):
            client(ccxt.kucoin, site, other).fetch_balance()
    late = client(ccxt.kucoin, site, key)
    late.options["timeDifference"] = 6_000
    with pytest.raises(ccxt.InvalidNonce):
        late.fetch_balance()
    narrow = client(ccxt.kucoin, site, reader)
    narrow.fetch_balance()
    with pytest.raises(ccxt.AuthenticationError, match="400007"):
        narrow.create_order("ETH/BTC", "limit", "buy", 1, 0.06)


def test_a_frozen_account_may_only_cancel(site: Site) -> None:
    key = open_account(site, "ice", BTC="50")
    made = client(ccxt.kucoin, site, key)
    order = made.create_order("ETH/BTC", "limit", "buy", 1, 0.06)
    site.admin("freeze", {"account": "ice"})
    with pytest.raises(ccxt.AccountSuspended):
        made.create_order("ETH/BTC", "limit", "buy", 1, 0.06)
    with pytest.raises(ccxt.AccountSuspended):
        made.withdraw("BTC", 1, "bc1qx")
    made.cancel_order(order["id"], "ETH/BTC")
    assert made.fetch_order(order["id"], "ETH/BTC")["status"] == "canceled"
