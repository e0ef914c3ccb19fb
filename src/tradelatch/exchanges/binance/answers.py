"""Binance's answers, read into the shared nouns. What is malformed raises ValueError.

What moves the account's own ledger is read from JSON without double keys; market data, which
is much longer, directly.
"""

from typing import TypeVar

import msgspec

from tradelatch.exchanges.binance.refusals import says_no_such_order
from tradelatch.exchanges.binance.symbols import unified
from tradelatch.exchanges.kit.forms import parse_json
from tradelatch.exchanges.protocol import Holding, KeyRights, OwnTrade, Refusal
from tradelatch.model.http import Response
from tradelatch.model.intents import ReadAccount
from tradelatch.model.markets import Candle, Market, TopOfBook
from tradelatch.model.money import ZERO, parse_amount
from tradelatch.model.orders import Fill, OrderReport, OrderStatus, Side

_T = TypeVar("_T")

# Open time, open, high, low, close, volume, close time, turnover, trades, takers' shares, unused.
_Row = tuple[int, str, str, str, str, str, int, str, int, str, str, str]

STATUS = {
    **OrderStatus.__members__,
    "PENDING_NEW": OrderStatus.NEW,
    "PENDING_CANCEL": OrderStatus.NEW,
    "EXPIRED_IN_MATCH": OrderStatus.EXPIRED,
}


class _Answer(msgspec.Struct, rename="camel"):
    pass


class _Fill(_Answer):
    price: str
    qty: str
    commission: str
    commission_asset: str
    trade_id: int


class _Order(_Answer):
    symbol: str
    order_id: int
    client_order_id: str
    status: str
    executed_qty: str
    orig_client_order_id: str = ""
    orig_qty: str = ""
    qty: str = ""
    """The same of an order that was amended."""
    transact_time: int = 0
    time: int = 0
    side: str = ""
    fills: list[_Fill] = []


class _Trade(_Answer):
    id: int
    order_id: int
    price: str
    qty: str
    commission: str
    commission_asset: str
    time: int
    is_buyer: bool


class _Balance(_Answer):
    asset: str
    free: str
    locked: str


class _Account(_Answer):
    balances: list[_Balance]


class _Filter(_Answer):
    filter_type: str
    tick_size: str = "0"
    step_size: str = "0"
    min_notional: str = "0"


class _Symbol(_Answer):
    symbol: str
    base_asset: str
    quote_asset: str
    filters: list[_Filter]


class _ExchangeInfo(_Answer):
    symbols: list[_Symbol]


class _Book(_Answer):
    bid_price: str
    ask_price: str


class _Time(_Answer):
    server_time: int


class _Restrictions(_Answer):
    ip_restrict: bool
    create_time: int
    enable_spot_and_margin_trading: bool
    enable_withdrawals: bool
    enable_internal_transfer: bool
    permits_universal_transfer: bool
    enable_margin: bool
    enable_futures: bool
    enable_vanilla_options: bool
    enable_portfolio_margin_trading: bool = False
    trading_authority_expiration_time: int = 0


def order_report(body: bytes) -> OrderReport:
    """One order, from the answer to placing, asking for or cancelling it."""
    return _report(msgspec.convert(parse_json(body), _Order))


def asked_order(response: Response, client_order_id: str) -> OrderReport | None:
    """The order that was asked for; None if Binance knows no such order.

    Raises:
        ValueError: it does not say.
    """
    return None if says_no_such_order(response) else order_report(response.body)


def cancelled_order(body: bytes) -> OrderReport | None:
    """The order, from the answer to its cancel."""
    return order_report(body)


def changed_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All orders that the answer to placing, amending or cancelling tells of: one, or those of
    lists, or many."""
    answer = parse_json(body)
    found: list[object] = []
    for row in answer if isinstance(answer, list) else [answer]:
        listed = row.get("orderReports") if isinstance(row, dict) else None
        amended = row.get("amendedOrder", row) if isinstance(row, dict) else row
        found += listed if isinstance(listed, list) else [amended]
    return tuple(_report(order) for order in msgspec.convert(found, list[_Order]))


def open_orders(body: bytes) -> tuple[OrderReport, ...]:
    """All open orders."""
    return tuple(_report(order) for order in msgspec.convert(parse_json(body), list[_Order]))


def reports(intent: ReadAccount, body: bytes) -> tuple[OrderReport, ...]:
    """The orders that the answer to any read tells of; none if it tells of none."""
    if intent.what == "order":
        return (order_report(body),)
    return open_orders(body) if intent.what in ("openOrders", "allOrders") else ()


def trades(body: bytes) -> tuple[OwnTrade, ...]:
    """The account's own trades."""
    return tuple(
        OwnTrade(
            trade.order_id,
            Fill(
                trade.id,
                trade.time,
                parse_amount(trade.price),
                parse_amount(trade.qty),
                parse_amount(trade.commission),
                trade.commission_asset,
            ),
            Side.BUY if trade.is_buyer else Side.SELL,
        )
        for trade in msgspec.convert(parse_json(body), list[_Trade])
    )


def balances(body: bytes) -> dict[str, Holding]:
    """What the account holds, by asset."""
    account = msgspec.convert(parse_json(body), _Account)
    return {
        balance.asset: Holding(parse_amount(balance.free), parse_amount(balance.locked))
        for balance in account.balances
    }


def markets(body: bytes) -> dict[str, Market]:
    """All markets by unified symbol, but for those without steps of price and quantity and
    those whose name is not base and quote joined, which could not be written."""
    found = (
        _market(symbol)
        for symbol in _decode(body, _ExchangeInfo).symbols
        if symbol.symbol == symbol.base_asset + symbol.quote_asset
    )
    return {market.symbol: market for market in found if market.tick and market.lot}


def candles(body: bytes) -> tuple[Candle, ...]:
    """Candles, oldest first."""
    return tuple(
        Candle(open_ms, *(parse_amount(text) for text in (*prices, turnover)))
        for open_ms, *prices, _, turnover, _, _, _, _ in _decode(body, list[_Row])
    )


def book(body: bytes) -> TopOfBook:
    """The best prices of one market."""
    top = _decode(body, _Book)
    return TopOfBook(parse_amount(top.bid_price), parse_amount(top.ask_price))


def server_time(body: bytes) -> int:
    """The exchange's clock in ms."""
    return _decode(body, _Time).server_time


def key_rights(body: bytes) -> KeyRights:
    """What the key that asked may do."""
    told = _decode(body, _Restrictions)
    may = {
        "trade": told.enable_spot_and_margin_trading,
        "withdraw": told.enable_withdrawals,
        "transfer": told.enable_internal_transfer or told.permits_universal_transfer,
        "margin": told.enable_margin or told.enable_portfolio_margin_trading,
        "futures": told.enable_futures,
        "options": told.enable_vanilla_options,
    }
    can = tuple(name for name, is_so in may.items() if is_so)
    return KeyRights(
        can, told.ip_restrict, told.create_time, told.trading_authority_expiration_time
    )


def _decode(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def symbol_of(name: str) -> str:
    """The unified symbol; a market that no intent could name keeps Binance's name."""
    try:
        return unified(name)
    except Refusal:
        return name


def _report(order: _Order) -> OrderReport:
    if order.status not in STATUS:
        raise ValueError(f"{order.status!r} is no status of an order")
    return OrderReport(
        symbol=symbol_of(order.symbol),
        order_id=order.order_id,
        # In the answer to a cancel `clientOrderId` is the cancel's own id.
        client_order_id=order.orig_client_order_id or order.client_order_id,
        status=STATUS[order.status],
        executed=parse_amount(order.executed_qty),
        fills=tuple(
            Fill(
                fill.trade_id,
                order.transact_time,
                parse_amount(fill.price),
                parse_amount(fill.qty),
                parse_amount(fill.commission),
                fill.commission_asset,
            )
            for fill in order.fills
        ),
        side=Side(order.side) if order.side else None,
        # The answer to a cancel tells when that was, the one to placing it when it was taken.
        created_ms=order.time or (0 if order.orig_client_order_id else order.transact_time),
        quantity=parse_amount(quantity) if (quantity := order.orig_qty or order.qty) else None,
    )


def _market(symbol: _Symbol) -> Market:
    tick = lot = least = ZERO
    for entry in symbol.filters:
        match entry.filter_type:
            case "PRICE_FILTER":
                tick = parse_amount(entry.tick_size)
            case "LOT_SIZE":
                lot = parse_amount(entry.step_size)
            case "NOTIONAL" | "MIN_NOTIONAL":
                least = parse_amount(entry.min_notional)
    return Market(symbol.base_asset, symbol.quote_asset, tick, lot, least)
