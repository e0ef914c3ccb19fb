"""What a bot sent: each parameter is taken once, as it stands, and the rest is known."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.exchanges.kit.sent import Sent, check_place, sent_by
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.money import parse_amount, plain


def of(body: Any, query: str = "", named: dict[str, str] | None = None) -> Sent:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return sent_by(Request("POST", "x", "/", query, (), text), named or {})


def refused(method: Any, *arguments: Any) -> str:
    """Why it is refused."""
    with pytest.raises(Refusal) as found:
        method(*arguments)
    assert found.value.reason is Reason.BAD_PARAMETER
    return found.value.text


def test_path_query_and_body_are_one_and_nothing_is_said_twice() -> None:
    sent = of({"c": 3, "d": None}, "b=2", {"a": "1"})
    assert [sent.text(name) for name in "abcd"] == ["1", "2", "3", None]
    sent.end()
    assert "twice" in refused(of, {"a": 1}, "a=1")
    assert "twice" in refused(of, {"a": 1}, "", {"a": "1"})
    assert "twice" in refused(of, b"a=1", "a=1")
    assert "twice" in refused(of, b"", "a=1", {"a": "1"})
    assert "twice" in refused(of, {"a": None}, "a=1")


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":"\\udc00"}',
        b'{"\\ud800":1}',
        b'{"a":Infinity}',
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":.5}',
        b"{'a':1}",
        b'{"a":1}\x00',
        b'{"a":"\t"}',
        b"{",
        b"[" * 20_000,
        b'{"a":' * 20_000,
        b"\xff\xfe",
        b"5",
        b'"a"',
        b"a=1&a=2",
        b"a",
        b"a=%zz",
    ],
)
def test_bodies_that_two_could_read_differently(body: bytes) -> None:
    refused(of, body)


def test_numbers_are_texts_as_they_were_written() -> None:
    sent = of(b'{"a":1.50,"b":1e5,"c":-0,"d":12345678901234567890123,"e":0.1e-2}')
    assert sent.amount("a") == Decimal("1.50")
    for name in "bcde":
        assert "plain decimal number" in refused(sent.amount, name)


@pytest.mark.parametrize(
    "value", [True, False, [], ["1"], {}, "", "0", "0.0", "-1", "+1", "1.", "1e1", "١", " 1", "1\n"]
)
def test_amounts(value: Any) -> None:
    assert "parameter 'a'" in refused(of({"a": value}).amount, "a")


@given(st.decimals(0, 10**19, allow_nan=False, places=18).filter(bool))
def test_amounts_are_exact(amount: Decimal) -> None:
    assert of({"a": plain(amount)}).amount("a") == parse_amount(plain(amount)) == amount


@pytest.mark.parametrize(
    ("value", "means"),
    [(True, True), (False, False), ("true", True), ("false", False), (None, False)],
)
def test_flags(value: Any, means: bool) -> None:
    assert of({"a": value}).flag("a") is means


@pytest.mark.parametrize("value", ["True", "1", 1, 0, "yes", "", [], {}, [True]])
def test_what_is_no_flag(value: Any) -> None:
    assert "true or false" in refused(of({"a": value}).flag, "a")


def test_words() -> None:
    words = {"buy": 1, "sell": 2}
    assert of({"a": "sell"}).word("a", words) == 2
    assert of({}).word("a", words) is None
    assert of({"a": None}).word("a", words) is None
    assert "was not sent" in refused(of({"a": None}).need_word, "a", words)
    values: list[Any] = ["Buy", "", 1, True, ["buy"], {"buy": 1}]
    for value in values:
        assert "none of buy, sell" in refused(of({"a": value}).need_word, "a", words)


def test_ids_and_texts_can_be_written_anew() -> None:
    assert of({"a": ""}).id("a") is None
    assert of({"a": 7}).id("a") == "7"
    values: list[Any] = ["a b", "é", "a\n", "a\x00", "x" * 129, True, [], {"a": 1}, "\u2028"]
    for value in values:
        refused(of({"a": value}).id, "a")
    assert "was not sent" in refused(of({}).need, "a")
    assert "'a'" in refused(of({"a": "x" * 401}).text, "a")
    assert len(refused(of({"a": "é" * 60_000}).text, "a")) < 200


def test_lists_have_an_end() -> None:
    assert of({"a": ["1", 2]}).ids("a") == ["1", "2"]
    assert [row.text("b") for row in of({"a": [{"b": 1}]}).rows("a")] == ["1"]
    assert of([{"b": 1}]).rows("[]")[0].text("b") == "1"
    values: list[Any] = [None, [], {}, "1", [None], [[]], ["1"] * 101, [""], [True], ["é"]]
    for value in values:
        refused(of({"a": value}).ids, "a")
    values = [None, [], {}, [1], [[]], [{}, None], [{"b": 1}] * 101]
    for value in values:
        refused(of({"a": value}).rows, "a")
    assert of({}).inner("a") is None
    assert "object" in refused(of({"a": [1]}).inner, "a")


def test_what_nobody_took_is_known() -> None:
    sent = of({"a": 1, "b": None, "c": {"d": 1}})
    assert "a" in sent
    assert sent.take("a") == "1"
    assert "a" not in sent
    assert sent.rest == ("parameter 'b'", "parameter 'c'")
    assert "parameter 'b' is not known here" in refused(sent.end)
    many = of({f"{n}": n for n in range(2_000)})
    assert len(many.rest) == 11
    assert many.rest[-1] == "1990 more parameters"
    (long,) = of({"x" * 10_000: 1}).rest
    assert len(long) < 100


def test_a_read_is_forwarded_in_texts() -> None:
    sent = of({"a": True, "b": 5, "c": None, "d": "x y"})
    assert sent.understood(("a", "b", "c", "d", "e")) == (("a", "true"), ("b", "5"), ("d", "x y"))
    sent.end()
    values: list[Any] = [[], {}, ["a"], "a\n", "é", ""]
    for value in values:
        refused(of({"a": value}).understood, ("a",))


@pytest.mark.parametrize(
    ("method", "query", "body", "is_right"),
    [
        ("GET", "a=1", b"", True),
        ("DELETE", "", b"", True),
        ("DELETE", "a=1", b"{}", False),
        ("GET", "", b"a=1", False),
        ("POST", "", b'{"a":1}', True),
        ("POST", "", b"[]", True),
        ("PUT", "", b"", True),
        ("POST", "a=1", b"", False),
        ("POST", "", b"a=1", False),
        ("POST", "", b' {"a":1}', False),
    ],
)
def test_where_parameters_stand(method: str, query: str, body: bytes, is_right: bool) -> None:
    request = Request(method, "x", "/", query, (), body)
    if is_right:
        check_place(request)
    else:
        refused(check_place, request)


@given(st.binary(max_size=60), st.text(max_size=20))
def test_any_bytes_are_read_or_refused(body: bytes, query: str) -> None:
    try:
        sent = sent_by(Request("POST", "x", "/", query, (), body), {})
    except Refusal:
        return
    assert all(isinstance(one, str) for one in sent.rest)
