"""Readers of a folder of evidence that know nothing of the program that wrote it.

Exact throughout: amounts are fractions.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

HEADERS = {
    "binance-trades.csv": "Date(UTC),Pair,Side,Price,Executed,Amount,Fee",
    "binance-transactions.csv": "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark",
    "kucoin-trades.csv": "tradeCreatedAt,symbol,side,price,size,funds,fee,feeCurrency",
    "coinbasepro-fills.csv": (
        "portfolio,trade id,product,side,created at,size,size unit,price,fee,total,"
        "price/fee/total unit"
    ),
    "coinbasepro-account.csv": (
        "Portfolio,Type,Timestamp,Amount,Balance,Amount/balance unit,Transfer id,Trade id,Order id"
    ),
    "bittrex-orders.csv": (
        "Uuid,Exchange,TimeStamp,OrderType,Limit,Quantity,QuantityRemaining,Commission,Price,"
        "PricePerUnit"
    ),
}
"""As the exchanges export them; Bittrex's goes on after these."""

FILES = {
    "binance": ("binance-trades.csv", "binance-transactions.csv"),
    "kucoin": ("kucoin-trades.csv",),
    "coinbasepro": ("coinbasepro-account.csv", "coinbasepro-fills.csv"),
    "bittrex": ("bittrex-orders.csv",),
}
FAR = Fraction(11, 10)
"""A purchase at more than so many times the reference is adverse."""

Prices = dict[str, dict[str, Fraction]]


class Fill(NamedTuple):
    """One line of a trade history; `at` in UTC."""

    at: datetime
    base: str
    quote: str
    buys: bool
    price: Fraction
    quantity: Fraction

    @property
    def hour(self) -> str:
        return self.at.strftime("%Y-%m-%dT%H:00Z")


def table(path: Path, above: int = 0) -> list[dict[str, str]]:
    """The rows by column name, after so many lines."""
    with path.open(newline="", encoding="utf-8") as file:
        for _ in range(above):
            file.readline()
        return list(csv.DictReader(file))


@cache
def reference_prices(folder: Path) -> Prices:
    prices: Prices = {}
    for row in table(folder / "reference-prices.csv"):
        prices.setdefault(row["market"], {})[row["hour"]] = Fraction(row["price"])
    return prices


@cache
def fills(folder: Path, victim: str, exchange: str) -> list[Fill]:
    """One victim's trades, in the order of time."""
    exports = folder / "exports" / victim
    read = {
        "binance": _binance,
        "kucoin": _kucoin,
        "coinbasepro": _coinbasepro,
        "bittrex": _bittrex,
    }[exchange]
    return sorted(read(exports), key=lambda fill: fill.at)


def _binance(exports: Path) -> Iterator[Fill]:
    for row in table(exports / "binance-trades.csv"):
        at = datetime.fromisoformat(row["Date(UTC)"]).replace(tzinfo=UTC)
        quote = next(q for q in ("USDT", "BUSD", "BTC") if row["Amount"].endswith(q))
        base = row["Pair"].removesuffix(quote)
        quantity = Fraction(row["Executed"].removesuffix(base))
        yield Fill(at, base, quote, row["Side"] == "BUY", Fraction(row["Price"]), quantity)


def _kucoin(exports: Path) -> Iterator[Fill]:
    for row in table(exports / "kucoin-trades.csv"):
        at = datetime.fromisoformat(row["tradeCreatedAt"]).replace(tzinfo=UTC)
        base, quote = row["symbol"].split("-")
        price, size = Fraction(row["price"]), Fraction(row["size"])
        yield Fill(at, base, quote, row["side"] == "buy", price, size)


def _coinbasepro(exports: Path) -> Iterator[Fill]:
    for row in table(exports / "coinbasepro-fills.csv"):
        at = datetime.strptime(row["created at"], "%Y-%m-%dT%H:%M:%S.%f%z")
        base, quote = row["product"].split("-")
        price, size = Fraction(row["price"]), Fraction(row["size"])
        yield Fill(at, base, quote, row["side"] == "BUY", price, size)


def _bittrex(exports: Path) -> Iterator[Fill]:
    for row in table(exports / "bittrex-orders.csv", above=3):
        at = datetime.strptime(row["TimeStamp"], "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC)
        quote, base = row["Exchange"].split("-")
        price, quantity = Fraction(row["PricePerUnit"]), Fraction(row["Quantity"])
        yield Fill(at, base, quote, row["OrderType"] == "LIMIT_BUY", price, quantity)


def times_reference(fill: Fill, prices: Prices) -> Fraction:
    """The price in references."""
    return fill.price / prices[f"{fill.base}/{fill.quote}"][fill.hour]


def adverse(all_fills: list[Fill], prices: Prices) -> list[Fill]:
    return [f for f in all_fills if f.buys and times_reference(f, prices) > FAR]


def value_passed(all_fills: list[Fill], prices: Prices) -> int:
    """By adverse fills, in cents; rounded once, half to even."""
    total = Fraction(0)
    for fill in adverse(all_fills, prices):
        reference = prices[f"{fill.base}/{fill.quote}"][fill.hour]
        dollars = prices["BTC/USDT"][fill.hour] if fill.quote == "BTC" else Fraction(1)
        total += (fill.price - reference) * fill.quantity * dollars
    return round(total * 100)
