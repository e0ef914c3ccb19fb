"""People: what each role may ask, whose accounts he reaches, and what ends when he is removed."""

import asyncio
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.signer.conftest import GRANT_SECRET, KEY_SECRET, NOW, POLICY
from tests.signer.office import (
    LOOSE,
    TIGHT,
    Office,
    Person,
    approve,
    as_person,
    budget,
    enrol,
    signed,
)
from tradelatch.journal.log import records
from tradelatch.model import statements
from tradelatch.model.clock import DAY, SECOND
from tradelatch.model.wire import Command, Frames, Result, SignedCommand, frame
from tradelatch.signer.changing import MOST_A_DAY
from tradelatch.signer.people import Role
from tradelatch.signer.people_desk import (
    AHEAD_NS,
    LATE_NS,
    MOST_AT_ONCE,
    MOST_BYTES,
    MOST_OF_ONE,
    PeopleDesk,
)
from tradelatch.signer.records import AccountAdded, GrantIssued, Holdings
from tradelatch.signer.secrets import grant_label, key_label

OTHERS_SECRET, OTHERS_GRANT = bytearray(b"the secret of berta's key"), "tlg_of_berta"
OTHERS_WORDS = ("berta", OTHERS_GRANT)
"""By which anything of the other customer's would be known."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Two customers with an account each; the house has one of its own, `me`."""
    with Office(tmp_path) as opened:
        for customer in ("ada", "berta"):
            name = f"{customer}s"
            opened.bench.take(
                AccountAdded(NOW, name, "binance", f"{customer}-key", POLICY, customer=customer)
            )
            opened.bench.take(Holdings(NOW, name, {"BTC": Decimal(1)}))
            grant = f"tlg_of_{customer}"
            opened.bench.take(GrantIssued(NOW, grant, name, NOW + DAY))
            for record in opened.bench.history[-3:]:
                opened.record(record)
            label = key_label(name, "binance", f"{customer}-key")
            opened.secrets.add(f"account:{name}", label, bytearray(OTHERS_SECRET))
            opened.secrets.add(grant, grant_label(name, grant), bytearray(b"berta's grant"))
        yield opened


def person(office: Office, role: str, customer: str = "") -> tuple[str, Person]:
    """Somebody of that role, enrolled."""
    name, somebody = f"a-{role}-{customer}".strip("-"), Person()
    told = office.do(
        "operator add", name=name, public_key=somebody.public, role=role, customer=customer
    )
    if not told["made"]:
        office.wait(DAY)
    assert name in office.state.people
    return name, somebody


def examples(office: Office) -> dict[str, dict[str, str]]:
    """Every command of the signer, about what is the customer berta's as far as it can be."""
    about = {"account": "bertas"}
    order = {"symbol": "ETH/BTC", "side": "BUY", "quantity": "1", "price": ""}
    release = {"symbol": "ETH/BTC", "quantity": "1", "limit": "1", "collar": "held"}
    number = str(max(office.state.pending))
    sealed = office.sealed("new", "k", b"x")
    return {
        "status": {},
        "custody": {},
        "attest": {"nonce": "0" * 16},
        "key list": {},
        "change list": {},
        "operator list": {},
        "grant issue": about | {"days": "1", "sources": ""},
        "grant revoke": {"grant": OTHERS_GRANT},
        "grant freeze": {"name": OTHERS_GRANT},
        "grant thaw": {"name": "bertas"},
        "confirm": about,
        "policy simulate": about | order | {"is_exit": "", "source": "::1", "policy": ""},
        "policy set": about | {"policy": TIGHT},
        "house set": {"policy": "version = 1\n[units.BTC]\nbudget = 3\n"},
        "owner set": about | {"public_key": Person().public},
        "operator add": {"name": "eve", "public_key": Person().public},
        "operator remove": {"name": "a-customer-berta"},
        "change delay": {"hours": "48"},
        "change show": {"number": number},
        "change approve": {"number": number, "signature": "x"},
        "change cancel": {"number": number},
        "key box": {},
        "key make": {"account": "new", "exchange": "binance"},
        "key add": {"account": "new", "exchange": "binance", "key_id": "k", "sealed": sealed}
        | {"policy": POLICY, "unchecked": "yes"},
        "key replace": about | {"key_id": "k", "sealed": "x"},
        "key compromised": about,
        "key destroy": about,
        "key end": about,
        "grant list": {},
        "leak suspend": {"digest": "0" * 64, "accounts": "bertas:0", "grants": OTHERS_GRANT},
        "leak revoke": {"digest": "0" * 64, "accounts": "bertas:0", "grants": OTHERS_GRANT},
        "secret find": {"sealed": office.boxed("find", b"x")},
        "stop everything": {},
        "exit release": about | release | {"expires_ns": "1", "release": "r", "signature": "s"},
        "vault rotate": {},
        "reconcile": about | {"days": "1"},
    }


LISTS = {"status", "custody", "key list", "grant list", "change list", "operator list"}
READS = LISTS | {"change show", "policy simulate", "reconcile"}
OWN = {"grant issue", "grant revoke", "grant freeze", "policy set", "exit release"}
MAY = {
    "customer": READS | OWN,
    "support": LISTS | {"grant freeze"},
    "auditor": READS | {"attest"},
}


def every_verb(office: Office) -> set[str]:
    return set(office.admin._verbs)  # the signer's own table


def test_no_other_customer_is_reached_by_any_command(office: Office) -> None:
    """Every command there is, about berta's things, by ada's person."""
    name, ada = person(office, "customer", "ada")
    person(office, "customer", "berta")
    office.do("policy set", account="bertas", policy=LOOSE)
    asked = examples(office)
    assert asked.keys() == every_verb(office), "a new command needs an entry here"
    before = msgspec.json.encode(list(records(office.folder / "journal")))
    for verb, arguments in asked.items():
        told = as_person(office, name, ada, verb, **arguments)
        if verb in LISTS:
            assert not told.error or verb == "custody"
            shown = json.dumps(told.value)
            assert not [word for word in OTHERS_WORDS if word in shown], verb
            assert '"me"' not in shown, "what is the house's own"
        elif verb in MAY["customer"]:
            assert told.error.startswith("you have no "), (verb, told)
        else:
            assert told.error == f"{verb!r} is not for the role customer"
        unknown = {key: value.replace("berta", "nobod") for key, value in arguments.items()}
        if verb in MAY["customer"] - LISTS and "number" not in arguments:
            again = as_person(office, name, ada, verb, **unknown)
            assert again.error == told.error.replace("berta", "nobod"), "it tells what there is"
    assert msgspec.json.encode(list(records(office.folder / "journal"))) == before


def test_what_is_the_houses_own_is_no_customers(office: Office) -> None:
    name, ada = person(office, "customer", "ada")
    for verb, arguments in (
        ("grant issue", {"account": "me", "days": "1", "sources": ""}),
        ("policy set", {"account": "me", "policy": TIGHT}),
        ("grant freeze", {"name": "tlg_test"}),
        ("grant freeze", {"name": ""}),
        ("change show", {"number": "77"}),
    ):
        assert as_person(office, name, ada, verb, **arguments).error.startswith("you have no ")


def test_a_customer_reaches_his_own(office: Office) -> None:
    name, ada = person(office, "customer", "ada")

    def do(verb: str, **arguments: str) -> Any:
        told = as_person(office, name, ada, verb, **arguments)
        assert not told.error, told.error
        return told.value

    assert [a["account"] for a in do("status")["accounts"]] == ["adas"]
    assert do("status")["accounts"][0]["used"]
    assert list(do("key list")) == ["adas"]
    grant = do("grant issue", account="adas", days="1", sources="")
    do("grant freeze", name=grant["id"])
    do("grant revoke", grant=grant["id"])
    do("grant freeze", name="adas")
    change = do("policy set", account="adas", policy=TIGHT)
    assert not change["made"]
    assert [c["number"] for c in do("change list")] == [change["number"]]
    assert do("change show", number=str(change["number"]))["new"] == TIGHT
    assert do("status")["pending_changes"] == [change["number"]]
    order = {"symbol": "ETH/BTC", "side": "BUY", "quantity": "1", "price": "", "is_exit": ""}
    assert do("policy simulate", account="adas", source="::1", policy="", **order)["answers"]
    assert list(do("operator list")) == [name]
    assert (
        "has no owner's key"
        in as_person(
            office,
            name,
            ada,
            "exit release",
            account="adas",
            symbol="ETH/BTC",
            quantity="1",
            limit="1",
            collar="held",
            expires_ns="1",
            release="r",
            signature="s",
        ).error
    )


@pytest.mark.parametrize("role", ["support", "auditor", "operator"])
def test_each_role_may_what_the_table_says(office: Office, role: str) -> None:
    enrol(office, root=Person())
    name, somebody = person(office, role)
    office.do("policy set", account="bertas", policy=LOOSE)
    denied = f"is not for the role {role}"
    for verb, arguments in examples(office).items():
        told = as_person(office, name, somebody, verb, **arguments)
        may = role == "operator" or verb in MAY[role]
        assert (denied not in told.error) is may, (verb, told)
    unknown = as_person(office, name, somebody, "steal").error
    assert "no command 'steal'" in unknown


def test_an_auditor_changes_nothing(office: Office) -> None:
    name, auditor = person(office, "auditor")
    office.do("policy set", account="bertas", policy=LOOSE)
    before = list(records(office.folder / "journal"))
    for verb, arguments in examples(office).items():
        as_person(office, name, auditor, verb, **arguments)
    after = list(records(office.folder / "journal"))
    kinds = {msgspec.json.decode(line)["record"] for line in after[len(before) :]}
    assert kinds <= {"OwnRequest"}


def test_support_sees_no_amounts(office: Office) -> None:
    name, support = person(office, "support")
    told = as_person(office, name, support, "status").value
    assert [a["account"] for a in told["accounts"]] == ["me", "adas", "bertas"]
    hidden = ("value", "lowest", "advice", "released", "limits", "used", "signed")
    assert {account[field] for account in told["accounts"] for field in hidden} == {None}
    assert "0.25" not in json.dumps(told)
    frozen = as_person(office, name, support, "grant freeze", name="bertas")
    assert not frozen.error
    [freeze] = office.state.accounts["bertas"].frozen.values()
    assert freeze.says == "by a-support"


@pytest.mark.parametrize("role", list(Role))
def test_no_role_reads_a_secret(office: Office, role: Role) -> None:
    """But for the grant that one has just issued."""
    enrol(office, root=Person())
    customer = "berta" if role is Role.CUSTOMER else ""
    name, somebody = person(office, role, customer)
    office.do("policy set", account="bertas", policy=LOOSE)
    secrets = (OTHERS_SECRET, KEY_SECRET, GRANT_SECRET, b"berta's grant")
    issued = set()
    for verb, arguments in examples(office).items():
        told = as_person(office, name, somebody, verb, **arguments)
        shown = msgspec.json.encode(told)
        assert not [secret for secret in secrets if bytes(secret) in shown], verb
        if b'"secret":' in shown:
            issued.add(verb)
    assert issued == ({"grant issue"} if role in (Role.CUSTOMER, Role.OPERATOR) else set())


def test_the_journal_names_who_did_it(office: Office) -> None:
    name, ada = person(office, "customer", "ada")
    done = as_person(office, name, ada, "grant issue", account="adas", days="1", sources="")
    as_person(office, name, ada, "policy set", account="adas", policy=LOOSE)
    as_person(office, name, ada, "policy set", account="adas", policy=TIGHT)
    as_person(office, name, ada, "grant freeze", name="adas")
    as_person(office, name, ada, "grant revoke", grant=done.value["id"])
    office.do("grant freeze", name="bertas")
    found = [msgspec.json.decode(line) for line in records(office.folder / "journal")]
    by = [(r["record"], r["by"]) for r in found if r.get("by")]
    assert by == [
        ("GrantIssued", name),
        ("ChangeProposed", name),
        ("ChangeProposed", name),
        ("Frozen", name),
        ("GrantRevoked", name),
    ]
    assert [r["says"] for r in found if r["record"] == "Frozen"] == [f"by {name}", "by an operator"]
    assert office.do("change list")[0]["by"] == name
    assert [p.by for p in office.recovered().pending.values()] == [name]


# The door


def test_only_what_an_enrolled_person_signed_here_and_now_comes_in(office: Office) -> None:
    name, ada = person(office, "customer", "ada")
    office.clock.advance(SECOND)
    good = signed(office, name, ada, "status", {})
    replace = msgspec.structs.replace

    def error(command: SignedCommand) -> str:
        return office.run(office.door.answer(command)).error

    nobody = "nobody is enrolled here by that name and key"
    assert error(replace(good, person="eve")) == nobody
    assert error(signed(office, name, Person(), "status", {})) == nobody
    for changed in (
        {"verb": "key list"},
        {"arguments": {"account": "bertas"}},
        {"time_ns": good.time_ns + 1},
        {"signature": ""},
        {"signature": "é" * 88},
    ):
        assert error(replace(good, **changed)) == nobody, changed
    assert "one line of printable" in error(replace(good, verb="status\n"))
    other = statements.command_text("another house", name, "status", {}, good.time_ns)
    assert error(replace(good, signature=ada.sign(other))) == nobody
    approval = statements.change_text(office.journal.verifier, 1, "x", "b", "a", "o", NOW)
    assert error(replace(good, signature=ada.sign(approval))) == nobody
    assert error(good) == ""
    assert error(good) == "this very command was received before"


def test_a_command_is_good_for_a_minute_and_not_across_a_restart(office: Office) -> None:
    name, ada = person(office, "customer", "ada")

    def ask(command: SignedCommand) -> str:
        return office.run(office.door.answer(command)).error

    late = signed(office, name, ada, "status", {})
    office.clock.advance(LATE_NS - 1)
    assert ask(late) == ""
    late = signed(office, name, ada, "status", {})
    office.clock.advance(LATE_NS)
    assert "is the clock right?" in ask(late)
    assert "is the clock right?" in ask(signed(office, name, ada, "status", {}, AHEAD_NS + 1))
    ahead = signed(office, name, ada, "status", {}, AHEAD_NS)
    assert ask(ahead) == ""
    office.door = PeopleDesk(office.admin, office.state, office.clock, office.journal.verifier)
    assert "first seconds" in ask(ahead)
    office.clock.advance(AHEAD_NS + 1)
    assert "first seconds" in ask(ahead)
    assert ask(signed(office, name, ada, "status", {})) == ""


async def _say(path: Path, raw: bytes) -> list[Result]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(raw)
    try:
        return Frames[Result](Result).feed(await reader.read())
    except ConnectionError:
        return []
    finally:
        writer.close()


def test_the_socket_is_bounded(office: Office) -> None:
    name, ada = person(office, "customer", "ada")
    office.clock.advance(SECOND)
    path = office.folder / "run" / "people.sock"
    good = frame(signed(office, name, ada, "key list", {}))
    large = frame(signed(office, name, ada, "key list", {"x": "x" * MOST_BYTES}))

    async def converse() -> None:
        server = await office.door.serve(path)
        assert path.stat().st_mode & 0o777 == 0o666
        for bad in (b"", b"\0\0\0\1x", (MOST_BYTES + 1).to_bytes(4, "big"), frame(Result(1))):
            reader, writer = await asyncio.open_unix_connection(str(path))
            writer.write(bad)
            if bad == b"":
                writer.write_eof()
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await reader.readexactly(1)
            writer.close()
        assert await _say(path, large) == []
        silent = [await asyncio.open_unix_connection(str(path)) for _ in range(MOST_AT_ONCE)]
        [answer] = await _say(path, good)
        assert list(answer.value) == ["adas"], "who says nothing keeps nobody out"
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await silent[0][0].readexactly(1)
        for reader, writer in silent:
            assert reader.at_eof() is (reader is silent[0][0]), "the first of them went"
            writer.close()
        server.close()

    office.run(converse())


def test_one_persons_commands_hold_up_nobody_else(office: Office) -> None:
    """More than there are places, all of them waiting while another is carried out."""
    (name, ada), (other, berta) = (person(office, "customer", c) for c in ("ada", "berta"))
    enrol(office, root=Person())
    office.clock.advance(SECOND)
    path = office.folder / "run" / "people.sock"

    def command(who: str, key: Person, verb: str, ahead: int, **arguments: str) -> bytes:
        return frame(signed(office, who, key, verb, arguments, ahead))

    async def converse() -> None:
        server = await office.door.serve(path)
        turn = office.admin._turns["reconcile"]
        await turn.acquire()
        asked = {"account": "adas", "days": "1"}
        for n in range(MOST_AT_ONCE + MOST_OF_ONE):
            _, writer = await asyncio.open_unix_connection(str(path))
            writer.write(command(name, ada, "reconcile", n, **asked))
            if n < MOST_OF_ONE:
                while office.door._busy[name] <= n:
                    await asyncio.sleep(0)
            writer.close()
        [told] = await _say(path, command(name, ada, "key list", 99))
        assert "2 commands of yours are being carried out" in told.error
        assert list((await _say(path, command(other, berta, "key list", 0)))[0].value) == ["bertas"]
        turn.release()
        while office.door._busy[name]:
            await asyncio.sleep(0)
        [told] = await _say(path, command(name, ada, "key list", 100))
        assert list(told.value) == ["adas"]
        server.close()

    office.run(converse())


@pytest.mark.parametrize("role", ["customer", "operator"])
def test_who_is_removed_while_his_command_waits_is_not_obeyed(office: Office, role: str) -> None:
    enrol(office, root=Person())
    name, somebody = person(office, role, "ada" if role == "customer" else "")
    office.clock.advance(SECOND)
    command = signed(office, name, somebody, "grant freeze", {"name": "adas"})

    async def race() -> tuple[Result, Result]:
        async with office.admin._turn:
            removing = asyncio.create_task(
                office.admin.answer(Command(1, "operator remove", {"name": name}))
            )
            await asyncio.sleep(0)
            waiting = asyncio.create_task(office.door.answer(command))
            await asyncio.sleep(0)
        return await removing, await waiting

    removed, told = office.run(race())
    assert not removed.error
    assert told.error == "nobody is enrolled here by that name and key"
    assert not office.state.accounts["adas"].frozen


def test_a_customers_person_proposes_so_much_a_day(office: Office) -> None:
    name, ada = person(office, "customer", "ada")

    def propose(policy: str) -> str:
        return as_person(office, name, ada, "policy set", account="adas", policy=policy).error

    for n in range(MOST_A_DAY):
        assert not propose((TIGHT, LOOSE)[n % 2])
    says = "you have proposed 20 changes within a day: wait until tomorrow"
    assert propose(TIGHT) == says
    assert office.recovered().proposed == office.state.proposed
    for _ in range(MOST_A_DAY + 1):
        office.do("policy set", account="bertas", policy=TIGHT)
    office.wait(DAY - SECOND)
    assert propose(TIGHT) == says
    office.wait(SECOND)
    assert not propose(TIGHT)
    assert "bytes are too many" in propose(TIGHT + "#" * 65_536)


def test_a_customer_replaces_only_what_his_own_people_proposed(office: Office) -> None:
    root = Person()
    enrol(office, root=root)
    name, ada = person(office, "customer", "ada")
    second = Person()
    office.do(
        "operator add", name="second", public_key=second.public, role="customer", customer="ada"
    )
    office.wait(DAY)

    def propose(who: str, key: Person, policy: str) -> str:
        return as_person(office, who, key, "policy set", account="adas", policy=policy).error

    assert not propose(name, ada, TIGHT)
    assert not propose("second", second, LOOSE)
    assert not propose("root", root, TIGHT)
    before = dict(office.state.pending)
    refused = propose(name, ada, LOOSE)
    assert refused == f"change {max(before)} is the house's proposal: ask it to cancel it"
    office.do("change cancel", number=str(max(before)))
    office.do("policy set", account="adas", policy=TIGHT)
    assert "is the house's proposal" in propose(name, ada, LOOSE)
    assert len(office.state.pending) == 1


# Enrolling and removing


def test_only_who_can_reach_nothing_is_enrolled_at_once(office: Office) -> None:
    def add(role: str, customer: str = "") -> bool:
        name = f"{role}-{customer or 'x'}"
        key = Person().public
        told = office.do("operator add", name=name, public_key=key, role=role, customer=customer)
        made: bool = told["made"]
        return made

    assert add("customer", "carol")
    assert not add("customer", "ada")
    assert not add("support")
    assert not add("auditor")
    assert add("operator")
    assert office.state.operators.keys() == {"operator-x"}
    for arguments, says in [
        ({"role": "king"}, "'king' is no role"),
        ({"role": "customer"}, "names the customer"),
        ({"role": "support", "customer": "ada"}, "names the customer"),
        ({"role": "customer", "customer": "A b"}, "is no name"),
    ]:
        told = office.ask("operator add", name="eve", public_key=Person().public, **arguments)
        assert says in told.error


def test_removing_ends_access_at_once_and_changes_who_approves_later(office: Office) -> None:
    alice, bob = Person(), Person()
    enrol(office, alice=alice, bob=bob)
    number = office.do("policy set", account="me", policy=LOOSE)["number"]
    approve(office, number, bob)
    told = as_person(office, "alice", alice, "operator remove", name="bob")
    removal = told.value["number"]
    assert (told.value["made"], told.value["signatures"]) == (False, 1)
    assert "nobody is enrolled" in as_person(office, "bob", bob, "status").error
    assert "no operator's signature" in approve(office, removal, bob).error
    approve(office, number, alice)
    assert budget(office) == "0.25", "bob's approval counts no more"
    office.wait(9 * DAY)
    assert budget(office) == "0.25", "there are two operators, and time is not enough"
    assert "bob" in office.state.people, "nobody has signed"
    assert office.state.leaving == office.recovered().leaving == {"bob"}
    assert "being removed already" in office.ask("operator remove", name="bob").error
    approve(office, removal, alice)
    assert set(office.state.operators) == {"alice"}
    assert budget(office) == "0.25"


def test_one_of_two_is_removed_by_the_other_after_the_delay_and_not_before(
    office: Office,
) -> None:
    alice, bob = Person(), Person()
    enrol(office, alice=alice, bob=bob)
    removal = office.do("operator remove", name="bob")["number"]
    assert not approve(office, removal, alice).value["made"]
    office.wait(DAY - SECOND)
    assert "bob" in office.state.people
    office.wait(SECOND)
    assert "bob" not in office.state.people


def test_one_of_three_is_removed_by_the_two_others(office: Office) -> None:
    alice, bob, carol = Person(), Person(), Person()
    enrol(office, alice=alice, bob=bob, carol=carol)
    removal = office.do("operator remove", name="carol")
    assert removal["waits_s"] is None
    approve(office, removal["number"], alice)
    office.wait(2 * DAY)
    assert "carol" in office.state.people
    approve(office, removal["number"], bob)
    assert set(office.state.operators) == {"alice", "bob"}


def test_a_removal_that_is_cancelled_gives_access_back(office: Office) -> None:
    alice, bob = Person(), Person()
    enrol(office, alice=alice, bob=bob)
    removal = office.do("operator remove", name="bob")["number"]
    assert as_person(office, "bob", bob, "status").error
    office.do("change cancel", number=str(removal))
    assert not as_person(office, "bob", bob, "status").error


@pytest.mark.parametrize("role", ["customer", "support", "auditor"])
def test_who_approves_nothing_is_gone_at_once(office: Office, role: str) -> None:
    name, somebody = person(office, role, "ada" if role == "customer" else "")
    assert not as_person(office, name, somebody, "key list").error
    assert office.do("operator remove", name=name)["made"]
    assert "nobody is enrolled" in as_person(office, name, somebody, "key list").error
    assert office.recovered().people == {}


def test_keys_are_nobodys_twice_whatever_the_role(office: Office) -> None:
    _, somebody = person(office, "support")
    told = office.ask("operator add", name="eve", public_key=somebody.public)
    assert "this very key" in told.error
