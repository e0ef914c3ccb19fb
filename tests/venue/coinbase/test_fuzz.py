"""Whatever is sent to the Coinbase face, the answer is Coinbase's own and never a 500, and nothing
is harmed."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.venue.coinbase.desk import CloudKey, public_pem
from tests.venue.counter import NOW_MS, Counter
from tests.venue.nasty import JSON, NASTY
from tradelatch.venue.coinbase.table import TABLE

ENDPOINTS = sorted(TABLE)
FIRST, SECOND = "0d0e2000-0000-4000-8000-000000000001", "0d0e2000-0000-4000-8000-000000000037"
MINE, OTHER = "f0110000-0000-4000-8000-000000000003", "f0110000-0000-4000-8000-000000000004"
_limit = {"base_size": "1", "limit_price": "0.07"}
_stop = {**_limit, "stop_price": "0.06", "stop_direction": "STOP_DIRECTION_STOP_DOWN"}
_order = {"client_order_id": "a", "product_id": "ETH-BTC", "side": "SELL"}
BODIES: tuple[dict[str, Any], ...] = (
    {**_order, "order_configuration": {"limit_limit_gtc": {**_limit, "post_only": True}}},
    {**_order, "order_configuration": {"sor_limit_ioc": _limit}},
    {**_order, "order_configuration": {"stop_limit_stop_limit_gtc": _stop}},
    {**_order, "side": "BUY", "order_configuration": {"market_market_ioc": {"quote_size": "1"}}},
    {"order_ids": [SECOND, FIRST]},
    {"order_id": SECOND, "size": "0.5", "price": "0.07"},
    {"type": "send", "to": "outside", "amount": "0.1", "currency": "BTC", "idem": "a"},
    {
        "funds": {"value": "0.1", "currency": "BTC"},
        "source_portfolio_uuid": MINE,
        "target_portfolio_uuid": OTHER,
    },
)
LIKELY = (
    *("ETH-BTC", "VIN-BTC", "ETH", "BTC", FIRST, SECOND, "acc00000-0000-4000-8000-000000030001"),
    *("1", "2", "100", str(NOW_MS // 1_000), "2026-01-31T00:00:00Z", "2026-01-31", "ONE_HOUR"),
    *("OPEN", "FILLED", "SPOT", "FUTURE", "LIMIT", "BUY", "a", "b"),
)
_LONGEST = 500
"""Of what stands in a path; a token is for a path of no more than some thousands."""
_words = st.one_of(st.sampled_from(LIKELY), st.sampled_from(NASTY), st.text(max_size=20))


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    """One that could be meant, with up to two of its values replaced."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.one_of(st.binary(max_size=50), JSON.map(json.dumps).map(str.encode)))
    body = json.loads(json.dumps(draw(st.sampled_from(BODIES))))
    for _ in range(draw(st.integers(0, 2))):
        place = body
        while True:
            name = draw(st.sampled_from([*sorted(place), "x"]))
            inner = place.get(name)
            if not isinstance(inner, dict) or not inner or draw(st.booleans()):
                break
            place = inner
        place[name] = draw(st.one_of(_words, JSON))
    return json.dumps(body).encode()


class Fuzzed:
    """A counter with a loop of its own, and a key of Coinbase's kind."""

    def __init__(self, runner: asyncio.Runner, counter: Counter, key: CloudKey) -> None:
        self._runner = runner
        self.counter = counter
        self._key = key

    def ask(self, method: str, path: str, query: bytes, body: bytes) -> tuple[int, bytes]:
        target = f"/coinbase{path}"
        token = self._key.token(f"{method} here{target}", NOW_MS // 1_000)
        headers = {b"authorization": f"Bearer {token}".encode(), b"host": b"here"}
        return self._runner.run(self.counter.ask(method, target, query, body, headers))


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    private = generate_private_key(SECP256R1())

    async def opened() -> tuple[Counter, CloudKey]:
        counter = Counter(tmp_path_factory.mktemp("fuzz"))
        await counter.open()
        await counter.admin("accounts", {"account": "other", "owner": "fuzz"})
        rights = ["read", "trade", "transfer", "withdraw"]
        wanted = {"account": "fuzz", "rights": rights, "public_key": public_pem(private)}
        return counter, CloudKey((await counter.admin("keys", wanted))[1]["key"], private)

    with asyncio.Runner() as runner:
        counter, key = runner.run(opened())
        yield Fuzzed(runner, counter, key)
        runner.run(counter.close())


@settings(
    max_examples=1_500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_request_gets_a_native_answer(
    fuzzed: Fuzzed, capsys: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    method, template = data.draw(st.sampled_from(ENDPOINTS))
    parts = [
        quote(data.draw(_words)[:_LONGEST], safe="") if part.startswith("{") else part
        for part in template.split("/")
    ]
    names = st.sampled_from(sorted(TABLE[method, template].names) or ["x"])
    pairs = data.draw(st.lists(st.tuples(names, _words), max_size=5))
    query = data.draw(st.one_of(st.just(urlencode(pairs).encode()), st.binary(max_size=20)))
    body = data.draw(_bodies()) if method == "POST" else b""
    status, answer = fuzzed.ask(method, "/".join(parts), query, body)
    assert capsys.readouterr().err == ""
    check(status, answer)
    assert fuzzed.counter.violations == []


def check(status: int, body: bytes) -> None:
    told = json.loads(body)
    assert status < 500, told
    assert status != 401
    if status < 400:
        return
    if "errors" in told:
        assert set(told["errors"][0]) == {"id", "message"}
        return
    assert set(told) == {"error", "error_details", "message"}
    assert told["message"].isprintable(), told
