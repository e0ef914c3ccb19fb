"""The detector: four rules, one list of findings."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from tradelatch.detect.detector import Detector
from tradelatch.detect.findings import Finding
from tradelatch.detect.ledger import Ledger, read_ledger
from tradelatch.detect.parameters import as_mapping
from tradelatch.detect.trades import Asked
from tradelatch.detect.wash import groups
from tradelatch.detect.wash.activity import Activity, score
from tradelatch.detect.wash.components import candidates, components
from tradelatch.detect.wash.matching import match
from tradelatch.detect.wash.parameters import Parameters

NAME, VERSION = "wash", 1
ASKED = Asked(
    needed=("time", "symbol", "price", "buyer", "seller"),
    optional=("amount", "id"),
    zeros=("price",),
)


def find(trades: Any, parameters: Parameters) -> list[Finding]:
    """All wash trades, by rule, market and accounts."""
    ledger = read_ledger(trades)
    activity = Activity(ledger)
    found = [_finding(ledger, activity, one, parameters) for one in _groups(ledger, parameters)]
    grave = [one for one in found if one.score >= parameters.score]
    return sorted(
        grave, key=lambda one: (-one.score, -(one.value or 0), sorted(one.subjects.items()))
    )


def _groups(ledger: Ledger, parameters: Parameters) -> Iterator[groups.Group]:
    sets = candidates(
        components(ledger.symbol, ledger.seller, ledger.buyer), parameters.occurrences
    )
    matched = match(ledger, sets, parameters.margin)
    return chain(
        groups.self_trades(ledger),
        groups.circles(ledger, sets, matched, parameters),
        groups.returns(ledger, parameters),
        groups.pairs(ledger, parameters),
    )


def _finding(
    ledger: Ledger, activity: Activity, group: groups.Group, parameters: Parameters
) -> Finding:
    trades = group.trades
    times = ledger.time[trades]
    return Finding(
        detector=NAME,
        version=VERSION,
        subjects={
            "rule": group.rule,
            "symbol": ledger.symbols[group.symbol],
            **_accounts([ledger.accounts[account] for account in group.accounts]),
        },
        first_ms=int(times[0]),
        last_ms=int(times[-1]),
        score=score(len(trades), activity.of(group.symbol, group.accounts)),
        terms=group.terms,
        rows=tuple(sorted(ledger.row[trades].tolist())),
        spared=group.spared,
        parameters=as_mapping(parameters),
        value=float(ledger.value[trades].sum()),
        asset=ledger.quote(group.symbol),
    )


def _accounts(names: list[str]) -> dict[str, str]:
    if len(names) > 2:
        return {"accounts": " ".join(names)}
    return dict(zip(("account", "counterparty"), names, strict=False))


DETECTOR = Detector(NAME, VERSION, ASKED, Parameters, "score", find)
