"""The operators' commands on exchange keys, from the making of one to its destruction.

A key's states are those of NIST SP 800-57 part 1 (section 7): pre-active while it was made here and
no exchange knows it, active, suspended while its account is frozen, deactivated once another one
has taken its place, compromised once an operator has said so, destroyed.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tradelatch import exchanges
from tradelatch.exchanges.claims import AskRevoke, AskRights, Revoked, RightsSeen
from tradelatch.exchanges.protocol import Credentials, ExchangeFile, KeyRights
from tradelatch.model.box import FIND
from tradelatch.model.clock import Clock
from tradelatch.model.statements import encode
from tradelatch.model.toml import BadToml
from tradelatch.policy.document import parse_policy
from tradelatch.signer.access import sees
from tradelatch.signer.accounts import Account, Key
from tradelatch.signer.asking import Asking
from tradelatch.signer.changes import AnyChange, ReplaceKey
from tradelatch.signer.changing import checked_key
from tradelatch.signer.core import Core
from tradelatch.signer.forms import check_secret, without_passphrase
from tradelatch.signer.inspection import DANGERS, dangers, refusal
from tradelatch.signer.keeper import Keeper
from tradelatch.signer.records import (
    AccountAdded,
    Cause,
    Frozen,
    KeyCompromised,
    KeyDestroyed,
    KeyInspected,
    KeyMade,
)
from tradelatch.signer.secrets import Secrets, key_label, made_label
from tradelatch.signer.verbs import (
    Refused,
    Verbs,
    account_named,
    check_account_name,
    check_key_id,
    check_name,
    part,
    unboxed,
)
from tradelatch.vault.envelope import wipe

MOST_LISTED = 10_000
"""Accounts in one answer: 100,000 fill a frame, and more than one where they have long names."""


class Keys:
    """Takes keys in, tells of them and lets them go. No command shows a secret."""

    def __init__(
        self,
        core: Core,
        secrets: Secrets,
        keeper: Keeper,
        clock: Clock,
        asking: Asking,
        propose: Callable[[AnyChange], Awaitable[dict[str, Any]]],
    ) -> None:
        """`asking` asks what a key may do; `propose` is how another key takes the place of one
        (`Changing.propose`)."""
        self._core, self._secrets, self._keeper, self._clock = core, secrets, keeper, clock
        self._asking, self._propose = asking, propose
        self.verbs: Verbs = {
            "key box": self._box,
            "key list": self._list,
            "key make": self._make,
            "key add": self._add,
            "key replace": self._replace,
            "key compromised": self._compromised,
            "key end": self._end,
            "key destroy": self._destroy,
            "secret find": self._find,
        }

    async def _box(self) -> str:
        """The public key that secrets are sealed to on their way here, base64."""
        return encode(self._secrets.box.public)

    async def _list(self, start: str = "0") -> dict[str, dict[str, Any]]:
        """By account: its key, since when it is here, when it was last used, and what it may do;
        and all the keys that it had, with their states. Accounts in the order in which they came,
        up to `MOST_LISTED` of them after the first `start`."""
        seen = (a for a in self._core.state.accounts.values() if sees(a.customer))
        listed = part(seen, start, MOST_LISTED, "accounts")
        return {account.name: _told(account) for account in listed}

    async def _make(self, account: str, exchange: str) -> dict[str, str]:
        """An Ed25519 key for an account that there is or will be; its public half, as the exchange
        wants it. Asked again, the same one."""
        _check_exchange(exchange)
        if exchange not in exchanges.TAKES_ED25519:
            says = (
                f"{exchange} takes no Ed25519 keys; make the key there, then `tradelatch keys add`"
            )
            raise Refused(says)
        check_account_name(account)
        if account not in self._core.state.made:
            self._secrets.make(account, exchange)
            await self._keeper.take(KeyMade(self._clock.now_ns(), account, exchange))
        elif self._core.state.made[account] != exchange:
            raise Refused(f"a key for {self._core.state.made[account]} was made for {account}")
        secret = self._secrets.made(account, exchange)
        try:
            public = Ed25519PrivateKey.from_private_bytes(memoryview(secret)[-32:]).public_key()
        finally:
            wipe(secret)
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return {"public": pem.decode()}

    async def _add(
        self,
        account: str,
        exchange: str,
        key_id: str,
        sealed: str,
        policy: str,
        owner: str = "",
        accept: str = "",
        unchecked: str = "",
        customer: str = "",
    ) -> None:
        """Without a `sealed` secret, the key that was made here. `accept` names dangers of the key,
        with commas between; `unchecked` is empty unless the exchange is not to be asked."""
        _check_exchange(exchange)
        if account in self._core.state.accounts:
            raise Refused(f"there is an account {account!r} already")
        check_account_name(account)
        try:
            parse_policy(policy)
        except BadToml as error:
            raise Refused(str(error)) from error
        if owner:
            checked_key(owner)
        if customer:
            check_name(customer)
        secret, rights, accepted = await self._taken(
            account, exchange, key_id, sealed, accept, unchecked
        )
        self._secrets.add(f"account:{account}", key_label(account, exchange, key_id), secret)
        now = self._clock.now_ns()
        mark = self._secrets.mark(without_passphrase(exchange, secret))
        added = AccountAdded(now, account, exchange, key_id, policy, owner, mark, customer)
        recorded = [self._keeper.take(added)]
        if rights:
            recorded.append(self._keeper.take(KeyInspected(now, account, rights, accepted)))
        for one in recorded:
            await one
        self._secrets.destroy(made_label(account, exchange))  # it has another name now

    async def _replace(
        self, account: str, key_id: str, sealed: str, accept: str = "", unchecked: str = ""
    ) -> dict[str, Any]:
        known = account_named(self._core.state, account)
        self._keeper.check_room()
        secret, _, _ = await self._taken(account, known.exchange, key_id, sealed, accept, unchecked)
        number = self._core.state.next_change
        mark = self._secrets.mark(without_passphrase(known.exchange, secret))
        self._secrets.seal(key_label(account, known.exchange, key_id, number), secret)
        return await self._propose(ReplaceKey(account, key_id, mark))

    async def _taken(
        self, account: str, exchange: str, key_id: str, sealed: str, accept: str, unchecked: str
    ) -> tuple[bytearray, KeyRights | None, tuple[str, ...]]:
        """The secret that was sealed, or made here; what the key may do, if that was asked; and the
        dangers that are accepted."""
        check_key_id(key_id)
        accepted = tuple(filter(None, accept.split(",")))
        if unknown := set(accepted) - DANGERS.keys():
            known = ", ".join(DANGERS)
            raise Refused(f"there is no danger {min(unknown)[:20]!r}; there are {known}")
        if not sealed and self._core.state.made.get(account) != exchange:
            raise Refused(
                f"no key was made for {account} at {exchange}; see `tradelatch keys make`"
            )
        if sealed:
            secret = unboxed(self._secrets.box, account, exchange, key_id, sealed)
        else:
            secret = self._secrets.made(account, exchange)
        try:
            check_secret(exchange, secret)
            if unchecked:
                return secret, None, accepted
            rights = await self._rights(account, exchange, Credentials(key_id, secret))
            if rights is None:
                raise Refused(
                    "the exchange does not say what this key may do: is the courier running, are "
                    "key id and secret right? `--unchecked` takes it without asking"
                )
            if why := refusal(rights, accepted):
                raise Refused(why)
        except BaseException:
            wipe(secret)
            raise
        return secret, rights, accepted

    async def _rights(
        self, account: str, exchange: str, credentials: Credentials
    ) -> KeyRights | None:
        claim = await self._asking.ask(account, exchange, credentials, AskRights())
        return claim.rights if isinstance(claim, RightsSeen) else None

    async def _find(self, sealed: str) -> list[dict[str, str]]:
        """Whose secret it is, of all exchange keys and grants that there ever were; empty for
        nobody's."""
        secret = unboxed(self._secrets.box, "", "", FIND, sealed)
        mark = self._secrets.mark(secret)
        wipe(secret)
        found = [
            {"account": account.name, "what": f"exchange key {key.key_id}", "state": key.state}
            for account in self._core.state.accounts.values()
            for key in account.keys
            if key.mark == mark
        ]
        return found + [
            {
                "account": grant.account,
                "what": f"grant {grant.id}",
                "state": "revoked" if grant.revoked else "issued",
            }
            for grant in self._core.state.grants.values()
            if grant.mark == mark
        ]

    async def _compromised(self, account: str) -> dict[str, Any]:
        """The account's key is known to others: nothing more is placed with it, and it stays so. It
        is ended at the exchange where it can end itself; else told is where to."""
        known, now = account_named(self._core.state, account), self._clock.now_ns()
        if known.keys[-1].state == "compromised":
            raise Refused(f"the key of {account} is called compromised already; replace it")
        says = "its exchange key is compromised"
        recorded = self._keeper.take(Frozen(now, account, "", Cause.STOP, says))
        await self._keeper.take(KeyCompromised(now, account))
        await recorded
        return await self._end(account)

    async def _end(self, account: str) -> dict[str, Any]:
        """End a compromised key at the exchange; whether that says that it is gone, and where else
        it is deleted."""
        known = account_named(self._core.state, account)
        if known.keys[-1].state != "compromised":
            raise Refused(f"the key of {account} is not called compromised")
        file: ExchangeFile = exchanges.load(known.exchange)
        is_gone = file.REVOKES and await self._asking.of(known, AskRevoke()) == Revoked(account)
        return {"revoked": is_gone, "keys_at": file.KEYS_AT}

    async def _destroy(self, account: str) -> dict[str, int]:
        """The secrets of all keys of an account that are not in use any more; how many."""
        known = account_named(self._core.state, account)
        gone = [key for key in known.keys[:-1] if key.state != "destroyed"]
        for key in gone:
            # Recorded first: a crash between leaves a file that the next `destroy` takes.
            await self._keeper.take(KeyDestroyed(self._clock.now_ns(), account, key.change))
            label = key_label(account, known.exchange, key.key_id, key.change)
            self._secrets.destroy(label)
        return {"destroyed": len(gone)}


def _check_exchange(exchange: str) -> None:
    if exchange not in exchanges.NAMES:
        raise Refused(f"{exchange!r} is not supported; use {', '.join(exchanges.NAMES)}")


def _told(account: Account) -> dict[str, Any]:
    heard = account.inspected
    return {
        "customer": account.customer,
        "exchange": account.exchange,
        "key_id": account.key_id,
        "state": state_of(account, account.keys[-1]),
        "since_ns": account.keys[-1].since_ns,
        "added_ns": account.added_ns,
        "asked_ns": account.asked_ns,
        "inspected": heard and msgspec.to_builtins(heard),
        "dangers": {name: DANGERS[name] for name in dangers(heard.rights)} if heard else {},
        "former": [
            {"key_id": key.key_id, "state": key.state, "since_ns": key.since_ns}
            for key in account.keys[:-1]
        ],
    }


def state_of(account: Account, key: Key) -> str:
    """A key's state in the words of the standard."""
    return "suspended" if key.state == "active" and account.frozen else key.state
