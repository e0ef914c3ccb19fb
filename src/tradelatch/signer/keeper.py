"""What the signer does by itself as time goes on: changes take effect, what is spent freezes."""

import asyncio
from collections.abc import Awaitable

from tradelatch.model.clock import Clock
from tradelatch.model.uptime import Uptimes
from tradelatch.signer import freezing
from tradelatch.signer.access import by_whom
from tradelatch.signer.changes import Pending, ReplaceKey
from tradelatch.signer.core import Core
from tradelatch.signer.recorder import Records
from tradelatch.signer.records import AnyRecord, ChangeCancelled, ChangeMade
from tradelatch.signer.secrets import Secrets, made_label
from tradelatch.signer.verbs import Refused
from tradelatch.vault.disk import VaultError

MOST_PENDING = 32


class Keeper:
    """Looks after pending changes and spent amounts; needs neither courier nor prices."""

    def __init__(
        self, core: Core, secrets: Secrets, recorder: Records, clock: Clock, uptime: Uptimes
    ) -> None:
        self._core, self._secrets, self._recorder = core, secrets, recorder
        self._clock, self._uptime = clock, uptime

    async def round(self) -> None:
        """Do what is due; durable on return.

        Raises:
            JournalError: it could not be recorded.
        """
        now = self._clock.now_ns()
        await asyncio.gather(*(self.take(record) for record in self._spent(now)), *self.settle())

    def settle(self) -> list[Awaitable[None]]:
        """Make or drop the pending changes that are due, in one step; the futures end when that
        is durable."""
        pending = list(self._core.state.pending.values())
        return [self.take(record) for one in pending if (record := self._decide(one))]

    def check_room(self) -> None:
        """Raises Refused if so many changes are pending that no more may be proposed."""
        if len(self._core.state.pending) >= MOST_PENDING:
            raise Refused(f"{MOST_PENDING} changes are pending already; cancel some first")

    def take(self, record: AnyRecord) -> Awaitable[None]:
        """Apply a record and queue it. The state's order is the journal's, without a gap in
        which something else could be decided; whatever is decided by it comes after it there."""
        record = by_whom(record)
        self._core.state.apply(record)
        return self._recorder.record(record)

    def _spent(self, now_ns: int) -> list[AnyRecord]:
        accounts = self._core.state.accounts.values()
        return [record for account in accounts for record in freezing.spent(account, now_ns)]

    def _decide(self, pending: Pending) -> ChangeMade | ChangeCancelled | None:
        state, now, uptime = self._core.state, self._clock.now_ns(), self._uptime()
        if not pending.fits(state):
            why = "what it was to replace, or who was to approve it, has changed"
            return ChangeCancelled(now, pending.number, pending.change.what(), why)
        if why := pending.reason(state, now, uptime):
            return self._make(pending, why, now)
        if pending.is_forgotten(state, uptime):
            return ChangeCancelled(now, pending.number, pending.change.what(), "nobody approved it")
        return None

    def _make(self, pending: Pending, why: str, now_ns: int) -> ChangeMade | ChangeCancelled:
        if isinstance(pending.change, ReplaceKey):
            account = self._core.state.accounts[pending.change.account]
            try:
                self._secrets.replace_key(account, pending.change.key_id, pending.number)
            except VaultError as error:
                return ChangeCancelled(now_ns, pending.number, pending.change.what(), str(error))
            self._secrets.destroy(made_label(account.name, account.exchange))
        return ChangeMade(now_ns, pending.number, pending.change.what(), why)
