"""Binance Spot. Futures, margin and options are read far enough to be refused."""

from tradelatch.exchanges.binance.answers import (
    balances,
    book,
    candles,
    key_rights,
    markets,
    open_orders,
    order_report,
    reports,
    server_time,
    trades,
)
from tradelatch.exchanges.binance.calls import CALL, answered
from tradelatch.exchanges.binance.calls import PATH as CALLS
from tradelatch.exchanges.binance.endpoints import HOSTS
from tradelatch.exchanges.binance.outcomes import outcomes
from tradelatch.exchanges.binance.reading import read
from tradelatch.exchanges.binance.refusals import (
    judge,
    refuse,
    rename_client_ids,
    says_no_such_order,
    says_too_often,
)
from tradelatch.exchanges.binance.signing import key_id, verify
from tradelatch.exchanges.binance.streams import (
    STREAM_HOSTS,
    account_event,
    event_report,
    followed,
    public_stream,
    said,
    stream_url,
    told_no_more,
    told_on,
)
from tradelatch.exchanges.binance.writing import (
    TRADES_AT_ONCE,
    ask_balances,
    ask_book,
    ask_candles,
    ask_key_rights,
    ask_markets,
    ask_open_orders,
    ask_order,
    ask_time,
    ask_trades,
    ask_trades_between,
    write,
)

NAME = "binance"
CLIENT_ID = "origClientOrderId"

__all__ = [
    "CALL",
    "CALLS",
    "CLIENT_ID",
    "HOSTS",
    "NAME",
    "STREAM_HOSTS",
    "TRADES_AT_ONCE",
    "account_event",
    "answered",
    "ask_balances",
    "ask_book",
    "ask_candles",
    "ask_key_rights",
    "ask_markets",
    "ask_open_orders",
    "ask_order",
    "ask_time",
    "ask_trades",
    "ask_trades_between",
    "balances",
    "book",
    "candles",
    "event_report",
    "followed",
    "judge",
    "key_id",
    "key_rights",
    "markets",
    "open_orders",
    "order_report",
    "outcomes",
    "public_stream",
    "read",
    "refuse",
    "rename_client_ids",
    "reports",
    "said",
    "says_no_such_order",
    "says_too_often",
    "server_time",
    "stream_url",
    "told_no_more",
    "told_on",
    "trades",
    "verify",
    "write",
]
