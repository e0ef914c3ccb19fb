"""What every detector is."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tradelatch.detect.findings import Finding
from tradelatch.detect.trades import Asked


class Detector(msgspec.Struct, frozen=True):
    """One detector.

    Attributes:
        name: as on the command line.
        version: grows whenever the same table would give other findings.
        asked: the columns it needs, and those it uses where they are there.
        parameters: the struct of its parameters, all with defaults and bounds.
        threshold: the parameter by which it finds more or less; a backtest varies it.
        find: all findings in a table of trades (`ibis.expr.types.Table`) with parameters, the
            gravest first; the same for the same table and parameters.
        told: how a finding is written for machines: all of it, or as the detector's page says.
    """

    name: str
    version: int
    asked: Asked
    parameters: type[msgspec.Struct]
    threshold: str
    find: Callable[[Any, Any], Sequence[Finding]]
    told: Callable[[Finding], Any] = msgspec.to_builtins
