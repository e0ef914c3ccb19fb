"""Tables of endpoints: what is not on one letter by letter is nothing that a grant can do."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch import exchanges
from tradelatch.exchanges.kit.endpoints import Endpoint, Kind, Table, Unlisted, listed
from tradelatch.exchanges.kit.reading import read_by
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import (
    CancelOrder,
    ManageKeys,
    MoveFunds,
    ReadAccount,
    ReadMarket,
    Unknown,
)

TABLE = Table(
    (
        *listed(Kind.PLACE, "POST", {"/orders": "price size"}),
        *listed(Kind.CANCEL, "DELETE", {"/orders/{id}": "market", "/orders/all": ""}),
        *listed(Kind.ACCOUNT, "GET", {"/orders/{id}": "market", "/a.b/{one}/c/{two}": "x"}),
        *listed(Kind.MARKET, "GET", {"/time": ""}, "public"),
    ),
    Unlisted(moves=("/pay", "POST /lend"), keys=("/sub",), levered=("/margin",)),
)


def test_plain_paths_come_before_those_with_names() -> None:
    found = TABLE.find("DELETE", "/orders/all")
    assert found == (Endpoint(Kind.CANCEL, "DELETE", "/orders/all"), {})
    holed = TABLE.find("DELETE", "/orders/7")
    assert holed
    assert (holed[0].what, holed[1]) == ("DELETE /orders/{id}", {"id": "7"})
    two = TABLE.find("GET", "/a.b/1/c/2")
    assert two
    assert two[1] == {"one": "1", "two": "2"}
    assert [one.what for one in TABLE][:1] == ["POST /orders"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/orders"),
        ("post", "/orders"),
        ("POST", "/orders/"),
        ("POST", "//orders"),
        ("POST", "/Orders"),
        ("POST", "/orders\n"),
        ("POST", "/orders%2f"),
        ("POST", "orders"),
        ("DELETE", "/orders/"),
        ("DELETE", "/orders/."),
        ("DELETE", "/orders/.."),
        ("DELETE", "/orders/%2e%2e"),
        ("DELETE", "/orders/7/8"),
        ("DELETE", "/orders/7\n"),
        ("DELETE", "/orders/7;x"),
        ("DELETE", "/orders/é"),
        ("DELETE", "/orders/٧"),
        ("DELETE", "/orders/" + "7" * 401),
        ("GET", "/aXb/1/c/2"),
        ("GET", "/a.b/../c/2"),
        ("GET", "/a.b/1/c/.."),
        ("GET", ""),
    ],
)
def test_a_path_that_is_nearly_right_is_not_listed(method: str, path: str) -> None:
    assert TABLE.find(method, path) is None
    assert isinstance(TABLE.unlisted(method, path), Unknown)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/pay", MoveFunds),
        ("POST", "/lend/x", MoveFunds),
        ("GET", "/lend/x", Unknown),
        ("GET", "/any/Withdraw/thing", MoveFunds),
        ("PUT", "/universalTransfer", MoveFunds),
        ("GET", "/sub", ManageKeys),
        ("GET", "/margin/x", Unknown),
        ("GET", "/x/pay", Unknown),
    ],
)
def test_why_an_endpoint_is_not_listed(method: str, path: str, kind: type[Any]) -> None:
    found = TABLE.unlisted(method, path)
    assert isinstance(found, kind)
    assert found.what.startswith(f"{method} {path}")
    assert len(TABLE.unlisted("GET", "/" + "x" * 10_000).what) < 200


@given(st.text(max_size=20), st.text(max_size=60))
def test_any_request_is_found_or_nothing_a_grant_can_do(method: str, path: str) -> None:
    if TABLE.find(method, path) is None:
        assert isinstance(TABLE.unlisted(method, path), MoveFunds | ManageKeys | Unknown)


PIECES = st.from_regex(r"[A-Za-z0-9._~:,-]{1,400}", fullmatch=True).filter(
    lambda one: one not in (".", "..")
)


@given(PIECES, PIECES)
def test_what_is_filled_in_is_found_again(one: str, two: str) -> None:
    endpoint = TABLE.named("GET /a.b/{one}/c/{two}", Kind.ACCOUNT)
    path = endpoint.filled({"one": one, "two": two, "x": "not in the path"})
    assert TABLE.find("GET", path) == (endpoint, {"one": one, "two": two})


@pytest.mark.parametrize("piece", ["", ".", "..", "a/b", "a?b", "a%2f", "a b", "é", "a\n", "a#b"])
def test_what_could_mean_another_path_is_not_filled_in(piece: str) -> None:
    endpoint = TABLE.named("DELETE /orders/{id}", Kind.CANCEL)
    with pytest.raises(ValueError, match="can be no 'id'"):
        endpoint.filled({"id": piece})
    with pytest.raises(ValueError, match="needs 'id'"):
        endpoint.filled({})


def test_an_endpoint_is_named_with_its_kind() -> None:
    assert TABLE.named("GET /time", Kind.ACCOUNT, Kind.MARKET).family == "public"
    for what in ("GET /time", "GET /nowhere", "POST /pay"):
        with pytest.raises(ValueError, match="not on the list"):
            TABLE.named(what, Kind.ACCOUNT)


def test_reads_say_what_is_listed_and_no_more() -> None:
    def read(path: str, query: str = "", body: bytes = b"", *ignored: str) -> Any:
        return read_by(TABLE, {}, Request("GET", "x", path, query, (), body), ignored)

    assert read("/orders/7", "market=a") == (
        ReadAccount("GET /orders/{id}", (("id", "7"), ("market", "a"))),
    )
    assert read("/time") == (ReadMarket("GET /time"),)
    assert read("/time", "nonce=5", b"", "nonce") == (ReadMarket("GET /time"),)
    assert isinstance(read("/elsewhere", "x=1&x=2")[0], Unknown)
    for query, body in (
        ("x=1", b""),
        ("id=8", b""),
        ("market=a", b"market=a"),
        ("market=a", b'{"market":"a"}'),
        ("", b'{"x":null}'),
        ("", b'{"market":["a"]}'),
    ):
        with pytest.raises(Refusal):
            read("/orders/7", query, body)


# Of every exchange

NAMED = {name: exchanges.load(name) for name in exchanges.NAMES}


def tabled() -> Iterator[tuple[str, Endpoint]]:
    """Each endpoint of each exchange that has its table in one file."""
    for name, file in NAMED.items():
        if table := getattr(file, "TABLE", None):
            yield from ((name, endpoint) for endpoint in table)


LISTED = list(tabled())
CANCELS = [
    (name, one)
    for name, one in LISTED
    if one.kind in (Kind.CANCEL, Kind.CANCEL_SOME, Kind.CANCEL_LIST)
]


@pytest.mark.parametrize(
    ("name", "endpoint"), CANCELS, ids=lambda one: one if isinstance(one, str) else one.what
)
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"[{}]", b'{"symbol":null}'])
def test_a_cancel_of_one_without_saying_of_which_is_never_one_of_all(
    name: str, endpoint: Endpoint, body: bytes
) -> None:
    """A parameter that was forgotten, at an endpoint that cancels what it is told."""
    path = endpoint.path
    for hole in endpoint.holes:
        path = path.replace(f"{{{hole}}}", "a7")
    try:
        meant = NAMED[name].read(Request(endpoint.method, name, path, "", (), body))
    except Refusal:
        return
    for intent in meant:
        assert not isinstance(intent, CancelOrder) or intent.order_id or intent.client_order_id, (
            intent
        )


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [(name, one) for name, one in LISTED if "/{" in one.path],
    ids=lambda one: one if isinstance(one, str) else one.what,
)
def test_no_name_in_a_path_leads_out_of_it(name: str, endpoint: Endpoint) -> None:
    for piece in (".", "..", "%2e%2e", "a%2fb", ""):
        path = endpoint.path
        for hole in endpoint.holes:
            path = path.replace(f"{{{hole}}}", piece)
        try:
            (intent,) = NAMED[name].read(Request(endpoint.method, name, path))
        except Refusal:
            continue
        assert isinstance(intent, MoveFunds | ManageKeys | Unknown | ReadMarket), intent
        if isinstance(intent, ReadMarket):  # another endpoint, which has that path
            assert intent.what == f"{endpoint.method} {path}"


@pytest.mark.parametrize("name", NAMED)
def test_no_endpoint_is_listed_twice_or_named_as_what_moves_funds(name: str) -> None:
    ours = [one for owner, one in LISTED if owner == name]
    assert len({one.what for one in ours}) == len(ours)
    for one in ours:
        if one.kind not in (Kind.ACCOUNT, Kind.MARKET):
            assert "withdraw" not in one.path.lower(), one
            assert "transfer" not in one.path.lower(), one
