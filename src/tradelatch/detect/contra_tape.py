"""Contra-trading, a watcher's view: a spike in one thin pair that comes back, while another pair of
the coin stays.

The tape has no accounts, so this is weak evidence: a mistaken owner, a funded buyer and a thief
print the same. It says where to ask an exchange, and whom it was about only the exchange can tell.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import numpy as np

from tradelatch.detect.contra.market import other_pair
from tradelatch.detect.detector import Detector
from tradelatch.detect.excess import Flags, Prints
from tradelatch.detect.findings import Finding, Term
from tradelatch.detect.parameters import as_mapping
from tradelatch.detect.reference import (
    MINUTE_MS,
    Bars,
    Prices,
    Terms,
    Times,
    minute_bars,
    references,
)
from tradelatch.detect.trades import Asked

if TYPE_CHECKING:
    import ibis.expr.types as ir

BASELINE = Terms(bars=60, least=20, recent=24 * 60)
"""A spike of some minutes is a small part of the sixty traded minutes before it."""
AFTER_BARS = 15


class Parameters(msgspec.Struct, frozen=True):
    """Shares are fractions from 0 to 1, prices fractions of the reference.

    Attributes:
        far: the least median distance of a spike's prints from the reference.
        back: the spike is back when the next traded minutes are within this part of its distance.
        stays: the other pair stays while it moves by less than this part of it.
        orders: so many moments with far prints; one mistake is one.
        pause_m: so many minutes without a far print end a spike.
        lasts_m: no longer; what lasts is a pump, or news.
    """

    far: Annotated[float, msgspec.Meta(ge=0)] = 0.2
    back: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.34
    stays: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.34
    orders: Annotated[int, msgspec.Meta(ge=1)] = 3
    pause_m: Annotated[int, msgspec.Meta(ge=1)] = 10
    lasts_m: Annotated[int, msgspec.Meta(ge=1)] = 60


class _Spike(NamedTuple):
    """Far prints: their places, the reference of each; `distance` is their median's, `back` what
    of it is left afterwards, `moved` how far the other pair went at the time (NaN: there is none),
    both as parts of the distance."""

    places: Times
    reference: Prices
    distance: float
    back: float
    moved: float
    orders: int
    minutes: float


def find(trades: "ir.Table", parameters: Parameters) -> list[Finding]:
    """Every spike that came back alone."""
    listed = trades.select("symbol").distinct().order_by("symbol").to_pyarrow()
    symbols = listed["symbol"].to_pylist()
    found = []
    for symbol in symbols:
        rows = trades.filter(trades.symbol == symbol).order_by("time", "row").to_pyarrow()
        tape = Prints(*(rows[name].to_numpy() for name in ("time", "price", "amount")))
        numbers = rows["row"].to_numpy()
        other = other_pair(trades, symbol, symbols)
        found += [
            _finding(symbol, tape, numbers, spike, parameters)
            for spike in _spikes(tape, other, parameters)
            if _is_alone(spike, parameters)
        ]
    return sorted(found, key=lambda one: (-one.score, one.first_ms, one.subjects["symbol"]))


def _spikes(tape: Prints, other: Bars | None, parameters: Parameters) -> Iterator[_Spike]:
    bars = minute_bars(*tape)
    reference = references(bars, tape.times, terms=BASELINE).prices
    away = tape.prices / reference - 1
    for above in (True, False):
        far = np.flatnonzero(_beyond(away, parameters.far, above))
        gaps = np.diff(tape.times[far]) > parameters.pause_m * MINUTE_MS
        for places in np.split(far, np.flatnonzero(gaps) + 1):
            if not len(places):
                continue
            # Later prints are held against a reference in which the spike itself may be.
            middle = np.median(tape.prices[places]) / reference[places[:1]] - 1
            if _beyond(middle, parameters.far, above).all():
                yield _spike(tape, bars, other, places, reference[places])


def _beyond(away: Prices, far: float, above: bool) -> Flags:
    """Which prices are so far from the reference, on that side of it."""
    beyond: Flags = away >= far if above else away <= -far / (1 + far)
    return beyond


def _spike(
    tape: Prints, bars: Bars, other: Bars | None, places: Times, reference: Prices
) -> _Spike:
    first, last = int(tape.times[places[0]]), int(tape.times[places[-1]])
    base = float(reference[0])
    distance = float(np.median(tape.prices[places])) / base - 1
    start = int(np.searchsorted(bars.minutes, last // MINUTE_MS, "right"))
    after = bars.vwap[start : start + AFTER_BARS]
    left = float(np.median(after)) / base - 1 if len(after) else distance
    return _Spike(
        places,
        reference,
        distance,
        left / distance,
        _moved(other, first, last) / distance,
        len(np.unique(tape.times[places])),
        (last - first) / MINUTE_MS,
    )


def _moved(other: Bars | None, first: int, last: int) -> float:
    """How far another pair of the coin went in the minutes of a spike and shortly after."""
    if other is None:
        return float("nan")
    base = float(references(other, np.array([first]), terms=BASELINE).prices[0])
    low = np.searchsorted(other.minutes, first // MINUTE_MS)
    high = np.searchsorted(other.minutes, last // MINUTE_MS + AFTER_BARS, "right")
    during = other.vwap[low:high]
    return float(np.median(during)) / base - 1 if len(during) else float("nan")


def _is_alone(spike: _Spike, parameters: Parameters) -> bool:
    stayed = np.isnan(spike.moved) or abs(spike.moved) <= parameters.stays
    brief = spike.minutes <= parameters.lasts_m and spike.orders >= parameters.orders
    return bool(stayed and brief and spike.back <= parameters.back)


def _finding(
    symbol: str, tape: Prints, rows: Times, spike: _Spike, parameters: Parameters
) -> Finding:
    places = spike.places
    apart = np.abs(tape.prices[places] - spike.reference[0]) * tape.amounts[places]
    score = abs(spike.distance)
    return Finding(
        "contra-tape",
        1,
        {"symbol": symbol},
        int(tape.times[places[0]]),
        int(tape.times[places[-1]]),
        score,
        (
            Term("distance from the reference", score, parameters.far, "", True),
            Term("of it left afterwards", spike.back, parameters.back, "", True),
            *(
                [Term("of it in the other pair", spike.moved, parameters.stays, "", False)]
                if spike.moved == spike.moved
                else []
            ),
            Term("orders", spike.orders, parameters.orders, "", True),
            Term("minutes", spike.minutes, parameters.lasts_m, "", True),
        ),
        tuple(sorted(map(int, rows[places]))),
        f"It would have been spared had it been less than {parameters.far:.3g} from the reference "
        f"(it was {score:.3g}), had the price stayed, or had the coin's other pair moved with it.",
        as_mapping(parameters),
        float(apart.sum()),
        symbol.rpartition("/")[2],
    )


DETECTOR = Detector(
    "contra-tape", 1, Asked(("time", "symbol", "price", "amount")), Parameters, "far", find
)
