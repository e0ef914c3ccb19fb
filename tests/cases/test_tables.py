"""Nothing that is written as CSV is executed by a spreadsheet, and numbers stay numbers."""

import csv
import io
import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradelatch.cases.tables import csv_text, safe

EVIL = st.tuples(
    st.sampled_from(
        [*"=+-@|%\t\r\n", " =", ";+1", "a; =2", "＝", "＋", "＠", "\u00a0=", "\x00=", '"=', ";="]
    ),
    st.text(max_size=20),
).map("".join)
TEXTS = st.one_of(st.text(max_size=30), EVIL)
DANGEROUS = tuple("=+-@|%＝＋－＠")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_no_cell_begins_as_a_formula_by_whatever_delimiter(
    rows: list[tuple[str, str]], delimiter: str
) -> None:
    text = csv_text(("a", "b"), rows)
    assert len(text.splitlines()) == len(rows) + 1, "no cell breaks a line"
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        for cell in line:
            first = cell.strip(' \u00a0"\n')[:1]
            assert first not in DANGEROUS or NUMBER.fullmatch(cell), (cell, text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8), st.integers())
def test_numbers_stay_numbers(amount: Decimal, count: int) -> None:
    (row,) = list(csv.reader(io.StringIO(csv_text(("a", "b", "c"), [(amount, count, None)]))))[1:]
    assert Decimal(row[0]) == amount
    assert int(row[1]) == count
    assert row[2] == ""


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=20))
def test_harmless_text_is_as_it_was(text: str) -> None:
    assert safe(text).replace("'", "") == text.replace("'", "")
    if text[:1].isalnum() and ";" not in text:
        assert safe(text) == text
