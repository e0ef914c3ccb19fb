"""ccxt's unified trades, as a JSON list."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import msgspec

from tradelatch.exports.cells import MOST_ROWS
from tradelatch.exports.numbers import is_amount
from tradelatch.exports.records import Traded
from tradelatch.exports.refusal import BadCell, Refused, Rejected
from tradelatch.exports.times import LAST_MS
from tradelatch.exports.trades import check_amounts, market_names
from tradelatch.model.clock import MS
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side

_COMMAS = 200
"""No trade has so many: a list of something else may have more items than memory has room for."""


class _Fee(msgspec.Struct):
    cost: Decimal | None = None
    currency: str | None = None


class _Trade(msgspec.Struct):
    """A unified trade, as far as it is read."""

    timestamp: int
    symbol: str
    side: Literal["buy", "sell"]
    price: Decimal
    amount: Decimal
    cost: Decimal | None = None
    fee: _Fee | None = None
    order: str | None = None
    id: str | None = None


def looks_like_json(data: bytes) -> bool:
    """Whether a file begins as a JSON list or object does."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{")


def read(data: bytes, name: str) -> Iterator[Traded | Rejected]:
    """Each trade, or why it is none; `line` counts them from 1.

    Raises:
        Refused: it is no JSON list.
    """
    if data.count(b",") > _COMMAS * (1 + data.count(b'"timestamp"')):
        raise Refused(f"{name}: no JSON list of trades as ccxt writes them")
    try:
        items = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=list[msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Refused(f"{name}: no JSON list of trades as ccxt writes them: {error}") from error
    if len(items) > MOST_ROWS:
        raise Refused(f"{name}: has more than {MOST_ROWS:,} trades: split it")
    for number, item in enumerate(items, 1):
        try:
            yield _traded(msgspec.json.decode(item, type=_Trade), number)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            yield Rejected(number, f"not a trade as ccxt writes it: {error}")


def _traded(trade: _Trade, number: int) -> Traded:
    """The trade as exports have it.

    Raises:
        BadCell: it cannot have happened so.
    """
    fee = trade.fee or _Fee()
    amounts = (trade.price, trade.amount)
    others = (one for one in (trade.cost, fee.cost) if one is not None)
    if not all(map(is_amount, (*amounts, *others))):
        raise BadCell("an amount is no number, or too large or too fine a one")
    check_amounts(*amounts)
    base, _, quote = trade.symbol.partition("/")
    if not 0 <= trade.timestamp <= LAST_MS:
        raise BadCell("its time is not from 1970 to 2099")
    return Traded(
        trade.timestamp * MS,
        "/".join(market_names(base, quote)),
        Side[trade.side.upper()],
        *amounts,
        max(fee.cost or ZERO, ZERO),
        fee.currency or "",
        trade.order or "",
        None,
        trade.id or "",
        trade.cost,
        number,
        not trade.id,
    )
