"""A quiet market to put thefts into."""

import random
from typing import Any

import ibis
import pyarrow as pa

START_MS = 1_700_000_000_000
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
Row = dict[str, Any]


def trade(
    at: int, price: float, amount: float, buyer: str, seller: str, symbol: str = "QOR/BTC"
) -> Row:
    """One trade of an exchange's own table; `at` in ms after the beginning."""
    return {
        "time": START_MS + at,
        "symbol": symbol,
        "price": price,
        "amount": amount,
        "buyer": buyer,
        "seller": seller,
    }


def quiet(days: int = 3, symbol: str = "QOR/BTC", price: float = 1.0, every: int = 15) -> list[Row]:
    """A trade every few minutes near one price, between twenty accounts."""
    chance = random.Random(f"{symbol}/{days}")
    return [
        trade(
            minute * MINUTE_MS,
            price * chance.uniform(0.998, 1.002),
            chance.uniform(0.5, 2),
            f"A{chance.randrange(10)}",
            f"B{chance.randrange(10)}",
            symbol,
        )
        for minute in range(0, days * 24 * 60, every)
    ]


def theft(
    at: int,
    price: float = 2.0,
    fills: int = 10,
    victim: str = "V-01",
    thief: str = "W-01",
    symbol: str = "QOR/BTC",
) -> list[Row]:
    """A victim buys some of a coin from a thief, a second apart."""
    return [trade(at + 1_000 * n, price, 5.0, victim, thief, symbol) for n in range(fills)]


def table(rows: list[Row]) -> ibis.Table:
    """Rows in the order of time, numbered, as detectors take them."""
    ordered = sorted(rows, key=lambda row: int(row["time"]))
    numbered = [{"row": number, **row} for number, row in enumerate(ordered, 1)]
    return ibis.duckdb.connect().create_table("trades", pa.Table.from_pylist(numbered))
