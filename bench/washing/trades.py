"""Made-up trades of an exchange on which some accounts trade in circles."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

DAY_MS = 86_400_000
START_MS = 1_514_764_800_000
DAYS = 900
"""About as long as IDEX is covered by Victor & Weintraud."""
_SELF_SHARE, _CIRCLE_SHARE = 0.005, 0.04
"""Shares of trades with oneself and of trades in circles: theirs are 0.5 % and 3.5 %."""
_TRADES_A_CIRCLE = 1_000


def write_trades(path: Path, trades: int, accounts: int, markets: int, seed: int) -> None:
    """A Parquet file of trades: few markets and accounts have most of them, as everywhere. A column
    ``in_circle`` says which were made up as parts of circles."""
    chance = np.random.default_rng(seed)
    market = _popular(chance, markets, trades, 1.1)
    buyer, seller = (_popular(chance, accounts, trades, 0.9) for _ in range(2))
    time = START_MS + chance.integers(0, DAYS * DAY_MS, trades)
    amount = np.round(np.exp(chance.normal(3, 2, trades)), 3) + 0.001
    to_self = chance.random(trades) < _SELF_SHARE
    buyer[to_self] = seller[to_self]
    circles = max(1, round(trades * _CIRCLE_SHARE / _TRADES_A_CIRCLE))
    places = chance.permutation(trades)[: circles * _TRADES_A_CIRCLE]
    in_circle = np.zeros(trades, dtype=np.bool_)
    in_circle[places] = True
    for number, rows in enumerate(places.reshape(circles, _TRADES_A_CIRCLE)):
        size = 2 if number % 3 else 3 + number % 4
        members = chance.choice(accounts, size, replace=False)
        turn = np.arange(_TRADES_A_CIRCLE)
        seller[rows], buyer[rows] = members[turn % size], members[(turn + 1) % size]
        market[rows] = chance.integers(markets)
        # One round in minutes, the next one hours later.
        time[rows] = (
            START_MS
            + chance.integers(0, (DAYS - 300) * DAY_MS)
            + (turn // size * 7 * 3_600_000 + turn % size * 60_000)
        )
        noise = 1 + chance.normal(0, 0.004, _TRADES_A_CIRCLE)
        amount[rows] = np.round(np.exp(chance.normal(3, 1)) * noise, 6) + 0.001
    names = {
        "time": pa.array(time),
        "symbol": _named("T{:04}/ETH", market, markets),
        "price": pa.array(np.round(0.001 * (1 + chance.random(trades)), 7)),
        "amount": pa.array(amount),
        "buyer": _named("0x{:040x}", buyer, accounts),
        "seller": _named("0x{:040x}", seller, accounts),
        "id": pa.array(np.arange(trades)),
        "in_circle": pa.array(in_circle),
    }
    pyarrow.parquet.write_table(pa.table(names), path)


def _popular(
    chance: np.random.Generator, count: int, draws: int, power: float
) -> NDArray[np.int64]:
    """Numbers below `count`, the first of them far more often (a power law)."""
    weight = np.arange(1, count + 1, dtype=np.float64) ** -power
    bounds = np.cumsum(weight) / weight.sum()
    drawn = np.searchsorted(bounds, chance.random(draws))
    return np.minimum(drawn, count - 1)


def _named(form: str, numbers: NDArray[np.int64], count: int) -> pa.Array:
    """Names of numbers."""
    names = pa.array(
        [
            form.format(number * 2_654_435_761 % 2**32) if "x" in form else form.format(number)
            for number in range(count)
        ]
    )
    return pa.DictionaryArray.from_arrays(pa.array(numbers), names).cast(pa.string())
