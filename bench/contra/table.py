"""A large exchange's table of trades, made up, with thefts in it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAY_MS = 86_400_000
START_MS = 1_700_000_000_000
DAYS = 30
FILLS = 20


def write(path: Path, trades: int, accounts: int, markets: int, victims: int, seed: int) -> None:
    """Write a table as Parquet, in the order of time within each market, as exchanges keep it.

    Markets have shares of the trades as unequal as 1/n; prices walk by 5 % a day with prints 0.3 %
    around them; accounts trade by turns as unequal. Each victim buys `FILLS` times within a minute
    from a thief, at 1.2 to 3 times the price.
    """
    chance = np.random.default_rng(seed)
    shares = 1 / np.arange(1, markets + 1)
    counts = np.maximum((trades * shares / shares.sum()).astype(int), 500)
    robbed = np.bincount(chance.integers(markets // 10, markets, victims), minlength=markets)
    names = np.array([f"A{number}" for number in range(accounts)])
    schema = pa.schema(
        [("time", pa.int64()), ("symbol", pa.string()), ("price", pa.float64()),
         ("amount", pa.float64()), ("buyer", pa.string()), ("seller", pa.string())]
    )  # fmt: skip
    with pq.ParquetWriter(path, schema) as file:
        for number, count in enumerate(counts):
            columns = _market(chance, int(count), names)
            for victim in range(robbed[number]):
                columns = _robbed(chance, columns, f"V{number}-{victim}", f"W{number}-{victim}")
            order = np.argsort(columns["time"], kind="stable")
            made = {name: values[order] for name, values in columns.items()}
            made["symbol"] = np.full(len(order), f"C{number}/USDT")
            file.write_table(pa.table({name: made[name] for name in schema.names}, schema))


def _market(chance: np.random.Generator, count: int, names: np.ndarray) -> dict[str, np.ndarray]:
    times = np.sort(chance.integers(0, DAYS * DAY_MS, count)) + START_MS
    steps = np.sqrt(np.diff(times, prepend=times[0]) / DAY_MS) * 0.05
    walk = np.exp(np.cumsum(chance.normal(0, 1, count) * steps))
    price = chance.uniform(0.1, 100) * walk * np.exp(chance.normal(0, 0.003, count))
    who = (len(names) * chance.random((2, count)) ** 3).astype(int)
    return {
        "time": times,
        "price": price,
        "amount": chance.lognormal(0, 1, count) * 100 / price,
        "buyer": names[who[0]],
        "seller": names[who[1]],
    }


def _robbed(
    chance: np.random.Generator, market: dict[str, np.ndarray], victim: str, thief: str
) -> dict[str, np.ndarray]:
    place = chance.integers(len(market["time"]) // 4, len(market["time"]))
    price = market["price"][place] * chance.uniform(1.2, 3)
    more = {
        "time": market["time"][place] + np.sort(chance.integers(1, 60_000, FILLS)),
        "price": price * np.exp(chance.normal(0, 0.01, FILLS)),
        "amount": chance.lognormal(0, 1, FILLS) * 1_000 / price,
        "buyer": np.full(FILLS, victim),
        "seller": np.full(FILLS, thief),
    }
    return {name: np.concatenate([values, more[name]]) for name, values in market.items()}
