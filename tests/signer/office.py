"""A signer's core with its operators' desk: the real admin commands, a real journal, a clock and an
uptime that move when told to."""

import asyncio
from collections.abc import Awaitable
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.signer.conftest import GRANT, GRANT_SECRET, KEY, KEY_SECRET, NOW, POLICY, Bench
from tests.vault.keys import OneKey
from tradelatch.exchanges.claims import Send, Sent
from tradelatch.journal.log import Journal, records
from tradelatch.model import statements
from tradelatch.model.box import sealed_key
from tradelatch.model.clock import DAY, MS, ManualClock
from tradelatch.model.uptime import Uptime
from tradelatch.model.wire import Command, Result, SignedCommand
from tradelatch.signer.admin import Admin
from tradelatch.signer.asking import Asking
from tradelatch.signer.changing import Changing
from tradelatch.signer.claims import Claims
from tradelatch.signer.custody import Custody
from tradelatch.signer.followers import Followers
from tradelatch.signer.job import Job
from tradelatch.signer.keeper import Keeper
from tradelatch.signer.keys import Keys
from tradelatch.signer.leaks import Leaks
from tradelatch.signer.people_desk import PeopleDesk
from tradelatch.signer.reconcile import Reconciler
from tradelatch.signer.recorder import Recorder
from tradelatch.signer.records import AnyRecord, decode
from tradelatch.signer.secrets import Secrets, create_own_keys, grant_label, key_label
from tradelatch.signer.state import State
from tradelatch.signer.stopping import Stopping
from tradelatch.signer.verbs import Verbs
from tradelatch.vault.store import Vault

TIGHT, LOOSE = POLICY.replace("0.25", "0.2"), POLICY.replace("0.25", "0.5")
SOURCE = "127.0.0.1"
_T = TypeVar("_T")


async def no_courier(_: Send) -> Sent:
    """Nobody carries anything."""
    return Sent(0, was_sent=False, error="the courier is not running")


class Office:
    """Used as a context manager; `bench` is the core behind the desk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.bench = Bench()
        self.uptime_ns, self.boot = 0, "first"
        self._keyring: Any = OneKey(bytes(32))
        self._vault = vault = Vault(folder / "vault", self._keyring)
        create_own_keys(vault)
        self.secrets = Secrets(vault)
        self.secrets.add("account:me", key_label("me", "binance", KEY), bytearray(KEY_SECRET))
        self.secrets.add(GRANT, grant_label("me", GRANT), bytearray(GRANT_SECRET))
        key = Ed25519PrivateKey.generate()
        Journal.create(folder / "journal", key)
        self.journal = Journal(folder / "journal", key)
        self.clock = ManualClock(NOW)
        self._open()

    def _open(self) -> None:
        core = self.bench.core
        self.recorder = Recorder(self.journal, lambda why: None)
        self.keeper = Keeper(core, self.secrets, self.recorder, self.clock, self.uptime)
        verifier, clock = self.journal.verifier, self.clock
        changing = Changing(core, self.keeper, clock, self.uptime, verifier)
        stopping = Stopping(core, self.keeper, clock, verifier)
        asking = Asking(core, self.recorder, no_courier, clock)
        custody = Custody(
            self._vault,
            self._keyring,
            self.keeper,
            clock,
            {},
            self.journal.newest,
            self.journal.statement,
        )
        claims = Claims(core, self.recorder, clock, Followers(core.state, clock))
        reconciler = Reconciler(core, asking, claims, clock, self.journal.statement)
        keys = Keys(core, self.secrets, self.keeper, clock, asking, changing.propose)
        leaks = Leaks(core, self.secrets, self.keeper, clock)
        self.verbs: Verbs = {}
        for one in (keys, leaks, changing, stopping, custody, reconciler):
            self.verbs |= one.verbs
        self.admin = Admin(core, self.secrets, self.recorder, clock, self.verbs)
        self.door = PeopleDesk(self.admin, core.state, clock, verifier)

    def __enter__(self) -> Self:
        self._writing = self.loop.create_task(self.recorder.run())
        for record in self.bench.history:
            self.record(record)
        return self

    def __exit__(self, *_: object) -> None:
        self.recorder.stop()
        self.run(self._writing)
        self.loop.close()

    def record(self, record: AnyRecord) -> None:
        """Write down what has been applied."""

        async def write() -> None:
            await self.recorder.record(record)

        self.run(write())

    def order(self, **form: str) -> Job:
        """One order, a hundredth of a second after the last; prices stand at 0.07."""
        self.clock.advance(10 * MS)
        self.bench.now = self.clock.now_ns()
        self.bench.feed(Decimal("0.07"))
        job = self.bench.core.consider(self.bench.order(**form), SOURCE, self.bench.now)
        for record in [*job.decided(), *job.after]:
            self.record(record)
        return job

    def run(self, work: Awaitable[_T]) -> _T:
        return self.loop.run_until_complete(work)

    @property
    def state(self) -> State:
        return self.bench.state

    def uptime(self) -> Uptime:
        return Uptime(self.boot, self.uptime_ns)

    def sealed(self, account: str, key_id: str, secret: bytes) -> str:
        """A secret in a box for the vault."""
        public_key = statements.encode(self.secrets.box.public)
        return sealed_key(public_key, account, "binance", key_id, bytearray(secret))

    def boxed(self, name: str, value: bytes) -> str:
        """Any value in a box for the vault."""
        public_key = statements.encode(self.secrets.box.public)
        return sealed_key(public_key, "", "", name, bytearray(value))

    def ask(self, verb: str, **arguments: str) -> Result:
        """One command, and what is due by then."""
        return self.run(self.admin.answer(Command(1, verb, arguments)))

    def do(self, verb: str, **arguments: str) -> Any:
        """A command that is carried out."""
        result = self.ask(verb, **arguments)
        assert not result.error, result.error
        return result.value

    def wait(self, nanoseconds: int) -> None:
        """Time passes, and the keeper looks after things."""
        self.clock.advance(nanoseconds)
        self.bench.now = self.clock.now_ns()
        self.uptime_ns += nanoseconds
        self.run(self.keeper.round())

    def recovered(self) -> State:
        """The state that follows from what is on the disk."""
        state = State()
        for line in records(self.folder / "journal"):
            state.apply(decode(line))
        return state


def signed(
    office: Office,
    name: str,
    person: "Person",
    verb: str,
    arguments: dict[str, str],
    ahead_ns: int = 0,
) -> SignedCommand:
    """A command of a person, signed now by a clock that runs ahead."""
    now = office.clock.now_ns() + ahead_ns
    text = statements.command_text(office.journal.verifier, name, verb, arguments, now)
    return SignedCommand(1, name, now, person.sign(text), verb, arguments)


def as_person(
    office: Office, name: str, person: "Person", verb: str, /, **arguments: str
) -> Result:
    """A command of a person, through the door."""
    office.clock.advance(MS)
    return office.run(office.door.answer(signed(office, name, person, verb, arguments)))


def says(job: Job) -> str:
    """Why an order was refused; empty if it was not."""
    return job.refusal.text if job.refusal else ""


class Person:
    """Somebody with a key of his own."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.public = statements.encode(self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        return statements.encode(self._key.sign(text.encode()))


def enrol(office: Office, **people: Person) -> None:
    """Enrol operators: the first at once, the second after a day, others by the first two."""
    for name, person in people.items():
        told = office.do("operator add", name=name, public_key=person.public)
        if told["made"]:
            continue
        if len(office.state.operators) < 2:
            office.wait(DAY)
        else:
            for other in list(people.values())[:2]:
                approve(office, told["number"], other)
        assert name in office.state.operators


def approve(office: Office, number: int, person: Person) -> Result:
    """One operator's approval of a change."""
    text = office.do("change show", number=str(number))["text"]
    return office.ask("change approve", number=str(number), signature=person.sign(text))


def budget(office: Office) -> str:
    return str(office.state.accounts["me"].policy.budget)
