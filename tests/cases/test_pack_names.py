"""Names of files in a pack: any computer can hold them, and none takes another's place."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.cases.packs.names import file_name, portable

DEVICES = {
    *("con", "prn", "aux", "nul", "conin$", "conout$"),
    *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"),
}
PIECES = st.sampled_from(
    [
        *'<>|":?*\\. /ABabñ\t',
        "CON",
        "con",
        "nul",
        "COM1",
        "Lpt²",
        "n\N{COMBINING TILDE}",
        ".csv",
        "..",
    ]
)
NAMES = st.lists(PIECES, min_size=1, max_size=6).map("".join) | st.text(min_size=1)


def is_portable(name: str) -> bool:
    """As Microsoft writes of naming files, word by word."""
    return all(
        part
        and not set(part) & set('<>:"|?*\\')
        and min(map(ord, part)) >= 32
        and not part.endswith((".", " "))
        and part.split(".")[0].rstrip(" ").lower() not in DEVICES
        and len(part.encode()) <= 255
        for part in name.split("/")
    )


@given(st.lists(NAMES, max_size=8))
def test_names_are_portable_and_no_two_files_meet(names: list[str]) -> None:
    found = portable(names)
    assert set(found) == set(names)
    assert all(map(is_portable, found.values()))
    folded = [unicodedata.normalize("NFC", one.casefold()) for one in found.values()]
    assert len(set(folded)) == len(folded)
    for one in folded:
        assert not any(other.startswith(f"{one}/") for other in folded)


@given(st.lists(NAMES, max_size=8))
def test_the_same_files_are_called_the_same_whatever_their_order(names: list[str]) -> None:
    assert portable(names) == portable(names[::-1])


@pytest.mark.parametrize(
    "name", ["exports/V-83/bittrex-orders.csv", "V-01/ใบเสร็จ 2.pdf", "console.csv", ".x", "a;b='c'"]
)
def test_what_any_computer_can_hold_stays(name: str) -> None:
    assert portable([name]) == {name: name}


@pytest.mark.parametrize(
    "name", ["a" * 240 + ".csv", "é" * 120, "CON.tar.gz", "../../x", "/x", "x."]
)
def test_what_is_changed_keeps_its_suffix_and_leads_nowhere(name: str) -> None:
    made = portable([name])[name]
    assert is_portable(made)
    assert made != name
    if name.endswith((".csv", ".gz")):
        assert made.endswith(name[name.rindex(".") :])


@given(st.text(), st.text())
def test_what_evidence_names_leads_to_no_other_folder(one: str, other: str) -> None:
    assert set(file_name(one)) <= set(string.ascii_letters + string.digits + "_-")
    assert (file_name(one) == file_name(other)) == (one == other)


@given(NAMES)
def test_no_file_is_a_device(name: str) -> None:
    assert is_portable(file_name(name))
