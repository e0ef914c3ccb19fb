"""Trade exports of exchanges, as their customers download them, put back together into orders.

An export has no open orders, no order that was never filled, no limit (but Bittrex's) and no
book: trades of one order id, or else of one market and side within a second, count as one order
with the worst of their prices as its limit.
"""

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

import msgspec

from tradelatch.hindsight.events import Asked, Closed, Event, Filled, Held, Unreadable
from tradelatch.model.clock import MS, SECOND
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO
from tradelatch.model.orders import OrderType, Side, TimeInForce


class Traded(msgspec.Struct, frozen=True):
    """One line of an export: `fee` in `fee_asset`, `order` where the export names it."""

    time_ns: int
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    order: str = ""
    limit: Decimal | None = None

    @property
    def fee_in_quote(self) -> Decimal | None:
        """The fee in the quote asset; None where it was paid in a third one."""
        base, quote = split_symbol(self.symbol)
        if self.fee_asset == quote:
            return self.fee
        return self.fee * self.price if self.fee_asset == base else None


class _CcxtFee(msgspec.Struct):
    cost: Decimal | None = None
    currency: str | None = None


class _CcxtTrade(msgspec.Struct):
    """ccxt's unified trade, as far as it is read."""

    timestamp: int
    symbol: str
    side: Literal["buy", "sell"]
    price: Decimal
    amount: Decimal
    fee: _CcxtFee | None = None
    order: str | None = None


_Row = dict[str, str]


def _binance(row: _Row) -> Traded:
    """Pairs have no slash; the quote stands behind the amount, and the rest of the pair is the
    base (which may begin with a digit: 1INCH)."""
    quote = _asset(row["Amount"])
    base = row["Pair"].replace("/", "").removesuffix(quote)
    fee_asset = base if row["Fee"].endswith(base) else _asset(row["Fee"])
    return Traded(
        _time(row["Date(UTC)"]),
        f"{base}/{quote}",
        Side[row["Side"].upper()],
        _number(row["Price"]),
        _number(row["Executed"].removesuffix(base)),
        _number(row["Fee"].removesuffix(fee_asset)),
        fee_asset,
    )


def _kucoin(row: _Row) -> Traded:
    return Traded(
        _time(row["tradeCreatedAt"]),
        row["symbol"].replace("-", "/"),
        Side[row["side"].upper()],
        _number(row["price"]),
        _number(row["size"]),
        _number(row["fee"]),
        row["feeCurrency"],
    )


def _coinbasepro(row: _Row) -> Traded:
    return Traded(
        _time(row["created at"]),
        row["product"].replace("-", "/"),
        Side[row["side"].upper()],
        _number(row["price"]),
        _number(row["size"]),
        _number(row["fee"]),
        row["price/fee/total unit"],
    )


def _bittrex(row: _Row) -> Traded:
    quote, base = row["Exchange"].split("-")
    return Traded(
        _time(row["TimeStamp"]),
        f"{base}/{quote}",
        Side[row["OrderType"].upper().rpartition("_")[2]],
        _number(row["PricePerUnit"]),
        _number(row["Quantity"]) - _number(row["QuantityRemaining"]),
        _number(row["Commission"]),
        quote,
        row["Uuid"],
        _number(row["Limit"]) if row["Limit"] else None,
    )


FORMATS: dict[str, tuple[Callable[[_Row], Traded], tuple[str, ...]]] = {
    "binance": (_binance, ("Date(UTC)", "Pair", "Side", "Price", "Executed", "Amount", "Fee")),
    "kucoin": (
        _kucoin,
        ("tradeCreatedAt", "symbol", "side", "price", "size", "fee", "feeCurrency"),
    ),
    "coinbasepro": (
        _coinbasepro,
        ("product", "side", "created at", "size", "price", "fee", "price/fee/total unit"),
    ),
    "bittrex": (
        _bittrex,
        (
            "Uuid",
            "Exchange",
            "TimeStamp",
            "OrderType",
            "Limit",
            "Quantity",
            "QuantityRemaining",
            "Commission",
            "PricePerUnit",
        ),
    ),
}


def read_export(path: Path, form: str) -> list[Traded]:
    """The trades of an export in the order of time; `form` is one of `FORMATS`, or ``ccxt`` for
    a JSON list of its unified trades.

    Raises:
        Unreadable: one sentence with the file, and the line where there is one.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: cannot be read as text") from error
    trades = list(_ccxt(path, text) if form == "ccxt" else _rows(path, text, form))
    if not trades:
        raise Unreadable(f"{path}: there is no trade in it")
    return sorted((t for t in trades if t.quantity > 0), key=lambda trade: trade.time_ns)


def _rows(path: Path, text: str, form: str) -> Iterator[Traded]:
    read, columns = FORMATS[form]
    lines = text.splitlines()
    # Bittrex puts name, user id and date above its header.
    start = next((n for n, line in enumerate(lines) if line.startswith(columns[0])), 0)
    if form in ("kucoin", "coinbasepro"):
        start = 0
    reader = csv.DictReader(lines[start:])
    lacking = [name for name in columns if name not in (reader.fieldnames or ())]
    if lacking:
        raise Unreadable(f"{path}: a {form} export has the column {lacking[0]!r}, this has not")
    for row in reader:
        try:
            yield _checked(read(row))
        except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
            where = f"{path}, line {start + reader.line_num}"
            raise Unreadable(f"{where}: not a trade as {form} exports it") from error


def _ccxt(path: Path, text: str) -> Iterator[Traded]:
    try:
        trades = msgspec.json.decode(text, type=list[_CcxtTrade])
    except msgspec.MsgspecError as error:
        raise Unreadable(f"{path}: no JSON list of trades as ccxt writes them: {error}") from error
    for number, trade in enumerate(trades, 1):
        fee = trade.fee or _CcxtFee()
        traded = Traded(
            trade.timestamp * MS,
            trade.symbol,
            Side[trade.side.upper()],
            trade.price,
            trade.amount,
            fee.cost or ZERO,
            fee.currency or "",
            trade.order or "",
        )
        try:
            yield _checked(traded)
        except ValueError as error:
            raise Unreadable(f"{path}: trade {number}: {error}") from error


def _checked(trade: Traded) -> Traded:
    split_symbol(trade.symbol)
    if trade.price <= 0 or trade.quantity < 0:
        raise ValueError("prices are above zero")
    return trade


def orders(trades: Iterable[Traded]) -> Iterator[list[Traded]]:
    """The trades of each order, in the order of their first trades."""
    groups: dict[tuple[str, str, Side, int | str], list[Traded]] = {}
    for trade in trades:
        mark = trade.order or trade.time_ns // SECOND
        groups.setdefault((trade.symbol, trade.order, trade.side, mark), []).append(trade)
    yield from groups.values()


def as_events(trades: list[Traded], held: dict[str, Decimal] | None = None) -> Iterator[Event]:
    """Each order with its fills, closed by the last; `held` is what the account began with, or the
    least that the trades needed."""
    yield Held(trades[0].time_ns, held or least_held(trades))
    numbered = itertools.count(1)
    happened: list[tuple[int, int, Event]] = []
    for group in orders(trades):
        name, first, last = str(next(numbered)), group[0], group[-1]
        happened.append((first.time_ns, len(happened), _asked(name, group)))
        for trade in group:
            filled = Filled(trade.time_ns, name, trade.quantity, trade.price, trade.fee_in_quote)
            happened.append((trade.time_ns, len(happened), filled))
        happened.append((last.time_ns, len(happened), Closed(last.time_ns, name)))
    yield from (event for _, _, event in sorted(happened, key=lambda entry: entry[:2]))


def _asked(name: str, group: list[Traded]) -> Asked:
    first = group[0]
    worst = max if first.side is Side.BUY else min
    limit = first.limit or worst(trade.price for trade in group)
    quantity = sum((trade.quantity for trade in group), ZERO)
    intent = PlaceOrder(
        symbol=first.symbol,
        side=first.side,
        type=OrderType.LIMIT,
        quantity=quantity,
        price=limit,
        time_in_force=TimeInForce.GTC,
    )
    return Asked(first.time_ns, name, intent)


def least_held(trades: Iterable[Traded]) -> dict[str, Decimal]:
    """The least of each asset that the account must have had at the start."""
    balance: dict[str, Decimal] = {}
    least: dict[str, Decimal] = {}
    for trade in trades:
        base, quote = split_symbol(trade.symbol)
        sign = 1 if trade.side is Side.BUY else -1
        changes = [(base, sign * trade.quantity), (quote, -sign * trade.quantity * trade.price)]
        changes += [(trade.fee_asset, -trade.fee)] if trade.fee_asset else []
        for asset, change in changes:
            balance[asset] = balance.get(asset, ZERO) + change
            least[asset] = min(least.get(asset, ZERO), balance[asset])
    return {asset: -low for asset, low in least.items()}


def _asset(text: str) -> str:
    """The asset behind an amount: ``12,345.6BTC``."""
    return text.strip().lstrip("0123456789., ")


def _number(text: str) -> Decimal:
    return abs(Decimal(text.replace(",", "").strip()))


def _time(text: str) -> int:
    """ISO 8601 or ``10/19/2022 1:02:03 PM``, UTC; in ns."""
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000) * MS
