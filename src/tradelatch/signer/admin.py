"""What an operator may ask of the signer, over its admin socket."""

import asyncio
import ipaddress
import sys
from decimal import Decimal
from typing import Any

from tradelatch.journal.log import JournalError
from tradelatch.model.clock import DAY, Clock
from tradelatch.model.money import plain
from tradelatch.model.wire import Command, Result
from tradelatch.policy.accounting import Used, Window
from tradelatch.policy.advice import advice
from tradelatch.policy.ceilings import ceilings
from tradelatch.policy.document import Depth, parse_policy
from tradelatch.policy.references import Figures
from tradelatch.signer import freezing, simulate
from tradelatch.signer.access import WHO, by_whom, check, sees, sees_change
from tradelatch.signer.accounts import Account, Grant
from tradelatch.signer.core import Core
from tradelatch.signer.forms import checked_public, fresh
from tradelatch.signer.people import Person, Role
from tradelatch.signer.recorder import Records
from tradelatch.signer.records import AnyRecord, Confirmed, GrantIssued, GrantRevoked
from tradelatch.signer.secrets import (
    GRANT_ID,
    Secrets,
    grant_label,
    new_token,
)
from tradelatch.signer.verbs import Refused, Verbs, account_named
from tradelatch.vault.disk import VaultError
from tradelatch.vault.envelope import wipe

MAX_DAYS = 366
_MONEY = ("value", "lowest", "advice", "released", "limits", "used", "signed")
"""What a status keeps from those who see no amounts."""


class Admin:
    """Carries commands out, one at a time each to its end; every change is recorded first."""

    def __init__(
        self,
        core: Core,
        secrets: Secrets,
        recorder: Records,
        clock: Clock,
        *more: Verbs,
    ) -> None:
        """`more` are the verbs of others."""
        self._core, self._secrets = core, secrets
        self._recorder, self._clock = recorder, clock
        self._turn = asyncio.Lock()
        self._turns = {"reconcile": asyncio.Lock()}
        """It takes long and decides nothing, and holds up no stop."""
        self._verbs: Verbs = {
            "status": self._status,
            "grant issue": self._grant_issue,
            "grant revoke": self._grant_revoke,
            "confirm": self._confirm,
            "policy simulate": self._policy_simulate,
        }
        for verbs in more:
            self._verbs |= verbs

    async def answer(self, command: Command, person: Person | None = None) -> Result:
        """The result of one command, of a person or of the host's operator; never raises."""
        WHO.set(person)
        async with self._turns.get(command.verb, self._turn):
            return await self._answer(command)

    async def _answer(self, command: Command) -> Result:
        verb = self._verbs.get(command.verb)
        if verb is None:
            return Result(command.id, error=f"the signer knows no command {command.verb!r}")
        try:
            check(self._core.state, command.verb, command.arguments)
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
        state, person = self._core.state, WHO.get()
        hidden = _MONEY if person and person.role is Role.SUPPORT else ()
        pending = state.pending.values()
        return {
            "closed": self._core.closed or state.doubts.get("", ""),
            "pending_changes": [p.number for p in pending if sees_change(state, p.change)],
            "accounts": [
                self._account_status(account) | dict.fromkeys(hidden)
                for account in state.accounts.values()
                if sees(account.customer)
            ],
            "unrecorded_denials": self._core.unrecorded_denials,
        }

    def _account_status(self, account: Account) -> dict[str, Any]:
        now, policy = self._clock.now_ns(), account.policy
        quotes = self._core.quotes[account.exchange]
        value = quotes.value(policy, account.losses.holdings(), now)
        limits = ceilings(policy, account.worth, value, now)
        return {
            "account": account.name,
            "customer": account.customer,
            "exchange": account.exchange,
            "unit": policy.unit,
            "value": None if value is None else plain(round(value, 8)),
            "ready": value is not None,
            "doubt": self._core.state.doubts.get(account.name, ""),
            "beside": list(account.beside),
            "advice": advice(policy, value, self._deep_figures(account)),
            "lowest": _lowest(account, now),
            "live_orders": len(account.live),
            "grants": [grant.id for grant in self._grants(account)],
            "frozen": [f"{f.cause} ({f.says})" for f in account.frozen.values()],
            "frozen_grants": [grant.id for grant in self._grants(account) if grant.frozen],
            "swept": self._is_swept(account),
            "releases": len(account.releases),
            "foreign_fills": len(account.foreign),
            "released": {
                window.name.lower(): plain(round(account.losses.released(window, now), 8))
                for window in Window
            },
            "limits": limits and {w.name.lower(): _amounts(limits[w]) for w in Window},
            "used": {
                w.name.lower(): _amounts(used)
                for w, used in account.losses.used_by_window(now).items()
            },
            "signed": {
                w.name.lower(): plain(round(account.activity.signed_exposure(w, now), 8))
                for w in Window
            },
        }

    def _deep_figures(self, account: Account) -> dict[str, Figures]:
        """Those of the markets that the policy lists as deep, as far as they are known."""
        prices = self._core.quotes[account.exchange].prices
        return {
            symbol: prices[symbol].figures(rules)
            for symbol, rules in account.policy.markets.items()
            if rules.depth is Depth.DEEP and symbol in prices and prices[symbol].is_known
        }

    def _is_swept(self, account: Account) -> bool:
        """After `stop everything`: the exchange shows no open order any more."""
        freeze = freezing.to_sweep(account)
        return bool(freeze and self._core.swept.get(account.name) == freeze.time_ns)

    def _grants(self, account: Account) -> list[Grant]:
        """Those that are still good for something."""
        now = self._clock.now_ns()
        return [
            grant
            for grant in self._core.state.grants.values()
            if grant.account == account.name and not grant.revoked and grant.expires_ns > now
        ]

    async def _grant_issue(
        self, account: str, days: str, sources: str, public_key: str = ""
    ) -> dict[str, str]:
        """Without the `public_key` (base64) of what its bot signs with, its secret comes along: a
        private key, of which only the public half is kept, where the exchange has such."""
        exchange = account_named(self._core.state, account).exchange
        if days not in map(str, range(1, MAX_DAYS + 1)):
            raise Refused(f"a grant is good for 1 to {MAX_DAYS} days, not {days[:20]!r}")
        networks = tuple(filter(None, (part.strip() for part in sources.split(","))))
        for network in networks:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError as error:
                raise Refused(f"{network!r} is no address or network") from error
        if public_key:
            checked_public(exchange, public_key)
            self._check_new(public_key)
        grant, told, mark = new_token(GRANT_ID), {}, ""
        if not public_key:
            secret, public_key = fresh(exchange)
            told, mark = {"secret": secret.decode()}, self._secrets.mark(secret)
            if public_key:
                wipe(secret)
            else:
                self._secrets.add(grant, grant_label(account, grant), secret)
        now = self._clock.now_ns()
        ends = now + int(days) * DAY
        await self._record(GrantIssued(now, grant, account, ends, networks, mark, public_key))
        return {"id": grant, **told}

    def _check_new(self, public_key: str) -> None:
        """Signatures do not say which grant they are for: one key to two grants would let a request
        that was meant for one be sent to the other."""
        if any(grant.public == public_key for grant in self._core.state.grants.values()):
            raise Refused("another grant has this public key; make a new key for this one")

    async def _grant_revoke(self, grant: str) -> None:
        known = self._core.state.grants.get(grant)
        if known is None or known.revoked:
            raise Refused("there is no such grant, or it was revoked before")
        known.revoked = True
        await self._record(GrantRevoked(self._clock.now_ns(), grant))
        self._secrets.drop(grant)

    async def _confirm(self, account: str) -> None:
        if account not in self._core.state.doubts:
            what = f"account {account!r}" if account else "the signer"
            raise Refused(f"nothing is in doubt about {what}; `tradelatch status` shows what is")
        records: list[AnyRecord] = [Confirmed(self._clock.now_ns(), account)]
        if not account and self._core.clock:  # the wall clock is right from now on
            records.append(self._core.clock.read())
        await self._record(*records)

    async def _policy_simulate(
        self,
        account: str,
        symbol: str,
        side: str,
        quantity: str,
        price: str,
        is_exit: str,
        source: str,
        policy: str,
    ) -> dict[str, Any]:
        """Without a `policy` by those that hold; `is_exit` is empty for no."""
        known = account_named(self._core.state, account)
        try:
            asked = simulate.order(symbol, side, quantity, price, bool(is_exit))
            by = parse_policy(policy) if policy else None
        except ValueError as error:
            raise Refused(str(error)) from error
        return simulate.simulate(self._core, known, asked, source, by, self._clock.now_ns())

    async def _record(self, *records: AnyRecord) -> None:
        """In force without a gap in which something else could be decided, and durable on return;
        whatever is decided by them comes after them in the journal."""
        records = tuple(by_whom(record) for record in records)
        for record in records:
            self._core.state.apply(record)
        await asyncio.gather(*(self._recorder.record(record) for record in records))


def _lowest(account: Account, now_ns: int) -> dict[str, str]:
    """What the account was worth at least, by window, where amounts are shares of it."""
    worth = account.worth
    if worth is None or not account.policy.has_shares:
        return {}
    lowest = {w.name.lower(): worth.lowest(now_ns - w.length_ns) for w in Window}
    return {window: plain(round(value, 8)) for window, value in lowest.items()}


def _amounts(used: Used) -> list[str]:
    amounts: tuple[Decimal, ...] = (used.budget, used.allocation, used.exit_budget)
    return [plain(round(amount, 8)) for amount in amounts]
