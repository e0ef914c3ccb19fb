"""Cancels that name no market go out on that of the order they mean, where it is known."""

import base64
import hmac
from decimal import Decimal

import msgspec
import pytest

from tests.signer.conftest import GRANT, GRANT_SECRET, KEY_SECRET, Bench
from tradelatch.exchanges import kucoin
from tradelatch.exchanges.claims import Sent
from tradelatch.exchanges.protocol import Reason, Refusal, Verdict
from tradelatch.model.clock import MS, SECOND
from tradelatch.model.config import Signer
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import CancelOrder
from tradelatch.model.orders import Number, OrderStatus
from tradelatch.signer.core import Core
from tradelatch.signer.job import Job
from tradelatch.signer.records import Allowed, Closed, Reported
from tradelatch.signer.state import State

SOURCE = "127.0.0.1"
NUMBER = "670fd33bf9406e0007ab3945"
HF = "/api/v1/hf/orders"


class Desk(Bench):
    """A bench whose account is at KuCoin."""

    def __init__(self) -> None:
        super().__init__()
        fed = self.core.quotes["binance"]
        added, *rest = self.history
        self.history = [msgspec.structs.replace(added, exchange="kucoin"), *rest]
        self.state = State()
        for record in self.history:
            self.state.apply(record)
        secrets = {GRANT: GRANT_SECRET, "account:me": KEY_SECRET}
        self.core = Core(self.state, secrets.__getitem__, Signer(), lambda name: "http://venue")
        self.core.quotes["kucoin"] = fed

    def ask(self, method: str, path: str, query: str = "", body: bytes = b"") -> Job:
        """A request a second after the last."""
        self.now += SECOND
        stamp = str(self.now // MS)
        target = f"{path}?{query}" if query else path
        payload = f"{stamp}{method}{target}".encode() + body
        mac = base64.b64encode(hmac.digest(GRANT_SECRET, payload, "sha256")).decode()
        headers = (("KC-API-KEY", GRANT), ("KC-API-SIGN", mac), ("KC-API-TIMESTAMP", stamp))
        request = Request(method, "kucoin", path, query, headers, body)
        return self.core.consider(request, SOURCE, self.now)

    def place(self, symbol: str, name: str, number: Number | None) -> Allowed:
        """An order that stands, known by a number."""
        words = {"symbol": symbol, "side": "buy", "size": "1", "price": "0.07", "clientOid": name}
        job = self.ask("POST", HF, "", msgspec.json.encode(words))
        assert isinstance(job.record, Allowed), job.refusal
        if number is not None:
            self.take(Reported(self.now, job.record.id, number, OrderStatus.NEW, Decimal(0)))
        return job.record

    def cancel(self, path: str, query: str = "") -> tuple[CancelOrder, str]:
        """What goes out for a cancel: the intent, and how it is worded."""
        job = self.ask("DELETE", path, query)
        assert job.refusal is None
        request = self.core.sign(job, self.now)
        (intent,) = kucoin.read(msgspec.structs.replace(request, host="kucoin"))
        assert isinstance(intent, CancelOrder)
        assert job.outgoing == [intent]
        return intent, f"{request.path}?{request.query}".rstrip("?")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_by_its_number_an_order_is_cancelled_on_its_market(desk: Desk) -> None:
    desk.place("ETH-BTC", "a", "1")
    desk.place("ETH-BTC", "b", NUMBER)
    intent, worded = desk.cancel(f"/api/v1/orders/{NUMBER}")
    assert intent == CancelOrder("ETH/BTC", NUMBER)
    assert worded == f"{HF}/{NUMBER}?symbol=ETH-BTC"


def test_a_number_may_be_told_as_a_number(desk: Desk) -> None:
    desk.place("ETH-BTC", "a", 7)
    assert desk.cancel("/api/v1/orders/7")[0] == CancelOrder("ETH/BTC", "7")
    assert desk.cancel("/api/v1/orders/07")[0] == CancelOrder(None, "07")


def test_by_its_name_too_even_if_it_is_not_the_exchanges(desk: Desk) -> None:
    first = desk.place("ETH-BTC", "a", "1")
    desk.take(Closed(desk.now, first.id, "filled"))
    again = desk.place("ETH-BTC", "a", "2")
    assert again.client_order_id.startswith(kucoin.OWN_NAMES)
    intent, worded = desk.cancel("/api/v1/order/client-order/a")
    assert intent == CancelOrder("ETH/BTC", None, again.client_order_id)
    assert worded == f"{HF}/client-order/{again.client_order_id}?symbol=ETH-BTC"


def test_what_is_not_known_goes_out_as_it_came(desk: Desk) -> None:
    """It may be an order of before; who cancels takes no risk."""
    desk.place("ETH-BTC", "a", None)
    intent, worded = desk.cancel(f"/api/v1/orders/{NUMBER}")
    assert (intent, worded) == (CancelOrder(None, NUMBER), f"/api/v1/orders/{NUMBER}")
    assert desk.cancel("/api/v1/order/client-order/b")[0] == CancelOrder(None, None, "b")
    assert desk.cancel(f"{HF}/cancelAll")[0] == CancelOrder(None)
    assert desk.cancel("/api/v1/orders")[1] == f"{HF}/cancelAll"


def test_a_market_that_is_named_is_kept_right_or_wrong(desk: Desk) -> None:
    desk.place("ETH-BTC", "a", NUMBER)
    assert desk.cancel(f"{HF}/{NUMBER}", "symbol=VIN-BTC")[0] == CancelOrder("VIN/BTC", NUMBER)
    assert desk.cancel(f"{HF}/{NUMBER}", "symbol=ETH-BTC")[0] == CancelOrder("ETH/BTC", NUMBER)


def test_a_cancel_without_what_it_is_about_goes_nowhere(desk: Desk) -> None:
    desk.place("ETH-BTC", "a", NUMBER)
    for path in (HF, f"{HF}/{NUMBER}", f"{HF}/client-order/a", "/api/v1/orders/cancelAll"):
        with pytest.raises(Refusal) as refused:
            desk.ask("DELETE", path)
        assert refused.value.reason is Reason.BAD_PARAMETER


def test_what_was_sent_to_one_host_is_not_taken_again_at_the_other(desk: Desk) -> None:
    desk.now += SECOND
    stamp = str(desk.now // MS)
    mac = base64.b64encode(
        hmac.digest(GRANT_SECRET, f"{stamp}DELETE/api/v1/orders".encode(), "sha256")
    ).decode()
    headers = (("KC-API-KEY", GRANT), ("KC-API-SIGN", mac), ("KC-API-TIMESTAMP", stamp))
    there = Request("DELETE", "kucoinfutures", "/api/v1/orders", "", headers)
    refused = desk.core.consider(there, SOURCE, desk.now).refusal
    assert refused
    assert refused.reason is Reason.NOT_PERMITTED
    with pytest.raises(Refusal, match="received before"):
        desk.core.consider(msgspec.structs.replace(there, host="kucoin"), SOURCE, desk.now)


def test_a_cancel_that_nobody_answers_leaves_the_order_live(desk: Desk) -> None:
    desk.place("ETH-BTC", "a", NUMBER)
    job = desk.ask("DELETE", f"/api/v1/orders/{NUMBER}")
    desk.core.sign(job, desk.now)
    for sent in (
        Sent(0, error="closed"),
        Sent(0, Response(500, b"{}"), is_json=True),
        Sent(0, Response(504, b"<html>")),
    ):
        outcomes = kucoin.outcomes(job.outgoing, sent.response) if sent.response else ()
        told = msgspec.structs.replace(sent, outcomes=outcomes)
        _, answer = desk.core.conclude(job, told, desk.now)
        assert kucoin.judge(answer) is Verdict.UNKNOWN
        assert len(desk.state.orders) == 1
