"""TOML errors name the line and the field."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.model.toml import BadToml, locate, parse_toml


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    size: int = 0


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    tables: dict[str, Inner] = {}
    deeper: dict[str, dict[str, Inner]] = {}


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = 2", ["b"], 2),
        ("[t]\nx = 1\n[u]\nx = 2", ["u", "x"], 4),
        ("[t]\n[u]", ["u"], 2),
        ("t.'a.b'.c = 1", ["t", "a.b", "c"], 1),
        ('"a=b" = 1\nc = 1', ["a=b"], 1),
        ('"a#b" = 1 # c = 2\nc = 1', ["c"], 2),
        ("[t]\nx = { y = 1 }", ["t", "x", "y"], 2),
        ("[t]\nx = 1", ["t", "missing"], 1),
        ("# a = 1\n\na = 2", ["a"], 3),
        ("[[t]]\nx = 1", ["t"], 1),
        ("a = 1", ["b"], None),
        ("a = 1", [], None),
    ],
)
def test_where_a_setting_stands(text: str, path: list[str], line: int | None) -> None:
    assert locate(text, path) == line


@pytest.mark.parametrize("wrong", ["one", "two", "a.b"])
def test_the_entry_that_is_wrong_is_named(wrong: str) -> None:
    names = ["one", "two", "a.b"]
    text = "\n".join(f'tables."{n}".size = {"[]" if n == wrong else 1}' for n in names)
    with pytest.raises(BadToml) as caught:
        parse_toml(text, "x.toml", Outer)
    line = names.index(wrong) + 1
    says = f"x.toml, line {line}: tables.{wrong}.size: expected `int`, got `array`"
    assert str(caught.value) == says


def test_the_entry_of_an_entry_that_is_wrong_is_named() -> None:
    text = "[deeper.a.b]\nsize = 1\n[deeper.c.b]\nsize = 1\n[deeper.c.d]\nsize = false"
    with pytest.raises(BadToml, match=r"line 6: deeper\.c\.d\.size: expected `int`, got `bool`"):
        parse_toml(text, "x.toml", Outer)


@given(st.text(max_size=80))
def test_any_text_is_settings_or_one_error(text: str) -> None:
    with suppress(BadToml):
        parse_toml(text, "x.toml", Outer)
