"""The recorded order events of an exchange, made into its book again."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_ORDER = {"created": 0, "changed": 1, "deleted": 2}
_PRICES = (1.0, 1e7)
"""Market orders are recorded with absurd prices."""


class _Resting(NamedTuple):
    price: float
    volume: float
    side: str


class Taken(NamedTuple):
    """A print: time in ms, price, amount, and whether the taker bought."""

    at: int
    price: float
    amount: float
    bought: bool


def prints(folder: Path) -> list[Taken]:
    """The trades in ``trades.csv``."""
    return [
        Taken(int(row["exchange_timestamp"]), *_numbers(row), row["side"] == "buy")
        for row in _trades(folder)
    ]


class Book:
    """Price levels of both sides, from single orders."""

    def __init__(self) -> None:
        self._orders: dict[str, _Resting] = {}
        self._levels: dict[str, defaultdict[float, float]] = {
            "bid": defaultdict(float),
            "ask": defaultdict(float),
        }

    def change(self, action: str, order: str, resting: _Resting) -> None:
        old = self._orders.pop(order, None)
        if old is not None:
            self._add(old, -1)
        if action != "deleted" and (old is not None or action == "created"):
            self._orders[order] = resting
            self._add(resting, 1)

    def best(self) -> tuple[float, float]:
        """Best bid and ask. What crosses them is older and was missed when it left: out."""
        while (bid := max(self._levels["bid"])) >= (ask := min(self._levels["ask"])):
            at = {"bid": bid, "ask": ask}
            crossing = (name for name, one in self._orders.items() if one.price == at[one.side])
            self.change("deleted", min(crossing, key=int), _Resting(0, 0, ""))
        return bid, ask

    def depth(self, within: float) -> float:
        """What lies within a distance of the middle, in quote, on both sides' average."""
        bid, ask = self.best()
        middle = (bid + ask) / 2
        return sum(
            price * volume / 2
            for levels in self._levels.values()
            for price, volume in levels.items()
            if abs(price - middle) <= within + 1e-9
        )

    def _add(self, resting: _Resting, sign: int) -> None:
        levels = self._levels[resting.side]
        levels[resting.price] += sign * resting.volume
        if levels[resting.price] < 1e-9:
            del levels[resting.price]


def books(folder: Path, every: int, warm_up: int = 60_000) -> Iterator[Book]:
    """The book at each `every` ms, and not in the first `warm_up`; always the same object.

    Orders of takers are left out, and so is what has no beginning or ends before it begins. In
    the end the recorder deleted all orders at once.
    """
    with gzip.open(folder / "orders.csv.gz", "rt") as file:
        rows = [row for row in csv.DictReader(file) if _is_limit(row)]
    rows.sort(key=lambda row: (int(row["timestamp"]), _ORDER[row["action"]]))
    takers = {
        row["buy_order_id" if row["side"] == "buy" else "sell_order_id"] for row in _trades(folder)
    }
    end = int(rows[-1]["timestamp"])
    book, due = Book(), int(rows[0]["timestamp"]) + warm_up
    gone: set[str] = set(takers)
    for row in rows:
        at = int(row["timestamp"])
        while due <= at < end:
            yield book
            due += every
        if row["action"] == "deleted":
            gone.add(row["id"])
        elif row["id"] in gone:
            continue
        resting = _Resting(float(row["price"]), float(row["volume"]), row["direction"])
        book.change(row["action"], row["id"], resting)


def _is_limit(row: dict[str, str]) -> bool:
    return _PRICES[0] < float(row["price"]) < _PRICES[1]


def _trades(folder: Path) -> list[dict[str, str]]:
    with (folder / "trades.csv").open() as file:
        return list(csv.DictReader(file))


def _numbers(row: dict[str, str]) -> tuple[float, float]:
    return float(row["price"]), float(row["amount"])
