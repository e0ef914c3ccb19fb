"""Measuring a whole folder."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tradelatch.conformance.cases import NO_KEY, Case
from tradelatch.conformance.exchange import Exchanges
from tradelatch.conformance.folder import BadFolder
from tradelatch.conformance.measuring import ACCEPTED, Measured, Miss, Row, measure, total


class Report(NamedTuple):
    """Figures by exchange as the folder names them (one may be another's futures), all misses, and
    the exchanges in the folder that are not implemented."""

    rows: dict[str, Row]
    misses: list[Miss]
    skipped: list[str]

    @property
    def total(self) -> Row:
        """The figures of all exchanges together."""
        return total([Row(), *self.rows.values()])

    @property
    def is_good(self) -> bool:
        """Nothing was read wrong, and nothing accepted wrongly."""
        return not self.total.wrong and all(miss.kind != ACCEPTED for miss in self.misses)


def measure_all(cases: Sequence[Case], tell: Callable[[int], None] = lambda _: None) -> Report:
    """Every case of an implemented exchange; `tell` is told how many are done.

    Raises:
        BadFolder: the folder states no key of such an exchange.
    """
    implemented = Exchanges()
    measured: dict[str, Measured] = {}
    skipped: dict[str, None] = {}
    for number, case in enumerate(cases):
        exchange = implemented.of(case)
        if exchange is None:
            skipped[case.exchange] = None
        elif case.key == NO_KEY:
            raise BadFolder(f"credentials.json has no keys of {case.exchange}")
        else:
            measure(exchange, case, measured.setdefault(case.exchange, Measured()))
        tell(number + 1)
    rows = {name: measured[name].row for name in sorted(measured)}
    misses = [miss for name in rows for miss in measured[name].misses]
    return Report(rows, misses, sorted(skipped))
