"""Forgers of exports: what people do who claim more than they lost."""

import csv
import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from tradelatch.model.money import plain

LIQUID = ("BTC", "ETH", "BNB", "SOL", "LTC", "LINK", "ADA", "XRP")
Rows = list[dict[str, str]]


class Columns(NamedTuple):
    """How one exchange names what forgers change."""

    time: str
    pair: str
    price: str
    quantity: str
    amount: str
    fee: str


COLUMNS = {
    "binance": Columns("Date(UTC)", "Pair", "Price", "Executed", "Amount", "Fee"),
    "kucoin": Columns("tradeCreatedAt", "symbol", "price", "size", "funds", "fee"),
    "coinbasepro": Columns("created at", "product", "price", "size", "total", "fee"),
    "bittrex": Columns("TimeStamp", "Exchange", "PricePerUnit", "Quantity", "Price", "Commission"),
}
ABOVE = {"bittrex": 3}
MINUTES = {"bittrex": "%m/%d/%Y %I:%M:%S %p", "coinbasepro": "%Y-%m-%dT%H:%M:%S.%f"}


class Export:
    """An export that can be changed and written again."""

    def __init__(self, exchange: str, data: bytes) -> None:
        lines = data.decode().splitlines(keepends=True)
        self.exchange, self.columns = exchange, COLUMNS[exchange]
        self._above = lines[: ABOVE.get(exchange, 0)]
        reader = csv.DictReader(lines[len(self._above) :])
        self.rows: Rows = list(reader)
        self._names = list(reader.fieldnames or ())

    def data(self) -> bytes:
        out = io.StringIO()
        out.writelines(self._above)
        writer = csv.DictWriter(out, self._names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue().encode()

    def number(self, row: dict[str, str], column: str) -> Decimal:
        text = row[column]
        return Decimal(text[: len(text) - len(_unit(text))])

    def change(self, row: dict[str, str], column: str, factor: Decimal) -> None:
        """Multiply a cell, to eight places."""
        value = (self.number(row, column) * factor).quantize(Decimal("1e-8"))
        row[column] = plain(value) + _unit(row[column])

    def shift(self, row: dict[str, str], days: int) -> None:
        form = MINUTES.get(self.exchange, "%Y-%m-%d %H:%M:%S")
        text = row[self.columns.time].removesuffix("Z")
        at = datetime.strptime(text, form).replace(tzinfo=UTC) + timedelta(days=days)
        row[self.columns.time] = (
            at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
            if self.exchange == "coinbasepro"
            else at.strftime(form)
        )

    def worst(self) -> Rows:
        """The rows in worthless coins, by which a loss comes about, the largest amounts first."""
        rows = [row for row in self.rows if not self._base(row).startswith(LIQUID)]
        return sorted(rows, key=lambda row: -abs(self.number(row, self.columns.amount)))

    def _base(self, row: dict[str, str]) -> str:
        pair = row[self.columns.pair]
        return pair.removeprefix("BTC-") if self.exchange == "bittrex" else pair


def _unit(text: str) -> str:
    return text[len(text.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) :]


def raise_price(export: Export, dice: random.Random) -> None:
    row = dice.choice(export.worst()[:5])
    export.change(row, export.columns.price, Decimal(dice.randint(102, 400)) / 100)


def raise_price_and_amount(export: Export, dice: random.Random) -> None:
    """Careful with the arithmetic, but not with the fee."""
    row, factor = dice.choice(export.worst()[:5]), Decimal(dice.randint(2, 4))
    export.change(row, export.columns.price, factor)
    export.change(row, export.columns.amount, factor)


def raise_all(export: Export, dice: random.Random) -> None:
    """Careful with the fee too."""
    row, factor = dice.choice(export.worst()[:5]), Decimal(dice.randint(2, 4))
    for column in (export.columns.price, export.columns.amount, export.columns.fee):
        export.change(row, column, factor)


def raise_amount(export: Export, dice: random.Random) -> None:
    row = dice.choice(export.rows)
    export.change(row, export.columns.amount, Decimal(dice.randint(102, 300)) / 100)


def raise_quantity(export: Export, dice: random.Random) -> None:
    row = dice.choice(export.rows)
    export.change(row, export.columns.quantity, Decimal(dice.randint(2, 9)))


def shift_dates(export: Export, dice: random.Random) -> None:
    days = -dice.randint(12, 30)
    for row in export.rows:
        export.shift(row, days)


def insert_trades(export: Export, dice: random.Random) -> None:
    """More of the same: rows that are there, larger, a little later."""
    start = dice.randrange(len(export.rows) - 1)
    factor = Decimal(dice.randint(2, 5))
    for row in export.worst()[:3]:
        new = dict(row)
        for column in (export.columns.quantity, export.columns.amount, export.columns.fee):
            export.change(new, column, factor)
        export.rows.insert(start, new)


FORGERS: dict[str, Callable[[Export, random.Random], None]] = {
    "raise price": raise_price,
    "raise price and amount": raise_price_and_amount,
    "raise amount": raise_amount,
    "raise quantity": raise_quantity,
    "shift dates": shift_dates,
}
"""Those that arithmetic alone finds, whatever the exchange (but Binance's prices with amounts)."""
CAREFUL: dict[str, Callable[[Export, random.Random], None]] = {
    "raise all": raise_all,
    "insert trades": insert_trades,
}
"""Those that only another record tells: the account's history, a tape, the exchange's table."""
