"""What is worth a notice, and how it is worded."""

from decimal import Decimal

import pytest

from tradelatch.model.clock import DAY
from tradelatch.model.intents import PlaceOrder, ReadAccount
from tradelatch.model.orders import OrderType, Side
from tradelatch.model.uptime import Uptime
from tradelatch.policy.release import Release
from tradelatch.signer.changes import (
    AnyChange,
    ReplaceKey,
    SetDelay,
    SetOwner,
    SetPerson,
    SetPolicy,
    Thaw,
)
from tradelatch.signer.people import Person, Role
from tradelatch.signer.records import (
    Allowed,
    AnyRecord,
    Cause,
    ChangeApproved,
    ChangeCancelled,
    ChangeMade,
    ChangeProposed,
    ExitReleased,
    Frozen,
    GrantRevoked,
    KeyCompromised,
    NewRiskClosed,
    encode,
)
from tradelatch.watch.notices import notice_of

NOW = 1_790_000_000_000_000_000
LET = Release("r" * 16, "ETH/BTC", Decimal("10"), Decimal("0.05"), False, NOW)


def says(record: AnyRecord) -> str:
    notice = notice_of(encode(record))
    assert notice
    assert notice.time == "2026-09-21T14:13:20Z"
    assert notice.says.endswith(".")
    assert notice.says.count(". ") == 0, "one sentence"
    return notice.says


def proposed(change: AnyChange, *, waits: bool = True) -> ChangeProposed:
    return ChangeProposed(NOW, 7, change.what(), change, "", "", waits, Uptime("b", 0), DAY)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (SetPolicy("me", "x"), "a new policy for account me"),
        (ReplaceKey("me", "k"), "another exchange key for account me"),
        (SetOwner("me", "k"), "an owner's key for account me"),
        (Thaw("me", "tlg_1"), "thawing grant tlg_1"),
        (SetPerson(Person("eve", Role.OPERATOR, "k")), "enrolling operator eve"),
        (SetPerson(Person("al", Role.CUSTOMER, "", "ada")), "removing customer al of ada"),
        (SetDelay(24), "a delay of 24 hours"),
    ],
)
def test_a_proposed_change_that_waits_says_how_to_cancel_it(change: AnyChange, what: str) -> None:
    assert says(proposed(change)) == (
        f"Change 7 was proposed, {what}; it waits for two operators or 24 hours: if nobody you "
        "know proposed it, run `tradelatch changes cancel 7`."
    )


def test_what_happened_whom_it_is_about_and_what_to_do() -> None:
    assert "`tradelatch changes cancel 7`" in says(ChangeApproved(NOW, 7, "bob", "s"))
    assert "in force, a thaw (why)" in says(ChangeMade(NOW, 7, "a thaw", "why"))
    assert "cancelled, a thaw (why)" in says(ChangeCancelled(NOW, 7, "a thaw", "why"))
    frozen = says(Frozen(NOW, "me", "tlg_1", Cause.DENIALS, "20 within 600 s"))
    assert "Grant tlg_1 of account me was frozen, dangerous denials (20 within 600 s)" in frozen
    assert "`tradelatch grants revoke tlg_1` or `tradelatch grants thaw tlg_1`" in frozen
    whole = says(Frozen(NOW, "me", "", Cause.BUDGET, "0.9 of 1"))
    assert whole.startswith("Account me was frozen, B is spent (0.9 of 1)")
    assert "`tradelatch grants thaw me`" in whole
    released = says(ExitReleased(NOW, "me", LET, "s"))
    assert "account me released an exit, up to 10 ETH/BTC at 0.05 or better" in released
    assert "(the disk is full)" in says(NewRiskClosed(NOW, "the disk is full"))
    order = PlaceOrder("ETH/BTC", Side.SELL, OrderType.MARKET)
    used = Allowed(NOW, 9, "tlg_1", "me", "d", order, 0, 0, release="r" * 16)
    assert "account me by grant tlg_1, ETH/BTC (verdict 9)" in says(used)


def test_a_leak_is_told_with_what_to_do() -> None:
    leak = "its key id stands in list abcd"
    account = says(Frozen(NOW, "me", "", Cause.LEAK, leak))
    assert "Account me was suspended, its key id stands in list abcd of leaked ids" in account
    assert "`tradelatch reconcile me` and `tradelatch keys replace me`" in account
    assert "grants revoke tlg_1" in says(Frozen(NOW, "me", "tlg_1", Cause.LEAK, leak))
    assert "account me is called compromised" in says(KeyCompromised(NOW, "me"))


def test_most_records_are_worth_none() -> None:
    for record in (
        proposed(SetDelay(48), waits=False),
        GrantRevoked(NOW, "tlg_1"),
        Allowed(NOW, 9, "tlg_1", "me", "d", ReadAccount("account"), 0, 0),
    ):
        assert notice_of(encode(record)) is None


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"\xff", b'{"record": "Frozen"}', b"7"])
def test_what_is_no_record_is_said_to_be_none(line: bytes) -> None:
    with pytest.raises(ValueError, match="no record of a journal"):
        notice_of(line)
