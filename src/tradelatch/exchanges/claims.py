"""What signer and courier say to each other: requests to carry, questions to sign, and claims.

The signer reads nothing that an exchange says: the courier does, and tells it in the nouns of this
file. All of it is a claim, which the signer checks against its own ledger.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from tradelatch.exchanges.protocol import KeyRights, Mark, Outcome, OwnTrade
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import AnyIntent
from tradelatch.model.markets import Candle, Market, TopOfBook
from tradelatch.model.money import is_told
from tradelatch.model.orders import Number, OrderReport

MAX_OFFSET_MS = 5_000
"""An exchange's clock that is further off ours is not believed: requests stamped by it could be
kept for later."""

MOST_TEXT = 256
"""Characters of a text: names of markets, assets and orders, and how a dialling failed."""
_BITS = 63

# What the courier may have signed, of an account: these questions, worded by the signer.


class Question(msgspec.Struct, frozen=True, tag=True, tag_field="question"):
    """Something that an account's key is needed to ask, or to cancel.

    Raises:
        ValueError: a text in it is too long.
    """

    def __post_init__(self) -> None:
        _check(self)


class AskOrder(Question, frozen=True):
    """How does this order stand? `number` is the exchange's, where it is known."""

    symbol: str
    client_order_id: str
    number: Number | None = None


class AskOpenOrders(Question, frozen=True):
    """Which orders stand open, in some markets or in all (None)?"""

    symbols: tuple[str, ...] | None


class AskTrades(Question, frozen=True):
    """The account's own trades in a market: after a mark, or the last (None)."""

    symbol: str
    after: Mark | None


class AskTradesBetween(Question, frozen=True):
    """The account's own trades in a market, of at most a day."""

    symbol: str
    start_ms: int
    end_ms: int


class AskBalances(Question, frozen=True):
    """What does the account hold?"""


class AskRights(Question, frozen=True):
    """What may the key do?"""


class AskEvents(Question, frozen=True):
    """Tell of the account as things happen, by websocket."""


class AskRevoke(Question, frozen=True):
    """End the key, where it can do so by itself. The courier cannot ask it."""


class AskCancel(Question, frozen=True):
    """Cancel an order; without a client order id, whoever placed it; without any, all of a
    market."""

    symbol: str
    client_order_id: str | None = None
    number: Number | None = None


AnyQuestion: TypeAlias = (
    AskOrder
    | AskOpenOrders
    | AskTrades
    | AskTradesBetween
    | AskBalances
    | AskRights
    | AskEvents
    | AskRevoke
    | AskCancel
)


# What an exchange is said to have said.


class Claim(msgspec.Struct, frozen=True, tag=True):
    """What the courier tells. `age_ns` is how long ago it was asked for.

    Raises:
        ValueError: it holds an amount that no exchange's answer could have held, a number of more
            than 64 bits, or a text that is too long.
    """

    def __post_init__(self) -> None:
        _check(self)


class OfExchange(Claim, frozen=True):
    """About an exchange."""

    exchange: str


class OfMarket(OfExchange, frozen=True):
    """About a market there."""

    symbol: str


class OfAccount(Claim, frozen=True):
    """About an account."""

    account: str


class TimeSeen(OfExchange, frozen=True):
    """The exchange's clock, read within the last `age_ns`."""

    server_ms: int
    age_ns: int


class MarketsSeen(OfExchange, frozen=True):
    """All markets, by symbol."""

    markets: dict[str, Market]


class DaysSeen(OfMarket, frozen=True):
    """Daily candles, oldest first; the last one is not over."""

    candles: tuple[Candle, ...]


class MinutesSeen(OfMarket, frozen=True):
    """One-minute candles."""

    candles: tuple[Candle, ...]
    age_ns: int


class BookSeen(OfMarket, frozen=True):
    """The best prices of a market."""

    book: TopOfBook
    age_ns: int


class OrderSeen(OfAccount, frozen=True):
    """How an order of the account stands."""

    report: OrderReport


class NoSuchOrder(OfAccount, frozen=True):
    """Asked for that order, the exchange knows none."""

    client_order_id: str


class TradesSeen(OfAccount, frozen=True):
    """Trades of the account's own in a market."""

    symbol: str
    trades: tuple[OwnTrade, ...]
    cut_ms: int = 0
    """Where as many were told of as are at once, in whatever markets: the time of the oldest of
    those. There may be more."""


class BalancesSeen(OfAccount, frozen=True):
    """What the account holds, by asset."""

    held: dict[str, Decimal]


class NothingOpen(OfAccount, frozen=True):
    """No order of the account stands open: what was asked after the freeze at `sweep_ns`."""

    sweep_ns: int


class RightsSeen(OfAccount, frozen=True):
    """What the account's key may do."""

    rights: KeyRights


class Revoked(OfAccount, frozen=True):
    """The exchange has ended the account's key."""


class Followed(OfAccount, frozen=True):
    """The exchange tells of the account from now on, or no more."""

    is_on: bool


class EventSeen(OfAccount, frozen=True):
    """An event of the account, as the exchange told it, and what it reports of an order."""

    event: bytes
    report: OrderReport | None


AnyClaim: TypeAlias = (
    TimeSeen
    | MarketsSeen
    | DaysSeen
    | MinutesSeen
    | BookSeen
    | OrderSeen
    | NoSuchOrder
    | TradesSeen
    | BalancesSeen
    | NothingOpen
    | RightsSeen
    | Revoked
    | Followed
    | EventSeen
)


# What there is to look after.


class OrderView(msgspec.Struct, frozen=True):
    """A live order: its fate is `is_open` if nobody has told how it stands, and it is not to be
    asked for while its own answer is still to come (`is_in_flight`)."""

    symbol: str
    client_order_id: str
    number: Number | None
    filled: Decimal
    is_open: bool
    is_in_flight: bool


class AccountView(msgspec.Struct, frozen=True):
    """An account, as far as the courier has to know it.

    `change` brought its key. `unwanted` are orders that have to be cancelled, `sweep_ns` is the
    time of the freeze after which all have to be, by whomever they were placed (0: none is),
    `is_moving` says that an order is said not to have been filled since balances were seen, and
    `asks_rights` that it is time to ask what the key may do.
    """

    name: str
    exchange: str
    change: int
    orders: tuple[OrderView, ...]
    unwanted: tuple[AskCancel, ...]
    sweep_ns: int
    is_moving: bool
    asks_rights: bool


# Messages. A claim is one by itself.


class Send(msgspec.Struct, frozen=True, tag=True):
    """Signer to courier: dial the exchange with this. `request.host` is the base URL; the request
    was written from `intents`, or asks a question."""

    id: int
    exchange: str
    account: str
    request: Request
    intents: tuple[AnyIntent, ...] = ()
    question: AnyQuestion | None = None


class Sent(Claim, frozen=True):
    """Courier to signer: the exchange's answer, or how the dialling failed.

    Without a response, `was_sent` tells whether the exchange may have seen the request: False
    only if no connection came about. `outcomes` are those of the intents if they change something,
    `claim` is what the answer to a question says.
    """

    id: int
    response: Response | None = None
    was_sent: bool = True
    error: str = ""
    is_json: bool = True
    outcomes: tuple[Outcome, ...] = ()
    claim: AnyClaim | None = None


class Sign(msgspec.Struct, frozen=True, tag=True):
    """Courier to signer: a question that an account's key is needed for."""

    id: int
    account: str
    question: AnyQuestion


class Signed(msgspec.Struct, frozen=True, tag=True):
    """Signer to courier: the question as the exchange has to be asked; empty if it is not."""

    id: int
    requests: tuple[Request, ...]


class Look(msgspec.Struct, frozen=True, tag=True):
    """Courier to signer: what is there to look after?"""

    id: int


class Known(msgspec.Struct, frozen=True, tag=True):
    """Signer to courier: markets by exchange, and the accounts' names; while `is_closed` the
    journal has little room, and every question takes some."""

    id: int
    markets: dict[str, frozenset[str]]
    accounts: tuple[str, ...]
    is_closed: bool


class LookAt(msgspec.Struct, frozen=True, tag=True):
    """Courier to signer: what is there to look after in this account?"""

    id: int
    account: str


class Viewed(msgspec.Struct, frozen=True, tag=True):
    """Signer to courier: the account, if there is one."""

    id: int
    account: AccountView | None


def _check(value: Any) -> None:
    """Typed messages skip the parser of amounts, so that they are held to the same here."""
    if isinstance(value, Decimal) and value and not is_told(value):
        raise ValueError("an amount is below zero, or none that an exchange could tell")
    if isinstance(value, int) and value.bit_length() > _BITS:
        raise ValueError("a number has more than 64 bits")
    if isinstance(value, str) and len(value) > MOST_TEXT:
        raise ValueError(f"a text has more than {MOST_TEXT} characters")
    for part in _parts(value):
        _check(part)


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, msgspec.Struct):
        return (getattr(value, name) for name in value.__struct_fields__)
    if isinstance(value, dict):
        return (*value.keys(), *value.values())
    return value if isinstance(value, tuple) else ()
