"""Binance Spot. Futures, margin and options are read far enough to be refused."""

from tradelatch.exchanges.binance import streams
from tradelatch.exchanges.binance.answers import (
    asked_order,
    balances,
    book,
    cancelled_order,
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
    CANDLES_AT_ONCE,
    OWN_NAMES,
    TRADES_AT_ONCE,
    ask_balances,
    ask_book,
    ask_cancel,
    ask_candles,
    ask_key_rights,
    ask_markets,
    ask_open_orders,
    ask_order,
    ask_time,
    ask_trades,
    ask_trades_between,
    own_name,
    write,
)
from tradelatch.exchanges.protocol import SecretKind

NAME = "binance"
CLIENT_ID = "origClientOrderId"
KEYS_AT = 'Binance, "API Management"'
REVOKES = False
CANCELS_ALL = True
SHORTEST_WINDOW_MS = 0
FORGETS_UNFILLED = False
STREAMS = streams
SECRET = SecretKind.TEXT
HAS_PASSPHRASE = False
COVERS = frozenset({"query", "body"})

__all__ = [
    "CANCELS_ALL",
    "CANDLES_AT_ONCE",
    "CLIENT_ID",
    "COVERS",
    "FORGETS_UNFILLED",
    "HAS_PASSPHRASE",
    "HOSTS",
    "KEYS_AT",
    "NAME",
    "OWN_NAMES",
    "REVOKES",
    "SECRET",
    "SHORTEST_WINDOW_MS",
    "STREAMS",
    "TRADES_AT_ONCE",
    "ask_balances",
    "ask_book",
    "ask_cancel",
    "ask_candles",
    "ask_key_rights",
    "ask_markets",
    "ask_open_orders",
    "ask_order",
    "ask_time",
    "ask_trades",
    "ask_trades_between",
    "asked_order",
    "balances",
    "book",
    "cancelled_order",
    "candles",
    "judge",
    "key_id",
    "key_rights",
    "markets",
    "open_orders",
    "order_report",
    "outcomes",
    "own_name",
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
