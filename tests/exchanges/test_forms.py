"""Forms and JSON: one reading or none."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.exchanges.kit.forms import parse_form, parse_json
from tradelatch.exchanges.protocol import Reason, Refusal

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,9}", fullmatch=True)
VALUES = st.text(min_size=1).filter(str.isprintable)


@given(st.dictionaries(NAMES, VALUES), st.integers(0, 5))
def test_what_is_encoded_plainly_reads_back_however_it_is_split(
    parameters: dict[str, str], cut: int
) -> None:
    pairs = [f"{name}={quote(value, safe='')}" for name, value in parameters.items()]
    assert parse_form("&".join(pairs[:cut]), "&".join(pairs[cut:])) == parameters


def test_a_name_may_have_escapes_that_need_be() -> None:
    assert parse_form("close%5Bprice%5D=1") == {"close[price]": "1"}


def test_what_clients_leave_unescaped_is_the_same_as_escaped() -> None:
    assert parse_form("a=x:y/z") == parse_form("a=x%3Ay%2fz") == {"a": "x:y/z"}


@pytest.mark.parametrize(
    "parts",
    [
        ("a=1&a=1",),
        ("a=1", "a=2"),
        ("a=1&&b=2",),
        ("a=1&",),
        ("&a=1",),
        ("a",),
        ("a=",),
        ("=1",),
        ("a=1=2",),
        ("a=1;b=2",),
        ("a=1+2",),
        ("a=+1",),
        ("a=1 2",),
        ("a=1\x00",),
        ("a=%00",),
        ("a=%0a",),
        ("a=1#b",),
        ("a=%",),
        ("a=%2",),
        ("a=%zz",),
        ("a=%u0031",),
        ("a=%31",),
        ("a=%41",),
        ("%61=1",),
        ("a%5B=1", "a[=2"),
        ("a=%ff",),
        ("a=%c0%af",),
        ("a=%ed%a0%80",),
        ("a=é",),
        ("a=١",),
        ('{"a":1}',),
    ],
)
def test_odd_forms_are_refused(parts: tuple[str, ...]) -> None:
    with pytest.raises(Refusal) as refused:
        parse_form(*parts)
    assert refused.value.reason is Reason.BAD_PARAMETER


def test_an_escaped_ampersand_stays_inside_its_value() -> None:
    assert parse_form("a=1%26b%3D2") == {"a": "1&b=2"}


@given(st.lists(st.text(), max_size=3))
def test_any_text_is_read_or_refused(parts: list[str]) -> None:
    try:
        read = parse_form(*parts)
    except Refusal:
        return
    assert all(value.isprintable() and value for value in read.values())


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'[{"b":{"a":1,"\\u0061":2}}]',
        b"NaN",
        b"-Infinity",
        b"\xff",
        b"",
        b"[" * 50_000,
        '"é"'.encode("utf-16"),
        b"1" * 5_000,
    ],
)
def test_odd_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_json(body)


def test_plain_json_is_read() -> None:
    assert parse_json(b'{"a":[1,"2",null]}') == {"a": [1, "2", None]}
