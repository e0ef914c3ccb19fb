"""What is not a bot's usual request, sent to a real gate as bytes."""

import hashlib
import hmac
import http.client
import json
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.house.stage import Stage

NOT_HTTP = b"Invalid HTTP request received."
"""What uvicorn answers, with status 400, to what it cannot parse."""
TIME = "/binance/api/v3/time"
ORDER = "/binance/api/v3/order"
BUY = {
    "symbol": "ETHBTC",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.2",
    "price": "0.0683",
}


class Wire:
    """Requests as bytes, from one bot."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.key = f"X-MBX-APIKEY: {stage.grant['id']}"

    def sign(self, **form: str) -> str:
        text = urlencode({**form, "timestamp": str(int(time.time() * 1000))})
        return f"{text}&signature={self.signature(text)}"

    def signature(self, text: str) -> str:
        secret = self._stage.grant["secret"].encode()
        return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()

    def send(self, data: bytes, answers: int = 1) -> list[tuple[int, bytes]]:
        """Status and body of each answer to what is sent over one connection."""
        with socket.create_connection(("127.0.0.1", self._stage.port), 10) as connection:
            connection.sendall(data)
            with connection.makefile("rb") as stream:
                return [_answer(_Unclosed(stream)) for _ in range(answers)]


class _Unclosed:
    """A stream that http.client may close as often as it likes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def makefile(self, mode: str) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return (lambda: None) if name in ("close", "flush") else getattr(self._stream, name)


def _answer(stream: Any) -> tuple[int, bytes]:
    answer = http.client.HTTPResponse(stream)
    answer.begin()
    return answer.status, answer.read()


@pytest.fixture(scope="module")
def wire(stage: Stage) -> Wire:
    return Wire(stage)


def head(method: str, target: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: gate", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def no_code(status: int, body: bytes) -> Any:
    return status, body


def code(status: int, body: bytes) -> tuple[int, int]:
    answer = json.loads(body)
    assert isinstance(answer["msg"], str)
    assert len(answer["msg"]) > 10
    assert answer.keys() == {"code", "msg"}
    return status, answer["code"]


UNKNOWN_PREFIX, NO_GRANT = (404, 404), (401, -2014)

NATIVE = {
    "no path": (head("GET", "/"), UNKNOWN_PREFIX),
    "no prefix": (head("GET", "/api/v3/time"), UNKNOWN_PREFIX),
    "another exchange": (head("GET", "/mtgox/0/public/Time"), UNKNOWN_PREFIX),
    "empty segment before": (head("GET", "/" + TIME), UNKNOWN_PREFIX),
    "encoded prefix": (head("GET", "/binanc%65/api/v3/time"), UNKNOWN_PREFIX),
    "prefix of a module": (head("GET", "/binance.signing/api/v3/time"), UNKNOWN_PREFIX),
    "asterisk": (head("OPTIONS", "*"), UNKNOWN_PREFIX),
    "absolute form": (head("GET", "http://api.binance.com/api/v3/time"), UNKNOWN_PREFIX),
    "prefix alone": (head("GET", "/binance"), NO_GRANT),
    "traversal": (head("GET", "/binance/../api/v3/time"), NO_GRANT),
    "traversal, encoded": (head("GET", "/binance/api/%2e%2e/v3/time"), NO_GRANT),
    "empty segment": (head("GET", "/binance//api/v3/time"), NO_GRANT),
    "encoded letter": (head("GET", "/binance/api/v3/tim%65"), NO_GRANT),
    "path parameter": (head("GET", TIME + ";x"), NO_GRANT),
    "wrong case": (head("GET", "/binance/API/v3/time"), NO_GRANT),
    "wrong method": (head("POST", TIME, "Content-Length: 0"), NO_GRANT),
    "OPTIONS": (head("OPTIONS", ORDER), NO_GRANT),
    "PATCH": (head("PATCH", ORDER), NO_GRANT),
    "TRACE": (head("TRACE", ORDER), NO_GRANT),
    "latin-1 key": (head("GET", "/binance/api/v3/account", "X-MBX-APIKEY: \xe9\xff"), NO_GRANT),
    "no such parameter": (head("GET", TIME + "?a=1"), (400, -1104)),
    "duplicate parameter": (
        head("GET", "/binance/api/v3/ticker/price?symbol=ETHBTC&symbol=VINBTC"),
        (400, -1100),
    ),
    "same parameter, encoded": (
        head("GET", "/binance/api/v3/ticker/price?symbol=ETHBTC&s%79mbol=VINBTC"),
        (400, -1100),
    ),
    "encoded value": (head("GET", "/binance/api/v3/ticker/price?symbol=%45THBTC"), (400, -1100)),
    "half an escape": (head("GET", "/binance/api/v3/ticker/price?symbol=%4"), (400, -1100)),
    "bad UTF-8": (head("GET", "/binance/api/v3/ticker/price?symbol=%ff"), (400, -1100)),
    "NUL, encoded": (head("GET", "/binance/api/v3/ticker/price?symbol=%00"), (400, -1100)),
    "many parameters": (head("GET", TIME + "?" + "a=1&" * 9_000), (400, -1100)),
    "body where none belongs": (
        head("GET", TIME, "Content-Length: 3", body=b"a=1"),
        (400, -1104),
    ),
    "binary body": (head("POST", ORDER, "Content-Length: 4", body=b"\0\xff=\n"), (400, -1100)),
    "JSON body": (head("POST", ORDER, "Content-Length: 8", body=b'{"a": 1}'), (400, -1100)),
    "many headers": (head("GET", TIME, *["a: b"] * 40_000), (413, -1101)),
    "long header": (head("GET", TIME, "a: " + "b" * 70_000), (413, -1101)),
    "body over the limit": (
        head("POST", ORDER, "Content-Length: 65537", body=b"a" * 65_537),
        (413, -1101),
    ),
    "body over the limit, announced": (
        head("POST", ORDER, "Content-Length: 99999999999", body=b"a" * 65_537),
        (413, -1101),
    ),
    "body over the limit, in chunks": (
        head("POST", ORDER, "Transfer-Encoding: chunked", body=b"10001\r\n" + b"a" * 65_537),
        (413, -1101),
    ),
}


@pytest.mark.parametrize("name", NATIVE)
def test_an_odd_request_is_refused_in_binances_form(wire: Wire, name: str) -> None:
    data, expected = NATIVE[name]
    ((status, body),) = wire.send(data)
    assert code(status, body) == expected


CHUNKS = b"0\r\n\r\n"
UNPARSABLE = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no such method": head("BREW", TIME),
    "method in small letters": head("get", TIME),
    "CONNECT": head("CONNECT", "api.binance.com:443"),
    "NUL": head("GET", TIME + "?a=\0"),
    "raw bytes": head("GET", TIME + "?a=\xff\xfe"),
    "line break in the path": b"GET /binance/\n HTTP/1.1\r\n\r\n",
    "query of 80 KB": head("GET", TIME + "?" + "a=1&" * 20_000),
    "two lengths": head("POST", ORDER, "Content-Length: 4", "Content-Length: 5", body=b"a=12345"),
    "negative length": head("POST", ORDER, "Content-Length: -1"),
    "length in words": head("POST", ORDER, "Content-Length: four"),
    "length and chunks": head(
        "POST", ORDER, "Content-Length: 5", "Transfer-Encoding: chunked", body=CHUNKS
    ),
    "chunks and length": head(
        "POST", ORDER, "Transfer-Encoding: chunked", "Content-Length: 5", body=CHUNKS
    ),
    "unknown coding": head("POST", ORDER, "Transfer-Encoding: xchunked", body=CHUNKS),
    "space before the colon": head("POST", ORDER, "Transfer-Encoding : chunked", body=CHUNKS),
    "folded header": head("GET", TIME, "X-MBX-APIKEY: a", " b"),
    "chunk of no size": head("POST", ORDER, "Transfer-Encoding: chunked", body=b"zz\r\n"),
}


@pytest.mark.parametrize("name", UNPARSABLE)
def test_what_is_no_http_is_refused_and_nothing_behind_it_is_read(wire: Wire, name: str) -> None:
    smuggled = head("GET", TIME)
    with socket.create_connection(("127.0.0.1", wire._stage.port), 10) as connection:
        connection.sendall(UNPARSABLE[name] + smuggled)
        with connection.makefile("rb") as stream:
            received = stream.read()
    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.endswith(NOT_HTTP)
    assert received.count(b"HTTP/1.1") == 1


def unsigned(wire: Wire) -> bytes:
    return head("POST", f"{ORDER}?{urlencode(BUY)}", wire.key)


def signature_first(wire: Wire) -> bytes:
    text = urlencode({**BUY, "timestamp": int(time.time() * 1000)})
    return head("POST", f"{ORDER}?signature={wire.signature(text)}&{text}", wire.key)


def signature_in_header(wire: Wire) -> bytes:
    text, signature = wire.sign(**BUY).rsplit("&signature=", 1)
    return head("POST", f"{ORDER}?{text}", wire.key, f"signature: {signature}")


def signature_of_another_body(wire: Wire) -> bytes:
    body = wire.sign(**BUY).replace("quantity=0.2", "quantity=0.3").encode()
    return head("POST", ORDER, wire.key, f"Content-Length: {len(body)}", body=body)


def signature_twice(wire: Wire) -> bytes:
    text = wire.sign(**BUY)
    return head("POST", f"{ORDER}?{text}&{text.rsplit('&', 1)[1]}", wire.key)


def signature_of_something_else(wire: Wire) -> bytes:
    return head("POST", f"{ORDER}?{wire.sign(**BUY)}é", wire.key)


def key_twice(wire: Wire) -> bytes:
    return head("POST", f"{ORDER}?{wire.sign(**BUY)}", wire.key, wire.key)


def no_key(wire: Wire) -> bytes:
    return head("POST", f"{ORDER}?{wire.sign(**BUY)}")


def key_in_query(wire: Wire) -> bytes:
    query = wire.sign(**BUY, **{"X-MBX-APIKEY": wire.key.split()[1]})
    return head("POST", f"{ORDER}?{query}")


def parameter_in_both(wire: Wire) -> bytes:
    body = wire.sign(**BUY).encode()
    length = f"Content-Length: {len(body)}"
    return head("POST", f"{ORDER}?quantity=0.2", wire.key, length, body=body)


def old(wire: Wire) -> bytes:
    text = urlencode({**BUY, "timestamp": int(time.time() * 1000) - 70_000})
    return head("POST", f"{ORDER}?{text}&signature={wire.signature(text)}", wire.key)


@pytest.mark.parametrize(
    ("request_of", "expected"),
    [
        (unsigned, (400, -1102)),
        (signature_first, (400, -1022)),
        (signature_in_header, (400, -1102)),
        (signature_of_another_body, (400, -1022)),
        (signature_twice, (400, -1100)),
        (key_twice, NO_GRANT),
        (no_key, NO_GRANT),
        (key_in_query, NO_GRANT),
        (parameter_in_both, (400, -1100)),
        (old, (400, -1021)),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_an_order_that_is_not_signed_as_it_should_is_refused(
    wire: Wire, stage: Stage, request_of: Callable[[Wire], bytes], expected: tuple[int, int]
) -> None:
    before = len(stage.records("Allowed"))
    ((status, body),) = wire.send(request_of(wire))
    assert code(status, body) == expected
    assert len(stage.records("Allowed")) == before


def in_query(text: str) -> dict[str, Any]:
    return {"target": f"{ORDER}?{text}"}


def in_body(text: str) -> dict[str, Any]:
    return {"headers": [f"Content-Length: {len(text)}"], "body": text.encode()}


def in_chunks(text: str) -> dict[str, Any]:
    pieces = [text[:7], text[7:50], text[50:]]
    body = "".join(f"{len(piece):x}\r\n{piece}\r\n" for piece in [*pieces, ""])
    return {"headers": ["Transfer-Encoding: chunked"], "body": body.encode()}


@pytest.mark.parametrize("put", [in_query, in_body, in_chunks])
def test_an_order_is_placed_wherever_its_parameters_are(
    wire: Wire, put: Callable[[str], dict[str, Any]]
) -> None:
    parts = put(wire.sign(**BUY))
    headers, body = parts.get("headers", []), parts.get("body", b"")
    ((status, answer),) = wire.send(
        head("POST", parts.get("target", ORDER), wire.key, *headers, body=body)
    )
    placed = json.loads(answer)
    assert (status, placed["status"]) == (200, "NEW")
    cancel = wire.sign(symbol="ETHBTC", orderId=str(placed["orderId"]))
    ((status, _),) = wire.send(head("DELETE", f"{ORDER}?{cancel}", wire.key))
    assert status == 200


def test_pipelined_requests_are_answered_in_order(wire: Wire) -> None:
    data = head("GET", TIME) + head("GET", TIME + "?a=1") + head("GET", "/binance/api/v3/ping")
    answers = wire.send(data, answers=3)
    assert [status for status, _ in answers] == [200, 400, 200]
    assert json.loads(answers[2][1]) == {}


def test_head_is_refused_without_a_body(wire: Wire) -> None:
    with socket.create_connection(("127.0.0.1", wire._stage.port), 10) as connection:
        connection.sendall(head("HEAD", TIME, "Connection: close"))
        with connection.makefile("rb") as stream:
            received = stream.read()
    assert received.startswith(b"HTTP/1.1 401 ")
    assert received.endswith(b"\r\n\r\n")


def test_a_bot_that_hangs_up_in_its_request_places_nothing(wire: Wire, stage: Stage) -> None:
    before = len(stage.records("Allowed"))
    text = wire.sign(**BUY)
    request = head("POST", f"{ORDER}?{text}", wire.key, "Content-Length: 9", body=b"a")
    with socket.create_connection(("127.0.0.1", stage.port), 10) as connection:
        connection.sendall(request)
    ((status, _),) = wire.send(head("GET", TIME))
    assert status == 200
    assert len(stage.records("Allowed")) == before


# Everything that a line of HTTP may hold, and what Binance gives a meaning to.
_piece = st.sampled_from(
    [*BUY, *BUY.values(), *"&=%?#/;:+.,~[]{}()'\"\\|^`<> ", "signature", "\xff"]
)
_text = st.lists(_piece | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"))).map(
    "".join
)


@settings(max_examples=150)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS"]),
    path=st.sampled_from(["/api/v3/order", "/api/v3/account", "/sapi/v1/x", "/fapi/v1/order", "/"]),
    query=_text,
    header=_text.map(str.strip),
    body=_text.map(lambda text: text.encode("latin-1")) | st.binary(),
    is_signed=st.booleans(),
)
def test_whatever_is_sent_the_answer_is_binances_or_a_plain_400(
    wire: Wire, method: str, path: str, query: str, header: str, body: bytes, is_signed: bool
) -> None:
    headers = [wire.key] if is_signed else [f"X-MBX-APIKEY: {header}"]
    if is_signed:
        query += f"&signature={wire.signature(query)}"
    request = head(
        method, f"/binance{path}?{query}", *headers, f"Content-Length: {len(body)}", body=body
    )
    ((status, answer),) = wire.send(request)
    assert 400 <= status < 500
    assert answer == NOT_HTTP or code(status, answer)


def test_everybody_is_still_there_and_the_journal_verifies(wire: Wire, stage: Stage) -> None:
    stage.check_alive()
    assert stage.house.gate.said().count("\n") == 1
