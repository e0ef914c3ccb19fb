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
from tradelatch.exchanges.binance.writing import (
    ask_balances,
    ask_book,
    ask_candles,
    ask_key_rights,
    ask_markets,
    ask_open_orders,
    ask_order,
    ask_time,
    ask_trades,
    write,
)

NAME = "binance"
CLIENT_ID = "origClientOrderId"

__all__ = [
    "CLIENT_ID",
    "HOSTS",
    "NAME",
    "ask_balances",
    "ask_book",
    "ask_candles",
    "ask_key_rights",
    "ask_markets",
    "ask_open_orders",
    "ask_order",
    "ask_time",
    "ask_trades",
    "balances",
    "book",
    "candles",
    "judge",
    "key_id",
    "key_rights",
    "markets",
    "open_orders",
    "order_report",
    "outcomes",
    "read",
    "refuse",
    "rename_client_ids",
    "reports",
    "says_no_such_order",
    "says_too_often",
    "server_time",
    "trades",
    "verify",
    "write",
]
