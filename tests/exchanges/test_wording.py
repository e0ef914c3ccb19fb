"""Requests are composed of what an endpoint lists, each word in its place."""

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.exchanges.kit.endpoints import Endpoint, Kind
from tradelatch.exchanges.kit.forms import parse_form, parse_json
from tradelatch.exchanges.kit.wording import form, target, with_headers, worded
from tradelatch.model.http import Request

HOSTS = {"": "https://one", "public": "https://two"}
CANCEL = Endpoint(Kind.CANCEL, "DELETE", "/orders/{id}", ("market",))
PLACE = Endpoint(Kind.PLACE, "POST", "/orders", ("price", "flag", "rows"))
BATCH = Endpoint(Kind.CANCEL_SOME, "POST", "/orders/cancel", ("[]",))
TIME = Endpoint(Kind.MARKET, "GET", "/time", (), "public")


def test_each_word_stands_in_its_place() -> None:
    sent = worded(CANCEL, [("market", "A/B"), ("id", "7")], HOSTS)
    assert (sent.method, sent.host, sent.path, sent.query, sent.body) == (
        "DELETE",
        "https://one",
        "/orders/7",
        "market=A%2FB",
        b"",
    )
    assert not sent.headers
    assert target(sent) == "/orders/7?market=A%2FB"
    placed = worded(
        PLACE, [("price", "1"), ("flag", True), ("rows", [{"a": "b"}])], HOSTS, "http://v"
    )
    assert (placed.host, placed.query) == ("http://v", "")
    assert parse_json(placed.body) == {"price": "1", "flag": True, "rows": [{"a": "b"}]}
    assert placed.headers == (("Content-Type", "application/json"),)
    assert target(placed) == "/orders"
    assert worded(BATCH, [("[]", ["1", "2"])], HOSTS).body == b'["1","2"]'
    assert worded(TIME, [], HOSTS).host == "https://two"
    assert with_headers(placed, ("a", "b")).headers == (*placed.headers, ("a", "b"))


@pytest.mark.parametrize(
    "words",
    [
        [],
        [("market", "x")],
        [("id", "7"), ("more", "x")],
        [("id", "..")],
        [("id", ".")],
        [("id", "7/8")],
        [("id", "7?x=1")],
        [("id", "")],
        [("id", "%2e")],
    ],
)
def test_what_is_not_listed_or_leads_elsewhere_is_not_worded(words: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        worded(CANCEL, words, HOSTS)


def test_forms_have_lists_and_flags() -> None:
    words = [("a", True), ("b", ["x", "y"]), ("c", 5), ("d", False), ("e", [True])]
    assert form(words) == "a=true&b=x&b=y&c=5&d=false&e=true"


@given(st.text(min_size=1).filter(str.isprintable))
def test_what_a_form_says_is_read_again(text: str) -> None:
    told = form([("a", text)])
    assert parse_form(told) == {"a": text}
    assert unquote(told.removeprefix("a=")) == text
    endpoint = Endpoint(Kind.ACCOUNT, "GET", "/x", ("a",))
    assert worded(endpoint, [("a", text)], HOSTS) == Request("GET", "https://one", "/x", told)
