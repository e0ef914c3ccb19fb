"""The signer's state: what follows from the journal's records, and nothing else."""

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from tradelatch.model.clock import DAY, MS, SECOND
from tradelatch.model.intents import AmendOrder, PlaceOrder
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO
from tradelatch.policy.document import parse_policy
from tradelatch.policy.house import House
from tradelatch.policy.references import Print, Spread
from tradelatch.policy.windows import LONGEST_NS, Level
from tradelatch.signer import records
from tradelatch.signer.accounts import Account, Grant, Key, LiveOrder
from tradelatch.signer.changes import LEAST_DELAY_NS, AnyChange, Pending, SetPerson
from tradelatch.signer.people import Person, Role
from tradelatch.signer.records import AnyRecord, Cause

LONGEST_RELEASE_NS = 7 * DAY
"""An owner's release is good no longer than this."""
REPLAY_NS = 242 * SECOND
"""How long digests are remembered: twice the longest time window, and a margin."""


class State:
    """Everything the signer knows; changed by `apply` alone."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.grants: dict[str, Grant] = {}
        self.made: dict[str, str] = {}
        """Accounts for which a key was made that is not in use yet, with its exchange."""
        self.orders: dict[int, LiveOrder] = {}
        self.digests: dict[str, int] = {}
        self.prints: dict[tuple[str, str], deque[Print]] = {}
        """Own fills of the last day, by exchange and market: no reference may rest on them."""
        self.spreads: dict[tuple[str, str], deque[Spread]] = {}
        """Half spreads seen within the last month, by exchange and market."""
        self.house = House()
        self.doubts: dict[str, str] = {}
        """Why only cancels go out, by account; the empty name stands for all."""
        self.clock: records.ClockRead | None = None
        self.last_ns = 0
        """When the newest record was made."""
        self.next_id = 1
        self.people: dict[str, Person] = {}
        self.delay_ns = LEAST_DELAY_NS
        self.pending: dict[int, Pending] = {}
        self.next_change = 1
        self.proposed: dict[str, list[int]] = {}
        """When each person proposed something, of the day before the last time he did."""
        self.restored: set[str] = set()
        """The nonces of backups that were restored, as far as the journal tells."""
        self.releases_after_ns = 0
        """An owner's release has to be good beyond this: who knows which were used before."""
        self._apply: dict[type, Callable[[Any], None]] = {
            records.AccountAdded: self._account_added,
            records.KeyInspected: self._key_inspected,
            records.KeyMade: self._key_made,
            records.KeyCompromised: self._key_compromised,
            records.KeyDestroyed: self._key_destroyed,
            records.GrantIssued: self._grant_issued,
            records.GrantRevoked: self._grant_revoked,
            records.ChangeProposed: self._change_proposed,
            records.ChangeApproved: self._change_approved,
            records.ChangeMade: self._change_made,
            records.ChangeCancelled: self._change_cancelled,
            records.Frozen: self._frozen,
            records.Restored: self._restored,
            records.ExitReleased: self._exit_released,
            records.VaultRotated: lambda record: None,
            records.NewRiskClosed: lambda record: None,
            records.Allowed: self._allowed,
            records.Denied: self._denied,
            records.OwnRequest: lambda record: None,
            records.Rejudged: self._rejudged,
            records.Amended: self._amended,
            records.Reported: self._reported,
            records.Filled: self._filled,
            records.ForeignFill: self._foreign_fill,
            records.Closed: self._closed,
            records.Holdings: self._holdings,
            records.Valued: self._valued,
            records.SpreadSeen: self._spread_seen,
            records.ClockRead: self._clock_read,
            records.Doubted: self._doubted,
            records.Confirmed: self._confirmed,
        }

    @property
    def operators(self) -> dict[str, str]:
        """Public keys of those who approve, by name; those too who are being removed, so that no
        proposal makes a quorum smaller."""
        people = self.people.values()
        return {person.name: person.public_key for person in people if person.role is Role.OPERATOR}

    @property
    def leaving(self) -> set[str]:
        """Who is being removed: nothing of theirs counts any more."""
        changes = (pending.change for pending in self.pending.values())
        people = (change.person for change in changes if isinstance(change, SetPerson))
        return {person.name for person in people if not person.public_key}

    def apply(self, record: AnyRecord) -> None:
        """Take one record in."""
        self.last_ns = max(self.last_ns, record.time_ns)
        self._apply[type(record)](record)

    def doubt(self, account: str) -> str:
        """Why only cancels go out for an account; empty if orders do."""
        return self.doubts.get("") or self.doubts.get(account, "")

    def remember(self, digest: str, time_ns: int) -> None:
        """Keep the digest of a request for as long as the request might be replayed."""
        self.digests.pop(digest, None)
        self.digests[digest] = time_ns
        while (oldest := next(iter(self.digests))) and self.digests[oldest] < time_ns - REPLAY_NS:
            del self.digests[oldest]

    def forget(self, now_ns: int) -> None:
        """Drop what can matter no more, once it is certain that it is so late."""
        for account in self.accounts.values():
            account.losses.forget(now_ns)
            account.activity.forget(now_ns)
            if account.worth is not None:
                account.worth.forget(now_ns - LONGEST_NS)
            account.forget_unfilled(now_ns)
            for release in [r for r in account.releases.values() if r.expires_ns <= now_ns]:
                del account.releases[release.id]

    def _account_added(self, record: records.AccountAdded) -> None:
        if record.account in self.accounts:
            raise ValueError(f"account {record.account!r} was added twice")
        policy = parse_policy(record.policy)
        account = Account(record.account, record.exchange, record.key_id, policy)
        account.owner, account.customer = record.owner, record.customer
        account.added_ns = record.time_ns
        account.keys.append(Key(record.key_id, 0, "active", record.time_ns, record.mark))
        self.made.pop(record.account, None)
        self.accounts[record.account] = account
        self.house.join(policy.unit, account.losses)

    def _key_made(self, record: records.KeyMade) -> None:
        self.made[record.account] = record.exchange

    def _key_compromised(self, record: records.KeyCompromised) -> None:
        key = self.accounts[record.account].keys[-1]
        key.state, key.since_ns = "compromised", record.time_ns

    def _key_destroyed(self, record: records.KeyDestroyed) -> None:
        for key in self.accounts[record.account].keys:
            if key.change == record.change:
                key.state, key.since_ns = "destroyed", record.time_ns

    def _key_inspected(self, record: records.KeyInspected) -> None:
        self.accounts[record.account].inspected = record

    def _grant_issued(self, record: records.GrantIssued) -> None:
        self.grants[record.grant] = Grant(
            record.grant,
            record.account,
            record.expires_ns,
            record.sources,
            record.mark,
            record.public,
        )

    def _grant_revoked(self, record: records.GrantRevoked) -> None:
        self.grants[record.grant].revoked = True

    def frozen(self, account: str, grant: str) -> dict[Cause, records.Frozen]:
        """What a grant, or with an empty `grant` an account, is frozen for."""
        return self.grants[grant].frozen if grant else self.accounts[account].frozen

    def replace_key(self, account: str, key_id: str, change: int, time_ns: int, mark: str) -> None:
        """Another exchange key takes the place of an account's."""
        known = self.accounts[account]
        known.key_id, known.key_change = key_id, change
        if known.keys[-1].state == "active":
            known.keys[-1].state, known.keys[-1].since_ns = "deactivated", time_ns
        known.keys.append(Key(key_id, change, "active", time_ns, mark))
        self.made.pop(account, None)

    def thaw(self, account: str, grant: str, time_ns: int) -> None:
        """Let it place orders again; what was counted against it is forgotten."""
        self.frozen(account, grant).clear()
        if grant:
            self.grants[grant].dangers.clear()
        else:
            self.accounts[account].thawed_ns = time_ns

    def _change_proposed(self, record: records.ChangeProposed) -> None:
        self.next_change = record.number + 1
        self.pending[record.number] = Pending(
            record.number,
            record.change,
            record.before,
            record.operators,
            record.waits,
            record.time_ns,
            record.uptime,
            record.delay_ns,
            record.by,
        )
        record.change.hold(self, record.number)
        recent = [at for at in self.proposed.get(record.by, []) if at > record.time_ns - DAY]
        self.proposed[record.by] = [*recent, record.time_ns]

    def _change_approved(self, record: records.ChangeApproved) -> None:
        self.pending[record.number].approvals[record.operator] = record.signature

    def _change_made(self, record: records.ChangeMade) -> None:
        self._drop(record.number).carry_out(self, record.number, record.time_ns)

    def _change_cancelled(self, record: records.ChangeCancelled) -> None:
        self._drop(record.number)

    def _drop(self, number: int) -> AnyChange:
        change = self.pending.pop(number).change
        change.let_go(self, number)
        return change

    def _frozen(self, record: records.Frozen) -> None:
        self.frozen(record.account, record.grant)[record.cause] = record

    def _restored(self, record: records.Restored) -> None:
        self.restored.add(record.nonce)
        self.releases_after_ns = record.time_ns + LONGEST_RELEASE_NS
        says = f"the restored journal has {record.size} of {record.signed} signed records"
        for account in self.accounts.values():
            self._frozen(records.Frozen(record.time_ns, account.name, "", Cause.RESTORED, says))
            account.releases.clear()
        for grant in self.grants.values():
            grant.revoked = True
        for number in list(self.pending):
            self._drop(number)

    def _exit_released(self, record: records.ExitReleased) -> None:
        account = self.accounts[record.account]
        account.release_ids.add(record.release.id)
        account.releases[record.release.id] = record.release

    def _allowed(self, record: records.Allowed) -> None:
        self.next_id = max(self.next_id, record.id + 1)
        self.remember(record.digest, record.time_ns)
        if record.nonce:
            self.grants[record.grant].see(record.nonce)
        account = self.accounts[record.account]
        account.asked_ns = record.time_ns
        if isinstance(record.intent, AmendOrder):
            account.amends(record.intent)
        if not isinstance(record.intent, PlaceOrder) or record.judged is None:
            return
        account.losses.reserve(str(record.id), record.judged)
        account.activity.ordered(record.judged, record.time_ns)
        account.activity.signed(record.judged.exposure, record.time_ns)
        order = LiveOrder(
            record.id,
            record.account,
            record.judged.symbol,
            record.client_order_id,
            record.expires_ms,
            record.judged,
            record.grant,
            placed_ns=record.time_ns,
            signed_ms=record.timestamp_ms,
            pair=record.pair,
        )
        if record.pair in self.orders:
            self.orders[record.pair].pair = order.id
        account.releases.pop(record.release, None)
        self.orders[order.id] = account.live[order.id] = order
        account.client_ids[record.client_order_id] = order.id
        bots_own = record.intent.client_order_id
        if bots_own and bots_own != record.client_order_id:
            account.aliases[record.client_order_id] = bots_own
            account.chosen[bots_own] = record.client_order_id
        self._touch(order, record.time_ns)

    def _denied(self, record: records.Denied) -> None:
        self.next_id = max(self.next_id, record.id + 1)
        self.remember(record.digest, record.time_ns)
        if record.nonce:
            self.grants[record.grant].see(record.nonce)
        freezing = self.accounts[record.account].policy.freeze
        if any(a.rule in freezing.rules and not a.allowed for a in record.answers):
            dangers = self.grants[record.grant].dangers
            dangers.append(record.time_ns)
            while dangers[0] <= record.time_ns - freezing.within_s * SECOND:
                dangers.popleft()

    def _rejudged(self, record: records.Rejudged) -> None:
        order = self.orders[record.order]
        order.judged = msgspec.structs.replace(order.judged, reference=record.reference)
        self.accounts[order.account].losses.rejudge(str(order.id), record.reference)

    def _amended(self, record: records.Amended) -> None:
        order = self.orders[record.order]
        account, cut = self.accounts[order.account], order.left - record.left
        order.judged = msgspec.structs.replace(order.judged, quantity=record.quantity)
        account.losses.amend(str(order.id), record.left)
        account.left_over(order, cut, record.time_ns)
        self._touch(order, record.time_ns)

    def _reported(self, record: records.Reported) -> None:
        order = self.orders[record.order]
        order.exchange_order_id = record.exchange_order_id
        self.accounts[order.account].numbers.add(record.exchange_order_id)
        order.status, order.executed = record.status, record.executed

    def _filled(self, record: records.Filled) -> None:
        order = self.orders[record.order]
        order.trades.add(record.trade_id)
        order.filled += record.quantity
        account = self.accounts[order.account]
        prints = self.prints.setdefault((account.exchange, order.symbol), deque())
        prints.append(Print(record.traded_ms, record.price, record.quantity))
        while prints and prints[0].time_ms < (record.time_ns - DAY) // MS:
            prints.popleft()
        if record.fee_asset not in ("", account.policy.unit):
            fees = account.fees.get(record.fee_asset, ZERO)
            account.fees[record.fee_asset] = fees + record.fee_taken
            account.touched_ns[record.fee_asset] = record.time_ns
        account.activity.traded(record.quantity * record.price, record.time_ns)
        account.losses.fill(
            str(order.id),
            record.quantity,
            record.price,
            record.fee,
            record.time_ns,
            record.reference,
        )
        self._touch(order, record.time_ns)

    def _foreign_fill(self, record: records.ForeignFill) -> None:
        self.accounts[record.account].foreign.add((record.symbol, record.trade_id))

    def _closed(self, record: records.Closed) -> None:
        order = self.orders.pop(record.order)
        account = self.accounts[order.account]
        account.losses.close(str(order.id))
        del account.live[order.id]
        if order.pair in account.live:
            account.losses.part(str(order.pair))
        account.left_over(order, order.left, record.time_ns)
        self._touch(order, record.time_ns)

    def _holdings(self, record: records.Holdings) -> None:
        account = self.accounts[record.account]
        for asset, quantity in record.held.items():
            account.losses.hold(asset, quantity)
            account.fees.pop(asset, None)

    def _valued(self, record: records.Valued) -> None:
        account = self.accounts[record.account]
        if account.worth is None:
            account.worth = Level(record.value)
        account.worth.set(record.value, record.time_ns)

    def _spread_seen(self, record: records.SpreadSeen) -> None:
        seen = self.spreads.setdefault((record.exchange, record.symbol), deque())
        seen.append(Spread(record.time_ns, record.half_spread))
        while seen[0].time_ns < record.time_ns - LONGEST_NS:
            seen.popleft()

    def _clock_read(self, record: records.ClockRead) -> None:
        self.clock = record
        self.last_ns = record.time_ns

    def _doubted(self, record: records.Doubted) -> None:
        self.doubts[record.account] = record.why

    def _confirmed(self, record: records.Confirmed) -> None:
        self.doubts.pop(record.account, None)

    def _touch(self, order: LiveOrder, time_ns: int) -> None:
        for asset in split_symbol(order.symbol):
            self.accounts[order.account].touched_ns[asset] = time_ns
