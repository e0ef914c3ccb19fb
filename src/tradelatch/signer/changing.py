"""The operators' commands that change what holds."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tradelatch.model import statements
from tradelatch.model.clock import DAY, HOUR, SECOND, Clock
from tradelatch.model.toml import BadToml
from tradelatch.model.uptime import Uptimes
from tradelatch.policy.document import parse_policy
from tradelatch.policy.house import parse_house
from tradelatch.signer.access import WHO, acting, may_replace, sees, sees_change
from tradelatch.signer.changes import (
    LEAST_DELAY_NS,
    MOST_DELAY_NS,
    QUORUM,
    AnyChange,
    Beside,
    Pending,
    SetDelay,
    SetHouse,
    SetOwner,
    SetPerson,
    SetPolicy,
    Thaw,
    operators_digest,
)
from tradelatch.signer.core import Core
from tradelatch.signer.keeper import Keeper
from tradelatch.signer.people import Person, Role
from tradelatch.signer.records import ChangeApproved, ChangeCancelled, ChangeProposed
from tradelatch.signer.verbs import Refused, Verbs, account_named, check_name

_KEY, _SIGNATURE = 32, 64
MOST_A_DAY = 20
"""So much may a customer's person propose."""


class Changing:
    """Proposes changes, takes signatures for them and drops them again."""

    def __init__(
        self, core: Core, keeper: Keeper, clock: Clock, uptime: Uptimes, journal: str
    ) -> None:
        """`journal` is the journal's public key, as `journal/public.key` has it."""
        self._core, self._keeper = core, keeper
        self._clock, self._uptime, self._journal = clock, uptime, journal
        self.verbs: Verbs = {
            "policy set": self._policy_set,
            "house set": self._house_set,
            "owner set": self._owner_set,
            "grant thaw": self._grant_thaw,
            "operator add": self._operator_add,
            "operator remove": self._operator_remove,
            "operator list": self._operator_list,
            "change delay": self._change_delay,
            "change list": self._change_list,
            "change show": self._change_show,
            "change approve": self._change_approve,
            "change cancel": self._change_cancel,
        }

    # What may be changed

    async def _policy_set(self, account: str, policy: str) -> dict[str, Any]:
        known = account_named(self._core.state, account)
        try:
            new = parse_policy(policy)
        except BadToml as error:
            raise Refused(str(error)) from error
        if new.unit != known.policy.unit:
            says = f"are in {known.policy.unit}; a policy in {new.unit} needs another account"
            raise Refused(f"the loss accounts of {account} {says}")
        if new.digest == known.policy.digest:
            raise Refused(f"account {account} has this policy already")
        return await self.propose(SetPolicy(account, policy))

    async def _house_set(self, policy: str) -> dict[str, Any]:
        try:
            new = parse_house(policy)
        except BadToml as error:
            raise Refused(str(error)) from error
        if new.digest == self._core.state.house.policy.digest:
            raise Refused("the house has these amounts already")
        return await self.propose(SetHouse(policy))

    async def _owner_set(self, account: str, public_key: str) -> dict[str, Any]:
        account_named(self._core.state, account)
        return await self.propose(SetOwner(account, checked_key(public_key)))

    async def _grant_thaw(self, name: str) -> dict[str, Any]:
        """`name` is a grant's id or, for the whole account, an account's name."""
        state = self._core.state
        grant = state.grants.get(name)
        change = Thaw(
            grant.account if grant else account_named(state, name).name, grant.id if grant else ""
        )
        if not state.frozen(change.account, change.grant):
            raise Refused(f"{name} is not frozen")
        return await self.propose(change)

    async def _operator_add(
        self, name: str, public_key: str, role: str = Role.OPERATOR, customer: str = ""
    ) -> dict[str, Any]:
        check_name(name)
        people = self._core.state.people
        if name in people:
            raise Refused(f"{name!r} is enrolled already, as {people[name].role}; remove him first")
        if checked_key(public_key) in [person.public_key for person in people.values()]:
            raise Refused("somebody else has this very key: two signatures need two keys")
        if role not in set(Role):
            raise Refused(f"{role[:20]!r} is no role, use {', '.join(Role)}")
        if bool(customer) is not (role == Role.CUSTOMER):
            raise Refused("a customer's person names the customer, and nobody else does")
        if customer:
            check_name(customer)
        return await self.propose(SetPerson(Person(name, Role(role), public_key, customer)))

    async def _operator_remove(self, name: str) -> dict[str, Any]:
        state = self._core.state
        if name not in state.people:
            raise Refused(f"nobody called {name[:40]!r} is enrolled")
        if name in state.leaving:
            raise Refused(f"{name} is being removed already; see `tradelatch changes list`")
        gone = msgspec.structs.replace(state.people[name], public_key="")
        return await self.propose(SetPerson(gone))

    async def _operator_list(self) -> dict[str, dict[str, Any]]:
        state = self._core.state
        return {
            person.name: msgspec.to_builtins(person) | {"leaving": person.name in state.leaving}
            for person in state.people.values()
            if sees(person.customer)
        }

    async def _change_delay(self, hours: str) -> dict[str, Any]:
        least, most = LEAST_DELAY_NS // HOUR, MOST_DELAY_NS // HOUR
        if hours not in map(str, range(least, most + 1)):
            raise Refused(f"the delay is {least} to {most} hours, not {hours[:20]!r}")
        return await self.propose(SetDelay(int(hours)))

    # What becomes of it

    async def _change_list(self) -> list[dict[str, Any]]:
        state = self._core.state
        return [self._told(p) for p in state.pending.values() if sees_change(state, p.change)]

    async def _change_show(self, number: str) -> dict[str, Any]:
        pending = self._pending(number)
        told = {**self._told(pending), "text": pending.text(self._journal)}
        if not isinstance(pending.change, Beside):
            return told
        old = msgspec.json.encode(pending.change.present(self._core.state), order="sorted").decode()
        return {**told, "old": old, "new": pending.change.policy}

    async def _change_approve(self, number: str, signature: str) -> dict[str, Any]:
        pending, state = self._pending(number), self._core.state
        text = pending.text(self._journal)
        if not pending.fits(state):
            raise Refused(f"change {number} no longer fits; propose it again")
        keys = {name: key for name, key in state.operators.items() if name not in state.leaving}
        signer = next((n for n, key in keys.items() if is_signed(text, signature, key)), None)
        if signer is None:
            raise Refused(f"this is no operator's signature of change {number}")
        if signer in pending.approvals:
            raise Refused(f"{signer} has approved change {number} already; a second one has to")
        record = ChangeApproved(self._clock.now_ns(), pending.number, signer, signature)
        return await self._settled(pending, self._keeper.take(record))

    async def _change_cancel(self, number: str) -> None:
        await self._cancel(self._pending(number), acting())

    def _cancel(self, pending: Pending, why: str) -> Awaitable[None]:
        now, what = self._clock.now_ns(), pending.change.what()
        return self._keeper.take(ChangeCancelled(now, pending.number, what, why))

    async def propose(self, change: AnyChange) -> dict[str, Any]:
        """Have a change made, at once or when it was approved; what became of it so far. What may
        tighten finds room in any case, since it takes the place of the one pending before.

        Raises:
            Refused: too many are pending, or a customer's person has proposed too many or would
                drop what is not his.
        """
        state, waits, dropped = self._core.state, change.waits(self._core.state), []
        if isinstance(change, Beside):
            same = [one for one in state.pending.values() if one.change.what() == change.what()]
            self._check_rate()
            if not all(may_replace(state, one.by) for one in same):
                raise Refused(
                    f"change {same[0].number} is the house's proposal: ask it to cancel it"
                )
            dropped = [self._cancel(one, "another was proposed") for one in same]
        elif waits and not change.stays():
            self._keeper.check_room()
        record = ChangeProposed(
            self._clock.now_ns(),
            state.next_change,
            change.what(),
            change,
            change.before(state),
            operators_digest(state.operators),
            waits,
            self._uptime(),
            state.delay_ns,
        )
        durable = self._keeper.take(record)
        return await self._settled(state.pending[record.number], *dropped, durable)

    def _check_rate(self) -> None:
        """Every proposal stays in the journal for good."""
        person, since = WHO.get(), self._clock.now_ns() - DAY
        if person is None or person.role is not Role.CUSTOMER:
            return
        if sum(at > since for at in self._core.state.proposed.get(person.name, [])) >= MOST_A_DAY:
            raise Refused(
                f"you have proposed {MOST_A_DAY} changes within a day: wait until tomorrow"
            )

    async def _settled(self, pending: Pending, *durable: Awaitable[None]) -> dict[str, Any]:
        """Carry out what is due by now, and tell what became of one change."""
        await asyncio.gather(*durable, *self._keeper.settle())
        return {**self._told(pending), "made": pending.number not in self._core.state.pending}

    def _told(self, pending: Pending) -> dict[str, Any]:
        now, uptime = self._clock.now_ns(), self._uptime()
        enough = pending.change.enough(self._core.state)
        return {
            "number": pending.number,
            "what": pending.change.what(),
            "beside": isinstance(pending.change, Beside),
            "proposed": statements.utc(pending.proposed_ns),
            "approved_by": sorted(pending.approvals),
            "by": pending.by,
            "signatures": enough,
            "waits_s": pending.waits_ns(now, uptime) // SECOND if enough < QUORUM else None,
        }

    def _pending(self, number: str) -> Pending:
        pending = self._core.state.pending.get(int(number) if number.isdecimal() else 0)
        if pending is None:
            raise Refused(f"no change {number[:20]!r} is pending; see `tradelatch changes list`")
        return pending


def checked_key(public_key: str) -> str:
    """A public key that can be used, as it is written.

    Raises:
        Refused: it is none.
    """
    try:
        Ed25519PublicKey.from_public_bytes(statements.decode(public_key, _KEY))
    except ValueError as error:
        raise Refused("the public key must be an Ed25519 key in base64, 44 characters") from error
    return public_key


def is_signed(text: str, signature: str, public_key: str) -> bool:
    """Whether it is the key's signature of the text."""
    key = Ed25519PublicKey.from_public_bytes(statements.decode(public_key, _KEY))
    try:
        key.verify(statements.decode(signature, _SIGNATURE), text.encode())
    except (ValueError, InvalidSignature):
        return False
    return True
