"""Reading answers: numbers exactly as written, and nothing that cannot be."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.exchanges.kit.answers import (
    amount,
    client_ids,
    converted,
    in_base,
    instant_ms,
    parsed,
    renamed,
    rounded,
    signed_amount,
    step,
    turnover,
)
from tradelatch.model.money import BadAmount


class Row(msgspec.Struct):
    name: str
    size: str
    time: int
    on: bool = False


def test_numbers_may_be_texts_and_texts_numbers() -> None:
    row = converted(b'{"name":"a","size":0.10000000000000000055,"time":"5","on":true}', Row)
    assert row == Row("a", "0.10000000000000000055", 5, True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"name":"a","size":"1"}',
        b'{"name":"a","size":"1","time":1.5}',
        b'{"name":"a","size":"1","time":"soon"}',
        b'{"name":"a","size":"1","time":1,"time":2}',
        b'{"name":"a","size":["1"],"time":1}',
        b'{"name":null,"size":"1","time":1}',
        b'{"name":"\\ud800","size":"1","time":1}',
        b'{"name":"a","size":NaN,"time":1}',
        b"[" * 20_000,
        b"\xff",
    ],
)
def test_what_is_not_of_that_kind_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        converted(body, Row)


def test_nobody_has_traded_more_than_can_be_reckoned_with() -> None:
    most, least = Decimal(10**20), Decimal("1e-18")
    assert in_base(most, Decimal(4), least) == Decimal(25 * 10**18)
    assert in_base(Decimal(2), Decimal(3), Decimal("1e-8")) == Decimal("0.66666667")
    assert in_base(most, Decimal(0), least) == 0
    with pytest.raises(ValueError, match="so much"):
        in_base(most, least, least)
    with pytest.raises(ValueError, match="so much"):
        turnover(most, most)


@given(st.binary(max_size=60))
def test_any_answer_is_read_or_a_value_error(body: bytes) -> None:
    parsed(body)
    try:
        converted(body, Row)
    except ValueError:
        return


def test_what_is_no_json_is_nothing() -> None:
    assert parsed(b'{"a":1}') == {"a": "1"}
    assert parsed(b"<html>") is parsed(b'{"a":1,"a":1}') is parsed(b"") is None


def test_amounts_that_are_not_told_are_zero() -> None:
    assert amount(None) == amount("") == 0
    assert amount("1.50") == Decimal("1.50")
    assert signed_amount("-1.5") == Decimal("-1.5")
    assert signed_amount(None) == signed_amount("-") == 0
    for text in ("-1", "1e3", "+1", "1,5", "NaN", "Infinity", "٣", "1" * 21):
        with pytest.raises(BadAmount):
            amount(text)
    for text in ("--1", "-+1", "-1e3", "1-"):
        with pytest.raises(BadAmount):
            signed_amount(text)


@pytest.mark.parametrize(
    ("text", "means"), [("1e-7", "0.0000001"), ("1.5E2", "150"), ("0.1234567890123456789", None)]
)
def test_public_amounts_may_have_exponents(text: str, means: str | None) -> None:
    assert rounded(text) == Decimal(means or "0.123456789012345679")


@pytest.mark.parametrize("text", ["-1", "x", "NaN", "Infinity", "-Infinity", "1e99", "", "sNaN"])
def test_what_is_no_public_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        rounded(text)


@given(st.decimals(0, 10**6, places=8), st.lists(st.decimals(0, 10**6, places=8), min_size=1))
def test_a_turnover_lies_between_those_at_the_prices(
    volume: Decimal, prices: list[Decimal]
) -> None:
    found = turnover(volume, *prices)
    assert volume * min(prices) - Decimal("1e-11") <= found <= volume * max(prices)


def test_times_are_utc() -> None:
    assert instant_ms("1970-01-01T00:00:01.500Z") == 1_500
    assert instant_ms("1970-01-01T00:00:01.500") == 1_500
    assert instant_ms("1970-01-01T01:00:00+01:00") == 0
    assert instant_ms("2026-01-31T00:00:00.123456Z") % 1_000 == 123
    for text in ("", "soon", "1970-13-01", "5"):
        with pytest.raises(ValueError, match=r".+"):
            instant_ms(text)


IDS = client_ids("clientOid", "cl.ord")
TEXTS = st.text(max_size=12)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["clientOid", "cl.ord", "clXord", "x"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


def expected(tree: Any, names: dict[str, str]) -> Any:
    if isinstance(tree, list):
        return [expected(one, names) for one in tree]
    if not isinstance(tree, dict):
        return tree
    return {
        key: names.get(value, value)
        if key in ("clientOid", "cl.ord") and isinstance(value, str)
        else expected(value, names)
        for key, value in tree.items()
    }


@given(TREES, st.dictionaries(TEXTS, TEXTS, max_size=4), st.booleans())
def test_only_names_at_their_places_are_replaced(
    tree: Any, names: dict[str, str], spaced: bool
) -> None:
    body = json.dumps(tree, separators=None if spaced else (",", ":")).encode()
    assert json.loads(renamed(IDS, body, names)) == expected(tree, names)
    assert renamed(IDS, body, {}) == body


def test_a_key_within_a_text_is_no_place() -> None:
    body = json.dumps({"x": '"clientOid":"a"', 'y"clientOid': "a", "clientOid": "a"}).encode()
    told = json.loads(renamed(IDS, body, {"a": 'b"'}))
    assert told == {"x": '"clientOid":"a"', 'y"clientOid': "a", "clientOid": 'b"'}


@pytest.mark.parametrize(
    ("places", "told"), [(0, "1"), (8, "0.00000001"), (18, "1e-18"), (-2, "100")]
)
def test_steps(places: int, told: str) -> None:
    assert step(places) == Decimal(told)


@pytest.mark.parametrize("places", [19, -19, 10**30, -(10**30)])
def test_steps_that_no_amount_has(places: int) -> None:
    with pytest.raises(ValueError, match="decimals"):
        step(places)
