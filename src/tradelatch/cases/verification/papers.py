"""What a victim's own papers leave open, or contradict one another in."""

from collections.abc import Iterable, Sequence

from tradelatch.cases.verification.evidence import Evidence
from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verified import Doubt, Weight


def told_otherwise(name: str, evidence: Evidence, exchange: str) -> Iterable[Doubt]:
    """Tables of victims that tell different things, and exports of another exchange."""
    if name in evidence.contradicted:
        rows = tuple(evidence.told[name])
        yield Doubt(
            "contradiction",
            "told of in different ways; the first counts, and of consents a no",
            rows,
            Weight.DOUBT,
        )
    for export in evidence.exports[name]:
        if export.exchange and export.exchange != exchange:
            says = f"{export.name} is of {export.exchange}, the account is told to be at {exchange}"
            yield Doubt("exchange", says, (), Weight.DOUBT)


def unvalued(valued: Sequence[Valued]) -> Iterable[Doubt]:
    """Trades for which there is no reference: nothing can be said of them."""
    rows = tuple(one.row for one in valued if one.away is None)
    if rows:
        markets = sorted({one.trade.symbol for one in valued if one.away is None})
        says = f"{len(rows)} trades have no reference price or rate: {', '.join(markets)}"
        yield Doubt("no reference", says, rows, Weight.DOUBT)
