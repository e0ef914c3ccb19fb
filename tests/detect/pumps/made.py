"""Made tapes: days of quiet trading, and bursts in which many buy at once."""

import numpy as np

from tradelatch.detect.pumps.tape import Tape

START = 1_600_000_000_000
HOUR, DAY = 3_600_000, 86_400_000


def tape(seed: int, days: float = 2.5, trades: int = 1_500, bursts: int = 2) -> Tape:
    """A tape of one asset; the bursts lie in its second half."""
    rng = np.random.default_rng(seed)
    length = int(days * DAY)
    times = [rng.integers(0, length, trades)]
    sides = [rng.random(trades) < 0.5]
    lifts = [np.zeros(trades)]
    for _ in range(bursts):
        count = int(rng.integers(20, 60))
        at = int(rng.integers(length // 2, length - 120_000))
        times.append(np.sort(at + rng.integers(0, 12_000, count) // 40 * 40))
        sides.append(np.ones(count, bool))
        lifts.append(np.linspace(0.01, 0.2, count))
    time = np.concatenate(times)
    order = np.argsort(time, kind="stable")
    price = 1e-5 * np.exp(rng.normal(0, 0.003, len(time)) + np.concatenate(lifts))
    amount = rng.lognormal(5, 1.5, len(time))
    return Tape(
        START + time[order],
        np.concatenate(sides)[order],
        price[order],
        (price * amount)[order],
        np.arange(1, len(time) + 1),
    )


def later(one: Tape, ms: int) -> Tape:
    """The same tape at another time."""
    return Tape(one.time + ms, one.buy, one.price, one.volume, one.row)
