"""Recorded requests of Coinbase's clients, as they would have been sent to Coinbase itself."""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tradelatch.venue.coinbase.call import Query
from tradelatch.venue.coinbase.errors import Denied
from tradelatch.venue.coinbase.routes import Routes
from tradelatch.venue.coinbase.signing import authenticate, read_token
from tradelatch.venue.coinbase.table import TABLE
from tradelatch.venue.coinbase.terms import NewOrder
from tradelatch.venue.engine.api_keys import ApiKey, Right

pytestmark = pytest.mark.recorded
_FUTURES = "/api/v3/brokerage/cfm/"
_NOT_COINBASES = {
    *("stopLoss", "takeProfit", "trailingPercent", "trailingAmount", "trailingTriggerPrice"),
    *("icebergAmount", "hedged", "hf"),
}
"""What ccxt passes on of its own words; Coinbase has no such fields, and they are refused."""
Recorded = tuple[str, dict[str, Any]]
"""Whose credential signed, and the request."""


@pytest.fixture(scope="module")
def requests(recorded_data: Path) -> list[Recorded]:
    """Those of ccxt, signed by two, and those of Coinbase's own library."""
    folder = recorded_data / "exchange-requests"
    cases = json.loads((folder / "ccxt" / "coinbase.json").read_text())["cases"]
    found = [(who, case[who]) for case in cases for who in ("A", "B")]
    library = json.loads((folder / "sdk" / "requests.json").read_text())["coinbase-advanced-py"]
    return found + [("A", call["req"]) for call in library["calls"]]


@pytest.fixture(scope="module")
def keys(recorded_data: Path) -> dict[str, ApiKey]:
    """The public keys that belong to the two credentials, by who has them."""
    told = json.loads((recorded_data / "exchange-requests" / "credentials.json").read_text())
    return {who: _key(told["coinbase"][who]["apiKey"], who) for who in ("A", "B")}


def _key(name: str, who: str) -> ApiKey:
    number = int.from_bytes(hashlib.sha256(b"ec" + who.encode()).digest()) % 2**255
    public = derive_private_key(number, SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()
    return ApiKey(name, "trader", frozenset({Right.READ}), 0, public=point)


def test_every_signature_is_good_and_nobody_else_s(
    requests: list[Recorded], keys: dict[str, ApiKey]
) -> None:
    assert len(requests) > 200
    for who, request in requests:
        token = read_token(request["headers"]["Authorization"].encode())
        assert token is not None
        path, now = urlsplit(request["url"]).path, token.claims.nbf * 1_000
        mine, target = keys[who], f"api.coinbase.com{path}"
        others = keys["B" if who == "A" else "A"].public
        thief = ApiKey(mine.id, "thief", mine.rights, 0, public=others)
        assert authenticate({mine.id: mine}, token, request["method"], {target}, now) is mine
        for known, method, targets, at in (
            ({mine.id: thief}, request["method"], {target}, now),
            ({mine.id: mine}, "PUT", {target}, now),
            ({mine.id: mine}, request["method"], {f"{target}/x"}, now),
            ({mine.id: mine}, request["method"], {target}, now + 120_000),
        ):
            with pytest.raises(Denied):
                authenticate(known, token, method, targets, at)


def test_every_request_is_one_that_is_known_here(requests: list[Recorded]) -> None:
    """But those about futures. An order's configuration may still be one that is not had."""
    routes = Routes(TABLE)
    for _, request in requests:
        url = urlsplit(request["url"])
        if url.path.startswith(_FUTURES):
            continue
        route = routes.find(request["method"], url.path)
        Query(url.query.encode(), route.endpoint.names)
        if url.path.endswith("/brokerage/orders"):
            body = json.loads(request["body"])
            strange = body.keys() - set(NewOrder.__struct_fields__)
            assert strange <= _NOT_COINBASES
            order = msgspec.convert({n: body[n] for n in body.keys() - strange}, NewOrder)
            assert len(order.order_configuration) == 1
