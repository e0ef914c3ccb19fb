"""The signer's state: what follows from the journal's records, and nothing else."""

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from tradelatch.model.clock import DAY, MINUTE, MS, SECOND
from tradelatch.model.intents import AmendOrder, CancelOrder, PlaceOrder
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO
from tradelatch.model.orders import OrderStatus, Side
from tradelatch.policy.accounting import Accounts
from tradelatch.policy.activity import Activity
from tradelatch.policy.document import Policy, parse_policy
from tradelatch.policy.house import House
from tradelatch.policy.judged import Judged
from tradelatch.policy.references import Print, Spread
from tradelatch.policy.release import Release
from tradelatch.policy.windows import LONGEST_NS, Level
from tradelatch.signer.changes import LEAST_DELAY_NS, Pending
from tradelatch.signer.records import (
    AccountAdded,
    Allowed,
    Amended,
    AnyRecord,
    Cause,
    ChangeApproved,
    ChangeCancelled,
    ChangeMade,
    ChangeProposed,
    ClockRead,
    Closed,
    Confirmed,
    Denied,
    Doubted,
    ExitReleased,
    Filled,
    ForeignFill,
    Frozen,
    GrantIssued,
    GrantRevoked,
    Holdings,
    KeyCompromised,
    KeyDestroyed,
    KeyInspected,
    KeyMade,
    NewRiskClosed,
    OwnRequest,
    Rejudged,
    Reported,
    Restored,
    SpreadSeen,
    Valued,
    VaultRotated,
)

UNFILLED_NS = 10 * MINUTE
"""How long it is remembered what was left of closed orders: many times as long as it takes until
balances are asked for again."""
LONGEST_RELEASE_NS = 7 * DAY
"""An owner's release is good no longer than this."""
REPLAY_NS = 122 * SECOND
"""How long digests are remembered: twice the longest time window, and a margin."""


class Grant(msgspec.Struct):
    """What a bot holds in place of an exchange key (its secret lies in the vault, unless it has the
    `public` half of what the bot signs with, base64)."""

    id: str
    account: str
    expires_ns: int
    sources: tuple[str, ...]
    mark: str = ""
    public: str = ""
    revoked: bool = False
    frozen: dict[Cause, Frozen] = {}
    dangers: deque[int] = msgspec.field(default_factory=deque)
    """When its dangerous denials were, the newest last."""


class LiveOrder(msgspec.Struct):
    """An order that may still be filled: recorded, and not yet known to be closed."""

    id: int
    account: str
    symbol: str
    client_order_id: str
    expires_ms: int
    judged: Judged
    grant: str = ""
    status: OrderStatus | None = None
    exchange_order_id: int | None = None
    placed_ns: int = 0
    signed_ms: int = 0
    """What its request says that time was, by the exchange's clock."""
    pair: int = 0
    """The order beside it, of which one cancels the other."""
    amending: Decimal | None = None
    """The least quantity that was signed for it since: the exchange may say that it has become
    that."""
    executed: Decimal = ZERO
    filled: Decimal = ZERO
    trades: set[int] = msgspec.field(default_factory=set)

    @property
    def left(self) -> Decimal:
        """What no reported fill has filled yet."""
        return max(self.judged.quantity - self.filled, ZERO)

    def moves(self, asset: str, side: Side) -> bool:
        """A fill brings the asset (a buy) or takes it (a sell)."""
        return (self.judged.asset, self.judged.side) == (asset, side)

    @property
    def is_waiting(self) -> bool:
        """It is a stop, and nothing is known to have been filled of it."""
        return self.judged.stop and not self.executed and not self.filled

    @property
    def is_settled(self) -> bool:
        """The exchange calls it final, and every fill it counts is known."""
        return bool(self.status and self.status.is_final and self.filled == self.executed)


class Unfilled(msgspec.Struct, frozen=True):
    """What was left of an order when it was closed, or what was cut off when it was amended."""

    closed_ns: int
    asset: str
    side: Side
    quantity: Decimal


class Key(msgspec.Struct):
    """One exchange key that an account has or had, and its state since a time."""

    key_id: str
    change: int
    state: str
    since_ns: int
    mark: str


class Account(msgspec.Struct):
    """One account: its policy, loss accounts and orders, shared by all its grants."""

    name: str
    exchange: str
    key_id: str
    policy: Policy
    owner: str = ""
    key_change: int = 0
    """The number of the change that brought its exchange key; zero for its first."""
    keys: list[Key] = msgspec.field(default_factory=list)
    """All that it had, the present one last."""
    frozen: dict[Cause, Frozen] = {}
    thawed_ns: int = 0
    releases: dict[str, Release] = {}
    """What the owner has let out and no order has used yet."""
    release_ids: set[str] = msgspec.field(default_factory=set)
    losses: Accounts = msgspec.field(default_factory=Accounts)
    activity: Activity = msgspec.field(default_factory=Activity)
    live: dict[int, LiveOrder] = msgspec.field(default_factory=dict)
    client_ids: dict[str, int] = msgspec.field(default_factory=dict)
    """Every client order id ever used at the exchange, with its order."""
    numbers: set[int] = msgspec.field(default_factory=set)
    """The exchange's numbers of all orders that were signed here."""
    foreign: set[tuple[str, int]] = msgspec.field(default_factory=set)
    """Markets and numbers of fills that nobody here signed."""
    aliases: dict[str, str] = msgspec.field(default_factory=dict)
    """Client order ids that the signer chose, with the bot's own."""
    chosen: dict[str, str] = msgspec.field(default_factory=dict)
    """The same the other way round: the newest that the signer chose for a bot's own."""
    touched_ns: dict[str, int] = msgspec.field(default_factory=dict)
    """When an order last moved an asset; older balances say nothing about it."""
    unfilled: deque[Unfilled] = msgspec.field(default_factory=deque)
    """Orders that were lately closed with something left: money that moved by them regardless
    was not reported."""
    fees: dict[str, Decimal] = {}
    """What fees took of an asset since it was reconciled, where the ledger has it still."""
    worth: Level | None = None
    """What it is worth by the records, in units; None before the first."""
    added_ns: int = 0
    asked_ns: int = 0
    """When a bot last asked for something that was signed with its key."""
    inspected: KeyInspected | None = None
    """What its key may do, as was last heard."""

    def left_over(self, order: LiveOrder, quantity: Decimal, now_ns: int) -> None:
        """So much of an order can be filled no more, as the exchange says."""
        if quantity > 0:
            judged = order.judged
            self.unfilled.append(Unfilled(now_ns, judged.asset, judged.side, quantity))
        self.forget_unfilled(now_ns)

    def forget_unfilled(self, now_ns: int) -> None:
        """Drop what was left of orders that were closed long ago."""
        while self.unfilled and self.unfilled[0].closed_ns < now_ns - UNFILLED_NS:
            self.unfilled.popleft()

    def live_by_client_id(self, client_order_id: str) -> LiveOrder | None:
        """The live order the exchange knows by that id."""
        return self.live.get(self.client_ids.get(client_order_id, -1))

    def is_beside_exit(self, order: LiveOrder) -> bool:
        """Whoever cancels it cancels a stop-loss with it."""
        beside = self.live.get(order.pair)
        return beside is not None and beside.judged.exit

    def amends(self, amend: AmendOrder) -> None:
        """An amendment was signed, worded as it goes out. The orders of a pair have one quantity,
        so it is one of both."""
        order = self.live_by_client_id(amend.client_order_id or "")
        for one in (order, self.live.get(order.pair)) if order else ():
            if one:
                one.amending = min(one.amending or amend.quantity, amend.quantity)

    def named_by(self, intent: CancelOrder | AmendOrder) -> LiveOrder | None:
        """The live order that a bot's cancel or amendment means: of its market, with the name and
        the number that it gives. Numbers are those of one market."""
        name, number = intent.client_order_id, intent.order_id
        if name is not None:
            named = self.live_by_client_id(self.exchange_name(name))
            orders = [named] if named else []
        else:
            orders = list(self.live.values()) if number is not None else []
        for order in orders:
            if order.symbol == intent.symbol and number in (None, order.exchange_order_id):
                return order
        return None

    def exchange_name(self, client_order_id: str) -> str:
        """What the exchange calls the newest order that a bot calls so; usually the same."""
        return self.chosen.get(client_order_id, client_order_id)


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
        self.clock: ClockRead | None = None
        self.last_ns = 0
        """When the newest record was made."""
        self.next_id = 1
        self.operators: dict[str, str] = {}
        """Public keys by name."""
        self.delay_ns = LEAST_DELAY_NS
        self.pending: dict[int, Pending] = {}
        self.next_change = 1
        self.restored: set[str] = set()
        """The nonces of backups that were restored, as far as the journal tells."""
        self.releases_after_ns = 0
        """An owner's release has to be good beyond this: who knows which were used before."""
        self._apply: dict[type, Callable[[Any], None]] = {
            AccountAdded: self._account_added,
            KeyInspected: self._key_inspected,
            KeyMade: self._key_made,
            KeyCompromised: self._key_compromised,
            KeyDestroyed: self._key_destroyed,
            GrantIssued: self._grant_issued,
            GrantRevoked: self._grant_revoked,
            ChangeProposed: self._change_proposed,
            ChangeApproved: self._change_approved,
            ChangeMade: self._change_made,
            ChangeCancelled: self._change_cancelled,
            Frozen: self._frozen,
            Restored: self._restored,
            ExitReleased: self._exit_released,
            VaultRotated: lambda record: None,
            NewRiskClosed: lambda record: None,
            Allowed: self._allowed,
            Denied: self._denied,
            OwnRequest: lambda record: None,
            Rejudged: self._rejudged,
            Amended: self._amended,
            Reported: self._reported,
            Filled: self._filled,
            ForeignFill: self._foreign_fill,
            Closed: self._closed,
            Holdings: self._holdings,
            Valued: self._valued,
            SpreadSeen: self._spread_seen,
            ClockRead: self._clock_read,
            Doubted: self._doubted,
            Confirmed: self._confirmed,
        }

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

    def _account_added(self, record: AccountAdded) -> None:
        if record.account in self.accounts:
            raise ValueError(f"account {record.account!r} was added twice")
        policy = parse_policy(record.policy)
        account = Account(record.account, record.exchange, record.key_id, policy, record.owner)
        account.added_ns = record.time_ns
        account.keys.append(Key(record.key_id, 0, "active", record.time_ns, record.mark))
        self.made.pop(record.account, None)
        self.accounts[record.account] = account
        self.house.join(policy.unit, account.losses)

    def _key_made(self, record: KeyMade) -> None:
        self.made[record.account] = record.exchange

    def _key_compromised(self, record: KeyCompromised) -> None:
        key = self.accounts[record.account].keys[-1]
        key.state, key.since_ns = "compromised", record.time_ns

    def _key_destroyed(self, record: KeyDestroyed) -> None:
        for key in self.accounts[record.account].keys:
            if key.change == record.change:
                key.state, key.since_ns = "destroyed", record.time_ns

    def _key_inspected(self, record: KeyInspected) -> None:
        self.accounts[record.account].inspected = record

    def _grant_issued(self, record: GrantIssued) -> None:
        self.grants[record.grant] = Grant(
            record.grant,
            record.account,
            record.expires_ns,
            record.sources,
            record.mark,
            record.public,
        )

    def _grant_revoked(self, record: GrantRevoked) -> None:
        self.grants[record.grant].revoked = True

    def frozen(self, account: str, grant: str) -> dict[Cause, Frozen]:
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

    def _change_proposed(self, record: ChangeProposed) -> None:
        self.next_change = record.number + 1
        self.pending[record.number] = Pending(
            record.number,
            record.change,
            record.before,
            record.operators,
            record.loosens,
            record.time_ns,
            record.uptime,
            record.delay_ns,
        )

    def _change_approved(self, record: ChangeApproved) -> None:
        self.pending[record.number].approvals[record.operator] = record.signature

    def _change_made(self, record: ChangeMade) -> None:
        self.pending.pop(record.number).change.carry_out(self, record.number, record.time_ns)

    def _change_cancelled(self, record: ChangeCancelled) -> None:
        del self.pending[record.number]

    def _frozen(self, record: Frozen) -> None:
        self.frozen(record.account, record.grant)[record.cause] = record

    def _restored(self, record: Restored) -> None:
        self.restored.add(record.nonce)
        self.releases_after_ns = record.time_ns + LONGEST_RELEASE_NS
        says = f"the restored journal has {record.size} of {record.signed} signed records"
        for account in self.accounts.values():
            self._frozen(Frozen(record.time_ns, account.name, "", Cause.RESTORED, says))
            account.releases.clear()
        for grant in self.grants.values():
            grant.revoked = True
        self.pending.clear()

    def _exit_released(self, record: ExitReleased) -> None:
        account = self.accounts[record.account]
        account.release_ids.add(record.release.id)
        account.releases[record.release.id] = record.release

    def _allowed(self, record: Allowed) -> None:
        self.next_id = max(self.next_id, record.id + 1)
        self.remember(record.digest, record.time_ns)
        account = self.accounts[record.account]
        account.asked_ns = record.time_ns
        if isinstance(record.intent, AmendOrder):
            account.amends(record.intent)
        if not isinstance(record.intent, PlaceOrder) or record.judged is None:
            return
        account.losses.reserve(str(record.id), record.judged)
        account.activity.ordered(record.judged.value, record.time_ns)
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

    def _denied(self, record: Denied) -> None:
        self.next_id = max(self.next_id, record.id + 1)
        self.remember(record.digest, record.time_ns)
        freezing = self.accounts[record.account].policy.freeze
        if any(a.rule in freezing.rules and not a.allowed for a in record.answers):
            dangers = self.grants[record.grant].dangers
            dangers.append(record.time_ns)
            while dangers[0] <= record.time_ns - freezing.within_s * SECOND:
                dangers.popleft()

    def _rejudged(self, record: Rejudged) -> None:
        order = self.orders[record.order]
        order.judged = msgspec.structs.replace(order.judged, reference=record.reference)
        self.accounts[order.account].losses.rejudge(str(order.id), record.reference)

    def _amended(self, record: Amended) -> None:
        order = self.orders[record.order]
        account, cut = self.accounts[order.account], order.left - record.left
        order.judged = msgspec.structs.replace(order.judged, quantity=record.quantity)
        account.losses.amend(str(order.id), record.left)
        account.left_over(order, cut, record.time_ns)
        self._touch(order, record.time_ns)

    def _reported(self, record: Reported) -> None:
        order = self.orders[record.order]
        order.exchange_order_id = record.exchange_order_id
        self.accounts[order.account].numbers.add(record.exchange_order_id)
        order.status, order.executed = record.status, record.executed

    def _filled(self, record: Filled) -> None:
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

    def _foreign_fill(self, record: ForeignFill) -> None:
        self.accounts[record.account].foreign.add((record.symbol, record.trade_id))

    def _closed(self, record: Closed) -> None:
        order = self.orders.pop(record.order)
        account = self.accounts[order.account]
        account.losses.close(str(order.id))
        del account.live[order.id]
        if order.pair in account.live:
            account.losses.part(str(order.pair))
        account.left_over(order, order.left, record.time_ns)
        self._touch(order, record.time_ns)

    def _holdings(self, record: Holdings) -> None:
        account = self.accounts[record.account]
        for asset, quantity in record.held.items():
            account.losses.hold(asset, quantity)
            account.fees.pop(asset, None)

    def _valued(self, record: Valued) -> None:
        account = self.accounts[record.account]
        if account.worth is None:
            account.worth = Level(record.value)
        account.worth.set(record.value, record.time_ns)

    def _spread_seen(self, record: SpreadSeen) -> None:
        seen = self.spreads.setdefault((record.exchange, record.symbol), deque())
        seen.append(Spread(record.time_ns, record.half_spread))
        while seen[0].time_ns < record.time_ns - LONGEST_NS:
            seen.popleft()

    def _clock_read(self, record: ClockRead) -> None:
        self.clock = record
        self.last_ns = record.time_ns

    def _doubted(self, record: Doubted) -> None:
        self.doubts[record.account] = record.why

    def _confirmed(self, record: Confirmed) -> None:
        self.doubts.pop(record.account, None)

    def _touch(self, order: LiveOrder, time_ns: int) -> None:
        for asset in split_symbol(order.symbol):
            self.accounts[order.account].touched_ns[asset] = time_ns


def expired(order: LiveOrder, exchange_ms: int, margin_ns: int = SECOND) -> bool:
    """The exchange can no longer accept the order's signed request, by its own clock."""
    return exchange_ms > order.expires_ms + margin_ns // MS
