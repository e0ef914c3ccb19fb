"""Changes to what holds: what each would replace, whether it loosens, and how it is carried out.

A change that loosens nothing is carried out at once. Any other waits: for the signatures of two
operators or, where there are not two, for a day or longer (`Pending.reason`).
"""

import hashlib
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from tradelatch.model import statements
from tradelatch.model.clock import DAY, HOUR
from tradelatch.model.uptime import Uptime
from tradelatch.policy.document import parse_policy
from tradelatch.policy.house import parse_house
from tradelatch.policy.loosening import house_loosenings, loosenings

if TYPE_CHECKING:
    from tradelatch.signer.state import State

LEAST_DELAY_NS, MOST_DELAY_NS = DAY, 30 * DAY
QUORUM = 2
"""So many operators have to sign a loosening."""
UNSIGNED_NS = 7 * DAY
"""A change that waits for signatures is dropped after this, so that none is forgotten."""


class Change(msgspec.Struct, frozen=True, tag=True, tag_field="change"):
    """Each change tells, of the state before it is carried out:

    * ``what()``, the change in words, for notices and for who signs it;
    * ``before(state)``, what it replaces, exactly: another value later means that it no longer
      fits (KeyError: what it would change does not exist);
    * ``after()``, what it brings;
    * ``loosens(state)``, each thing that it loosens, in words;

    and ``carry_out(state, number, time_ns)`` makes it so.
    """


class SetPolicy(Change, frozen=True):
    """Another policy for an account's grants, as TOML."""

    account: str
    policy: str

    def what(self) -> str:
        return f"a new policy for account {self.account}"

    def before(self, state: "State") -> str:
        return f"policy {state.accounts[self.account].policy.digest}"

    def after(self) -> str:
        return f"policy {parse_policy(self.policy).digest}"

    def loosens(self, state: "State") -> list[str]:
        return loosenings(state.accounts[self.account].policy, parse_policy(self.policy))

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        state.accounts[self.account].policy = parse_policy(self.policy)


class SetHouse(Change, frozen=True):
    """What the orders of all accounts may cost together, as TOML."""

    policy: str

    def what(self) -> str:
        return "new amounts of the house"

    def before(self, state: "State") -> str:
        return f"house {state.house.policy.digest}"

    def after(self) -> str:
        return f"house {parse_house(self.policy).digest}"

    def loosens(self, state: "State") -> list[str]:
        return house_loosenings(state.house.policy, parse_house(self.policy))

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

    def loosens(self, state: "State") -> list[str]:
        return ["orders would go to what another exchange key opens"]

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

    def loosens(self, state: "State") -> list[str]:
        return ["who holds the key can release exits beyond E"]

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

    def loosens(self, state: "State") -> list[str]:
        return [f"{self._name()} could place orders again"]

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        state.thaw(self.account, self.grant, time_ns)

    def _name(self) -> str:
        return f"grant {self.grant}" if self.grant else f"account {self.account}"


class SetOperator(Change, frozen=True):
    """An operator is enrolled; with an empty key, removed."""

    name: str
    public_key: str

    def what(self) -> str:
        return f"{'enrolling' if self.public_key else 'removing'} operator {self.name}"

    def before(self, state: "State") -> str:
        return f"key {state.operators.get(self.name, 'none')}"

    def after(self) -> str:
        return f"key {self.public_key or 'none'}"

    def loosens(self, state: "State") -> list[str]:
        """But for the first operator: one alone can approve nothing."""
        return [f"{self.what()} changes who can approve"] if state.operators else []

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        if self.public_key:
            state.operators[self.name] = self.public_key
        else:
            del state.operators[self.name]


class SetDelay(Change, frozen=True):
    """How long changes wait where there are not two operators, in hours."""

    hours: int

    def what(self) -> str:
        return f"a delay of {self.hours} hours"

    def before(self, state: "State") -> str:
        return f"{state.delay_ns // HOUR} hours"

    def after(self) -> str:
        return f"{self.hours} hours"

    def loosens(self, state: "State") -> list[str]:
        shorter = self.hours * HOUR < state.delay_ns
        return [f"the delay: from {self.before(state)} to {self.after()}"] if shorter else []

    def carry_out(self, state: "State", number: int, time_ns: int) -> None:
        state.delay_ns = self.hours * HOUR


AnyChange: TypeAlias = SetPolicy | SetHouse | ReplaceKey | SetOwner | Thaw | SetOperator | SetDelay


class Pending(msgspec.Struct):
    """A change that was proposed and neither made nor cancelled."""

    number: int
    change: AnyChange
    before: str
    operators: str
    """The digest of the operators when it was proposed: when they change, it no longer fits."""
    loosens: tuple[str, ...]
    proposed_ns: int
    uptime: Uptime
    delay_ns: int
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
        if not self.loosens:
            return "it loosens nothing"
        if len(self.approvals) >= QUORUM:
            return f"approved by {' and '.join(sorted(self.approvals))}"
        if len(state.operators) < QUORUM and not self.waits_ns(now_ns, uptime):
            return f"{self.delay_ns // HOUR} hours have passed"
        return ""

    def waits_ns(self, now_ns: int, uptime: Uptime) -> int:
        """How much of its delay is left."""
        passed = min(now_ns - self.proposed_ns, uptime.since(self.uptime))
        return max(self.delay_ns - passed, 0)

    def is_forgotten(self, state: "State", uptime: Uptime) -> bool:
        """It waits for signatures that never came."""
        return len(state.operators) >= QUORUM and uptime.since(self.uptime) > UNSIGNED_NS

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
            self.loosens,
        )


def operators_digest(operators: dict[str, str]) -> str:
    """SHA-256 of the names and keys of those who may sign, in hex."""
    return hashlib.sha256(msgspec.json.encode(sorted(operators.items()))).hexdigest()
