"""The owner's second key: one exit beyond E, as he signed it, once, and nothing else."""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tests.signer.conftest import POLICY
from tests.signer.office import SOURCE, Office, Person, says
from tests.signer.policies import LIMIT_ORDERS, MARKET_ORDERS
from tradelatch.model import statements
from tradelatch.model.clock import DAY, HOUR, SECOND
from tradelatch.policy import rules
from tradelatch.policy.accounting import Window
from tradelatch.policy.release import Release
from tradelatch.signer.records import Allowed, Filled, Restored

TINY = POLICY.replace('exit_budget = "0.5"', 'exit_budget = "0.01"')
EXIT = {"side": "SELL", "newClientOrderId": "exit-1", "quantity": "100", "price": "0.0695"}
"""It loses 0.05 against 0.07."""


@pytest.fixture
def owner() -> Person:
    return Person()


@pytest.fixture
def office(tmp_path: Path, owner: Person) -> Iterator[Office]:
    with Office(tmp_path) as opened:
        opened.do("policy set", account="me", policy=TINY)
        opened.do("owner set", account="me", public_key=owner.public)
        opened.wait(DAY)
        opened.state.grants["tlg_test"].expires_ns += 30 * DAY
        opened.bench.feed(Decimal("0.07"))
        yield opened


NUMBERS = itertools.count()


def release(office: Office, signer: Person, **other: str) -> dict[str, str]:
    """What the command line sends; `other` is changed after it was signed."""
    fields = {
        "account": "me",
        "symbol": "ETH/BTC",
        "quantity": "100",
        "limit": "0.0695",
        "collar": "held",
        "release": f"release-number-{next(NUMBERS):06}",
    }
    expires = office.clock.now_ns() + HOUR
    text = statements.release_text(office.journal.verifier, expires_ns=expires, **fields)
    return {**fields, "expires_ns": str(expires), "signature": signer.sign(text), **other}


def test_one_exit_leaves_beyond_e_and_is_counted_apart(office: Office, owner: Person) -> None:
    assert "exit_budget" in says(office.order(**EXIT))
    office.do("exit release", **release(office, owner))
    job = office.order(**EXIT)
    assert isinstance(job.record, Allowed), says(job)
    losses, now = office.state.accounts["me"].losses, office.bench.now
    assert losses.used(Window.DAY, now).exit_budget == 0
    assert losses.released(Window.DAY, now) > Decimal("0.05")
    filled = Filled(now, job.record.id, 1, 0, Decimal("0.0695"), Decimal(100), Decimal(0), None)
    office.bench.take(filled)
    office.record(filled)
    assert losses.used(Window.DAY, now).exit_budget == 0
    assert losses.released(Window.DAY, now) == Decimal("0.05")
    assert "exit_budget" in says(office.order(**EXIT | {"newClientOrderId": "exit-2"}))
    recovered = office.recovered().accounts["me"]
    assert recovered.releases == {}
    assert recovered.release_ids == office.state.accounts["me"].release_ids
    assert office.do("status")["accounts"][0]["released"]["day"].startswith("0.05")


def test_an_exit_that_fits_e_uses_no_release_up(office: Office, owner: Person) -> None:
    office.do("exit release", **release(office, owner))
    assert not office.order(**EXIT | {"quantity": "1"}).refusal
    assert len(office.state.accounts["me"].releases) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"quantity": "101"},
        {"price": "0.0694"},
        {"newClientOrderId": "no-mark", "price": "0.0692"},
        {"side": "BUY", "price": "0.08"},
        {"symbol": "VINBTC"},
    ],
)
def test_no_other_order_leaves_by_it(office: Office, owner: Person, other: dict[str, str]) -> None:
    office.do("exit release", **release(office, owner))
    before = says(office.order(**{**EXIT, **other}))
    if other.get("newClientOrderId") == "no-mark":
        assert len(office.state.accounts["me"].releases) == 1
    else:
        assert before
    assert not office.order(**EXIT).refusal, "it is still there for its exit"


def test_a_release_that_has_ended_is_forgotten(office: Office, owner: Person) -> None:
    """And is not taken again."""
    given = release(office, owner)
    office.do("exit release", **given)
    office.state.forget(office.clock.now_ns() + HOUR - 1)
    assert len(office.state.accounts["me"].releases) == 1
    office.state.forget(office.clock.now_ns() + HOUR)
    assert office.state.accounts["me"].releases == {}
    assert "was given before" in office.ask("exit release", **given).error


def test_a_release_ends(office: Office, owner: Person) -> None:
    office.do("exit release", **release(office, owner))
    office.clock.advance(HOUR)
    assert "exit_budget" in says(office.order(**EXIT))


def test_a_release_is_taken_once_from_the_owner_alone(office: Office, owner: Person) -> None:
    given = release(office, owner)
    assert (
        "not the signature of the owner"
        in office.ask("exit release", **release(office, Person())).error
    )
    for field, value in {
        "quantity": "1000",
        "limit": "0.01",
        "collar": "waived",
        "symbol": "VIN/BTC",
        "release": "another-name-of-the-release",
        "expires_ns": str(office.clock.now_ns() + 2 * HOUR),
    }.items():
        changed = {**given, field: value}
        assert "not the signature" in office.ask("exit release", **changed).error, field
    for field, value in {"quantity": "-1", "limit": "0", "collar": "no", "symbol": "x\ny"}.items():
        assert "this is no release" in office.ask("exit release", **{**given, field: value}).error
    office.do("exit release", **given)
    assert "was given before" in office.ask("exit release", **given).error
    assert not office.order(**EXIT).refusal
    assert "was given before" in office.ask("exit release", **given).error


def test_a_release_is_good_for_a_week_at_most(office: Office, owner: Person) -> None:
    given = release(office, owner)
    fields = {k: v for k, v in given.items() if k not in ("expires_ns", "signature")}
    for expires in (office.clock.now_ns(), office.clock.now_ns() + 7 * DAY + SECOND):
        text = statements.release_text(office.journal.verifier, expires_ns=expires, **fields)
        told = office.ask(
            "exit release", **fields, expires_ns=str(expires), signature=owner.sign(text)
        )
        assert "up to 7 days" in told.error


def test_enrolling_an_owner_waits(office: Office) -> None:
    told = office.do("owner set", account="me", public_key=Person().public)
    assert not told["made"]


def test_a_release_passes_a_frozen_account_but_no_frozen_grant(
    office: Office, owner: Person
) -> None:
    office.do("stop everything")
    office.do("exit release", **release(office, owner))
    assert "frozen" in says(office.order(**EXIT | {"quantity": "1", "newClientOrderId": "x"}))
    job = office.order(**EXIT)
    assert not job.refusal
    assert office.bench.core.stopped(job) == ""
    office.do("exit release", **release(office, owner))
    office.do("grant freeze", name="tlg_test")
    again = EXIT | {"newClientOrderId": "exit-2"}
    assert "grant tlg_test is frozen" in says(office.order(**again))


def test_the_collar_is_waived_only_where_the_owner_says_so(office: Office, owner: Person) -> None:
    deep = {**EXIT, "price": "0.06"}
    fields = {"limit": "0.06", "release": "release-below-the-collar"}
    for collar, leaves in (("held", False), ("waived", True)):
        given = {**release(office, owner), **fields, "collar": collar}
        given["release"] += collar
        signed = {k: v for k, v in given.items() if k not in ("expires_ns", "signature")}
        text = statements.release_text(
            office.journal.verifier, expires_ns=int(given["expires_ns"]), **signed
        )
        office.do("exit release", **{**given, "signature": owner.sign(text)})
        job = office.order(**deep)
        assert (not job.refusal) is leaves, says(job)


def test_nothing_else_is_loosened_by_a_release(office: Office) -> None:
    """Every order of a grid, with and without a release: only what it covers is answered
    differently, and in two rules at most."""
    account, now = office.state.accounts["me"], office.bench.now
    for waived in (False, True):
        let = Release("r", "ETH/BTC", Decimal(40), Decimal("0.063"), waived, now + HOUR)
        sizes = itertools.product(MARKET_ORDERS + LIMIT_ORDERS, map(Decimal, ("0.1", "40", "150")))
        for shape, quantity in sizes:
            intent = msgspec.structs.replace(shape, quantity=quantity)
            case = office.bench.core.case(account, intent, SOURCE, now)
            plain = {a.rule: a.allowed for a in rules.judge(case).answers}
            by_it = rules.judge(msgspec.structs.replace(case, release=let))
            new = {a.rule for a in by_it.answers if a.allowed and not plain.get(a.rule)}
            assert new <= {"exit_budget", "price_collar"}, (intent, new)
            assert "price_collar" not in new or waived
            if by_it.allowed:
                assert by_it.order
                assert let.covers(intent.symbol, by_it.order.quantity, by_it.order.price, now)
                assert case.is_exit


def test_a_restored_backup_brings_no_release_back(office: Office, owner: Person) -> None:
    """Neither what was given before, nor a signature that may have been used since."""
    given = release(office, owner)
    office.do("exit release", **given)
    office.bench.take(Restored(office.clock.now_ns(), 3, 9, "00"))
    account = office.state.accounts["me"]
    assert account.releases == {}
    account.release_ids.clear()
    assert "only releases beyond" in office.ask("exit release", **given).error
