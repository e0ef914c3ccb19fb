"""Keys and grants that stand in a leaked list: suspended, or compromised and revoked, once each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.signer.conftest import GRANT, POLICY
from tests.signer.office import Office, says
from tradelatch.journal.log import records
from tradelatch.model.clock import DAY
from tradelatch.signer import freezing, leaks
from tradelatch.signer.records import Cause, Frozen, GrantRevoked, KeyCompromised, decode

LIST = "ab" * 32


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Besides `me` there is `other`, which no list names."""
    with Office(tmp_path) as opened:
        sealed = opened.sealed("other", "k", b"other secret")
        form = {"exchange": "binance", "key_id": "k", "sealed": sealed, "policy": POLICY}
        opened.do("key add", account="other", unchecked="yes", **form)
        yield opened


def test_a_suspended_account_places_nothing_and_the_journal_names_the_list(office: Office) -> None:
    told = office.do("leak suspend", digest=LIST, accounts="me:0")
    assert told == {"accounts": {"me": "suspended"}, "grants": {}}
    assert f"its key id stands in list {LIST}" in says(office.order())
    state = office.recovered()
    assert list(state.accounts["me"].frozen) == [Cause.LEAK]
    assert not state.accounts["other"].frozen
    assert freezing.to_sweep(state.accounts["me"]) is None, "what was placed by hand stays"


def test_a_revoked_key_is_compromised_and_all_its_orders_go(office: Office) -> None:
    office.do("leak suspend", digest=LIST, accounts="me:0")
    told = office.do("leak revoke", digest=LIST, accounts="me:0")
    assert told["accounts"] == {"me": "compromised"}
    account = office.recovered().accounts["me"]
    assert freezing.to_sweep(account) == account.frozen[Cause.LEAK]
    assert office.do("key end", account="me")["keys_at"] == 'Binance, "API Management"'
    assert "not called compromised" in office.ask("key end", account="other").error


def test_again_it_records_nothing_more(office: Office) -> None:
    other = str(office.do("grant issue", account="other", days="1", sources="")["id"])
    for verb in ("leak suspend", "leak revoke", "leak revoke", "leak suspend"):
        office.do(verb, digest=LIST, accounts="me:0 other:0", grants=f"{GRANT} {other}")
    state = office.recovered()
    assert state.grants.keys() == {GRANT, other}
    history = [type(record) for record in written(office)]
    assert [history.count(kind) for kind in (Frozen, KeyCompromised, GrantRevoked)] == [4, 2, 2]


def test_a_leaked_grant_is_frozen_alone_or_revoked(office: Office) -> None:
    told = office.do("leak suspend", digest=LIST, grants=GRANT)
    assert told == {"accounts": {}, "grants": {GRANT: "frozen"}}
    assert f"grant {GRANT} is frozen" in says(office.order())
    assert not office.state.accounts["me"].frozen
    assert office.do("leak revoke", digest=LIST, grants=GRANT)["grants"] == {GRANT: "revoked"}
    with pytest.raises(KeyError):
        office.secrets.get(GRANT)


def test_a_key_that_took_the_place_of_a_leaked_one_is_let_go(office: Office) -> None:
    sealed = office.sealed("me", "fresh", b"new secret")
    office.do("key replace", account="me", key_id="fresh", sealed=sealed, unchecked="yes")
    office.wait(DAY)
    assert office.do("leak revoke", digest=LIST, accounts="me:0")["accounts"] == {}
    assert office.do("key list")["me"]["state"] == "active"
    assert office.do("leak suspend", digest=LIST, accounts="me:1")["accounts"] == {
        "me": "suspended"
    }


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"digest": "x", "accounts": "me:0"}, "named by its SHA-256"),
        ({"digest": LIST, "accounts": "me:0 nobody:0"}, "no account 'nobody'"),
        ({"digest": LIST, "accounts": "me:0", "grants": "tlg_nobodys"}, "no such grant"),
    ],
)
def test_what_is_not_there_ends_it_before_anything_is_done(
    office: Office, arguments: dict[str, str], why: str
) -> None:
    for verb in ("leak suspend", "leak revoke"):
        assert why in office.ask(verb, **arguments).error
    assert not office.state.accounts["me"].frozen


def test_grants_are_listed_in_parts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "MOST_LISTED", 2)
    for _ in range(3):
        office.do("grant issue", account="other", days="1", sources="")
    known, told = [*office.state.grants], list[str]()
    while more := office.do("grant list", start=str(len(told))):
        assert len(more) <= 2
        told += more
    assert told == known
    office.do("grant freeze", name=known[1])
    office.do("grant revoke", grant=known[2])
    office.wait(DAY)
    states = [
        grant["state"]
        for start in ("0", "2")
        for grant in office.do("grant list", start=start).values()
    ]
    assert states == ["expired", "expired", "revoked", "expired"]
    assert "no number of grants" in office.ask("grant list", start="-1").error


def written(office: Office) -> list[object]:
    """All records of the journal."""
    return [decode(line) for line in records(office.folder / "journal")]
