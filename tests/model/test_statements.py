"""What people sign: no two statements have the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.model import statements
from tradelatch.model.uptime import Uptime, system_uptime

WORDS = st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.lists(st.tuples(*[WORDS] * 5), min_size=2, max_size=2, unique=True))
def test_no_two_changes_have_the_same_text(changes: list[tuple[str, ...]]) -> None:
    texts = []
    for journal, what, before, after, operators in changes:
        try:
            texts.append(statements.change_text(journal, 1, what, before, after, operators, 0))
        except ValueError:
            return
    assert texts[0] != texts[1]


RELEASE = {
    "journal": "j",
    "account": "me",
    "symbol": "ETH/BTC",
    "quantity": "1",
    "limit": "0.05",
    "collar": "held",
    "release": "r",
}


def test_a_release_is_written_out_whole() -> None:
    assert statements.release_text(expires_ns=7, **RELEASE) == (
        "tradelatch exit release 1\njournal: j\naccount: me\nsymbol: ETH/BTC\nquantity: 1\n"
        "limit: 0.05\ncollar: held\nexpires: 7\nrelease: r\n"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"symbol": "ETHBTC"},
        {"quantity": "0"},
        {"quantity": "1e3"},
        {"limit": "-1"},
        {"collar": ""},
        {"account": "me\nlimit: 1"},
        {"account": "me\u2028"},
    ],
)
def test_what_is_no_release_has_no_text(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        statements.release_text(expires_ns=7, **{**RELEASE, **change})


@pytest.mark.parametrize(
    "text", ["", "AAA=", "AAAA", "AAA=\n", "é", "A" * 44, " " + "A" * 43 + "="]
)
def test_what_is_no_key_is_not_read_as_one(text: str) -> None:
    with pytest.raises(ValueError, match="base64 of 32 bytes"):
        statements.decode(text, 32)


def test_uptime_counts_what_is_known() -> None:
    assert Uptime("a", 9).since(Uptime("a", 4)) == 5
    assert Uptime("b", 3).since(Uptime("a", 4)) == 3
    first, second = system_uptime(), system_uptime()
    assert first.boot == second.boot
    assert second.since(first) >= 0
