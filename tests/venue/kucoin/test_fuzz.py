"""Whatever is sent to the KuCoin face, the answer is its own, is never a 500, and nothing is
harmed."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.venue.counter import NOW_MS
from tests.venue.kucoin.counter import PASSPHRASE, KucoinCounter
from tests.venue.nasty import JSON, NASTY
from tradelatch.venue.kucoin.names import id_of
from tradelatch.venue.kucoin.rest import PREFIX, TABLE

PLAUSIBLE: dict[str, tuple[str, ...]] = {
    "symbol": ("ETH-BTC", "VIN-BTC"),
    "symbols": ("ETH-BTC", "ETH-BTC,VIN-BTC"),
    "side": ("buy", "sell"),
    "type": ("limit", "market", "1min", "1hour", "trade", "PARENT_TO_SUB"),
    "price": ("0.06", "0.08", "0.07"),
    "size": ("1", "0.1", "5"),
    "funds": ("0.1",),
    "stop": ("loss", "entry"),
    "stopPrice": ("0.06", "0.08"),
    "timeInForce": ("GTC", "IOC", "FOK"),
    "postOnly": ("true", "false"),
    "stp": ("CN", "CO", "CB"),
    "clientOid": ("a", "b"),
    "orderId": (id_of(1), id_of(40), id_of(41)),
    "orderIds": (id_of(40), f"{id_of(40)},{id_of(41)}"),
    "status": ("active", "done"),
    "currentPage": ("1", "2"),
    "pageSize": ("10", "500"),
    "lastId": ("0", "40"),
    "limit": ("1", "100"),
    "startAt": (str(NOW_MS - 3_600_000), str(NOW_MS // 1_000 - 3_600)),
    "endAt": (str(NOW_MS), str(NOW_MS // 1_000)),
    "currency": ("BTC", "ETH"),
    "amount": ("0.1", "1"),
    "toAddress": ("outside",),
    "address": ("outside",),
    "accountId": ("0" * 24,),
    "toUserId": ("1", "3"),
    "tradeType": ("TRADE",),
}
NAMES = sorted(PLAUSIBLE)


class Fuzzed:
    """A counter with a loop of its own, for tests that hypothesis calls many times."""

    def __init__(self, runner: asyncio.Runner, counter: KucoinCounter) -> None:
        self._runner = runner
        self.counter = counter

    def run(self, coroutine: Any) -> Any:
        return self._runner.run(coroutine)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    async def opened() -> KucoinCounter:
        counter = KucoinCounter(tmp_path_factory.mktemp("fuzz"))
        await counter.open()
        return counter

    with asyncio.Runner() as runner:
        counter = runner.run(opened())
        yield Fuzzed(runner, counter)
        runner.run(counter.close())


def values(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters that look right, and in places do not."""
    right = {name: st.sampled_from(PLAUSIBLE[name]) for name in names}
    needed = {name: right.pop(name) for name in ("symbol", "side", "size", "price")}
    whole = st.fixed_dictionaries(needed, optional=right)
    wrong = st.dictionaries(
        st.sampled_from(names), st.one_of(st.sampled_from(NASTY), JSON), max_size=2
    )
    return st.builds(lambda first, second: {**first, **second}, whole, wrong)


def examples(count: int) -> settings:
    harmless = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=count, deadline=None, suppress_health_check=harmless)


def check(status: int, body: bytes, secret: str) -> None:
    """The answer is JSON in KuCoin's form and not a 500."""
    told = json.loads(body)
    assert status < 500, told
    assert secret not in body.decode()
    assert PASSPHRASE not in body.decode()
    assert told["code"].isdecimal(), told
    if "data" in told:
        assert (status, told["code"]) == (200, "200000")
    else:
        assert told["msg"].isprintable(), told


@examples(600)
@given(data=st.data())
def test_any_request_gets_an_answer_of_its_own(
    fuzzed: Fuzzed, capsys: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    method, path = data.draw(st.sampled_from(sorted(TABLE))).split(" ")
    given = data.draw(values(NAMES))
    for name in ("orderId", "clientOid", "accountId", "symbol", "currency"):
        path = path.replace(f"{{{name}}}", data.draw(st.sampled_from(PLAUSIBLE[name])))
    if method == "POST":
        query, body = b"", json.dumps(given).encode()
    else:
        pairs = ((name, str(one).encode("utf-8", "replace")) for name, one in given.items())
        query = "&".join(f"{name}={quote_from_bytes(one)}" for name, one in pairs).encode()
        body = b""
    status, answer = fuzzed.run(fuzzed.counter.knock(method, path, query, body))
    assert capsys.readouterr().err == ""
    check(status, answer, fuzzed.counter.secret)
    assert fuzzed.counter.violations == []


@examples(300)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "BREW"]),
    path=st.one_of(
        st.sampled_from([name.split(" ")[1] for name in TABLE]),
        st.text(max_size=30).map("/".__add__),
    ),
    query=st.binary(max_size=100),
    body=st.one_of(
        st.binary(max_size=100), st.sampled_from([b'{"a":' + b"9" * 6_000 + b"}", b"[" * 5_000])
    ),
    headers=st.dictionaries(
        st.sampled_from([b"kc-api-key", b"kc-api-sign", b"kc-api-timestamp", b"content-type"]),
        st.one_of(st.binary(max_size=40), st.just(b"application/json")),
    ),
)
def test_any_bytes_get_an_answer_of_its_own(
    fuzzed: Fuzzed,
    capsys: pytest.CaptureFixture[str],
    method: str,
    path: str,
    query: bytes,
    body: bytes,
    headers: dict[bytes, bytes],
) -> None:
    asked = fuzzed.counter.ask(method, PREFIX + path, query, body, headers)
    status, answer = fuzzed.run(asked)
    assert capsys.readouterr().err == ""
    check(status, answer, fuzzed.counter.secret)
