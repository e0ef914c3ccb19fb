"""The page that says what a grant may ask of Binance, row by row."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tradelatch.exchanges import binance
from tradelatch.exchanges.binance.calls import METHODS
from tradelatch.exchanges.binance.endpoints import ENDPOINTS
from tradelatch.exchanges.kit.endpoints import Kind
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import ManageKeys, MoveFunds, Unknown

PAGE = Path(__file__).parents[3] / "docs" / "endpoints.md"
KINDS = {
    "market data": {Kind.MARKET},
    "read": {Kind.ACCOUNT},
    "order": {Kind.PLACE},
    "order, judged and sent as a test": {Kind.TEST},
    "cancel and order": {Kind.REPLACE},
    "two orders": {Kind.PAIR},
    "two orders, written in the newer form": {Kind.PAIR},
    "cancel": {Kind.CANCEL},
    "cancel of both orders of a list": {Kind.CANCEL_LIST},
    "cancel of all orders of a market": {Kind.CANCEL_ALL},
    "amendment: to less, see below": {Kind.AMEND},
    "user data": {Kind.FOLLOW, Kind.UNFOLLOW},
}


class Row(NamedTuple):
    """One row of the page's first table; the first two are empty where there is none."""

    method: str
    path: str
    call: str
    becomes: str


def rows() -> list[Row]:
    table = re.findall(r"^\| (?:`(\w+) (\S+)` )?\| `(\S+)` \| (.+) \|$", PAGE.read_text(), re.M)
    return [Row(*found) for found in table]


LET_THROUGH = [row for row in rows() if not row.becomes.startswith("denied")]
DENIED = [row for row in rows() if row.becomes.startswith("denied")]


def test_the_page_has_every_endpoint_and_every_method_once() -> None:
    told = [(row.method, row.path) for row in rows() if row.path]
    listed = {target for target in ENDPOINTS if target[1].startswith("/api/")}
    assert len(told) == len(set(told))
    assert listed <= set(told)
    assert {row.call for row in LET_THROUGH} == METHODS.keys()
    assert (len(LET_THROUGH), len(DENIED)) == (44, 11)


@pytest.mark.parametrize("row", LET_THROUGH, ids=lambda row: row.call)
def test_what_is_let_through_is_what_the_page_calls_it(row: Row) -> None:
    method, path = METHODS[row.call]
    assert ENDPOINTS[method, path].kind in KINDS[row.becomes]
    if row.path:
        assert (method, path) == (row.method, row.path)


def test_a_call_and_a_request_with_the_same_words_mean_the_same() -> None:
    words = {
        "symbol": "ETHBTC", "orderId": "7", "orderListId": "3", "newQty": "1.5", "limit": "5",
        "interval": "1h", "quantity": "2", "price": "0.07", "side": "SELL", "type": "LIMIT",
        "timeInForce": "GTC", "stopPrice": "0.06", "aboveType": "LIMIT_MAKER", "abovePrice": "0.08",
        "belowType": "STOP_LOSS", "belowStopPrice": "0.06", "cancelReplaceMode": "ALLOW_FAILURE",
        "cancelOrderId": "7",
    }  # fmt: skip
    unwanted = {Kind.PLACE: {"stopPrice"}, Kind.TEST: {"stopPrice"}, Kind.REPLACE: {"stopPrice"}}
    unwanted[Kind.PAIR] = {"timeInForce", "type"}
    for row in (row for row in LET_THROUGH if row.path):
        endpoint = ENDPOINTS[row.method, row.path]
        names = [n for n in endpoint.parameters if n not in unwanted.get(endpoint.kind, ())]
        form = {name: words[name] for name in names if name in words}
        query = "&".join(f"{name}={value}" for name, value in form.items())
        message = json.dumps({"id": 1, "method": row.call, "params": form}).encode()
        by_rest = Request(row.method, "binance", row.path, query, ())
        by_call = Request("CALL", "binance", "/ws-api/v3", "", (), message)
        assert binance.read(by_rest) == binance.read(by_call), row


@pytest.mark.parametrize("row", DENIED, ids=lambda row: row.call)
def test_what_is_denied_is_denied_by_either_way(row: Row) -> None:
    assert ":" in row.becomes or row.becomes.startswith("denied, as "), "a reason stands there"
    if row.path:
        (intent,) = binance.read(Request(row.method, "binance", row.path, "symbol=ETHBTC", ()))
        assert isinstance(intent, Unknown | MoveFunds | ManageKeys)
    for name in (row.call, f"v3/{row.call}"):
        message = json.dumps({"id": 1, "method": name, "params": {}}).encode()
        with pytest.raises(Refusal) as refusal:
            binance.read(Request("CALL", "binance", "/ws-api/v3", "", (), message))
        assert refusal.value.reason is Reason.UNKNOWN_ENDPOINT


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "get"])
def test_no_path_is_let_through_by_another_method(method: str) -> None:
    for path in {path for _, path in ENDPOINTS}:
        if (method, path) not in ENDPOINTS:
            (intent,) = binance.read(Request(method, "binance", path, "", ()))
            assert isinstance(intent, Unknown | MoveFunds | ManageKeys), (method, path)
