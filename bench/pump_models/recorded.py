"""The recorded tapes, what was announced, and what a model sees of them."""

import csv
import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradelatch.detect.pumps import DETECTOR
from tradelatch.detect.pumps.models import CHUNKS, Model, look
from tradelatch.detect.pumps.signals import STEP_MS
from tradelatch.detect.pumps.streams import tapes_of
from tradelatch.detect.pumps.tape import Flags, Tape, Whole, pieces
from tradelatch.detect.trades import read_trades, trade_files

TOLERANCE_MS, DAY_MS = 120_000, 86_400_000
SAME_EVENT_MS = 300_000
"""Announcements of one asset that lie no further apart are of one pump."""
LABEL_MS = 30_000
"""So long after the labelled chunk its successors are labelled too: the pump goes on, and with one
chunk alone each pump teaches a model that the next chunk is none."""


class Event(NamedTuple):
    """A pump: the first and the last time that was announced for it, ms since 1970 (UTC)."""

    first: int
    last: int


class Moments(NamedTuple):
    """What a model sees, one item each: whose (index in `symbols`), when, and the row; the item is
    in the order of time within an asset. `spans` are the first and last ms of each asset."""

    symbols: tuple[str, ...]
    symbol: Whole
    end: Whole
    rows: NDArray[Any]


def tapes(folder: Path) -> dict[str, Tape]:
    """Each asset's tape, as the detector puts it together."""
    table = read_trades(trade_files(folder / "pumps" / "tapes"), DETECTOR.asked)
    return {symbol.partition("/")[0]: tape for symbol, tape in tapes_of(table)}


def events(folder: Path) -> dict[str, list[Event]]:
    """The announced pumps of the tapes, by asset; a tape's name holds the announced time."""
    announced = defaultdict(list)
    for file in sorted((folder / "pumps" / "tapes").iterdir()):
        symbol, day, time = file.name.removesuffix(".csv.gz").split("_")
        announced[symbol].append(_ms(f"{day} {time.replace('.', ':')}"))
    return {symbol: _joined(sorted(times)) for symbol, times in announced.items()}


def _joined(times: Iterable[int]) -> list[Event]:
    found: list[Event] = []
    for time in times:
        if found and time - found[-1].last <= SAME_EVENT_MS:
            found[-1] = Event(found[-1].first, time)
        else:
            found.append(Event(time, time))
    return found


def labels(folder: Path, seconds: int) -> dict[str, list[int]]:
    """When the labelled chunks of the published matrices begin, ms since 1970, by asset."""
    found = defaultdict(list)
    with (folder / "pumps" / f"label_{seconds}S.csv").open() as lines:
        for line in csv.DictReader(lines):
            found[line["symbol"]].append(_ms(line["date"]))
    return found


def _ms(text: str) -> int:
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
    return round(moment.timestamp() * 1000)


def moments(model: Model, by_symbol: Mapping[str, Tape]) -> Moments:
    """All moments at which a model judges the tapes."""
    seen = [[look(model, piece) for piece in pieces(tape)] for tape in by_symbol.values()]
    looked = [one for of_symbol in seen for one in of_symbol if len(one.end)]
    counts = [sum(len(one.end) for one in of_symbol) for of_symbol in seen]
    return Moments(
        tuple(by_symbol),
        np.repeat(np.arange(len(counts)), counts),
        np.concatenate([one.end for one in looked]),
        np.concatenate([one.rows for one in looked]),
    )


def is_pump(model: Model, seen: Moments, folder: Path) -> Flags:
    """Which moments a model is to learn as pumps: the labelled chunks of the published matrices
    (of 5 s for our model, whose steps are as long) and those that begin within 30 s of one."""
    seconds = CHUNKS.get(model, STEP_MS // 1000)
    starts = labels(folder, seconds)
    start = seen.end - seconds * 1000
    is_label = np.zeros(len(seen.end), np.bool_)
    for number, symbol in enumerate(seen.symbols):
        own = seen.symbol == number
        for first in starts[symbol]:
            is_label |= own & (start >= first) & (start <= first + LABEL_MS)
    return is_label


def near(seen: Moments, known: Mapping[str, Sequence[Event]]) -> Flags:
    """Which moments lie within a day of an announced pump: the published matrices hold no other."""
    found = np.zeros(len(seen.end), np.bool_)
    for number, symbol in enumerate(seen.symbols):
        own = seen.symbol == number
        for event in known[symbol]:
            found |= own & (seen.end >= event.first - DAY_MS) & (seen.end <= event.last + DAY_MS)
    return found
