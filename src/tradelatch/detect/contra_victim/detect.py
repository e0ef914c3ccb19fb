"""The victim's view as a detector."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from tradelatch.detect.contra_victim.market import Market, market_of
from tradelatch.detect.contra_victim.parameters import Parameters
from tradelatch.detect.contra_victim.thefts import Asking, Doubts, Theft, thefts
from tradelatch.detect.contra_victim.weighed import weigh
from tradelatch.detect.detector import Detector
from tradelatch.detect.fills import Fills, each_account, ruled_out
from tradelatch.detect.findings import Finding, Term
from tradelatch.detect.parameters import as_mapping
from tradelatch.detect.reference import Source
from tradelatch.detect.trades import Asked

if TYPE_CHECKING:
    import ibis.expr.types as ir


def find(trades: "ir.Table", parameters: Parameters) -> list[Finding]:
    """Every episode in which an account's fills look like a theft."""
    accounts = dict(each_account(trades))
    found = []
    for symbol in sorted({symbol for own in accounts.values() for symbol in own.symbols}):
        market = market_of(trades, symbol, accounts)
        asking = dict(_asking(market, symbol, accounts))
        for account, told in thefts(asking, market, parameters).items():
            doubts = asking[account].doubts
            found += [_finding(account, doubts, one, parameters) for one in told]
    return sorted(found, key=lambda one: (-one.score, one.first_ms, sorted(one.subjects.items())))


def _asking(
    market: Market, symbol: str, accounts: Mapping[str, Fills]
) -> Iterator[tuple[str, Asking]]:
    """Those with fills in a market that can be."""
    for account, own in accounts.items():
        fills = own.only(own.symbols == symbol)
        impossible = ruled_out(market.tape, fills)
        possible = fills.only(~impossible)
        if len(possible.times):
            unknown = len(fills.times) - int(market.own[account].sum())
            doubts = Doubts(unknown, int(impossible.sum()), market.contested[account])
            true = own.only(~np.isin(own.rows, fills.rows[impossible]))
            yield account, Asking(true, weigh(possible, market, market.without(account)), doubts)


def _finding(account: str, doubts: Doubts, theft: Theft, parameters: Parameters) -> Finding:
    episode = theft.episode
    symbol, share = str(episode.fills.symbols[0]), episode.share
    first_ms, last_ms = theft.span
    least = parameters.passed / theft.weight
    return Finding(
        "contra-victim",
        1,
        {"symbol": symbol, "account": account},
        first_ms,
        last_ms,
        theft.score,
        _terms(doubts, theft, parameters),
        tuple(sorted(map(int, episode.fills.rows))),
        f"It would have been spared had less than {least:.3g} of what was given been "
        f"lost beyond what others paid (it was {share:.3g}).",
        as_mapping(parameters),
        float(np.nansum(episode.passed)),
        symbol.rpartition("/")[2],
    )


def _terms(doubts: Doubts, theft: Theft, parameters: Parameters) -> tuple[Term, ...]:
    episode, told = theft.episode, theft.evidence
    sources = np.bincount(episode.sources, minlength=len(Source))
    least, orders = parameters.passed / theft.weight, episode.orders
    return (
        Term("lost, of what was given", episode.share, least, "", True),
        Term("orders", orders, parameters.orders, "", orders >= parameters.orders),
        _sign("first trades in this market", told.signs.is_new),
        _sign("raised just before", told.signs.is_raised),
        _sign("without the owner's order ids", told.signs.is_unmarked),
        _sign("nothing offered in between", told.has_leapt),
        _sign("others who ask lost there meanwhile", told.has_fellows),
        Term("as taker", float(episode.fills.took.mean()), 0.5, "", bool(episode.fills.took.any())),
        _none("fills here that are not on the tape", doubts.unknown),
        _none("fills here that are left out, as nobody paid such a price", doubts.impossible),
        _none("fills here that another who asks claims too", doubts.contested),
        *(
            Term(f"rows held against {source.says}", int(sources[source]), 1, "", True)
            for source in Source
            if sources[source]
        ),
    )


def _sign(name: str, speaks: bool) -> Term:
    return Term(name, float(speaks), 1, "", speaks)


def _none(name: str, count: int) -> Term:
    """A term that speaks for a finding where there is none of it."""
    return Term(name, count, 1, "", count == 0, under=True)


DETECTOR = Detector(
    "contra-victim",
    1,
    Asked(("time", "symbol", "price", "amount", "side", "account"), ("role", "order")),
    Parameters,
    "passed",
    find,
)
