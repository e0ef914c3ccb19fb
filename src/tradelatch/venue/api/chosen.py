"""Which markets a request is about."""

import re
from typing import Any

from tradelatch.venue.api.endpoint import Call, names
from tradelatch.venue.engine.refusal import Refused, bad_symbol
from tradelatch.venue.engine.trading import Trading

TRADING = "TRADING"
SYMBOLS = names("symbol symbols symbolStatus")
_STATUS = re.compile("^(TRADING|HALT|BREAK)$", re.ASCII)


def chosen(call: Call) -> list[Trading]:
    """The markets that `symbol` or `symbols` names, or all; every one of them is trading.

    Raises:
        Refused: there is no such market, both parameters are there, or another status is asked
            for than a market named alone has.
    """
    engine, asked = call.house.engine, call.parameters
    several, status = asked.symbols(), asked.text("symbolStatus", _STATUS)
    if asked.has("symbol"):
        if several is not None:
            raise Refused(-1128, "Combination of optional parameters invalid.")
        if status not in (None, TRADING):
            raise Refused(-1220, "The symbol's status does not match the requested symbolStatus.")
        return [engine.trading(asked.symbol())]
    if status not in (None, TRADING):
        return []
    if several is None:
        return list(engine.markets.values())
    if any(name not in engine.markets for name in several):
        raise bad_symbol()
    return [engine.markets[name] for name in several]


def one_or_all(call: Call, rows: list[Any]) -> Any:
    """The single answer where a single market was asked for."""
    return rows[0] if call.parameters.has("symbol") else rows
