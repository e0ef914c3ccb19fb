"""API keys from issue to revocation, frozen accounts, and money between accounts."""

import base64
import http.client
import itertools
import json
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.venue.floor import NOW, Floor
from tests.venue.site import Key, Site, now
from tradelatch.model.orders import OrderStatus, OrderType, Side
from tradelatch.venue.engine.api_keys import DAY_MS, ApiKey, KeyRules, Lapse, Right
from tradelatch.venue.engine.commands import (
    Command,
    FreezeAccount,
    IssueKey,
    NoteLapse,
    NoteUse,
    OpenAccount,
    Place,
    RevokeKeys,
    SetKeyRules,
    TransferFunds,
    Withdraw,
)
from tradelatch.venue.engine.events import KeyLapsed
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.state import dump, violations
from tradelatch.venue.engine.units import SCALE

BOTH = (Right.READ, Right.TRADE)
_numbers = itertools.count()


def issue(floor: Floor, key: str, **given: Any) -> ApiKey:
    floor.do(IssueKey(floor.now, "ann", key, given.pop("rights", BOTH), secret="s", **given))
    return floor.engine.keys[key]


def test_a_key_without_an_ip_list_ends_up_reading_only() -> None:
    floor = Floor()
    floor.do(SetKeyRules(NOW, KeyRules(unbound_days=30)))
    loose = issue(floor, "loose")
    bound = issue(floor, "bound", addresses=("10.0.0.0/8",))
    rules = floor.engine.key_rules
    last = NOW + 30 * DAY_MS
    assert loose.trading_until(rules) == last
    assert loose.rights_at(rules, last - 1) == {Right.READ, Right.TRADE}
    assert loose.rights_at(rules, last) == {Right.READ}
    assert bound.rights_at(rules, last) == {Right.READ, Right.TRADE}
    assert issue(floor, "reader", rights=(Right.READ,)).trading_until(rules) == 0


def test_a_key_that_is_used_does_not_idle() -> None:
    floor = Floor()
    floor.do(SetKeyRules(NOW, KeyRules(idle_days=14)))
    key, rules = issue(floor, "key"), floor.engine.key_rules
    assert key.rights_at(rules, NOW + 14 * DAY_MS) == frozenset()
    floor.do(NoteUse(NOW + 13 * DAY_MS, "key"))
    assert key.rights_at(rules, NOW + 14 * DAY_MS) == {Right.READ, Right.TRADE}
    assert key.rights_at(rules, NOW + 27 * DAY_MS) == frozenset()


def test_what_has_lapsed_is_told_once_and_stays_lapsed() -> None:
    floor = Floor()
    floor.do(SetKeyRules(NOW, KeyRules(unbound_days=1)))
    key = issue(floor, "key", expires=NOW + 2 * DAY_MS)
    with pytest.raises(Refused, match="nothing is due"):
        floor.do(NoteLapse(NOW, "key"))
    [told] = floor.do(NoteLapse(NOW + DAY_MS, "key"))
    assert told == KeyLapsed(key, Lapse.UNBOUND)
    with pytest.raises(Refused, match="nothing is due"):
        floor.do(NoteLapse(NOW + DAY_MS, "key"))
    floor.do(SetKeyRules(NOW + DAY_MS, KeyRules()))
    assert key.rights_at(floor.engine.key_rules, NOW + DAY_MS) == {Right.READ}
    [told] = floor.do(NoteLapse(NOW + 2 * DAY_MS, "key"))
    assert told == KeyLapsed(key, Lapse.EXPIRED)
    assert key.rights_at(floor.engine.key_rules, NOW + 2 * DAY_MS) == frozenset()


def test_all_keys_given_to_one_third_party_go_in_one_command() -> None:
    floor = Floor()
    given = [issue(floor, f"given-{n}", third_party="bots") for n in range(50)]
    own = issue(floor, "own")
    floor.do(RevokeKeys(NOW, key="given-0"))
    events = floor.do(RevokeKeys(NOW, third_party="bots"))
    assert [event.key for event in events if isinstance(event, KeyLapsed)] == given[1:]
    rules = floor.engine.key_rules
    assert all(key.rights_at(rules, NOW) == frozenset() for key in given)
    assert own.rights_at(rules, NOW) == {Right.READ, Right.TRADE}
    for nobody in ({"third_party": "bots"}, {"third_party": "others"}, {"key": "none"}, {}):
        with pytest.raises(Refused):
            floor.do(RevokeKeys(NOW, **nobody))


def test_a_key_that_may_withdraw_needs_an_ip_list_where_that_is_the_rule() -> None:
    floor = Floor()
    floor.do(SetKeyRules(NOW, KeyRules(withdraw_bound=True)))
    with pytest.raises(Refused, match="IP list"):
        issue(floor, "loose", rights=(Right.WITHDRAW,))
    issue(floor, "bound", rights=(Right.WITHDRAW,), addresses=("10.0.0.1",))


def test_a_frozen_account_only_cancels() -> None:
    floor = Floor()
    order, _ = floor.limit("ann", Side.BUY, 5, 10_000)
    stop = Place(NOW, "ann", "FINEBTC", Side.SELL, OrderType.STOP_LOSS, lots=100, stop_ticks=6_990)
    waiting, _ = floor.place(stop)
    floor.do(FreezeAccount(NOW, "ann", True))
    for command in (
        Place(NOW, "ann", "COINBTC", Side.BUY, OrderType.LIMIT, 1, 10_000),
        Withdraw(NOW, "ann", "BTC", 1, "outside"),
    ):
        before = dump(floor.engine)
        with pytest.raises(Refused, match="disabled"):
            floor.do(command)
        assert dump(floor.engine) == before
    floor.cancel("ann", order.id)
    # A stop that goes off meanwhile does not sell.
    floor.limit("bob", Side.BUY, 1_000, 6_980, market="FINEBTC")
    floor.limit("cyd", Side.SELL, 1_000, 6_980, market="FINEBTC")
    assert (waiting.status, waiting.filled) == (OrderStatus.EXPIRED, 0)
    assert not violations(floor.engine)
    with pytest.raises(Refused, match="already"):
        floor.do(FreezeAccount(NOW, "ann", True))
    floor.do(FreezeAccount(NOW, "ann", False))
    floor.limit("ann", Side.BUY, 5, 10_000)


def test_money_for_another_account_does_not_leave_the_exchange() -> None:
    floor = Floor()
    before = floor.free("bob", "BTC")
    address = floor.engine.address_of("bob")
    floor.do(Withdraw(NOW, "ann", "BTC", 7 * SCALE, address))
    assert floor.free("bob", "BTC") == before + 7 * SCALE
    assert floor.engine.withdrawn.get("BTC", 0) == 0
    accounts = floor.engine.accounts
    assert accounts["ann"].withdrawals[-1].other == "bob"
    assert accounts["bob"].deposits[-1].other == "ann"
    with pytest.raises(Refused, match="own"):
        floor.do(Withdraw(NOW, "bob", "BTC", 1, address))
    assert not violations(floor.engine)


def test_transfers_stay_with_one_owner() -> None:
    floor = Floor()
    floor.do(OpenAccount(NOW, "ann-2", owner="ann"))
    floor.do(TransferFunds(NOW, "ann", "ann-2", "BTC", 3 * SCALE))
    assert floor.free("ann-2", "BTC") == 3 * SCALE
    for to in ("bob", "ann", "nobody"):
        with pytest.raises(Refused):
            floor.do(TransferFunds(NOW, "ann", to, "BTC", 1))
    assert not violations(floor.engine)


def test_the_log_brings_keys_back_as_they_were() -> None:
    floor = Floor()
    floor.do(SetKeyRules(NOW, KeyRules(unbound_days=1, idle_days=5)))
    issue(floor, "a", addresses=("10.0.0.0/8",), symbols=("COINBTC",), label="l", third_party="t")
    issue(floor, "b", expires=NOW + 1, passphrase="p")
    floor.do(NoteLapse(NOW + DAY_MS, "b"))
    floor.do(RevokeKeys(NOW + DAY_MS, third_party="t"))
    floor.do(FreezeAccount(NOW + DAY_MS, "bob", True))
    twin = Engine()
    for command in floor.history:
        twin.apply(msgspec.json.decode(msgspec.json.encode(command), type=Command))
    assert dump(twin) == dump(floor.engine)


def test_a_key_of_an_older_log_has_no_passphrase() -> None:
    line = b'{"do":"key","at":1,"account":"ann","key":"k","rights":["read"],"secret":"s"}'
    command = msgspec.json.decode(line, type=Command)
    assert isinstance(command, IssueKey)
    assert command.passphrase == ""
    assert msgspec.json.encode(command) == line


def test_a_passphrase_goes_with_a_secret() -> None:
    floor = Floor()
    with pytest.raises(Refused, match="passphrase"):
        floor.do(IssueKey(floor.now, "ann", "k", BOTH, public="00" * 32, passphrase="p"))
    assert "p4ss" not in repr(issue(floor, "a", passphrase="p4ss"))


# Over the wire.


def open_account(site: Site, **balances: str) -> str:
    name = f"keys-{next(_numbers)}"
    site.admin("accounts", {"account": name, "balances": balances})
    return name


def give_key(site: Site, account: str, **given: Any) -> Key:
    issued = site.admin("keys", {"account": account, **given})
    return Key(issued["key"], issued["secret"])


def ask_from(source: str, site: Site, key: Key, path: str) -> tuple[int, Any]:
    payload = key.sign(urlencode({"timestamp": now()}))
    connection = http.client.HTTPConnection(
        "127.0.0.1", site.port, timeout=20, source_address=(source, 0)
    )
    try:
        connection.request("GET", f"{path}?{payload}", headers={"X-MBX-APIKEY": key.id})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_an_ed25519_key_signs(site: Site) -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    account = open_account(site, BTC="1")
    issued = site.admin("keys", {"account": account, "public_key": pem.decode()})
    assert "secret" not in issued

    def ask(signer: Ed25519PrivateKey, spoil: str = "") -> tuple[int, Any]:
        payload = urlencode({"timestamp": now()})
        signature = base64.b64encode(signer.sign(payload.encode())).decode() + spoil
        target = f"/api/v3/account?{payload}&signature={quote(signature, safe='')}"
        return site.request("GET", target, None, {"X-MBX-APIKEY": issued["key"]})

    status, answer = ask(private)
    assert (status, answer["balances"][1]["free"]) == (200, "1.00000000")
    assert ask(Ed25519PrivateKey.generate())[1]["code"] == -1022
    assert ask(private, "!")[1]["code"] == -1022
    payload = Key(issued["key"], "").sign(urlencode({"timestamp": now()}))
    status, answer = site.request(
        "GET", f"/api/v3/account?{payload}", None, {"X-MBX-APIKEY": issued["key"]}
    )
    assert answer["code"] == -1022
    status, answer = site.try_admin("keys", {"account": account, "public_key": "nonsense"})
    assert (status, "Ed25519" in answer["error"]) == (400, True)


def test_an_ip_list_and_a_symbol_list_are_kept_to(site: Site) -> None:
    account = open_account(site, BTC="1")
    key = give_key(site, account, addresses=["127.0.0.2", "10.0.0.0/8"], symbols=["VINBTC"])
    assert ask_from("127.0.0.1", site, key, "/api/v3/account")[1]["code"] == -2015
    status, told = ask_from("127.0.0.2", site, key, "/sapi/v1/account/apiRestrictions")
    assert (status, told["ipRestrict"]) == (200, True)
    for given in ({"addresses": ["nowhere"]}, {"symbols": ["NOSUCH"]}):
        assert site.try_admin("keys", {"account": account, **given})[0] == 400

    picky = give_key(site, account, symbols=["VINBTC"])
    terms = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1"}
    _, answer = site.signed(picky, "POST", "/api/v3/order", symbol="ETHBTC", price="0.06", **terms)
    assert answer["code"] == -2015
    status, answer = site.signed(
        picky,
        "POST",
        "/api/v3/order/test",
        symbol="VINBTC",
        price="0.00002",
        **{**terms, "quantity": "100"},
    )
    assert (status, answer) == (200, {})
    assert site.signed(picky, "GET", "/api/v3/openOrders", symbol="ETHBTC")[0] == 200


def test_an_ip_list_goes_by_the_connection_and_not_by_what_a_header_says(site: Site) -> None:
    key = give_key(site, open_account(site, BTC="1"), addresses=["127.0.0.2", "10.0.0.0/8"])
    for claimed in ("127.0.0.2", "10.0.0.1"):
        payload = key.sign(urlencode({"timestamp": now()}))
        headers = {"X-MBX-APIKEY": key.id, "X-Forwarded-For": claimed}
        _, answer = site.request("GET", f"/api/v3/account?{payload}", None, headers)
        assert answer["code"] == -2015


def test_revoking_and_freezing_by_the_operator(site: Site) -> None:
    account = open_account(site, BTC="1")
    keys = [give_key(site, account, third_party="bots", label=f"n{n}") for n in range(3)]
    other = give_key(site, account)
    assert site.admin("revoke", {"third_party": "bots"}) == {"revoked": 3}
    for key in keys:
        assert site.signed(key, "GET", "/api/v3/account")[1]["code"] == -2015
    assert site.signed(other, "GET", "/api/v3/account")[0] == 200
    listed = site.admin(f"keys?account={account}")
    assert [one["lapses"] for one in listed] == [["revoked"]] * 3 + [[]]
    assert not any("secret" in one for one in listed)
    assert other.secret not in json.dumps(listed)
    assert site.try_admin("revoke", {"third_party": "bots"})[0] == 400

    terms = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    terms |= {"quantity": "1", "price": "0.06"}
    order = site.signed(other, "POST", "/api/v3/order", **terms)[1]["orderId"]
    site.admin("freeze", {"account": account})
    told = site.signed(other, "GET", "/api/v3/account")[1]
    assert (told["canTrade"], told["canWithdraw"]) == (False, False)
    _, answer = site.signed(other, "POST", "/api/v3/order", **terms)
    assert answer == {"code": -2010, "msg": "This action is disabled on this account."}
    gone = site.signed(other, "DELETE", "/api/v3/order", symbol="ETHBTC", orderId=order)
    assert gone[1]["status"] == "CANCELED"
    site.admin("freeze", {"account": account, "frozen": False})
    assert site.signed(other, "POST", "/api/v3/order", **terms)[0] == 200


def test_a_passphrase_is_never_told(site: Site) -> None:
    account = open_account(site, BTC="1")
    issued = site.admin("keys", {"account": account, "passphrase": "p4ss-w0rd"})
    assert "p4ss-w0rd" not in json.dumps(issued)
    assert "p4ss-w0rd" not in json.dumps(site.admin(f"keys?account={account}"))
    for wrong in ("two words", "x" * 33, "\u00e9"):
        assert site.try_admin("keys", {"account": account, "passphrase": wrong})[0] == 400


def test_rights_are_told_and_kept(site: Site) -> None:
    account = open_account(site, BTC="1")
    key = give_key(site, account, rights=["read", "transfer"])
    told = site.signed(key, "GET", "/sapi/v1/account/apiRestrictions")[1]
    assert (told["enableReading"], told["permitsUniversalTransfer"]) == (True, True)
    assert (told["enableSpotAndMarginTrading"], told["enableWithdrawals"]) == (False, False)
    assert "tradingAuthorityExpirationTime" not in told
    spot = {"fromAccountType": "SPOT", "toAccountType": "SPOT", "asset": "BTC", "amount": "0.5"}
    site.admin("accounts", {"account": f"{account}-2", "owner": account})
    path = "/sapi/v1/sub-account/universalTransfer"
    status, done = site.signed(key, "POST", path, toEmail=f"{account}-2", **spot)
    assert (status, bool(done["tranId"])) == (200, True)
    [moved] = site.signed(key, "GET", path)[1]["result"]
    assert (moved["toEmail"], moved["amount"]) == (f"{account}-2", "0.50000000")
    reader = give_key(site, account, rights=["read"])
    assert site.signed(reader, "POST", path, toEmail="x", **spot)[1]["code"] == -2015

    stranger = open_account(site)
    their_key = give_key(site, stranger, rights=["read"])
    address = site.signed(their_key, "GET", "/sapi/v1/capital/deposit/address", coin="BTC")[1]
    mover = give_key(site, account, rights=["read", "withdraw"])
    sent = {"coin": "BTC", "address": address["address"], "amount": "0.2"}
    assert site.signed(mover, "POST", "/sapi/v1/capital/withdraw/apply", **sent)[0] == 200
    [arrived] = site.signed(their_key, "GET", "/sapi/v1/capital/deposit/hisrec")[1]
    assert (arrived["amount"], arrived["transferType"]) == ("0.20000000", 1)
