"""Exports that were forged: who asks with one is no victim."""

import numpy as np
import pyarrow as pa

from bench.contra.world import MINUTE_MS, World

KINDS = ("forged: prices edited", "forged: trades added", "forged: a victim's trades copied")
LEAST, MOST = 1.5, 4.0
"""How far from fair they say they paid."""


def forge(kind: str, world: World, own: pa.Table, victims: pa.Table) -> pa.Table:
    """An honest account's export, forged.

    Args:
        kind: one of `KINDS`.
        own: the genuine export; `victims` that of the world's first victim.
    """
    if kind == KINDS[0]:
        return _edited(world, own)
    return _with(own, _invented(world, own) if kind == KINDS[1] else _stolen(world, victims))


def _edited(world: World, own: pa.Table) -> pa.Table:
    """Some purchases in a row were dear ones."""
    chance, prices = world.chance, own["price"].to_numpy().copy()
    is_one = (own["side"].to_numpy(zero_copy_only=False) == "buy") & _here(world, own)
    bought = np.flatnonzero(is_one)
    first = chance.randrange(max(len(bought) - 10, 1))
    prices[bought[first : first + 10]] *= chance.uniform(LEAST, MOST)
    return own.set_column(own.column_names.index("price"), "price", pa.array(prices))


def _invented(world: World, own: pa.Table) -> pa.Table:
    """Ten purchases within ten minutes, of which the tape knows nothing."""
    chance = world.chance
    at = chance.randrange(int(world.times[0]), int(world.times[-1]) - 10 * MINUTE_MS)
    price = world.fair(at) * chance.uniform(LEAST, MOST)
    made = {
        "row": [0] * 10,
        "time": sorted(at + chance.randrange(10 * MINUTE_MS) for _ in range(10)),
        "symbol": [world.symbol] * 10,
        "price": [price] * 10,
        "amount": [chance.uniform(5, 50) * world.typical / price for _ in range(10)],
        "side": ["buy"] * 10,
        "account": own["account"].to_pylist()[:1] * 10,
        "role": ["taker"] * 10,
        "order": [""] * 10,
    }
    return pa.table(made, own.schema)


def _stolen(world: World, victims: pa.Table) -> pa.Table:
    """What was done to a victim."""
    victim, times = world.victims[0], victims["time"].to_numpy()
    during = (times >= victim.first_ms) & (times <= victim.fills[-1][0])
    return victims.filter(pa.array(during & _here(world, victims)))


def _with(own: pa.Table, more: pa.Table) -> pa.Table:
    name = pa.array(own["account"].to_pylist()[:1] * len(more))
    return pa.concat_tables(
        [own, more.set_column(own.column_names.index("account"), "account", name)]
    )


def _here(world: World, export: pa.Table) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    here: np.ndarray[tuple[int], np.dtype[np.bool_]]
    here = export["symbol"].to_numpy(zero_copy_only=False) == world.symbol
    return here
