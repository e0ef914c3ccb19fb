"""The operators' commands on a list of leaked key ids: exchange keys and grants that stand in it
are suspended, or called compromised and revoked, many by one command. The list never comes here.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

from tradelatch.model.clock import Clock
from tradelatch.signer.access import sees
from tradelatch.signer.accounts import Account, Grant
from tradelatch.signer.core import Core
from tradelatch.signer.keeper import Keeper
from tradelatch.signer.keys import state_of
from tradelatch.signer.records import AnyRecord, Cause, Frozen, GrantRevoked, KeyCompromised
from tradelatch.signer.secrets import Secrets
from tradelatch.signer.verbs import Refused, Verbs, account_named, part

MOST_LISTED = 20_000
"""Grants in one answer."""
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Leaks:
    """Tells of grants as `key list` does of keys, and acts on what was found in a list."""

    def __init__(self, core: Core, secrets: Secrets, keeper: Keeper, clock: Clock) -> None:
        self._core, self._secrets, self._keeper, self._clock = core, secrets, keeper, clock
        self.verbs: Verbs = {
            "grant list": self._list,
            "leak suspend": self._suspend,
            "leak revoke": self._revoke,
        }

    async def _list(self, start: str = "0") -> dict[str, dict[str, Any]]:
        """By id, the grants that there ever were: account, state and when they end. In the order in
        which they were issued, up to `MOST_LISTED` of them after the first `start`."""
        state, now = self._core.state, self._clock.now_ns()
        seen = (g for g in state.grants.values() if sees(state.accounts[g.account].customer))
        return {
            grant.id: {
                "account": grant.account,
                "state": _state(grant, now),
                "expires_ns": grant.expires_ns,
            }
            for grant in part(seen, start, MOST_LISTED, "grants")
        }

    async def _suspend(self, digest: str, accounts: str = "", grants: str = "") -> dict[str, Any]:
        """Freeze accounts and grants whose key ids stand in the list of that SHA-256; what is
        frozen for a leak already is left as it is. `accounts` are names with the number of keys
        that each had before, ``NAME:NUMBER``, `grants` are ids, with spaces between: whose key was
        replaced since is let go. By name and id, their states; durable on return."""
        says, keys = _says(digest), list(self._keys(accounts))
        known = list(self._grants(grants))
        await self._take(self._frozen(keys, known, says))
        return self._told(keys, known)

    async def _revoke(self, digest: str, accounts: str = "", grants: str = "") -> dict[str, Any]:
        """The same, and the accounts' keys are called compromised, so that all their open orders
        go; the grants are good for nothing any more."""
        says, keys = _says(digest), list(self._keys(accounts))
        known = [grant for grant in self._grants(grants) if not grant.revoked]
        now = self._clock.now_ns()
        called = [account for account in keys if account.keys[-1].state != "compromised"]
        await self._take(
            [
                *self._frozen(keys, known, says),
                *(KeyCompromised(now, account.name) for account in called),
                *(GrantRevoked(now, grant.id) for grant in known),
            ]
        )
        for grant in known:
            self._secrets.drop(grant.id)
        return self._told(keys, list(self._grants(grants)))

    def _keys(self, accounts: str) -> Iterator[Account]:
        """Those that still have the key that was meant."""
        for word in dict.fromkeys(accounts.split()):
            name, _, number = word.partition(":")
            account = account_named(self._core.state, name)
            if str(len(account.keys) - 1) == number:
                yield account

    def _grants(self, grants: str) -> Iterator[Grant]:
        for name in dict.fromkeys(grants.split()):
            grant = self._core.state.grants.get(name)
            if grant is None:
                raise Refused("there is no such grant")
            yield grant

    def _frozen(self, accounts: list[Account], grants: list[Grant], says: str) -> list[AnyRecord]:
        """Freezes of those that no leak has frozen yet."""
        now = self._clock.now_ns()
        names = [(account.name, "") for account in accounts if Cause.LEAK not in account.frozen]
        names += [(grant.account, grant.id) for grant in grants if Cause.LEAK not in grant.frozen]
        return [Frozen(now, account, grant, Cause.LEAK, says) for account, grant in names]

    async def _take(self, records: list[AnyRecord]) -> None:
        await asyncio.gather(*(self._keeper.take(record) for record in records))

    def _told(self, accounts: list[Account], grants: list[Grant]) -> dict[str, Any]:
        now = self._clock.now_ns()
        return {
            "accounts": {account.name: state_of(account, account.keys[-1]) for account in accounts},
            "grants": {grant.id: _state(grant, now) for grant in grants},
        }


def _says(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise Refused("the list is named by its SHA-256, 64 digits of 0-9 and a-f")
    return f"its key id stands in list {digest}"


def _state(grant: Grant, now_ns: int) -> str:
    if grant.revoked:
        return "revoked"
    if grant.expires_ns <= now_ns:
        return "expired"
    return "frozen" if grant.frozen else "issued"
