"""Hits are exactly what was planted, and the account of them tells no more than it should."""

import itertools
import json
import re
from array import array
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.cli.leaks.acting import Outcome
from tradelatch.cli.leaks.known import Known, Place
from tradelatch.cli.leaks.lines import digest
from tradelatch.cli.leaks.markdown import markdown
from tradelatch.cli.leaks.reading import Found, UnusableList, read_list
from tradelatch.cli.leaks.report import Report, ranges, report, shortened

SECRET = "never-to-be-seen"
NOW = 1_790_000_000_000_000_000


def key_id(number: int) -> str:
    return f"key-id-number-{number:04}-of-the-vault"


def told(number: int, former: int = 0) -> dict[str, Any]:
    """An account as `key list` tells of it, with so many keys that it had before."""
    ids = [key_id(10 * number + n) for n in range(former + 1)]
    return {
        "customer": f"customer-{number % 2}" if number % 3 else "",
        "exchange": ("binance", "kraken")[number % 2],
        "key_id": ids[-1],
        "state": "active",
        "since_ns": NOW,
        "asked_ns": 0,
        "inspected": None,
        "former": [{"key_id": one, "state": "deactivated", "since_ns": NOW} for one in ids[:-1]],
    }


def vault(accounts: int, former: int = 0) -> Known:
    keys = {f"v-{number}": told(number, former) for number in range(accounts)}
    grants = {
        f"tlg_{name}_{n}": {"account": name, "state": "issued", "expires_ns": NOW}
        for name in keys
        for n in range(2)
    }
    return Known(keys, grants)


def read(folder: Path, known: Known, lines: list[str]) -> Found:
    path = folder / "list"
    path.write_text("\n".join(lines))
    return read_list(path, known.index, lambda _: None)


def all_ids(known: Known) -> dict[Place, tuple[str, str]]:
    """Exchange and id of every key and grant."""
    found: dict[Place, tuple[str, str]] = {}
    for name, key in known.keys.items():
        found[Place(name)] = key["exchange"], key["key_id"]
        for number, former in enumerate(key["former"]):
            found[Place(name, number)] = key["exchange"], former["key_id"]
    for grant, one in known.grants.items():
        found[Place(one["account"], grant=grant)] = known.keys[one["account"]]["exchange"], grant
    return found


FORMS = (
    lambda exchange, one: f"{exchange},{one},{SECRET}",
    lambda exchange, one: digest(exchange, one).hex(),
    lambda exchange, one: one,
    lambda exchange, one: f"{one};{SECRET}",
)


@given(st.data(), st.integers(1, 5), st.integers(0, 2))
def test_hits_are_exactly_those_planted_in_two_lists(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, accounts: int, former: int
) -> None:
    folder, known = tmp_path_factory.mktemp("list"), vault(accounts, former)
    ids = all_ids(known)
    strangers = [f"binance,{key_id(n)}x,{SECRET}" for n in range(3)]
    other = {"binance": "kraken", "kraken": "binance"}
    for _ in range(2):
        planted = data.draw(st.sets(st.sampled_from(sorted(ids, key=str))))
        lines = [data.draw(st.sampled_from(FORMS))(*ids[place]) for place in planted]
        elsewhere = [
            f"{other[exchange]},{one}" for p, (exchange, one) in ids.items() if p not in planted
        ]
        mixed = data.draw(st.permutations([*lines, *strangers, *elsewhere]))
        places = known.places(read(folder, known, mixed).hits)
        assert set(places) == planted
        assert len(places) == len(planted)


def made(folder: Path, known: Known, lines: list[str], outcome: Outcome | None = None) -> Report:
    found = read(folder, known, lines)
    return report(found, known, known.places(found.hits), outcome, ["phone"], NOW)


def test_two_accounts_with_one_key_are_both_hit(tmp_path: Path) -> None:
    known = Known({"a": told(0), "b": told(0)}, {})
    assert [hit.account for hit in made(tmp_path, known, [key_id(0)]).hits] == ["a", "b"]


def test_the_account_tells_what_is_left_and_in_which_order(tmp_path: Path) -> None:
    known = vault(3, former=1)
    lines = [f"{exchange},{one},{SECRET}" for exchange, one in all_ids(known).values()]
    outcome = Outcome({Place(f"v-{n}"): "compromised" for n in range(3)}, {"v-2"})
    account = made(tmp_path, known, [*lines, "binance,", "kraken,"], outcome)
    assert account.malformed == {"there is no id in it": [(13, 14)]}
    assert "3 keys: active, now compromised" in account.done
    assert "ended at the exchange: 1" in account.done
    owners, first, second, *_ = account.by_hand
    assert owners.startswith("tell the owners: customer-1, customer-0; `tradelatch watch`")
    assert first.startswith('Binance, "API Management": delete the keys of v-0, since')
    assert second.startswith('Kraken, "Connections & API": delete the keys of v-1, since')
    steps = " ".join(account.by_hand)
    order = ("delete", "no former key", "reconcile", "--revoke", "issue", "replace", "thaw")
    places = [steps.index(word) for word in order]
    assert places == sorted(places)
    both = markdown(account), json.dumps(msgspec.to_builtins(account))
    for text in both:
        assert SECRET not in text
        for _, one in all_ids(known).values():
            assert one not in text
        for line in lines:
            assert line not in text


def test_without_hits_nothing_is_left(tmp_path: Path) -> None:
    account = made(tmp_path, vault(2), ["binance,nobodys-key-id"], Outcome())
    assert (account.hits, account.by_hand) == ([], [])
    assert account.done == ["there was nothing to do"]
    assert "## Hits" not in markdown(account)


def test_a_problem_is_told_with_the_way_on(tmp_path: Path) -> None:
    account = made(tmp_path, vault(1), [key_id(0)], Outcome(problem="no signer answers"))
    assert account.problems == ["no signer answers; run it again, it does the rest"]
    assert account.problems[0] in markdown(account)


@given(st.sets(st.integers(1, 60)))
def test_ranges_are_the_numbers(numbers: set[int]) -> None:

    found = ranges(array("Q", sorted(numbers)))
    assert [n for first, last in found for n in range(first, last + 1)] == sorted(numbers)
    gaps = [later[0] - earlier[1] for earlier, later in itertools.pairwise(found)]
    assert all(gap > 1 for gap in gaps)


@given(st.from_regex(re.compile(r"[!-~]{1,256}", re.ASCII), fullmatch=True))
def test_no_id_is_shown_whole(one: str) -> None:
    shown = shortened(one)
    assert len(shown) <= 11
    assert len(one) < 3 or one not in shown


@given(
    st.lists(st.one_of(st.binary(max_size=60), st.text(max_size=30).map(str.encode)), max_size=8)
)
def test_whatever_stands_in_a_list_no_secret_comes_out(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    """The secret stands in, before and behind all sorts of lines."""
    folder, secret = tmp_path_factory.mktemp("list"), SECRET.encode()
    text = b"\n".join([*parts, secret, b",".join([*parts, secret]), secret.join(parts)])
    path = folder / "list"
    path.write_bytes(text)
    known = vault(2, former=1)
    try:
        found = read_list(path, known.index, lambda _: None)
    except UnusableList:
        assert text.startswith((b"\xff\xfe", b"\xfe\xff"))
        return
    assert found.lines == text.removesuffix(b"\n").count(b"\n") + 1
    told = report(found, known, known.places(found.hits), None, [], NOW)
    for shown in (markdown(told), json.dumps(msgspec.to_builtins(told)), repr(found)):
        assert SECRET not in shown
    assert not found.hits
