"""Changes: each waits for two signatures or a day, but for what only stops or slows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.signer.conftest import GRANT, NOW, POLICY
from tests.signer.office import LOOSE, TIGHT, Office, Person, approve, budget, enrol, says
from tradelatch.journal.log import records
from tradelatch.model.clock import DAY, HOUR
from tradelatch.signer.keeper import MOST_PENDING
from tradelatch.signer.records import Restored, decode
from tradelatch.signer.state import State

OTHER_UNIT = POLICY.replace("BTC", "USDT")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path) as opened:
        yield opened


def loosen(office: Office, policy: str = LOOSE) -> int:
    told = office.do("policy set", account="me", policy=policy)
    assert not told["made"]
    number: int = told["number"]
    return number


def beside(office: Office) -> list[str]:
    """The budgets that hold beside the present one; what is on the disk says the same."""
    found = [str(policy.budget) for policy in office.state.accounts["me"].beside.values()]
    again = office.recovered().accounts["me"].beside.values()
    assert found == [str(policy.budget) for policy in again]
    return found


@pytest.mark.parametrize("policy", [TIGHT, LOOSE])
def test_whatever_is_proposed_holds_beside_and_waits(office: Office, policy: str) -> None:
    told = office.do("policy set", account="me", policy=policy)
    assert (told["made"], told["beside"], told["waits_s"]) == (False, True, 86_400)
    assert beside(office) == ["0.2" if policy is TIGHT else "0.5"]
    assert office.do("status")["accounts"][0]["beside"] == [told["number"]]
    office.wait(DAY)
    assert beside(office) == []
    assert budget(office) == ("0.2" if policy is TIGHT else "0.5")


def test_a_change_waits_a_day_where_there_are_not_two_operators(office: Office) -> None:
    enrol(office, alice=Person())
    told = office.do("policy set", account="me", policy=LOOSE)
    assert told["waits_s"] == 86_400
    office.wait(DAY - 1)
    assert budget(office) == "0.25"
    office.wait(1)
    assert budget(office) == "0.5"
    assert not office.state.pending
    assert budget(office) == str(office.recovered().accounts["me"].policy.budget)


def test_a_newer_proposal_takes_the_place_of_the_older(office: Office) -> None:
    first, second = loosen(office), loosen(office, TIGHT)
    assert list(office.state.pending) == [second]
    assert beside(office) == ["0.2"]
    [line] = [r for r in records(office.folder / "journal") if b'"ChangeCancelled"' in r]
    assert f'"number":{first},'.encode() in line
    assert b"another was proposed" in line


def test_what_ends_a_proposal_ends_what_held_beside(office: Office) -> None:
    office.do("change cancel", number=str(loosen(office, TIGHT)))
    assert beside(office) == []
    loosen(office, TIGHT)
    office.state.apply(Restored(NOW, 1, 2, "nonce"))
    assert not office.state.accounts["me"].beside


def test_the_house_is_proposed_like_a_policy(office: Office) -> None:
    for amount in ("0.1", "0.02"):
        text = f'version = 1\n[units.BTC]\nbudget = "{amount}"\n'
        assert not office.do("house set", policy=text)["made"]
    [proposed] = office.state.house.beside.values()
    assert str(proposed.units["BTC"].budget) == "0.02"
    assert "proposed in change 2: the house: with this order" in says(office.order(quantity="290"))
    assert "in change 2: the house has this" not in says(office.order(quantity="1"))
    office.wait(DAY)
    assert str(office.state.house.policy.units["BTC"].budget) == "0.02"
    assert not office.state.house.beside


def test_two_operators_signatures_let_it_through_at_once(office: Office) -> None:
    alice, bob, carol = Person(), Person(), Person()
    enrol(office, alice=alice, bob=bob, carol=carol)
    number = loosen(office)
    assert not approve(office, number, alice).value["made"]
    again = approve(office, number, alice)
    assert "a second one has to" in again.error
    assert budget(office) == "0.25"
    assert approve(office, number, carol).value["made"]
    assert budget(office) == "0.5"


def test_where_there_are_two_operators_no_time_is_enough(office: Office) -> None:
    alice, bob = Person(), Person()
    enrol(office, alice=alice, bob=bob)
    number = loosen(office)
    approve(office, number, alice)
    thaw = _frozen(office)
    office.wait(7 * DAY)
    assert {number, thaw} == set(office.state.pending)
    office.wait(1)
    assert thaw not in office.state.pending, "it was forgotten"
    assert beside(office) == ["0.5"], "time alone would have loosened it, had it been tighter"
    assert budget(office) == "0.25"


def _frozen(office: Office) -> int:
    """The change that would thaw the account."""
    office.do("grant freeze", name="me")
    number: int = office.do("grant thaw", name="me")["number"]
    return number


def test_only_operators_signatures_of_this_very_change_count(office: Office) -> None:
    alice, bob, mallory = Person(), Person(), Person()
    enrol(office, alice=alice, bob=bob)
    first = loosen(office)
    text = office.do("change show", number=str(first))["text"]
    replayed = alice.sign(text)
    assert "no operator's signature" in approve(office, first, mallory).error
    office.do("change cancel", number=str(first))
    second = loosen(office)
    told = office.ask("change approve", number=str(second), signature=replayed)
    assert "no operator's signature" in told.error
    for garbage in ("", "x", replayed[:-4], "é" * 88):
        assert office.ask("change approve", number=str(second), signature=garbage).error


def test_a_signature_for_another_house_is_none_here(office: Office, tmp_path: Path) -> None:
    """The same people, the same change, the same number, at the same moment."""
    alice, bob = Person(), Person()
    with Office(tmp_path / "elsewhere") as other:
        texts = []
        for house in (office, other):
            enrol(house, alice=alice, bob=bob)
            number = loosen(house)
            texts.append(house.do("change show", number=str(number))["text"])
    here, there = (text.splitlines() for text in texts)
    assert [one for one, two in zip(here, there, strict=True) if one != two] == [here[1]]
    told = office.ask("change approve", number=str(number), signature=alice.sign(texts[1]))
    assert "no operator's signature" in told.error


def test_a_change_that_no_longer_fits_is_dropped(office: Office) -> None:
    number = _frozen(office)
    office.do("stop everything")
    office.wait(DAY)
    assert office.state.accounts["me"].frozen
    assert number not in office.state.pending


def test_who_approves_may_not_be_changed_under_a_pending_change(office: Office) -> None:
    number = loosen(office)
    office.do("operator add", name="alice", public_key=Person().public)
    office.wait(1)
    assert number not in office.state.pending
    office.wait(2 * DAY)
    assert budget(office) == "0.25"


def test_anybody_cancels(office: Office) -> None:
    number = loosen(office)
    office.do("change cancel", number=str(number))
    office.wait(2 * DAY)
    assert budget(office) == "0.25"
    assert office.ask("change cancel", number=str(number)).error
    assert office.do("change list") == []


def test_a_clock_set_forward_hurries_nothing(office: Office) -> None:
    loosen(office)
    office.clock.advance(400 * DAY)
    office.run(office.keeper.round())
    assert budget(office) == "0.25"
    office.wait(DAY)
    assert budget(office) == "0.5"


def test_a_reboot_begins_the_wait_anew_and_a_restart_does_not(office: Office) -> None:
    loosen(office)
    office.wait(20 * HOUR)
    pending = office.recovered().pending
    assert pending == office.state.pending
    office.boot, office.uptime_ns = "second", 0
    office.wait(23 * HOUR)
    assert budget(office) == "0.25"
    office.wait(HOUR)
    assert budget(office) == "0.5"


def test_the_delay_goes_up_at_once_and_down_by_the_rule(office: Office) -> None:
    assert office.do("change delay", hours="48")["made"]
    loosen(office)
    told = office.do("change delay", hours="24")
    assert (told["made"], told["waits_s"]) == (False, 48 * 3_600)
    office.wait(DAY)
    assert budget(office) == "0.25"
    office.wait(DAY)
    assert budget(office) == "0.5"
    assert office.state.delay_ns == DAY
    for hours in ("23", "0", "-1", "721", "x", "24.5"):
        assert "the delay is 24 to 720 hours" in office.ask("change delay", hours=hours).error


def test_removing_an_operator_waits_and_so_does_the_second(office: Office) -> None:
    alice, bob = Person(), Person()
    enrol(office, alice=alice)
    assert not office.do("operator add", name="bob", public_key=bob.public)["made"]
    assert not office.do("operator remove", name="alice")["made"]
    office.wait(DAY)
    assert set(office.state.operators) in ({"alice", "bob"}, set())


def test_an_exchange_key_is_replaced_by_the_rule(office: Office) -> None:
    before = bytes(office.secrets.get("account:me"))
    sealed = office.sealed("me", "other", b"new secret")
    told = office.do("key replace", account="me", key_id="other", sealed=sealed, unchecked="yes")
    assert not told["made"]
    assert bytes(office.secrets.get("account:me")) == before
    office.wait(DAY)
    assert bytes(office.secrets.get("account:me")) == b"new secret"
    assert office.state.accounts["me"].key_id == "other"
    office.secrets.close()
    office.secrets.unseal(office.recovered())
    assert bytes(office.secrets.get("account:me")) == b"new secret"
    journal = (office.folder / "journal" / "records").read_bytes()
    assert b"new secret" not in journal


def test_commands_that_make_no_sense_are_refused_in_words(office: Office) -> None:
    enrol(office, alice=(alice := Person()))
    for verb, arguments, told in [
        ("policy set", {"account": "you", "policy": POLICY}, "there is no account 'you'"),
        ("policy set", {"account": "me", "policy": POLICY}, "has this policy already"),
        ("policy set", {"account": "me", "policy": "x"}, "this is not TOML"),
        ("policy set", {"account": "me", "policy": OTHER_UNIT}, "needs another account"),
        ("operator add", {"name": "Eve!", "public_key": alice.public}, "is no name"),
        ("operator add", {"name": "alice", "public_key": alice.public}, "already"),
        ("operator add", {"name": "eve", "public_key": alice.public}, "this very key"),
        ("operator add", {"name": "eve", "public_key": "AAAA"}, "Ed25519 key in base64"),
        ("operator remove", {"name": "eve"}, "nobody called 'eve'"),
        ("owner set", {"account": "me", "public_key": ""}, "Ed25519 key in base64"),
        ("key replace", {"account": "me", "key_id": "k\n", "sealed": "s"}, "visible ASCII"),
        ("key replace", {"account": "me", "key_id": "k", "sealed": "c2VhbGVk"}, "does not open"),
        ("key replace", {"account": "me", "key_id": "k", "sealed": "?"}, "does not open"),
        ("grant thaw", {"name": GRANT}, "is not frozen"),
        ("grant thaw", {"name": "nobody"}, "there is no account 'nobody'"),
        ("change show", {"number": "77"}, "no change '77' is pending"),
        ("change cancel", {"number": "-1"}, "no change '-1' is pending"),
    ]:
        assert told in office.ask(verb, **arguments).error, verb


def test_there_is_an_end_to_what_may_be_pending(office: Office) -> None:
    for _ in range(MOST_PENDING):
        assert not office.do("owner set", account="me", public_key=Person().public)["made"]
    key = Person().public
    assert "cancel some first" in office.ask("owner set", account="me", public_key=key).error


def test_wherever_the_journal_is_cut_a_change_is_pending_or_made(office: Office) -> None:
    """What a signer finds that was killed after any record: nothing looser than its records say,
    and what was due is made by its first round."""
    enrol(office, alice=(alice := Person()), bob=(bob := Person()))
    loosen(office, TIGHT)
    number = loosen(office)
    approve(office, number, alice)
    approve(office, number, bob)
    lines = list(records(office.folder / "journal"))
    seen = set()
    for cut in range(4, len(lines) + 1):
        state = State()
        for line in lines[:cut]:
            state.apply(decode(line))
        account = state.accounts["me"]
        kept, held = str(account.policy.budget), [str(p.budget) for p in account.beside.values()]
        made = any(b'"ChangeMade"' in line and b'"number":4' in line for line in lines[:cut])
        assert (kept == "0.5") is made
        due = [p.number for p in state.pending.values() if p.reason(state, NOW, office.uptime())]
        seen.add((kept, *held, tuple(due)))
    # Each as it was proposed; approved twice and not made yet; made.
    assert ("0.25", "0.2", ()) in seen
    assert ("0.25", "0.5", (4,)) in seen
    assert ("0.5", ()) in seen


def test_pending_changes_keep_nobody_from_tightening(office: Office) -> None:
    """Or a stolen session that has proposed all that may wait could keep the policy as it is."""
    for _ in range(MOST_PENDING):
        assert not office.do("owner set", account="me", public_key=Person().public)["made"]
    loosen(office, TIGHT)
    assert beside(office) == ["0.2"]
