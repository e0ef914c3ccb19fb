"""Who may ask what: one table, and a customer's people reach nothing but his own accounts.

The host's operator, at the admin socket, is no person and may ask everything.
"""

from contextvars import ContextVar

import msgspec

from tradelatch.signer.changes import AnyChange
from tradelatch.signer.people import Person, Role
from tradelatch.signer.records import Act, AnyRecord
from tradelatch.signer.state import State
from tradelatch.signer.verbs import Refused

WHO: ContextVar[Person | None] = ContextVar("WHO", default=None)
"""Whose command is being carried out; None for the host's operator, and for the signer itself."""

NOBODY = "nobody is enrolled here by that name and key"

_LISTS = ("status", "custody", "key list", "grant list", "change list", "operator list")
_READS = (*_LISTS, "change show", "policy simulate", "reconcile")
_OWN = ("grant issue", "grant revoke", "grant freeze", "policy set", "exit release")
MAY = {
    Role.CUSTOMER: {*_READS, *_OWN},
    Role.SUPPORT: {*_LISTS, "grant freeze"},
    Role.AUDITOR: {*_READS, "attest"},
}
"""By role, the commands that are for others than operators, who may give all. Lists show each what
he sees; any other command of a customer names what it is about."""
_SUBJECTS = ("account", "grant", "name", "number")
"""Arguments that name an account, one of its grants, or a change of it."""


def check(state: State, verb: str, arguments: dict[str, str]) -> None:
    """Whether whoever asks may.

    Raises:
        Refused: he may not. What is another customer's is refused as what does not exist.
    """
    person = WHO.get()
    if person and (state.people.get(person.name) != person or person.name in state.leaving):
        raise Refused(NOBODY)  # he may have been removed while his command waited
    if person and person.role is not Role.OPERATOR and verb not in MAY[person.role]:
        raise Refused(f"{verb!r} is not for the role {person.role}")
    for name in _SUBJECTS:
        if name in arguments and not sees(_customer(state, name, arguments[name])):
            raise Refused(f"you have no {name} {arguments[name][:64]!r}")


def sees(customer: str) -> bool:
    """Whoever asks may see what is this customer's."""
    person = WHO.get()
    return person is None or person.role is not Role.CUSTOMER or person.customer == customer


def sees_change(state: State, change: AnyChange) -> bool:
    """Whoever asks may see the change: a customer's people those of his accounts."""
    return sees(_customer(state, "account", getattr(change, "account", "")))


def by_whom(record: AnyRecord) -> AnyRecord:
    """The record, with the name of whose command it comes from."""
    person = WHO.get()
    if person and isinstance(record, Act):
        return msgspec.structs.replace(record, by=person.name)
    return record


def may_replace(state: State, by: str) -> bool:
    """Whoever asks may put his own in the place of what somebody of that name proposed (empty: the
    host's operator): a customer's people in the place of what the customer's people did."""
    person, proposer = WHO.get(), state.people.get(by)
    if person is None or person.role is not Role.CUSTOMER:
        return True
    return proposer is not None and proposer.customer == person.customer


def acting() -> str:
    """Who acts, in words."""
    person = WHO.get()
    return f"by {person.name}" if person else "by an operator"


def _customer(state: State, name: str, value: str) -> str:
    """Whose it is that an argument names; nobody's is empty."""
    if name == "number":
        pending = state.pending.get(int(value) if value.isdecimal() else 0)
        value = getattr(pending.change, "account", "") if pending else ""
    elif name != "account" and value in state.grants:
        value = state.grants[value].account
    return state.accounts[value].customer if value in state.accounts else ""
