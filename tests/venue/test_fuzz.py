"""Whatever is sent to any door, the answer is native, is never a 500, and nothing is harmed.

`make soak` goes on by coverage (`fuzz_requests.py`)."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.venue.counter import Counter, check
from tests.venue.nasty import JSON, NASTY, PLAUSIBLE, requests
from tradelatch.venue.api.methods import METHODS
from tradelatch.venue.api.rest import TABLE

ENDPOINTS = sorted(TABLE)


def examples(count: int) -> settings:
    """So many, however long each takes; the venue is the same for all of them."""
    harmless = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=count, deadline=None, suppress_health_check=harmless)


class Fuzzed:
    """A counter with a loop of its own, for tests that hypothesis calls many times."""

    def __init__(self, runner: asyncio.Runner, counter: Counter) -> None:
        self._runner = runner
        self.counter = counter

    def run(self, coroutine: Any) -> Any:
        return self._runner.run(coroutine)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    async def opened() -> Counter:
        counter = Counter(tmp_path_factory.mktemp("fuzz"))
        await counter.open()
        return counter

    with asyncio.Runner() as runner:
        counter = runner.run(opened())
        yield Fuzzed(runner, counter)
        runner.run(counter.close())


@examples(1_500)
@given(data=st.data())
def test_any_request_gets_a_native_answer(
    fuzzed: Fuzzed, capsys: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    method, path = data.draw(st.sampled_from(ENDPOINTS))
    query, body = data.draw(requests(path, TABLE[method, path].names))
    counter = fuzzed.counter
    if TABLE[method, path].right and data.draw(st.integers(0, 9)):
        signed = b"signature=" + counter.sign(query + body)
        query = query + b"&" + signed if query else signed
    headers = {b"x-mbx-apikey": counter.key.encode()}
    status, answer = fuzzed.run(counter.ask(method, path, query, body, headers))
    assert capsys.readouterr().err == ""
    check(status, answer, counter.secret)
    assert counter.violations == []


@examples(300)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "BREW"]),
    path=st.one_of(
        st.sampled_from([path for _, path in ENDPOINTS]), st.text(max_size=30).map("/".__add__)
    ),
    query=st.binary(max_size=200),
    body=st.binary(max_size=200),
    headers=st.dictionaries(
        st.sampled_from([b"x-mbx-apikey", b"x-mbx-time-unit", b"content-type", b"authorization"]),
        st.binary(max_size=70),
    ),
)
def test_any_bytes_get_a_native_answer(
    fuzzed: Fuzzed,
    capsys: pytest.CaptureFixture[str],
    method: str,
    path: str,
    query: bytes,
    body: bytes,
    headers: dict[bytes, bytes],
) -> None:
    if path.startswith("/admin"):
        return
    status, answer = fuzzed.run(fuzzed.counter.ask(method, path, query, body, headers))
    assert capsys.readouterr().err == ""
    check(status, answer, fuzzed.counter.secret)


def _bodies() -> st.SearchStrategy[dict[str, Any]]:
    fields = "account owner balances key rights public_key addresses symbols label third_party"
    words = [*fields.split(), "expires", "frozen", "asset", "amount", "without", "still"]
    likely = st.sampled_from(["fuzz", "other", "BTC", ["read"], ["10.0.0.0/8"], {"BTC": "1"}, 0])
    return st.dictionaries(st.sampled_from(words), st.one_of(likely, JSON), max_size=5)


ADMIN = "accounts keys revoke freeze key-rules deposits valuation still"


@examples(500)
@given(path=st.sampled_from(ADMIN.split()), body=st.one_of(_bodies(), JSON))
def test_any_admin_request_gets_one_sentence(
    fuzzed: Fuzzed, capsys: pytest.CaptureFixture[str], path: str, body: Any
) -> None:
    if isinstance(body, dict) and "fuzz" in body.values() and path in ("freeze", "revoke"):
        return  # the account has to be able to trade in the tests beside this one
    status, answer = fuzzed.run(fuzzed.counter.admin(path, body))
    assert capsys.readouterr().err == ""
    assert status in (200, 400)
    if status == 400:
        assert set(answer) == {"error"}
        assert "\n" not in answer["error"]
    assert fuzzed.counter.violations == []


def _calls(counter: Counter) -> st.SearchStrategy[Any]:
    names = sorted(PLAUSIBLE)
    own = ["session.logon", "session.status", "userDataStream.subscribe", "userDataStream.x"]
    value = st.one_of(
        st.sampled_from([word for words in PLAUSIBLE.values() for word in words]),
        st.sampled_from(NASTY),
        JSON,
    )
    parameters = st.dictionaries(st.sampled_from(names), value, max_size=8)
    call = st.fixed_dictionaries(
        {
            "id": st.one_of(st.integers(), st.text(max_size=40), st.none(), JSON),
            "method": st.one_of(st.sampled_from([*METHODS, *own]), st.text(max_size=20)),
        },
        optional={"params": st.one_of(parameters, parameters.map(_signed(counter)), JSON)},
    )
    return st.one_of(call, call, call, JSON)


def _signed(counter: Counter) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def sign(given: dict[str, Any]) -> dict[str, Any]:
        told = {**given, "timestamp": PLAUSIBLE["timestamp"][0], "apiKey": counter.key}
        pairs = sorted((name, value) for name, value in told.items())
        payload = "&".join(f"{name}={value}" for name, value in pairs)
        return {**told, "signature": counter.sign(payload.encode(errors="replace")).decode()}

    return sign


@examples(300)
@given(data=st.data())
def test_any_message_to_the_websocket_api_gets_a_native_answer(
    fuzzed: Fuzzed, capsys: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    messages = data.draw(st.lists(_calls(fuzzed.counter), min_size=1, max_size=3))
    texts = [json.dumps(message) for message in messages]
    sent = fuzzed.run(fuzzed.counter.talk("/ws-api/v3", [_text(text) for text in texts]))
    assert capsys.readouterr().err == ""
    answers = [json.loads(one["text"]) for one in sent if one["type"] == "websocket.send"]
    answers = [answer for answer in answers if "status" in answer]
    for answer in answers:
        assert answer["status"] < 500
        assert fuzzed.counter.secret not in json.dumps(answer)
        assert ("error" in answer) is (answer["status"] != 200)
    assert fuzzed.counter.violations == []


@examples(200)
@given(
    path=st.sampled_from(["/ws", "/stream", "/ws/ethbtc@trade", "/ws-api/v3", "/elsewhere"]),
    messages=st.lists(
        st.one_of(
            st.text(max_size=60).map(lambda text: _text(text)),
            st.binary(max_size=60).map(lambda data: {"type": "websocket.receive", "bytes": data}),
            JSON.map(lambda tree: _text(json.dumps(tree))),
            st.tuples(st.sampled_from(["SUBSCRIBE", "UNSUBSCRIBE", "SET_PROPERTY"]), JSON).map(
                lambda call: _text(json.dumps({"method": call[0], "params": call[1], "id": 1}))
            ),
        ),
        max_size=4,
    ),
)
def test_any_message_to_any_websocket_does_no_harm(
    fuzzed: Fuzzed,
    capsys: pytest.CaptureFixture[str],
    path: str,
    messages: list[dict[str, Any]],
) -> None:
    sent = fuzzed.run(fuzzed.counter.talk(path, messages))
    assert capsys.readouterr().err == ""
    for one in sent:
        if one["type"] == "websocket.send":
            json.loads(one["text"])


@pytest.mark.soak
def test_a_fuzzer_that_follows_coverage_finds_nothing(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this machine")
    command = [sys.executable, "-m", "tests.venue.fuzz_requests", "-runs=1000000", "-seed=1"]
    done = subprocess.run(
        [*command, f"-artifact_prefix={tmp_path}/", "-max_len=600"],
        capture_output=True,
        text=True,
        timeout=3_600,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    assert "Done 1000000 runs" in done.stderr


def _text(text: str) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": text, "bytes": None}
