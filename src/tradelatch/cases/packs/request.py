"""A request to an exchange: freeze what is on the other side, preserve the records."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from decimal import Decimal, localcontext
from typing import Any

from tradelatch.cases.conclusions.figures import lost
from tradelatch.cases.packs.tables import fills_csv
from tradelatch.cases.report.pdf import pdf
from tradelatch.cases.report.provenance import manifest_digest
from tradelatch.cases.report.rendering import render, style
from tradelatch.cases.verified import VerifiedCase, Victim
from tradelatch.model.money import MONEY, ZERO


def request_files(case: VerifiedCase, exchange: str, victims: Sequence[Victim]) -> dict[str, bytes]:
    """The letter as HTML, PDF and plain text, and its annex of trades. That all victims are of
    this exchange and consented is the caller's to see to."""
    given = _given(case, exchange, victims)
    html = render("request.html", style=style("paper.css"), **given)
    sums = {one.name: one.sha256 for one in case.sources}
    return {
        "request.html": html.encode(),
        "request.pdf": pdf(html),
        "request.txt": render("request.txt", **given).encode(),
        "request-trades.csv": fills_csv(victims, sums),
    }


def _given(case: VerifiedCase, exchange: str, victims: Sequence[Victim]) -> Mapping[str, Any]:
    times = [fill.time_ms for one in victims for fill in one.fills]
    robbed = {one.account for one in case.victims if one.exchange == exchange}
    with localcontext(MONEY):
        return {
            "case": case,
            "where": exchange,
            "victims": victims,
            "total": lost(victims),
            "trades": len(times),
            "span": (min(times), max(times)) if times else None,
            "markets": sorted({fill.symbol for one in victims for fill in one.fills}),
            "has_ids": any(fill.trade_id for one in victims for fill in one.fills),
            "receivers": _receivers(victims, robbed),
            "manifest": manifest_digest(case.sources),
        }


def _receivers(victims: Sequence[Victim], robbed: Set[str]) -> Sequence[tuple[str, Decimal, int]]:
    """Accounts on the other side, as far as known: what each received in dollars, in how many
    trades; the largest first. Nobody asks to freeze the account of another victim."""
    received: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    trades: defaultdict[str, int] = defaultdict(int)
    for victim in victims:
        for fill in victim.fills:
            if fill.counterparty and fill.counterparty not in robbed:
                received[fill.counterparty] += fill.passed
                trades[fill.counterparty] += 1
    ranked = sorted(received, key=lambda name: (-received[name], name))
    return [(name, received[name], trades[name]) for name in ranked]
