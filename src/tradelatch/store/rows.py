"""What is kept, a row each. Times are UTC in milliseconds, JSON is bytes, amounts are exact.

The fields of `Deal`, `Order` and `Fill` are those of the bots' own nouns, and whose they are.
`msgspec.convert(row, Noun, from_attributes=True)` makes a noun of a row.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from tradelatch.model.money import ZERO


class BotState(msgspec.Struct, frozen=True):
    """What the runner keeps of a bot: its `state` (``running``, ``stopped``, ``failed``) with a
    sentence on it, the strategy's `memory` (JSON) and the number of the next deal."""

    name: str
    state: str
    state_says: str = ""
    memory: bytes = b"{}"
    next_deal: int = 1


class Bot(msgspec.Struct, frozen=True):
    """One bot: `kind` is a strategy's name (``dca``, ``grid``) or ``module:Class`` of one's own,
    `account` what it trades, `wanted` (``running`` or ``stopped``) what its owner asked for."""

    name: str
    kind: str
    account: str
    symbols: tuple[str, ...]
    settings: bytes
    created_ms: int
    wanted: str = "stopped"
    state: str = "stopped"
    state_says: str = ""
    memory: bytes = b"{}"
    next_deal: int = 1


class Deal(msgspec.Struct, frozen=True):
    """One deal of a bot. `profit_quote` is set when it closes; `profit_reporting` is that in the
    currency `reporting`, at `rate` (of that currency per quote), where a rate was known."""

    bot: str
    number: int
    symbol: str
    direction: str
    opened_ms: int
    state: str = ""
    settings: bytes = b"{}"
    memory: bytes = b"{}"
    closed_ms: int | None = None
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    spent: Decimal = ZERO
    received: Decimal = ZERO
    base_fees: Decimal = ZERO
    quote_fees: Decimal = ZERO
    other_fees: dict[str, Decimal] = {}
    fees_value: Decimal = ZERO
    profit_quote: Decimal | None = None
    profit_reporting: Decimal | None = None
    reporting: str | None = None
    rate: Decimal | None = None


class Order(msgspec.Struct, frozen=True):
    """One order of a deal; `is_over` once nothing more will be heard of it."""

    client_id: str
    bot: str
    deal: int
    tag: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal | None
    created_ms: int
    state: str
    is_over: bool
    executed: Decimal = ZERO
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    is_cancelling: bool = False
    reason: str = ""


class Fill(msgspec.Struct, frozen=True):
    """One execution of an order; an account's market has one of each `trade_id`, or two where two
    of its orders met each other. `value` is in quote."""

    account: str
    symbol: str
    trade_id: str
    client_id: str
    time_ms: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    value: Decimal


class Note(msgspec.Struct, frozen=True):
    """Something worth telling: `kind` is ``deal``, ``error``, ``denial``, ``freeze`` or ``info``.
    Without a `bot` it is of the runner. The store gives the `id`; later notes have larger ones."""

    bot: str | None
    time_ms: int
    kind: str
    says: str
    id: int = 0


class Request(msgspec.Struct, frozen=True):
    """What a person asks of a running bot: `what` is ``start``, ``stop``, ``edit``, ``close``,
    ``panic-sell`` or ``cancel-deal``, of one `deal` where that is set, with `arguments` (JSON)."""

    id: int
    bot: str
    deal: int | None
    what: str
    arguments: bytes
    asked_ms: int
    done_ms: int | None
    answer: str | None


class Answer(msgspec.Struct, frozen=True):
    """What became of the request `id`, in a sentence."""

    id: int
    done_ms: int
    answer: str


class Balances(msgspec.Struct, frozen=True):
    """What an account had of each asset, free and locked, at one moment that `label` names."""

    account: str
    label: str
    time_ms: int
    amounts: dict[str, Decimal]


class Lease(msgspec.Struct, frozen=True):
    """The runner `owner` (any name of its own) trades the bots of an account until `until_ms`."""

    account: str
    owner: str
    until_ms: int


class Profit(msgspec.Struct, frozen=True):
    """The closed deals of a bot in one market, told in one reporting currency (None: those of
    which no rate was known): how many, their profit and fees in quote, their profit in it."""

    bot: str
    symbol: str
    reporting: str | None
    deals: int
    profit_quote: Decimal
    fees_value: Decimal
    profit_reporting: Decimal | None


class Changes(msgspec.Struct, frozen=True):
    """What is written together or not at all. Bots' states, deals and orders replace what was
    known of them; fills, notes and answers are added. Bots that are `unwanted` stopped by
    themselves, so that nobody wants them running. With a `lease` nothing is written once another
    runner owns the account."""

    bots: Sequence[BotState] = ()
    deals: Sequence[Deal] = ()
    orders: Sequence[Order] = ()
    fills: Sequence[Fill] = ()
    notes: Sequence[Note] = ()
    answers: Sequence[Answer] = ()
    unwanted: Sequence[str] = ()
    lease: Lease | None = None
