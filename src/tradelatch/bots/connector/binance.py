"""Binance Spot, as far as ccxt does not hide it, and the gate that speaks for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ccxt
import ccxt.pro

from tradelatch.bots.connector.dialect import Dialect
from tradelatch.bots.connector.faults import Failure, Fate
from tradelatch.bots.connector.trips import Tracked
from tradelatch.bots.events import Book, Price, Report, Traded
from tradelatch.bots.orders import Fill, OrderState
from tradelatch.model.markets import Candle, TopOfBook
from tradelatch.model.money import parse_amount
from tradelatch.model.orders import OrderStatus

# 403 is the firewall's and 408 a proxy's: neither tells what became of the request. So does none
# of the codes: an internal error, a lost connection, an unexpected answer, a time-out.
_FATELESS_STATUSES = (403, 408)
_FATELESS_CODES = frozenset({"-1000", "-1001", "-1006", "-1007"})
_SKEWED = "-1021"
_LATER_CODES = frozenset({"-1003", "-1008", "-1015", "-1034", _SKEWED})
_AWAY = (503, "-1001")
"""By the gate: nothing was sent. By Binance itself: nobody knows."""
_COPIES = ("Duplicate order sent", "received before")
_MOST_TRADES = 1_000
"""In one answer."""
_TERMINATED = "this account's events are told no more"

STATES = {
    OrderStatus.NEW: OrderState.OPEN,
    OrderStatus.PARTIALLY_FILLED: OrderState.OPEN,
    OrderStatus.FILLED: OrderState.FILLED,
    OrderStatus.CANCELED: OrderState.CANCELLED,
    OrderStatus.EXPIRED: OrderState.CANCELLED,
    OrderStatus.EXPIRED_IN_MATCH: OrderState.CANCELLED,
    OrderStatus.REJECTED: OrderState.DENIED,
}


class Binance(Tracked, ccxt.pro.binance):  # type: ignore[misc]
    """ccxt's own, but that stream events are told one by one: its caches keep the last thousand,
    add up fees as floats, and wake nobody for a second market's trade in one batch."""

    hear: Callable[[Price | Book | Report | Traded], None]
    live: Callable[[], None]

    def handle_message(self, client: Any, message: Any) -> None:
        """A message that makes no sense ends the connection: ccxt would go deaf without a word."""
        try:
            super().handle_message(client, message)
        except Exception as error:
            client.on_error(ccxt.NetworkError(f"a message makes no sense: {type(error).__name__}"))

    def handle_subscription_status(self, client: Any, message: Any) -> Any:
        """The answer to SUBSCRIBE."""
        self.live()
        return super().handle_subscription_status(client, message)

    def handle_trade(self, client: Any, message: Any) -> None:
        """Somebody's trade."""
        self.hear(Price(self._spot(message), parse_amount(message["p"])))

    def handle_bids_asks(self, client: Any, message: Any) -> None:
        """A change of the best prices."""
        top = TopOfBook(parse_amount(message["b"]), parse_amount(message["a"]))
        self.hear(Book(self._spot(message), top))

    def handle_order_update(self, client: Any, message: Any) -> None:
        """An ``executionReport``, by its single letters; a fill is told before the state."""
        # Of a cancel `c` is the cancel's own id.
        client_id = message.get("C") or message["c"]
        if message["x"] == "TRADE":
            self.hear(Traded(client_id, self._fill(message)))
        state = STATES[OrderStatus(message["X"])]
        reason = message["r"] if state is OrderState.DENIED else ""
        self.hear(Report(client_id, state, parse_amount(message["z"]), reason))

    def handle_balance(self, client: Any, message: Any) -> None:
        """Holdings are asked for, not followed."""

    def handle_event_stream_terminated(self, client: Any, message: Any) -> None:
        """A revoked or an expired grant, or a signer that was started anew."""
        client.on_error(ccxt.NetworkError(_TERMINATED))

    async def close_ws_clients(self) -> None:
        """With the connections go the subscriptions, which ccxt would count on for ever."""
        await super().close_ws_clients()
        self.options |= {"streamBySubscriptionsHash": {}, "numSubscriptionsByStream": {}}

    def _fill(self, message: Any) -> Fill:
        fee = parse_amount(message["n"] or "0")
        asset = self.safe_currency_code(message["N"]) if message["N"] else ""
        price, quantity, value = (parse_amount(message[name]) for name in ("L", "l", "Y"))
        return Fill(str(message["t"]), message["T"], price, quantity, fee, asset, value)

    def _spot(self, message: Any) -> str:
        return str(self.safe_symbol(message["s"], None, None, "spot"))


def judge(status: int, answer: object, is_gate: bool) -> Failure:
    """Read an answer of failure; `is_gate` says that the gate words those that are not of the
    exchange."""
    code, says = _code(answer), _text(answer)
    return Failure(_fate(status, code, says, is_gate), code, says)


def _fate(status: int, code: str, says: str, is_gate: bool) -> Fate:
    if status in (418, 429) or (is_gate and (status, code) == _AWAY):
        return Fate.LATER
    fateless = status in _FATELESS_STATUSES or code in _FATELESS_CODES
    if not 400 <= status < 500 or not code or fateless or _is_copy(says):
        return Fate.UNKNOWN
    return Fate.LATER if code in _LATER_CODES else Fate.REJECTED


def _is_copy(says: str) -> bool:
    """Whether what was refused is a copy of what may have been taken."""
    return any(words in says for words in _COPIES)


def _code(answer: object) -> str:
    code = answer.get("code") if isinstance(answer, dict) else None
    return str(code) if isinstance(code, int) else ""


def _text(answer: object) -> str:
    says = answer.get("msg") if isinstance(answer, dict) else None
    return says if isinstance(says, str) else ""


async def candles(
    exchange: Any, market: str, timeframe: str, before_ms: int, count: int
) -> list[tuple[Candle, int]]:
    """By ``klines``, whose turnover ccxt leaves out."""
    asked = {"symbol": market, "interval": timeframe, "endTime": before_ms - 1, "limit": count}
    return [_candle(row) for row in await exchange.public_get_klines(asked)]


def _candle(row: Sequence[Any]) -> tuple[Candle, int]:
    opened, *prices, volume, closed, turnover = row[:8]
    first, high, low, last = (parse_amount(text) for text in prices)
    amounts = parse_amount(volume), parse_amount(turnover)
    return Candle(int(opened), first, high, low, last, *amounts), int(closed)


async def own_trades(exchange: Any, symbol: str, number: str) -> list[Any]:
    """Page by page, the oldest first; without a first number the last ones would be told."""
    found, first = dict[int, Any](), 0
    while True:
        asked = {"orderId": number, "fromId": str(first)}
        page = await exchange.fetch_my_trades(symbol, None, _MOST_TRADES, asked)
        found |= {int(trade["id"]): trade for trade in page}
        if len(page) < _MOST_TRADES:
            # ccxt sorts those of one millisecond by their numbers as texts.
            return [found[one] for one in sorted(found)]
        first = max(found) + 1


async def account(exchange: Any, live: Callable[[], None]) -> None:
    """By ``userDataStream.subscribe.signature``."""
    url = exchange.urls["api"]["ws"]["ws-api"]["spot"]
    client = exchange.client(url)
    try:
        await exchange.authenticate({"type": "spot"})
    except (ccxt.BaseError, KeyError) as error:
        # Refused, ccxt 4.5.90 forgets the subscription twice, which fails, and leaves behind a
        # promise that nobody keeps: the next try would wait for it.
        why = error.__context__ if isinstance(error, KeyError) else error
        client.on_error(why or error)
        raise (why or error) from None
    if exchange.clients.get(url) is not client:
        raise ccxt.NetworkError("the connection was lost at once")
    live()
    await client.future("lost")


async def trades(exchange: Any, symbols: Sequence[str]) -> None:
    """Every trade of some markets."""
    while True:
        await exchange.watch_trades_for_symbols(list(symbols))


async def books(exchange: Any, symbols: Sequence[str]) -> None:
    """The best prices of some markets."""
    while True:
        await exchange.watch_bids_asks(list(symbols))


def make(settings: Mapping[str, Any]) -> Any:
    """A ccxt exchange."""
    return Binance(dict(settings))


DIALECT = Dialect(
    make=make,
    options={
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
        "fetchCurrencies": False,
        "fetchMargins": False,
        "adjustForTimeDifference": True,
    },
    place_id="newClientOrderId",
    look_id="origClientOrderId",
    judge=judge,
    skewed=_SKEWED,
    unknown_to_cancel=frozenset({"-2011"}),
    unknown_to_look=frozenset({"-2013"}),
    archived=frozenset({"-2026"}),
    own_trades=own_trades,
    candles=candles,
    account=account,
    trades=trades,
    books=books,
)
