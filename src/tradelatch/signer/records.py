"""The journal's records. All state follows from them, in their order.

A record is one line of JSON; its kind stands in the field `record`.
"""

import enum
from decimal import Decimal
from typing import TypeAlias

import msgspec

from tradelatch.exchanges.protocol import KeyRights
from tradelatch.model.intents import AnyIntent
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Number, OrderStatus, Side
from tradelatch.model.uptime import Uptime
from tradelatch.policy.judged import Judged
from tradelatch.policy.release import Release
from tradelatch.policy.verdict import Answer, LimitOrder
from tradelatch.signer.changes import AnyChange


class Record(msgspec.Struct, frozen=True, tag=True, tag_field="record"):
    """Something that happened at `time_ns` by the signer's clock."""

    time_ns: int


class Act(Record, frozen=True, kw_only=True):
    """Something that was ordered, `by` a person; empty is the host's operator, or the signer."""

    by: str = ""


class AccountAdded(Act, frozen=True):
    """An account at an exchange, with the id of its sealed key and its policy as TOML."""

    account: str
    exchange: str
    key_id: str
    policy: str
    owner: str = ""
    """The public key that releases exits (base64); empty for none."""
    mark: str = ""
    """What stands for the key's secret (`Secrets.mark`)."""
    customer: str = ""
    """Whose account it is; empty for the house's own."""


class KeyInspected(Record, frozen=True):
    """What the exchange says that an account's key may do; `accepted` are the dangers that
    whoever entrusted it has accepted by name."""

    account: str
    rights: KeyRights
    accepted: tuple[str, ...]


class KeyMade(Act, frozen=True):
    """An Ed25519 key was made in the vault, for an account that there is or will be."""

    account: str
    exchange: str


class KeyCompromised(Act, frozen=True):
    """The account's key is known to others, as an operator says."""

    account: str


class KeyDestroyed(Act, frozen=True):
    """The secret of a former key of the account is no more; `change` brought it (0: the first)."""

    account: str
    change: int


class GrantIssued(Act, frozen=True):
    """A grant on an account; without `sources` any address may use it. One whose bot signs with a
    private key of its own has the `public` half (base64) and no secret."""

    grant: str
    account: str
    expires_ns: int
    sources: tuple[str, ...] = ()
    mark: str = ""
    """What stands for its secret."""
    public: str = ""


class GrantRevoked(Act, frozen=True):
    """The grant is good for nothing from now on."""

    grant: str


class ChangeProposed(Act, frozen=True):
    """A change of what holds. It replaces `before`, is judged by the operators of that digest,
    and `waits` for their signatures or for its delay, as policies always do; `what` it is in words.
    From now on a policy holds beside the present one."""

    number: int
    what: str
    change: AnyChange
    before: str
    operators: str
    waits: bool
    uptime: Uptime
    delay_ns: int


class ChangeApproved(Record, frozen=True):
    """An operator signed a pending change (base64 of Ed25519)."""

    number: int
    operator: str
    signature: str


class ChangeMade(Record, frozen=True):
    """A pending change holds from now on."""

    number: int
    what: str
    why: str


class ChangeCancelled(Record, frozen=True):
    """A pending change will never hold."""

    number: int
    what: str
    why: str


class Cause(enum.StrEnum):
    """What something was frozen for."""

    DENIALS = "dangerous denials"
    BUDGET = "B is spent"
    EXIT_BUDGET = "E is spent"
    OPERATOR = "by hand"
    STOP = "stop everything"
    RESTORED = "a backup was restored"
    LEAK = "a leak"


class Frozen(Act, frozen=True):
    """A grant, or with an empty `grant` an account with all its grants, may place nothing more;
    what it has open is being cancelled."""

    account: str
    grant: str
    cause: Cause
    says: str


class Restored(Record, frozen=True):
    """A backup of `size` records took the place of a journal of which `signed` were signed. All
    accounts are frozen, all grants revoked and all pending changes dropped, since what was
    decided later is not known."""

    size: int
    signed: int
    nonce: str


class ExitReleased(Act, frozen=True):
    """The account's owner let one exit out beyond E, with this signature (base64)."""

    account: str
    release: Release
    signature: str


class VaultRotated(Act, frozen=True):
    """All envelopes of the vault are under the key-encryption key of that number from now on."""

    key: int


class NewRiskClosed(Record, frozen=True):
    """No new risk is taken any more, until the signer starts anew."""

    why: str


class Allowed(Record, frozen=True):
    """A request of a grant that will be signed, once this is durable.

    `id` is the verdict's number and, for an order, the order's. `digest` is the request's, for
    the replay cache. The exchange accepts what is signed until `expires_ms` by its own clock.
    """

    id: int
    grant: str
    account: str
    digest: str
    intent: AnyIntent
    timestamp_ms: int
    expires_ms: int
    answers: tuple[Answer, ...] = ()
    order: LimitOrder | None = None
    judged: Judged | None = None
    client_order_id: str = ""
    """What the exchange will know the order by; the bot's own id stands in the intent."""
    policy: str = ""
    """The digest of the policy that was asked."""
    release: str = ""
    """The owner's release that the order uses up."""
    pair: int = 0
    """The order beside it, recorded before, of which one cancels the other."""
    nonce: int = 0
    """The request's own, where the exchange asks for one that is higher each time."""


class Denied(Record, frozen=True):
    """A request of a grant that was turned away; nothing is signed. `policy` is as above."""

    id: int
    grant: str
    account: str
    digest: str
    intent: AnyIntent
    answers: tuple[Answer, ...]
    policy: str = ""
    instead: LimitOrder | None = None
    """The nearest order that would have been allowed, if there is one."""
    nonce: int = 0


class OwnRequest(Record, frozen=True):
    """A request that the signer makes by itself: a read, or a cancel. It is about to be signed."""

    account: str
    intent: AnyIntent


class Rejudged(Record, frozen=True):
    """A resting order is judged by a worse reference from now on."""

    order: int
    reference: Decimal


class Amended(Record, frozen=True):
    """An order is for less from now on, as the exchange says and as was signed: for `quantity` in
    all, of which so much was `left` to be filled."""

    order: int
    quantity: Decimal
    left: Decimal


class Reported(Record, frozen=True):
    """What the exchange says of an order (a claim, as all that follow)."""

    order: int
    exchange_order_id: Number
    status: OrderStatus
    executed: Decimal


class Filled(Record, frozen=True):
    """A fill of an order, at the exchange's `traded_ms`; `fee` in the accounting asset,
    `reference` the price to judge it by."""

    order: int
    trade_id: Number
    traded_ms: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    reference: Decimal | None
    fee_asset: str = ""
    fee_taken: Decimal = ZERO
    """The fee as the exchange took it."""


class ForeignFill(Record, frozen=True):
    """A fill of an order that nobody here signed: somebody else uses the account, or its key."""

    account: str
    symbol: str
    order_id: Number
    trade_id: Number
    traded_ms: int
    side: Side
    price: Decimal
    quantity: Decimal


class Closed(Record, frozen=True):
    """No further fill of the order can follow; its reservation is released."""

    order: int
    why: str


class Holdings(Record, frozen=True):
    """What the exchange says the account holds, of assets without a live order."""

    account: str
    held: dict[str, Decimal]


class Valued(Record, frozen=True):
    """What the unit and the deep assets of an account are worth, in units. Noted when it has
    fallen and every few minutes: amounts that are shares are those of the lowest."""

    account: str
    value: Decimal


class SpreadSeen(Record, frozen=True):
    """The half spread (a fraction) that stands in a market's book; noted every hour."""

    exchange: str
    symbol: str
    half_spread: Decimal


class ClockRead(Record, frozen=True):
    """How far the wall clock stood ahead of the time since boot `boot`; noted at start-up and
    when an operator has confirmed it."""

    ahead_ns: int
    boot: str


class Doubted(Record, frozen=True):
    """Something does not agree: only cancels from now on, for one account or (empty) for all,
    until an operator confirms that it was looked into."""

    account: str
    why: str


class Confirmed(Act, frozen=True):
    """An operator has looked into a doubt: new risk may be taken again."""

    account: str


AnyRecord: TypeAlias = (
    AccountAdded
    | KeyInspected
    | KeyMade
    | KeyCompromised
    | KeyDestroyed
    | GrantIssued
    | GrantRevoked
    | ChangeProposed
    | ChangeApproved
    | ChangeMade
    | ChangeCancelled
    | Frozen
    | Restored
    | ExitReleased
    | VaultRotated
    | NewRiskClosed
    | Allowed
    | Denied
    | OwnRequest
    | Rejudged
    | Amended
    | Reported
    | Filled
    | ForeignFill
    | Closed
    | Holdings
    | Valued
    | SpreadSeen
    | ClockRead
    | Doubted
    | Confirmed
)

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(AnyRecord).decode
