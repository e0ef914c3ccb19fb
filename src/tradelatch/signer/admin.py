"""What an operator may ask of the signer, over its admin socket."""

import asyncio
import ipaddress
import sys
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

from tradelatch import exchanges
from tradelatch.journal.log import JournalError
from tradelatch.model.clock import DAY, Clock
from tradelatch.model.money import plain
from tradelatch.model.toml import BadToml
from tradelatch.model.wire import Command, Result
from tradelatch.policy.accounting import Used, Window
from tradelatch.policy.document import parse_policy
from tradelatch.signer.core import Core
from tradelatch.signer.recorder import Records
from tradelatch.signer.records import AccountAdded, AnyRecord, GrantIssued, GrantRevoked
from tradelatch.signer.secrets import (
    GRANT_ID,
    GRANT_SECRET,
    Secrets,
    grant_label,
    key_label,
    new_token,
)
from tradelatch.signer.state import Account
from tradelatch.vault.store import VaultError

MAX_DAYS = 366


class Refused(ValueError):
    """The command cannot be carried out; the message is one sentence for the operator."""


class Admin:
    """Carries commands out, one at a time each to its end; every change is recorded first."""

    def __init__(self, core: Core, secrets: Secrets, recorder: Records, clock: Clock) -> None:
        self._core, self._secrets = core, secrets
        self._recorder, self._clock = recorder, clock
        self._turn = asyncio.Lock()
        self._verbs: dict[str, Callable[..., Coroutine[Any, Any, Any]]] = {
            "status": self._status,
            "key add": self._key_add,
            "grant issue": self._grant_issue,
            "grant revoke": self._grant_revoke,
        }

    async def answer(self, command: Command) -> Result:
        """The result of one command; never raises."""
        async with self._turn:
            return await self._answer(command)

    async def _answer(self, command: Command) -> Result:
        verb = self._verbs.get(command.verb)
        if verb is None:
            return Result(command.id, error=f"the signer knows no command {command.verb!r}")
        try:
            return Result(command.id, await verb(**command.arguments))
        except TypeError:
            return Result(command.id, error=f"wrong arguments for {command.verb!r}")
        except (Refused, JournalError, VaultError) as error:
            return Result(command.id, error=str(error))
        except OSError as error:
            return Result(command.id, error=f"{error.filename or 'vault'}: {error.strerror}")
        except Exception as error:
            # A defect of ours. Its message is left out, since it might hold a secret.
            print(f"tradelatch signer: {type(error).__name__} in a command", file=sys.stderr)
            return Result(command.id, error=f"the signer failed: {type(error).__name__}")

    async def _status(self) -> dict[str, Any]:
        accounts = self._core.state.accounts.values()
        return {
            "closed": self._core.closed,
            "accounts": [self._account_status(account) for account in accounts],
            "unrecorded_denials": self._core.unrecorded_denials,
        }

    def _account_status(self, account: Account) -> dict[str, Any]:
        now, policy = self._clock.now_ns(), account.policy
        quotes = self._core.quotes[account.exchange]
        value = quotes.value(policy, account.losses.holdings(), now)
        return {
            "account": account.name,
            "exchange": account.exchange,
            "unit": policy.unit,
            "value": None if value is None else plain(round(value, 8)),
            "ready": value is not None,
            "live_orders": len(account.live),
            "grants": [
                grant.id
                for grant in self._core.state.grants.values()
                if grant.account == account.name and not grant.revoked and grant.expires_ns > now
            ],
            "limits": {
                window.name.lower(): [
                    plain(amount * window.days_worth)
                    for amount in (policy.budget, policy.allocation, policy.exit_budget)
                ]
                for window in Window
            },
            "used": {
                window.name.lower(): _amounts(account.losses.used(window, now)) for window in Window
            },
        }

    async def _key_add(
        self, account: str, exchange: str, key_id: str, secret: str, policy: str
    ) -> None:
        if exchange not in exchanges.NAMES:
            raise Refused(f"{exchange!r} is not supported; use {', '.join(exchanges.NAMES)}")
        if account in self._core.state.accounts:
            raise Refused(f"there is an account {account!r} already")
        if not account or not key_id or not secret:
            raise Refused("account, key id and secret must not be empty")
        try:
            parse_policy(policy)
        except BadToml as error:
            raise Refused(str(error)) from error
        raw = bytearray(secret.encode())
        self._secrets.add(f"account:{account}", key_label(account, exchange, key_id), raw)
        await self._record(AccountAdded(self._clock.now_ns(), account, exchange, key_id, policy))

    async def _grant_issue(self, account: str, days: str, sources: str) -> dict[str, str]:
        if account not in self._core.state.accounts:
            known = ", ".join(self._core.state.accounts) or "none yet"
            raise Refused(f"there is no account {account!r}; known are: {known}")
        if days not in map(str, range(1, MAX_DAYS + 1)):
            raise Refused(f"a grant is good for 1 to {MAX_DAYS} days, not {days[:20]!r}")
        networks = tuple(filter(None, (part.strip() for part in sources.split(","))))
        for network in networks:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError as error:
                raise Refused(f"{network!r} is no address or network") from error
        grant, secret = new_token(GRANT_ID), new_token(GRANT_SECRET)
        self._secrets.add(grant, grant_label(account, grant), bytearray(secret.encode()))
        now = self._clock.now_ns()
        await self._record(GrantIssued(now, grant, account, now + int(days) * DAY, networks))
        return {"id": grant, "secret": secret}

    async def _grant_revoke(self, grant: str) -> None:
        known = self._core.state.grants.get(grant)
        if known is None or known.revoked:
            raise Refused("there is no such grant, or it was revoked before")
        known.revoked = True
        await self._record(GrantRevoked(self._clock.now_ns(), grant))
        self._secrets.drop(grant)

    async def _record(self, record: AnyRecord) -> None:
        """Durable first, then in force."""
        await self._recorder.record(record)
        self._core.state.apply(record)


def _amounts(used: Used) -> list[str]:
    amounts: tuple[Decimal, ...] = (used.budget, used.allocation, used.exit_budget)
    return [plain(round(amount, 8)) for amount in amounts]
