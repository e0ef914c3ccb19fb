"""What the signer knows of an account: its grants, keys, orders and accounts of losses.

Changed by `State.apply` alone, by what the journal's records say.
"""

from collections import deque
from decimal import Decimal

import msgspec

from tradelatch.model.clock import MINUTE, MS, SECOND
from tradelatch.model.intents import AmendOrder, CancelOrder
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Number, OrderStatus, Side
from tradelatch.policy.accounting import Accounts
from tradelatch.policy.activity import Activity
from tradelatch.policy.document import Policy
from tradelatch.policy.judged import Judged
from tradelatch.policy.release import Release
from tradelatch.policy.windows import Level
from tradelatch.signer.records import Cause, Frozen, KeyInspected

UNFILLED_NS = 10 * MINUTE
"""How long it is remembered what was left of closed orders: many times as long as it takes until
balances are asked for again."""


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
    nonce: int = 0
    """The highest that came, where the exchange asks for one that is higher each time."""

    def see(self, nonce: int) -> None:
        """A request came with that nonce."""
        self.nonce = max(self.nonce, nonce)


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
    exchange_order_id: Number | None = None
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
    trades: set[Number] = msgspec.field(default_factory=set)

    @property
    def is_amending(self) -> bool:
        """A lesser quantity was signed, and the exchange has not said that it has become that."""
        return self.amending is not None and self.amending < self.judged.quantity

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
    beside: dict[int, Policy] = {}
    """What is proposed and holds beside it, by the change's number."""
    owner: str = ""
    customer: str = ""
    """Whose it is; empty for the house's own."""
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
    numbers: set[Number] = msgspec.field(default_factory=set)
    """The exchange's numbers of all orders that were signed here."""
    foreign: set[tuple[str, Number]] = msgspec.field(default_factory=set)
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

    @property
    def policies(self) -> dict[int, Policy]:
        """All that its orders have to pass; the one in force, as 0, comes first."""
        return {0: self.policy, **self.beside}

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
        if amend.quantity is None:
            return
        order = self.live_by_client_id(amend.client_order_id or "")
        for one in (order, self.live.get(order.pair)) if order else ():
            if one:
                one.amending = min(one.amending or amend.quantity, amend.quantity)

    def named_by(self, intent: CancelOrder | AmendOrder) -> LiveOrder | None:
        """The live order that a bot's cancel or amendment means: of its market, with the name and
        the number that it gives. Numbers are those of one market, or of all where none is named;
        a bot may write them as texts."""
        name = intent.client_order_id
        number = None if intent.order_id is None else str(intent.order_id)
        if name is not None:
            named = self.live_by_client_id(self.exchange_name(name))
            orders = [named] if named else []
        else:
            orders = list(self.live.values()) if number is not None else []
        for order in orders:
            is_that = number in (None, str(order.exchange_order_id))
            if intent.symbol in (None, order.symbol) and is_that:
                return order
        return None

    def exchange_name(self, client_order_id: str) -> str:
        """What the exchange calls the newest order that a bot calls so; usually the same."""
        return self.chosen.get(client_order_id, client_order_id)


def expired(order: LiveOrder, exchange_ms: int, margin_ns: int = SECOND) -> bool:
    """The exchange can no longer accept the order's signed request, by its own clock."""
    return exchange_ms > order.expires_ms + margin_ns // MS
