"""The seam: what every exchange's file provides, and the words it uses with its callers."""

import enum
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from tradelatch.model.http import Request, Response
from tradelatch.model.intents import AnyIntent, CancelOrder, ReadAccount, ReadMarket
from tradelatch.model.markets import Candle, Market, TopOfBook
from tradelatch.model.orders import Fill, Number, OrderReport, Side


class Reason(enum.Enum):
    """Why a request is turned away; each exchange has its own code for each."""

    UNKNOWN_KEY = "unknown key"
    BAD_SIGNATURE = "bad signature"
    OUTSIDE_WINDOW = "outside the time window"
    BAD_PARAMETER = "bad parameter"
    UNKNOWN_ENDPOINT = "unknown endpoint"
    ORDER_DENIED = "order denied"
    CANCEL_DENIED = "cancel denied"
    AMEND_DENIED = "amend denied"
    NOT_PERMITTED = "not permitted"
    TOO_LARGE = "too large"
    TOO_OFTEN = "too often"
    UNAVAILABLE = "unavailable"
    """Nothing was sent; trying again later is safe."""
    OUTCOME_UNKNOWN = "outcome unknown"
    """Something was sent and nobody knows what became of it."""


class Refusal(Exception):
    """A request is turned away: `reason` chooses the exchange's code, `text` says why.

    `code` replaces the exchange's usual code for that reason where it has several.
    """

    def __init__(self, reason: Reason, text: str, code: int | None = None) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
        self.code = code


ED25519 = b"ed25519:"
"""How the secret of a key begins that signs by Ed25519: 32 bytes follow. Any other secret is a text
that the exchange gave out."""


class Credentials(msgspec.Struct, frozen=True):
    """An exchange key, or a grant in its place. Printing it never shows the secret."""

    key_id: str
    secret: bytearray

    def __repr__(self) -> str:
        return f"Credentials({self.key_id[:4]}..., redacted)"


class PublicKey(msgspec.Struct, frozen=True):
    """An Ed25519 public key (32 bytes), or one on P-256 (a point, 65 bytes) where the exchange has
    `SecretKind.P256`: what a grant has in the place of a secret whose bot keeps the private half to
    itself."""

    raw: bytes


class Signed(msgspec.Struct, frozen=True):
    """What a good signature proves: when the request was made, how long it is good, and a
    digest of what was signed (and of nothing that was not), for the replay cache."""

    timestamp_ms: int
    recv_window_ms: int
    digest: str
    nonce: int | None = None
    """Where the exchange asks for one that is higher each time."""


class Verdict(enum.Enum):
    """What an exchange's answer to a state-changing request means for it."""

    DONE = "done"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Outcome(msgspec.Struct, frozen=True):
    """What became of one intent of a request, and what the exchange reports of the orders that it
    is about: one, or with a cancel of several all of them."""

    verdict: Verdict
    reports: tuple[OrderReport, ...] = ()


class OwnTrade(msgspec.Struct, frozen=True):
    """One fill of the account's own, with the order it belongs to."""

    order_id: Number
    fill: Fill
    side: Side
    symbol: str | None = None
    """Its market, where the answer may tell of others than the one that was asked for."""


class Mark(msgspec.Struct, frozen=True):
    """The newest trade of the account's own that was told of a market: where to go on asking."""

    trade_id: Number
    time_ms: int


class Holding(msgspec.Struct, frozen=True):
    """What an account holds of one asset."""

    free: Decimal
    locked: Decimal


class KeyRights(msgspec.Struct, frozen=True):
    """What an exchange key may do (``trade``, ``withdraw``, ``transfer``, ``margin``, ``futures``,
    ``options``), whether it is bound to addresses, when it was made, and when it ends or loses
    the right to trade; times in ms, zero if the exchange does not say."""

    can: tuple[str, ...]
    is_bound: bool
    created_ms: int = 0
    ends_ms: int = 0


class SecretKind(enum.Enum):
    """What the exchange's clients take for a secret, so that a grant's has the same form."""

    TEXT = "text"
    BASE64 = "base64"
    P256 = "P-256"
    """A private key in PEM, with which requests are signed (ES256)."""


class StreamsFile(Protocol):
    """What an exchange's module has besides, where its websockets pass through the gate."""

    STREAM_HOSTS: Mapping[str, str]
    """The exchange's own websocket hosts, by what is dialled there."""
    CALL: str
    """The method of a request that came by the exchange's websocket API, with the message as its
    body."""
    CALLS: str
    """The path of that API."""

    def answered(self, request: Request, response: Response) -> bytes:
        """The answer to a request that came by the websocket API, in its form."""

    def public_stream(self, path: str, query: str) -> str:
        """The path of public streams as it is dialled.

        Raises:
            Refusal: it is none, or names what is no public stream.
        """

    def said(self, text: bytes) -> bytes:
        """What a bot says to a public stream, written anew.

        Raises:
            Refusal: it is not understood.
        """

    def stream_url(self, base_url: str, path: str) -> str:
        """Where a websocket's path is dialled; `base_url` is empty for the exchange's own hosts."""

    def account_event(self, message: bytes) -> bytes | None:
        """The event in a message of an account's stream; None if it carries none.

        Raises:
            ValueError: the exchange tells no more of this account.
        """

    def event_report(self, event: bytes) -> OrderReport | None:
        """What an account's event tells of an order; None if it tells of none."""

    def followed(self, number: int) -> Response:
        """The answer to `FollowAccount`: the subscription's number."""

    def told_on(self, event: bytes, number: int, names: Mapping[str, str]) -> bytes:
        """An account's event as a bot gets it: of its subscription of that number, with client
        order ids in `names` replaced by their values."""

    def told_no_more(self, number: int, now_ms: int) -> bytes:
        """The last message of a subscription."""


class ExchangeFile(Protocol):
    """The functions of one exchange's module.

    Everything is pure. What arrives from a bot and is malformed raises `Refusal`; what arrives
    from the exchange and is malformed raises ValueError; nothing else is raised.
    """

    NAME: str
    HOSTS: Mapping[str, str]
    """The exchange's own base URLs, by family of endpoints."""
    STREAMS: StreamsFile | None
    """None where the account is told of by asking alone."""
    KEYS_AT: str
    """Where its owner deletes a key by hand, by the exchange's own names of its pages."""
    REVOKES: bool
    """A key can end itself: `RevokeKey` is written."""
    CANCELS_ALL: bool
    """All orders of a market can be cancelled by one request."""
    SHORTEST_WINDOW_MS: int
    """So long the exchange may accept what is written, where a shorter window is wished for: an
    order that it does not know until then may still come to stand there."""
    FORGETS_UNFILLED: bool
    """An order that ended without a fill is known no more, as if it had never come."""
    SECRET: SecretKind
    HAS_PASSPHRASE: bool
    """A key has a passphrase besides its secret (`signatures.with_passphrase`)."""
    COVERS: frozenset[str]
    """What the signature covers, of ``method``, ``host``, ``path``, ``query`` and ``body``."""
    CLIENT_ID: str
    """The parameter by which a `ReadAccount` names an order by its client order id."""
    OWN_NAMES: str
    """How the client order ids begin that the signer chooses; a bot's own may not."""
    TRADES_AT_ONCE: int
    """So many of its own trades an account is told at once."""
    CANDLES_AT_ONCE: int
    """So many intervals, with trades or without, are told at once."""

    def own_name(self, now_ms: int, number: int) -> str:
        """A client order id that begins so, of the forms that the exchange takes; the time sets it
        apart from what an earlier journal named on the same account."""

    # What bots send

    def key_id(self, request: Request) -> str | None:
        """The key id that the request claims, None if it claims none."""

    def verify(self, request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
        """Check signature (raw bytes, constant time) and time window; `key` is the secret that both
        sides have, or the public half of what the bot signs with.

        Raises:
            Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
        """

    def read(self, request: Request) -> tuple[AnyIntent, ...]:
        """What the request means: one intent; or several that go out together: a cancel and the
        order that takes its place, two orders of which one cancels the other, several cancels, or
        orders in a batch (each of which has that among what is `unbounded`).

        Raises:
            Refusal: whatever is not understood whole.
        """

    # What goes to the exchange

    def write(
        self,
        intents: Sequence[AnyIntent],
        credentials: Credentials | None,
        now_ms: int,
        recv_window_ms: int,
        base_url: str,
        nonce: int = 0,
    ) -> Request:
        """The request to send, composed from nothing but the intents, as `read` gives them.

        `base_url` empty means the exchange's own hosts; credentials are None for `ReadMarket`.
        `nonce` is higher each time. For `FollowAccount` it is what is said at the websocket that
        the host names in full.
        """

    def ask_order(
        self, symbol: str, client_order_id: str, number: Number | None
    ) -> ReadAccount | tuple[ReadAccount, ...]:
        """How does this order stand? `number` is the exchange's, where it is known. Where open and
        closed orders are told of apart, that of the open ones comes first: an order may close
        between the two."""

    def ask_cancel(self, symbol: str, client_order_id: str, number: Number | None) -> CancelOrder:
        """Cancel this order."""

    def ask_open_orders(self, symbols: Collection[str] | None) -> tuple[ReadAccount, ...]:
        """The fewest and cheapest reads that tell of all open orders in some markets, or of all
        (None)."""

    def ask_trades(self, symbol: str, after: Mark | None) -> ReadAccount:
        """The account's own trades: the first or the last `TRADES_AT_ONCE` after a mark (what is
        before it may be told again), or the last."""

    def ask_trades_between(self, symbol: str, start_ms: int, end_ms: int) -> ReadAccount:
        """The account's own trades of at most a day: `TRADES_AT_ONCE`, if there are more."""

    def ask_balances(self) -> ReadAccount: ...
    def ask_markets(self) -> ReadMarket: ...
    def ask_candles(self, symbol: str, interval: str, start_ms: int) -> ReadMarket:
        """The candles (``1m`` or ``1d``) of the first `CANDLES_AT_ONCE` intervals from a time."""

    def ask_book(self, symbol: str) -> ReadMarket: ...
    def ask_time(self) -> ReadMarket: ...
    def ask_key_rights(self) -> ReadAccount: ...

    # What the exchange answers

    def judge(self, response: Response) -> Verdict:
        """Whether a state-changing request was carried out, rejected, or nobody knows."""

    def outcomes(self, intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
        """What became of each of the intents that a request was written from."""

    def says_too_often(self, response: Response) -> bool:
        """Whether the exchange was asked more often than it allows."""

    def asked_order(self, response: Response, client_order_id: str) -> OrderReport | None:
        """The order that `ask_order` asked for; None if it is not among those that this answer
        tells of. The exchange knows no such order if all its answers say so.

        Raises:
            ValueError: it does not say.
        """

    def cancelled_order(self, body: bytes) -> OrderReport | None:
        """What the answer to a cancel that was carried out tells of the order, if anything."""

    def reports(self, intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
        """The orders that the answer to any read tells of; none if it tells of none."""

    def open_orders(self, body: bytes) -> tuple[OrderReport, ...]: ...
    def trades(self, body: bytes) -> tuple[OwnTrade, ...]: ...
    def balances(self, body: bytes) -> dict[str, Holding]: ...
    def markets(self, body: bytes) -> dict[str, Market]: ...
    def candles(self, body: bytes) -> tuple[Candle, ...]:
        """Candles, oldest first."""

    def book(self, body: bytes) -> TopOfBook: ...
    def server_time(self, body: bytes) -> int: ...
    def key_rights(self, body: bytes) -> KeyRights: ...

    # What bots are answered

    def refuse(self, refusal: Refusal) -> Response:
        """The refusal in the exchange's own form, such that its clients raise their usual
        exception and do not retry a denial."""

    def rename_client_ids(self, body: bytes, names: Mapping[str, str]) -> bytes:
        """The answer with each client order id in `names` replaced by its value."""
