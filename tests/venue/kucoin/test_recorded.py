"""Recorded requests of KuCoin's clients, ccxt and python-kucoin, as they would have been sent to
KuCoin itself."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.venue.counter import NOW_MS
from tests.venue.kucoin.counter import KucoinCounter
from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.engine.api_keys import ApiKey, Right
from tradelatch.venue.engine.commands import ListMarket
from tradelatch.venue.engine.listing import WIDE, Listing
from tradelatch.venue.engine.units import SCALE, from_units
from tradelatch.venue.kucoin.endpoint import Call, Routes
from tradelatch.venue.kucoin.refusals import Declined
from tradelatch.venue.kucoin.rest import TABLE
from tradelatch.venue.kucoin.signing import verify
from tradelatch.venue.kucoin.terms import read_order, read_stop_order
from tradelatch.venue.kucoin.values import read

pytestmark = pytest.mark.recorded
_SPOT = "api.kucoin.com"
_NOT_HERE = ("/api/v3/hf/margin/", "/api/v1/accounts/ledgers")
Recorded = tuple[str, dict[str, Any]]
"""Whose credential signed, and the request."""


@pytest.fixture(scope="module")
def requests(recorded_data: Path) -> list[Recorded]:
    """Those of ccxt, signed by two, and those of python-kucoin."""
    folder = recorded_data / "exchange-requests"
    cases = json.loads((folder / "ccxt" / "kucoin.json").read_text())["cases"]
    found = [(who, case[who]) for case in cases for who in ("A", "B")]
    library = json.loads((folder / "sdk" / "requests.json").read_text())["python-kucoin"]
    return found + [("A", call["req"]) for call in library["calls"]]


@pytest.fixture(scope="module")
def keys(recorded_data: Path) -> dict[str, ApiKey]:
    """The keys of the two credentials, by who has them."""
    told = json.loads((recorded_data / "exchange-requests" / "credentials.json").read_text())
    return {who: _key(told["kucoin"][who], who) for who in ("A", "B")}


def _key(told: dict[str, str], account: str) -> ApiKey:
    return _made(told["apiKey"], account, told["secret"], told["password"])


def _made(name: str, account: str, secret: str, passphrase: str) -> ApiKey:
    rights = frozenset({Right.READ})
    return ApiKey(name, account, rights, 0, secret=secret, passphrase=passphrase)


def _parts(request: dict[str, Any]) -> tuple[dict[bytes, bytes], str, bytes, bytes]:
    """Headers, method, target and body."""
    headers = {name.lower().encode(): word.encode() for name, word in request["headers"].items()}
    url = urlsplit(request["url"])
    target = url.path + (f"?{url.query}" if url.query else "")
    return headers, request["method"], target.encode(), (request["body"] or "").encode()


def test_every_signature_is_good_and_nobody_else_s(
    requests: list[Recorded], keys: dict[str, ApiKey]
) -> None:
    seen = 0
    for who, request in requests:
        headers, method, target, body = _parts(request)
        if b"kc-api-key" not in headers:
            continue
        seen += 1
        mine, other = keys[who], keys["B" if who == "A" else "A"]
        now = int(headers[b"kc-api-timestamp"])
        known = {mine.id: mine}
        stolen = {mine.id: _made(mine.id, "thief", other.secret, mine.passphrase)}
        assert verify(known, headers, method, target, body, now) is mine
        for found, verb, where, what, at in (
            ({}, method, target, body, now),
            (stolen, method, target, body, now),
            (known, "PUT", target, body, now),
            (known, method, target + b"x", body, now),
            (known, method, target, body + b" ", now),
            (known, method, target, body, now + 5_001),
        ):
            with pytest.raises(Declined):
                verify(found, headers, verb, where, what, at)
    assert seen > 150


def test_every_request_of_spot_is_one_that_is_known_here(requests: list[Recorded]) -> None:
    routes, seen = Routes(TABLE), 0
    for _, request in requests:
        url = urlsplit(request["url"])
        if url.netloc != _SPOT or url.path.startswith(_NOT_HERE):
            continue
        headers, method, _, body = _parts(request)
        assert routes.find(method, url.path) is not None, (method, url.path)
        read(url.query.encode(), body, headers.get(b"content-type", b""))
        seen += 1
    assert seen > 40


async def test_orders_are_read_as_they_were_meant(recorded_data: Path, tmp_path: Path) -> None:
    """By the recording's own truth. Where that is a cost and the bytes say a quantity, the bytes
    count."""
    folder = recorded_data / "exchange-requests" / "ccxt"
    cases = json.loads((folder / "kucoin.json").read_text())["cases"]
    readers = {"/api/v1/orders": read_order, "/api/v1/stop-order": read_stop_order}
    counter = KucoinCounter(tmp_path)
    await counter.open()
    seen = 0
    for case in cases:
        url, truth = urlsplit(case["A"]["url"]), case["truth"]
        if url.netloc != _SPOT or case["category"] != "createOrder" or url.path not in readers:
            continue
        base, quote = truth["symbol"].split("/")
        if base + quote not in counter.house.engine.markets:
            counter.house.submit(ListMarket(NOW_MS, _listing(base, quote)))
        headers, _, _, body = _parts(case["A"])
        values = read(b"", body, headers[b"content-type"])
        parameters = Parameters(values, frozenset(values))
        key = counter.house.engine.keys[counter.key]
        order = readers[url.path](Call(counter.house, None, parameters, NOW_MS, key))
        listing = counter.house.engine.markets[order.market].listing
        assert order.market == base + quote
        assert order.side == truth["side"].upper()
        assert order.type.has_limit is (truth["type"] == "limit")
        assert order.type.waits is (url.path == "/api/v1/stop-order")
        assert from_units(order.lots * listing.lot) == Decimal(str(truth["amount"]))
        assert from_units(order.ticks * listing.tick) == Decimal(str(truth.get("price") or 0))
        assert order.client_id == values["clientOid"]
        seen += 1
    await counter.close()
    assert seen > 20


def _listing(base: str, quote: str) -> Listing:
    return Listing(base, quote, SCALE // 100, 1, SCALE // 10, WIDE, WIDE)
