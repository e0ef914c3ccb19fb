"""Changes to what holds: what each would replace, whether it waits, and how it is carried out.

A change waits for the signatures of two operators or, where there are not two, for a day or longer
(`Pending.reason`). A policy holds beside the present one meanwhile, so that what is tighter in it
works at once and what is looser does not; nothing here has to tell which is which.
"""

import hashlib
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from tradelatch.model import statements
from tradelatch.model.clock import DAY, HOUR
from tradelatch.model.uptime import Uptime
from tradelatch.policy.document import Policy, parse_policy
from tradelatch.policy.house import HousePolicy, parse_house
from tradelatch.signer.people import Person, Role

if TYPE_CHECKING:
    from tradelatch.signer.state import State

LEAST_DELAY_NS, MOST_DELAY_NS = DAY, 30 * DAY
QUORUM = 2
"""So many operators have to sign a change that waits."""
UNSIGNED_NS = 7 * DAY
"""A change that waits for signatures is dropped after this, so that none is forgotten."""


class Change(msgspec.Struct, frozen=True, tag=True, tag_field="change"):
    """Each change tells, of the state before it is carried out:

    * ``what()``, the change in words, for notices and for who signs it;
    * ``before(state)``, what it replaces, exactly: another value later means that it no longer
      fits (KeyError: what it would change does not exist);
    * ``after()``, what it brings;

    and ``carry_out(state, number, time_ns)`` makes it so.
    """

    def waits(self, state: "State") -> bool:
        """Whether it has to be approved, or to wait."""
        return True

    def enough(self, state: "State") -> int:
        """How many operators have to sign once the delay has passed; at once, `QUORUM` have to."""
        return 0 if len(state.operators) < QUORUM else QUORUM

    def stays(self) -> bool:
        """It is tighter already while it is pending, and so is not dropped for its age."""
        return False

    def hold(self, state: "State", number: int) -> None:
        """What holds as long as it is pending."""

    def let_go(self, state: "State", number: int) -> None:
        """It is pending no more."""


class SetPolicy(Change, frozen=True):
    """Another policy for an account's grants, as TOML."""

    account: str
    policy: str

    def what(self) -> str:
        return f"a new policy for account {self.account}"

    def present(self, state: "State") -> Policy:
        """What it would replace."""
        return state.accounts[self.account].policy

    def before(self, state: "State") -> str:
        return f"policy {self.present(state).digest}"

    def after(self) -> str:
        return f"policy {parse_policy(self.policy).digest}"

    def stays(self) -> bool:
        return True

    def hold(self, state: "State", number: int) -> None:
        state.accounts[self.account].beside[number] = parse_policy(self.policy)

    def let_go(self, state: "State", number: int) -> None:
        del state.accounts[self.account].beside[number]

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        state.accounts[self.account].policy = parse_policy(self.policy)


class SetHouse(Change, frozen=True):
    """What the orders of all accounts may cost together, as TOML."""

    policy: str

    def what(self) -> str:
        return "new amounts of the house"

    def present(self, state: "State") -> HousePolicy:
        """What it would replace."""
        return state.house.policy

    def before(self, state: "State") -> str:
        return f"house {self.present(state).digest}"

    def after(self) -> str:
        return f"house {parse_house(self.policy).digest}"

    def stays(self) -> bool:
        return True

    def hold(self, state: "State", number: int) -> None:
        state.house.beside[number] = parse_house(self.policy)

    def let_go(self, state: "State", number: int) -> None:
        del state.house.beside[number]

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        state.house.policy = parse_house(self.policy)


class ReplaceKey(Change, frozen=True):
    """Another exchange key for an account; its secret is sealed under the change's number."""

    account: str
    key_id: str
    mark: str = ""

    def what(self) -> str:
        return f"another exchange key for account {self.account}"

    def before(self, state: "State") -> str:
        account = state.accounts[self.account]
        return f"key {account.key_id} of change {account.key_change}"

    def after(self) -> str:
        return f"key {self.key_id}"

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        state.replace_key(self.account, self.key_id, number, time_ns, self.mark)


class SetOwner(Change, frozen=True):
    """The key with which an account's owner releases exits."""

    account: str
    public_key: str

    def what(self) -> str:
        return f"an owner's key for account {self.account}"

    def before(self, state: "State") -> str:
        return f"owner's key {state.accounts[self.account].owner or 'none'}"

    def after(self) -> str:
        return f"owner's key {self.public_key}"

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        state.accounts[self.account].owner = self.public_key


class Thaw(Change, frozen=True):
    """A frozen grant, or account (`grant` is empty), may place orders again."""

    account: str
    grant: str

    def what(self) -> str:
        return f"thawing {self._name()}"

    def before(self, state: "State") -> str:
        frozen = state.frozen(self.account, self.grant)
        told = (f"{freeze.cause} at {freeze.time_ns}" for freeze in frozen.values())
        return f"frozen: {'; '.join(told) or 'not at all'}"

    def after(self) -> str:
        return "not frozen"

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        state.thaw(self.account, self.grant, time_ns)

    def _name(self) -> str:
        return f"grant {self.grant}" if self.grant else f"account {self.account}"


class SetPerson(Change, frozen=True):
    """Somebody is enrolled; with an empty key, removed."""

    person: Person

    def what(self) -> str:
        """The person as he is signed for."""
        who = f"{self.person.role} {self.person.name}"
        of = f" of {self.person.customer}" if self.person.customer else ""
        return f"{'enrolling' if self.person.public_key else 'removing'} {who}{of}"

    def before(self, state: "State") -> str:
        known = state.people.get(self.person.name)
        return f"{known.role} {known.customer} {known.public_key}" if known else "nobody"

    def after(self) -> str:
        return f"key {self.person.public_key or 'none'}"

    def waits(self, state: "State") -> bool:
        """But for those who can reach nothing: the first operator, since one alone can approve
        nothing, and the people of a customer without an account. Who approves nothing is removed
        at once."""
        person = self.person
        if person.role is Role.OPERATOR:
            return bool(state.operators)
        if not person.public_key:
            return False
        customers = {account.customer for account in state.accounts.values()}
        return person.role is not Role.CUSTOMER or person.customer in customers

    def enough(self, state: "State") -> int:
        """One of two is removed by the other one and the delay, or he could never be."""
        if self.person.public_key:
            return super().enough(state)
        return min(len(state.operators) - 1, QUORUM)

    def stays(self) -> bool:
        return not self.person.public_key

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        if self.person.public_key:
            state.people[self.person.name] = self.person
        else:
            del state.people[self.person.name]


class SetDelay(Change, frozen=True):
    """How long changes wait where there are not two operators, in hours."""

    hours: int

    def what(self) -> str:
        return f"a delay of {self.hours} hours"

    def before(self, state: "State") -> str:
        return f"{state.delay_ns // HOUR} hours"

    def after(self) -> str:
        return f"{self.hours} hours"

    def waits(self, state: "State") -> bool:
        return self.hours * HOUR < state.delay_ns

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        state.delay_ns = self.hours * HOUR


Beside: TypeAlias = SetPolicy | SetHouse
"""These hold as long as they are pending; one of a kind does, the newest."""
AnyChange: TypeAlias = Beside | ReplaceKey | SetOwner | Thaw | SetPerson | SetDelay


class Pending(msgspec.Struct):
    """A change that was proposed and neither made nor cancelled."""

    number: int
    change: AnyChange
    before: str
    operators: str
    """The digest of the operators when it was proposed: when they change, it no longer fits."""
    waits: bool
    proposed_ns: int
    uptime: Uptime
    delay_ns: int
    by: str = ""
    """Who proposed it; empty for the host's operator."""
    approvals: dict[str, str] = {}
    """Who has signed, and how."""

    def fits(self, state: "State") -> bool:
        """What it would replace still stands, and so do those who may sign it."""
        operators = operators_digest(state.operators)
        return (self.before, self.operators) == (self.change.before(state), operators)

    def reason(self, state: "State", now_ns: int, uptime: Uptime) -> str:
        """Why it takes effect now; empty if it does not.

        Time has to have passed by the wall clock and by the machine's uptime: neither setting
        the clock forward nor a reboot hurries a change.
        """
        if not self.waits:
            return "it loosens nothing"
        signed = sorted(self.approvals.keys() - state.leaving)
        approved = f"approved by {' and '.join(signed)}"
        if len(signed) >= QUORUM:
            return approved
        if len(signed) < self.change.enough(state) or self.waits_ns(now_ns, uptime):
            return ""
        passed = f"{self.delay_ns // HOUR} hours have passed"
        return f"{approved}, and {passed}" if signed else passed

    def waits_ns(self, now_ns: int, uptime: Uptime) -> int:
        """How much of its delay is left."""
        passed = min(now_ns - self.proposed_ns, uptime.since(self.uptime))
        return max(self.delay_ns - passed, 0)

    def is_forgotten(self, state: "State", uptime: Uptime) -> bool:
        """It waits for signatures that never came. What holds meanwhile is not dropped for that:
        time alone would loosen it."""
        late = len(state.operators) >= QUORUM and uptime.since(self.uptime) > UNSIGNED_NS
        return late and not self.change.stays()

    def text(self, journal: str) -> str:
        """What operators sign."""
        return statements.change_text(
            journal,
            self.number,
            self.change.what(),
            self.before,
            self.change.after(),
            self.operators,
            self.proposed_ns,
        )


def operators_digest(operators: dict[str, str]) -> str:
    """SHA-256 of the names and keys of those who may sign, in hex."""
    return hashlib.sha256(msgspec.json.encode(sorted(operators.items()))).hexdigest()
