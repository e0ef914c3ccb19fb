"""Saying no, so that clients understand it, and hearing no."""

import json
from typing import Any

import ccxt
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.exchanges import binance
from tradelatch.exchanges.protocol import Reason, Refusal, Verdict
from tradelatch.model.http import Response

TABLE = {
    Reason.UNKNOWN_KEY: (401, -2014, ccxt.AuthenticationError),
    Reason.BAD_SIGNATURE: (400, -1022, ccxt.AuthenticationError),
    Reason.OUTSIDE_WINDOW: (400, -1021, ccxt.InvalidNonce),
    Reason.BAD_PARAMETER: (400, -1100, ccxt.BadRequest),
    Reason.UNKNOWN_ENDPOINT: (404, -1020, ccxt.BadRequest),
    Reason.ORDER_DENIED: (400, -2010, ccxt.InvalidOrder),
    Reason.CANCEL_DENIED: (400, -2011, ccxt.OrderNotFound),
    Reason.AMEND_DENIED: (400, -2038, ccxt.ExchangeError),
    Reason.NOT_PERMITTED: (401, -1002, ccxt.PermissionDenied),
    Reason.TOO_LARGE: (413, -1101, ccxt.BadRequest),
    Reason.TOO_OFTEN: (429, -1003, ccxt.DDoSProtection),
    Reason.UNAVAILABLE: (503, -1001, ccxt.OperationFailed),
    Reason.OUTCOME_UNKNOWN: (504, -1007, ccxt.RequestTimeout),
}
CODES = {
    -1013: ccxt.BadRequest,
    -1102: ccxt.BadRequest,
    -1104: ccxt.BadRequest,
    -1106: ccxt.BadRequest,
    -1115: ccxt.BadRequest,
    -1117: ccxt.BadRequest,
    -1121: ccxt.BadSymbol,
    -1130: ccxt.BadRequest,
}
OFFICIAL = "https://api.binance.com/api/v3"
GATE = "http://127.0.0.1:8800/binance/api/v3"
MAY_BE_TRIED_AGAIN = (
    Reason.OUTSIDE_WINDOW,
    Reason.TOO_OFTEN,
    Reason.UNAVAILABLE,
    Reason.OUTCOME_UNKNOWN,
)
RETRIES = 2


class Wire(requests.Session):
    """Stands where ccxt has its connection and gives the same answer to every request."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer
        self.requests = 0

    def request(self, *_: Any, **__: Any) -> requests.Response:
        self.requests += 1
        response = requests.Response()
        response.status_code = self.answer.status
        response.reason = "as it was"
        response._content = self.answer.body
        return response


def ask_ccxt(answer: Response, url: str) -> tuple[type[Exception], int, str]:
    """What a client that was let in before raises on this answer, and how often it asked."""
    wire = Wire(answer)
    client = ccxt.binance({"apiKey": "k", "secret": "s", "session": wire})
    client.enableRateLimit = False
    client.urls["api"]["private"] = url
    client.options["hasAlreadyAuthenticatedSuccessfully"] = True
    client.options["maxRetriesOnFailure"] = RETRIES
    with pytest.raises(ccxt.BaseError) as raised:
        client.private_post_order({"symbol": "ETHBTC"})
    return raised.type, wire.requests, str(raised.value)


def test_every_reason_has_its_answer() -> None:
    assert set(TABLE) == set(Reason)


@pytest.mark.parametrize("url", [OFFICIAL, GATE])
@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_raises_ccxts_usual_exception(reason: Reason, url: str) -> None:
    status, code, exception = TABLE[reason]
    text = 'Order rejected by policy: price_collar "0.05" is 7 % off (verdict 12ab)'
    answer = binance.refuse(Refusal(reason, text))
    body = json.loads(answer.body)
    assert (answer.status, body["code"]) == (status, code)
    assert body["msg"].startswith(text)
    raised, asked, shown = ask_ccxt(answer, url)
    assert raised is exception
    assert "price_collar" in shown
    assert asked == (1 + RETRIES if reason in MAY_BE_TRIED_AGAIN else 1)


@pytest.mark.parametrize("url", [OFFICIAL, GATE])
@pytest.mark.parametrize("code", list(CODES))
def test_each_code_of_its_own_raises_ccxts_usual_exception(code: int, url: str) -> None:
    answer = binance.refuse(Refusal(Reason.BAD_PARAMETER, "no", code))
    assert answer.status == 400
    raised, asked, _ = ask_ccxt(answer, url)
    assert raised is CODES[code]
    assert asked == 1


@given(st.text(st.characters(codec="utf-8")), st.sampled_from(Reason))
def test_any_text_can_be_refused_with(text: str, reason: Reason) -> None:
    answer = json.loads(binance.refuse(Refusal(reason, text)).body)
    assert answer["msg"].startswith(text)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b"{}", Verdict.DONE),
        (200, b'{"orderId":1}', Verdict.DONE),
        (200, b"[]", Verdict.DONE),
        (200, b"", Verdict.UNKNOWN),
        (200, b"<html>", Verdict.UNKNOWN),
        (200, b'"ok"', Verdict.UNKNOWN),
        (200, b'{"code":-1000,"msg":""}', Verdict.UNKNOWN),
        (200, b'{"orderId":1,"orderId":2}', Verdict.UNKNOWN),
        (400, b'{"code":-2010,"msg":"no"}', Verdict.REJECTED),
        (401, b'{"code":-2015,"msg":"no"}', Verdict.REJECTED),
        (400, b'{"code":-1021,"msg":"no"}', Verdict.REJECTED),
        (429, b"", Verdict.REJECTED),
        (418, b"<html>", Verdict.REJECTED),
        (429, b'{"code":-1003,"msg":"no"}', Verdict.REJECTED),
        (400, b'{"code":-1000,"msg":"?"}', Verdict.UNKNOWN),
        (400, b'{"code":-1001,"msg":"?"}', Verdict.UNKNOWN),
        (400, b'{"code":-1006,"msg":"?"}', Verdict.UNKNOWN),
        (400, b'{"code":-1007,"msg":"?"}', Verdict.UNKNOWN),
        (400, b"<html>", Verdict.UNKNOWN),
        (400, b"{}", Verdict.UNKNOWN),
        (400, b'{"code":"-2010"}', Verdict.UNKNOWN),
        (403, b'{"code":-2010,"msg":"no"}', Verdict.UNKNOWN),
        (408, b'{"code":-2010,"msg":"no"}', Verdict.UNKNOWN),
        (500, b'{"code":-2010,"msg":"no"}', Verdict.UNKNOWN),
        (503, b'{"code":-1001,"msg":"?"}', Verdict.UNKNOWN),
        (504, b"", Verdict.UNKNOWN),
        (302, b"{}", Verdict.UNKNOWN),
        (100, b"{}", Verdict.UNKNOWN),
    ],
)
def test_verdicts(status: int, body: bytes, verdict: Verdict) -> None:
    assert binance.judge(Response(status, body)) is verdict


def test_no_such_order() -> None:
    assert binance.says_no_such_order(Response(400, b'{"code":-2013,"msg":"no"}'))
    assert not binance.says_no_such_order(Response(400, b'{"code":-2011,"msg":"no"}'))
    assert not binance.says_no_such_order(Response(500, b'{"code":-2013,"msg":"no"}'))
    assert not binance.says_no_such_order(Response(200, b'{"code":-2013,"msg":"no"}'))
    assert not binance.says_no_such_order(Response(404, b"-2013"))


@given(st.integers(0, 999), st.binary())
def test_any_answer_can_be_judged(status: int, body: bytes) -> None:
    binance.judge(Response(status, body))
    binance.says_no_such_order(Response(status, body))


def test_client_order_ids_are_renamed_and_nothing_else() -> None:
    body = (
        b'[{"clientOrderId": "a", "price":0.10, "symbol":"a"},\n'
        b'{"x":{"origClientOrderId":"a","newClientOrderId":"b"},"listClientOrderId":"a",'
        b'"clientOrderId":"\\u0061"}]'
    )
    assert binance.rename_client_ids(body, {"a": 'bot"s'}) == (
        b'[{"clientOrderId": "bot\\"s", "price":0.10, "symbol":"a"},\n'
        b'{"x":{"origClientOrderId":"bot\\"s","newClientOrderId":"b"},"listClientOrderId":"a",'
        b'"clientOrderId":"bot\\"s"}]'
    )
    assert binance.rename_client_ids(body, {}) == body


def test_text_that_looks_like_a_client_order_id_is_left_alone() -> None:
    body = json.dumps({"msg": '"clientOrderId":"a"', 'x"clientOrderId': "a", "y": "\\"}).encode()
    assert binance.rename_client_ids(body, {"a": "b"}) == body


def renamed(tree: Any, names: dict[str, str]) -> Any:
    keys = ("clientOrderId", "origClientOrderId", "newClientOrderId")
    if isinstance(tree, list):
        return [renamed(leaf, names) for leaf in tree]
    if isinstance(tree, dict):
        return {
            key: names.get(leaf, leaf)
            if key in keys and isinstance(leaf, str)
            else renamed(leaf, names)
            for key, leaf in tree.items()
        }
    return tree


WORDS = st.sampled_from(["a", "b", 'c"', "d\\", '"clientOrderId":"a"', "\\", '"']) | st.text()
KEYS = st.sampled_from(["clientOrderId", "newClientOrderId", 'x"clientOrderId']) | WORDS


@given(
    st.recursive(
        st.none() | st.integers() | WORDS,
        lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
        max_leaves=20,
    ),
    st.booleans(),
)
def test_renaming_is_as_renaming_in_the_tree(tree: Any, is_compact: bool) -> None:
    names = {"a": "1", 'c"': 'q"', "d\\": "2"}
    body = json.dumps(tree, separators=(",", ":") if is_compact else None).encode()
    assert json.loads(binance.rename_client_ids(body, names)) == renamed(tree, names)
