"""What the second model looks at: the last 25 s of taker buys against what is usual for the asset.

Every 5 s in which somebody bought as a taker is a step, judged when it ends. Most steps are quiet:
only those with at least three buy orders, a price that rose by 1.2 % and twelve times the usual
volume are looked at closer (`CANDIDATE`; no label has a part in it). Everything about a step comes
from trades before its end.

What is usual is measured over two hours, a day and a week that end five minutes before (`buys`).
Volumes are in quote; ratios are logarithms (base e).
"""

from collections.abc import Mapping

import msgspec
import numpy as np

from tradelatch.detect.pumps.buys import (
    RECENT_MS,
    TINY,
    WINDOW_MS,
    Buys,
    log_ratio,
    price_before,
    rise_over,
    seen_of,
    usual_in,
)
from tradelatch.detect.pumps.tape import Floats, Tape, Whole
from tradelatch.detect.pumps.windows import Highest, Sums

STEP_MS = 5_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
USUAL: Mapping[str, int] = {"2h": 2 * HOUR_MS, "day": DAY_MS, "week": 7 * DAY_MS}
PEAKS: Mapping[str, int] = {"6h": 6 * HOUR_MS, "day": DAY_MS, "3d": 3 * DAY_MS, "week": 7 * DAY_MS}
CLOCKS: Mapping[str, int] = {"5min": 300, "15min": 900, "30min": 1800, "hour": 3600}
CANDIDATE: Mapping[str, float] = {
    "rise_25s": 0.012,
    "volume_25s_to_day": 2.5,
    "orders_25s": float(np.log(3)),
}
"""The least that a step must show to be judged."""
ONSET_MS, ONSET_RISE = 120_000, 0.01
"""A rise begins with the first buy of the last two minutes that is 1 % above the price before."""
WARM_MS = DAY_MS
"""So much of an asset must have been seen before any of its steps is judged."""


def is_logarithm(name: str) -> bool:
    """Whether a signal is kept as a logarithm: volumes, counts, and how many times the usual."""
    return name.startswith(("volume_", "orders_", "rush_orders_", "mean_")) and "_of_" not in name


class Steps(msgspec.Struct, frozen=True):
    """The steps to be judged: when each ends, and its signals by name, one item a step."""

    end: Whole
    signals: dict[str, Floats]

    def matrix(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        """One row a step, one column a signal, as the model takes them."""
        if not self.signals:
            return np.empty((0, 0), np.float32)
        return np.column_stack([*self.signals.values()]).astype(np.float32)


def steps_of(tape: Tape) -> Steps:
    """The steps of a tape without gaps that are to be judged, with their signals."""
    if not tape.buy.any():
        return Steps(np.empty(0, np.int64), {})
    buys = Buys(tape)
    every = (np.unique(buys.time // STEP_MS) + 1) * STEP_MS
    volume, orders = buys.volume_in(every, WINDOW_MS), buys.orders_in(every, WINDOW_MS)
    rise = rise_over(tape, buys, every, WINDOW_MS)
    usual = usual_in(buys.volume_in(every, DAY_MS, RECENT_MS), tape, every, DAY_MS, 0.01)
    judged = (
        (rise >= CANDIDATE["rise_25s"])
        & (log_ratio(volume, usual) >= CANDIDATE["volume_25s_to_day"])
        & (np.log(orders + 0.1) >= CANDIDATE["orders_25s"])
        & (every - tape.time[0] >= WARM_MS)
    )
    end = every[judged]
    return Steps(
        end,
        {
            **_activity(tape, buys, end),
            **_pace(buys, end),
            **_orders(buys, end),
            **_peaks(every, judged, volume, orders, rise),
            **_sells(tape, buys, end),
            **_prices(tape, buys, end),
            **_clocks(end),
            **_onset(tape, buys, end),
        },
    )


def _activity(tape: Tape, buys: Buys, end: Whole) -> dict[str, Floats]:
    """Bought volume, orders and rush orders, and how many times the usual they are."""
    volume, recent = buys.volume_in(end, WINDOW_MS), buys.volume_in(end, RECENT_MS, WINDOW_MS)
    orders, rush = buys.orders_in(end, WINDOW_MS), buys.rush_in(end, WINDOW_MS)
    found = {
        "volume_25s": np.log(volume + TINY),
        "orders_25s": np.log(orders + 0.1),
        "rush_orders_25s": np.log(rush + 0.1),
    }
    for name, length in USUAL.items():
        usual = usual_in(buys.volume_in(end, length, RECENT_MS), tape, end, length, 0.01)
        found[f"volume_25s_to_{name}"] = log_ratio(volume, usual)
        found[f"volume_5min_before_to_{name}"] = log_ratio(recent, usual * 11)
        usual = usual_in(buys.orders_in(end, length, RECENT_MS), tape, end, length, 1.0)
        found[f"orders_25s_to_{name}"] = np.log((orders + 0.1) / usual)
        usual = usual_in(buys.rush_in(end, length, RECENT_MS), tape, end, length, 0.3)
        found[f"rush_orders_25s_to_{name}"] = np.log((rush + 0.1) / usual)
    per_day = buys.volume_in(end, 7 * DAY_MS) / seen_of(tape, end, 7 * DAY_MS) * DAY_MS
    found["volume_per_day"] = np.log(per_day + 0.01)
    return found


def _pace(buys: Buys, end: Whole) -> dict[str, Floats]:
    """How sudden it is: the share of each window's volume that came in its last part."""
    lengths = (5_000, WINDOW_MS, 60_000, RECENT_MS, 1_800_000, 6 * HOUR_MS)
    names = ("5s", "25s", "60s", "5min", "30min", "6h")
    volumes = [buys.volume_in(end, length) for length in lengths]
    found = {
        f"volume_{names[n]}_of_{names[n + 1]}": volumes[n] / (volumes[n + 1] + TINY)
        for n in range(len(names) - 1)
    }
    found["orders_5s"] = np.log(buys.orders_in(end, 5_000) + 0.1)
    found["orders_60s"] = np.log(buys.orders_in(end, 60_000) + 0.1)
    return found


def _orders(buys: Buys, end: Whole) -> dict[str, Floats]:
    """Whether many buy or one: how volume is spread over orders, and how large they are."""
    volume, orders = buys.volume_in(end, WINDOW_MS), buys.orders_in(end, WINDOW_MS)
    window = buys.orders(end, WINDOW_MS)
    before = buys.volume_in(end, DAY_MS, RECENT_MS) + 0.01
    mean = np.log((volume + TINY) / np.maximum(orders, 1))
    usual = np.log(before / np.maximum(buys.orders_in(end, DAY_MS, RECENT_MS), 1))
    return {
        "rush_share": buys.rush_in(end, WINDOW_MS) / np.maximum(orders, 1),
        "concentration": buys.squares.between(*window) / np.maximum(volume, TINY) ** 2,
        "largest_order_share": Highest(buys.order_volume).between(*window) / (volume + TINY),
        "mean_order": mean,
        "mean_order_to_day": mean - usual,
    }


def _peaks(
    every: Whole, judged: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", *series: Floats
) -> dict[str, Floats]:
    """Volume, orders and rise of the window against the highest there was in any before."""
    end = every[judged]
    last = np.searchsorted(every, end - 600_000)
    volume, orders, rise = series
    highest = Highest(volume), Highest(orders), Highest(rise)
    found = {}
    for name, length in PEAKS.items():
        first = np.searchsorted(every, end - length)
        peaks = [np.maximum(one.between(first, last), 0) for one in highest]
        found[f"volume_25s_to_peak_{name}"] = np.log((volume[judged] + TINY) / (peaks[0] + 0.02))
        found[f"orders_25s_to_peak_{name}"] = np.log((orders[judged] + 0.1) / (peaks[1] + 2))
        if name in ("day", "week"):
            found[f"rise_25s_over_peak_{name}"] = rise[judged] - peaks[2]
    return found


def _sells(tape: Tape, buys: Buys, end: Whole) -> dict[str, Floats]:
    """Which share of all taker volume bought."""
    sold = tape.cut(~tape.buy)
    volume = Sums(sold.volume)
    last = np.searchsorted(sold.time, end)
    found = {}
    for name, length in (("25s", WINDOW_MS), ("5min", RECENT_MS), ("day", DAY_MS)):
        bought = buys.volume_in(end, length)
        against = volume.between(np.searchsorted(sold.time, end - length), last)
        found[f"buy_share_{name}"] = bought / (bought + against + TINY)
    return found


def _prices(tape: Tape, buys: Buys, end: Whole) -> dict[str, Floats]:
    """How far the price went, against moments before, and against how it usually moves."""
    first, last = buys.window(end, WINDOW_MS)
    highest = Highest(buys.price)
    top = np.log(highest.between(first, last))
    bottom = np.log(-Highest(-buys.price).between(first, last))
    logs = np.log(buys.price)
    sums, squares = Sums(logs - logs[0]), Sums((logs - logs[0]) ** 2)
    hour, day = buys.window(end, HOUR_MS, 60_000), buys.window(end, DAY_MS, RECENT_MS)
    before = np.log(price_before(tape, end, RECENT_MS)) - logs[0]
    means = []
    for start, stop in (hour, day):
        count = stop - start
        mean = sums.between(start, stop) / np.maximum(count, 1)
        means.append(np.where(count > 0, mean, before))
    spread = squares.between(*day) / np.maximum(day[1] - day[0], 1) - means[1] ** 2
    deviation = np.sqrt(np.maximum(spread, 1e-8))
    week = buys.window(end, 7 * DAY_MS, RECENT_MS)
    found = {
        "rise_25s": rise_over(tape, buys, end, WINDOW_MS),
        "rise_5min": rise_over(tape, buys, end, RECENT_MS),
        "last_to_high": logs[last - 1] - top,
        "range_25s": top - bottom,
        "high_to_mean_hour": top - logs[0] - means[0],
        "high_to_mean_day": top - logs[0] - means[1],
        "deviation_day": np.log(deviation),
        "rise_in_deviations": (top - logs[0] - means[1]) / np.maximum(deviation, 2e-3),
    }
    for name, (start, stop) in (("day", day), ("week", week)):
        peak = np.where(stop > start, highest.between(start, stop), np.exp(before + logs[0]))
        found[f"high_to_peak_{name}"] = top - np.log(peak)
    return found


def _clocks(end: Whole) -> dict[str, Floats]:
    """Seconds between the middle of the window and the nearest full 5 min ... hour; the hour."""
    middle = (end - WINDOW_MS // 2) / 1000
    found = {}
    for name, period in CLOCKS.items():
        after = middle % period
        found[f"seconds_to_{name}"] = np.minimum(after, period - after)
    found["hour"] = end / HOUR_MS % 24
    return found


def _onset(tape: Tape, buys: Buys, end: Whole) -> dict[str, Floats]:
    """How long ago the rise began, and how long after (below zero: before) the full half hour and
    the full minute. A crowd that was told the coin buys within seconds of the set time; one that
    guesses it comes later."""
    least = price_before(tape, end, ONSET_MS) * (1 + ONSET_RISE)
    began = end.copy()
    for number, (first, last) in enumerate(zip(*buys.window(end, ONSET_MS), strict=True)):
        risen = buys.price[first:last] > least[number]
        if risen.any():
            began[number] = buys.time[first + risen.argmax()]
    half_hour = _seconds_past(began, 1800)
    return {
        "seconds_since_onset": (end - began) / 1000,
        "onset_seconds_past_30min": half_hour,
        "onset_seconds_to_30min": np.abs(half_hour),
        "onset_seconds_past_minute": _seconds_past(began, 60),
    }


def _seconds_past(time: Whole, period: int) -> Floats:
    """Seconds since the nearest full period (of so many seconds); below zero before it."""
    after: Floats = time / 1000 % period
    return np.where(after > period / 2, after - period, after)
