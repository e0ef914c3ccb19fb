"""The operators' commands that stop things, and the owner's that lets one exit out. None of
them needs an approval: stopping loosens nothing, and a release carries its owner's signature."""

from decimal import Decimal
from typing import Any

from tradelatch.model import statements
from tradelatch.model.clock import DAY, Clock
from tradelatch.policy.release import Release
from tradelatch.signer.access import acting
from tradelatch.signer.changing import is_signed
from tradelatch.signer.core import Core
from tradelatch.signer.keeper import Keeper
from tradelatch.signer.records import Cause, ExitReleased, Frozen
from tradelatch.signer.state import LONGEST_RELEASE_NS
from tradelatch.signer.verbs import Refused, Verbs, account_named

SHORTEST_ID = 16


class Stopping:
    """Freezes, and takes releases."""

    def __init__(self, core: Core, keeper: Keeper, clock: Clock, journal: str) -> None:
        """`journal` is the journal's public key, as `journal/public.key` has it."""
        self._core, self._keeper, self._clock, self._journal = core, keeper, clock, journal
        self.verbs: Verbs = {
            "grant freeze": self._grant_freeze,
            "stop everything": self._stop_everything,
            "exit release": self._exit_release,
        }

    async def _grant_freeze(self, name: str) -> None:
        """`name` is a grant's id or, for all grants of an account, an account's name."""
        state = self._core.state
        grant = state.grants.get(name)
        account = state.accounts[grant.account] if grant else account_named(state, name)
        await self._freeze(account.name, grant.id if grant else "", Cause.OPERATOR)

    async def _stop_everything(self) -> list[str]:
        """The accounts, each of them frozen with all its grants, those issued later too."""
        for account in list(self._core.state.accounts):
            await self._freeze(account, "", Cause.STOP)
        return list(self._core.state.accounts)

    async def _freeze(self, account: str, grant: str, cause: Cause) -> None:
        if cause not in self._core.state.frozen(account, grant):
            record = Frozen(self._clock.now_ns(), account, grant, cause, acting())
            await self._keeper.take(record)

    async def _exit_release(
        self,
        account: str,
        symbol: str,
        quantity: str,
        limit: str,
        collar: str,
        expires_ns: str,
        release: str,
        signature: str,
    ) -> dict[str, Any]:
        known, now = account_named(self._core.state, account), self._clock.now_ns()
        try:
            expires = int(expires_ns)
            text = statements.release_text(
                self._journal, account, symbol, quantity, limit, collar, expires, release
            )
        except ValueError as error:
            raise Refused(f"this is no release: {error}") from error
        if not known.owner:
            says = "has no owner's key; enrol one with `tradelatch exits owner`"
            raise Refused(f"account {account} {says}")
        if not is_signed(text, signature, known.owner):
            raise Refused(f"this is not the signature of the owner of account {account}")
        if len(release) < SHORTEST_ID or release in known.release_ids:
            raise Refused("this release was given before; sign a new one")
        if not now < expires <= now + LONGEST_RELEASE_NS:
            raise Refused(f"a release is good for up to {LONGEST_RELEASE_NS // DAY} days from now")
        if expires <= self._core.state.releases_after_ns:
            until = statements.utc(self._core.state.releases_after_ns)
            raise Refused(f"since a backup was restored only releases beyond {until} are taken")
        what = Release(
            release, symbol, Decimal(quantity), Decimal(limit), collar == "waived", expires
        )
        await self._keeper.take(ExitReleased(now, account, what, signature))
        return {"release": release, "expires": statements.utc(expires)}
