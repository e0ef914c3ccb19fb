"""Pump and dump: a coin is named at a set minute, and those who wait for it buy at once.

Two models: ours (`trees`), which looks at the last 25 s every 5 s, and the random forest of the
literature (`forest`). Both are described, with their figures, in docs/detect/pumps.md.
"""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np

from tradelatch.detect.detector import Detector
from tradelatch.detect.findings import Finding
from tradelatch.detect.parameters import as_mapping
from tradelatch.detect.pumps import models, trees
from tradelatch.detect.pumps.explain import terms_of
from tradelatch.detect.pumps.models import Looked, Model
from tradelatch.detect.pumps.streams import tapes_of
from tradelatch.detect.pumps.tape import Floats, Tape, pieces
from tradelatch.detect.trades import Asked

if TYPE_CHECKING:
    import ibis.expr.types as ir


class Pumps(msgspec.Struct, frozen=True):
    """Parameters.

    Attributes:
        model: ``trees`` (ours), or ``forest``, ``forest-15``, ``forest-5`` (as published, with
            chunks of 25, 15 and 5 s).
        threshold: the score from which on an alert is raised; None for the model's own.
        pause_minutes: after an alert an asset raises none for so long.
    """

    model: Model = "trees"
    threshold: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    pause_minutes: Annotated[float, msgspec.Meta(ge=0, le=1440)] = 30


class _Judged(msgspec.Struct, frozen=True):
    tape: Tape
    looked: Looked
    scores: Floats


def find(trades: "ir.Table", parameters: Pumps) -> list[Finding]:
    """An alert for each pump, those with the highest score first."""
    found = [one for symbol, tape in tapes_of(trades) for one in _find_in(symbol, tape, parameters)]
    return sorted(found, key=lambda one: (-one.score, one.raised_ms, one.subjects["symbol"]))


def _find_in(symbol: str, tape: Tape, parameters: Pumps) -> list[Finding]:
    judged = [_judge(parameters.model, piece) for piece in pieces(tape)]
    ends = np.concatenate([one.looked.end for one in judged])
    scores = np.concatenate([one.scores for one in judged])
    owner = np.repeat(np.arange(len(judged)), [len(one.scores) for one in judged])
    before = np.concatenate(([0], np.cumsum([len(one.scores) for one in judged])))
    threshold = _threshold(parameters)
    pause_ms = round(parameters.pause_minutes * 60_000)
    return [
        _finding(symbol, judged[owner[index]], int(index - before[owner[index]]), parameters)
        for index in models.alerts(ends, scores, threshold, pause_ms)
    ]


def _judge(model: Model, tape: Tape) -> _Judged:
    looked = models.look(model, tape)
    return _Judged(tape, looked, models.scores(model, looked))


def _threshold(parameters: Pumps) -> float:
    if parameters.threshold is not None:
        return parameters.threshold
    return trees.load(parameters.model).threshold


def _finding(symbol: str, judged: _Judged, index: int, parameters: Pumps) -> Finding:
    end = int(judged.looked.end[index])
    tape = judged.tape
    start, stop = np.searchsorted(tape.time, (end - judged.looked.window_ms, end))
    window = tape.cut(slice(start, stop))
    bought = window.cut(window.buy)
    terms, spared = terms_of(
        trees.load(parameters.model), judged.looked.rows[index], _threshold(parameters)
    )
    return Finding(
        detector="pumps",
        version=DETECTOR.version,
        subjects={"symbol": symbol},
        first_ms=int(bought.time[0]),
        last_ms=int(bought.time[-1]),
        score=round(float(judged.scores[index]), 6),
        terms=terms,
        rows=tuple(bought.row.tolist()),
        spared=spared,
        parameters=as_mapping(parameters),
        value=float(bought.volume.sum()),
        asset=symbol.partition("/")[2],
        raised_ms=end,
    )


def told(finding: Finding) -> dict[str, Any]:
    """An alert for machines: symbol, time (ms since 1970, UTC: when it would have been raised),
    score, and why."""
    return {
        "symbol": finding.subjects["symbol"],
        "time": finding.raised_ms,
        "score": finding.score,
        "value": finding.value,
        "asset": finding.asset,
        "terms": msgspec.to_builtins(finding.terms),
        "spared": finding.spared,
        "rows": finding.rows,
    }


DETECTOR = Detector(
    name="pumps",
    version=1,
    asked=Asked(("time", "symbol", "price", "amount", "side"), files=True),
    parameters=Pumps,
    threshold="threshold",
    find=find,
    told=told,
)
