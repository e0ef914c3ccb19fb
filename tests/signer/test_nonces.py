"""Where requests carry a nonce and no time, an old one is good for nothing; after a restart too."""

import itertools
import sys
from types import ModuleType
from typing import Any

import msgspec
import pytest

from tests.signer.conftest import GRANT, GRANT_SECRET, KEY_SECRET, NOW, Bench
from tradelatch import exchanges
from tradelatch.exchanges import binance
from tradelatch.exchanges.protocol import Credentials, PublicKey, Reason, Refusal, Signed
from tradelatch.model.clock import DAY, SECOND
from tradelatch.model.config import Signer
from tradelatch.model.http import Request
from tradelatch.model.intents import ReadAccount
from tradelatch.signer.core import DENIALS_RECORDED, Core
from tradelatch.signer.records import Allowed, AnyRecord, Denied, GrantIssued, decode, encode
from tradelatch.signer.state import State

SOURCE = "127.0.0.1"


def counting() -> ModuleType:
    """An exchange like Binance, whose requests are good at any time, each nonce once."""
    file = ModuleType("tradelatch.exchanges.counting")
    vars(file).update(vars(binance))

    def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
        stamp = int(request.query.partition("timestamp=")[2].partition("&")[0])
        signed = binance.verify(request, key, stamp)
        nonce = int(request.header("nonce") or 0)
        return msgspec.structs.replace(signed, timestamp_ms=now_ms, nonce=nonce)

    def write(*arguments: Any) -> Request:
        return Request("GET", "", "", str(arguments[-1]))

    vars(file).update(NAME="counting", verify=verify, write=write)
    return file


class Counted(Bench):
    """A bench whose account is there."""

    def __init__(self) -> None:
        super().__init__()
        added, *rest = self.history
        self.history = [msgspec.structs.replace(added, exchange="counting"), *rest]
        self.begin()

    def begin(self) -> None:
        """Start, with what the journal tells."""
        self.state = State()
        for record in self.history:
            self.state.apply(decode(encode(record)))
        secrets = {GRANT: GRANT_SECRET, "another": GRANT_SECRET, "account:me": KEY_SECRET}
        core = Core(self.state, secrets.__getitem__, Signer(), lambda name: "http://venue")
        core.quotes["counting"] = self.core.quotes["binance"]
        self.core = core

    def ask(self, request: Request, nonce: int, grant: str = GRANT) -> list[AnyRecord]:
        """What is recorded of a request with a nonce; a second later."""
        self.now += SECOND
        headers = (("X-MBX-APIKEY", grant), ("nonce", str(nonce)))
        replace = msgspec.structs.replace
        job = self.core.consider(
            replace(request, host="counting", headers=headers), SOURCE, self.now
        )
        self.history += [*job.decided(), *job.after]
        return job.decided()

    def is_old(self, nonce: int, grant: str = GRANT) -> bool:
        """Whether that nonce is refused."""
        read = self.signed("GET", "/api/v3/account", {"omitZeroBalances": "true"})
        try:
            self.ask(read, nonce, grant)
        except Refusal as refused:
            return refused.reason is Reason.OUTSIDE_WINDOW
        return False


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    file = counting()
    monkeypatch.setitem(sys.modules, "tradelatch.exchanges.counting", file)
    monkeypatch.setattr(exchanges, "NAMES", (*exchanges.NAMES, "counting"))
    return Counted()


def test_each_nonce_has_to_be_higher(counted: Counted) -> None:
    assert not counted.is_old(7)
    assert counted.is_old(7)
    assert counted.is_old(6)
    assert counted.is_old(0)
    assert not counted.is_old(8)
    assert not counted.is_old(10**18)
    assert counted.is_old(9)


def test_an_order_is_placed_once(counted: Counted) -> None:
    order = counted.order()
    (record,) = counted.ask(order, 7)
    assert isinstance(record, Allowed)
    assert record.nonce == 7
    with pytest.raises(Refusal, match="higher"):
        counted.ask(order, 7)
    with pytest.raises(Refusal, match="received before"):
        counted.ask(order, 8)  # one that is signed has another nonce in what is signed


def test_each_grant_has_its_own(counted: Counted) -> None:
    counted.take(GrantIssued(NOW, "another", "me", NOW + DAY))
    assert not counted.is_old(100)
    assert not counted.is_old(1, "another")
    assert counted.is_old(2)


def test_a_nonce_counts_only_with_its_signature(counted: Counted) -> None:
    forged = counted.signed("GET", "/api/v3/account", {}, b"another secret")
    with pytest.raises(Refusal) as refused:
        counted.ask(forged, 10**18)
    assert refused.value.reason is Reason.BAD_SIGNATURE
    assert not counted.is_old(1)


@pytest.mark.parametrize("nonce", [7, 10**18, 10**19 - 1])
def test_after_a_restart_what_was_recorded_is_old(counted: Counted, nonce: int) -> None:
    (allowed,) = counted.ask(counted.order(), nonce - 1)
    (denied,) = counted.ask(counted.order(price="0.09"), nonce)
    assert isinstance(allowed, Allowed)
    assert isinstance(denied, Denied)
    counted.begin()
    assert counted.state.grants[GRANT].nonce == nonce
    assert counted.is_old(nonce)
    assert counted.is_old(nonce - 1)


def test_reads_and_cancels_count(counted: Counted) -> None:
    counted.ask(counted.signed("DELETE", "/api/v3/order", {"symbol": "ETHBTC", "orderId": "1"}), 5)
    counted.begin()
    assert counted.is_old(5)
    assert not counted.is_old(6)
    counted.begin()
    assert counted.is_old(6)


def test_what_is_refused_without_a_record_counts_all_the_same(counted: Counted) -> None:
    counted.ask(counted.order(newClientOrderId="a"), 1)
    with pytest.raises(Refusal, match="Duplicate"):
        counted.ask(counted.order(newClientOrderId="a"), 2)
    assert counted.is_old(2)
    counted.core.closed = "the journal is full"
    with pytest.raises(Refusal, match="full"):
        counted.ask(counted.signed("GET", "/api/v3/account", {}), 3)
    counted.core.closed = ""
    assert counted.is_old(3)


def test_denials_that_are_only_counted_are_covered_by_the_next_record(counted: Counted) -> None:
    counted.state.accounts["me"].policy = msgspec.structs.replace(
        counted.state.accounts["me"].policy,
        freeze=msgspec.structs.replace(counted.state.accounts["me"].policy.freeze, denials=0),
    )
    nonces = itertools.count(1)
    for at in range(DENIALS_RECORDED + 5):
        counted.now -= SECOND  # all of them within one second
        counted.ask(counted.order(price=f"0.09{at:03}"), next(nonces))
    last = next(nonces) - 1
    assert counted.core.unrecorded_denials == 5
    assert counted.is_old(last)
    assert not counted.is_old(last + 1)
    counted.begin()
    assert counted.is_old(last)


def test_the_signers_own_are_higher_each_time_and_after_a_restart(counted: Counted) -> None:
    def own(at_ms: int) -> int:
        credentials, read = Credentials("k", KEY_SECRET), ReadAccount("x")
        return int(counted.core.sign_with(credentials, "counting", [read], at_ms).query)

    start = NOW // 10**6
    given = [own(start), own(start), own(start - 60_000), own(start + 1), own(start + 1)]
    assert given == sorted(set(given))
    counted.begin()
    assert own(start + 2) > given[-1]
