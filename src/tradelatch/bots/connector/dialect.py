"""The seam between the connector and one exchange: what ccxt does not hide of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from tradelatch.bots.connector.faults import Judge
from tradelatch.model.markets import Candle

Listen = Callable[[Any, Callable[[], None]], Awaitable[None]]
"""Follows an account by a ccxt exchange until the connection is lost, which raises; calls back
once the account is followed."""
ListenTo = Callable[[Any, Sequence[str]], Awaitable[None]]
"""Follows markets (unified symbols) in the same way; the exchange's `live` is called back."""


class Dialect(msgspec.Struct, frozen=True):
    """One exchange. `make` takes ccxt's settings and gives a ccxt exchange (async, pro) that is
    `Tracked` and has two attributes to be set: `hear`, which gets every event of the streams,
    and `live`, called whenever streams of markets have begun."""

    make: Callable[[Mapping[str, Any]], Any]
    options: Mapping[str, Any]
    """ccxt's options: no calls that a bot does not need, the clock adjusted."""
    place_id: str
    """What the client order id is called where an order is placed, and where it is asked for."""
    look_id: str
    judge: Judge
    skewed: str
    """The code that says that the clocks differ."""
    unknown_to_cancel: frozenset[str]
    """Codes for an order that is not open, where it is cancelled."""
    unknown_to_look: frozenset[str]
    archived: frozenset[str]
    """Codes for an order that ended long ago, unfilled."""
    own_trades: Callable[[Any, str, str], Awaitable[list[Any]]]
    """All trades, as ccxt unifies them, of an order of the account's on a market (unified symbol),
    by the exchange's number."""
    candles: Callable[[Any, str, str, int, int], Awaitable[list[tuple[Candle, int]]]]
    """Candles of a market (the exchange's name) and timeframe that begin before a time, the oldest
    first, each with its last millisecond; at most so many."""
    account: Listen
    trades: ListenTo
    books: ListenTo
