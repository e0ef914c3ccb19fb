"""What each rule finds: trades of some accounts in one market, and why."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from tradelatch.detect.findings import Term
from tradelatch.detect.ledger import Ints, Ledger
from tradelatch.detect.wash.components import Candidate
from tradelatch.detect.wash.matching import Matched
from tradelatch.detect.wash.pairs import back_and_forth, matched_pairs
from tradelatch.detect.wash.parameters import Parameters


class Group(msgspec.Struct, frozen=True):
    """Trades of one market (indices in the ledger, in its order) that one rule found."""

    rule: str
    symbol: int
    accounts: tuple[int, ...]
    trades: Ints
    terms: tuple[Term, ...]
    spared: str


def self_trades(ledger: Ledger) -> Iterator[Group]:
    """Trades with the same account on both sides, by account."""
    trades = np.flatnonzero(ledger.buyer == ledger.seller)
    for own in _split(trades, ledger.symbol[trades], ledger.buyer[trades]):
        yield Group(
            "self-trade",
            int(ledger.symbol[own[0]]),
            (int(ledger.buyer[own[0]]),),
            own,
            (Term("trades with oneself", len(own), 0, "", True),),
            "It would not have fired with different accounts on both sides.",
        )


def circles(
    ledger: Ledger, candidates: Sequence[Candidate], matched: Matched, parameters: Parameters
) -> Iterator[Group]:
    """Trades that were matched inside of a candidate's set, by set."""
    trades = np.flatnonzero(matched.candidate >= 0)
    for own in _split(trades, ledger.symbol[trades], matched.candidate[trades]):
        candidate = candidates[int(matched.candidate[own[0]])]
        fit = 100 * (1 - float(matched.apart[own].max()))
        yield Group(
            "circle",
            int(ledger.symbol[own[0]]),
            candidate.accounts,
            own,
            (
                Term("times a component", candidate.count, parameters.occurrences, "", True),
                Term("positions closed", fit, 100 * (1 - parameters.margin), " %", True),
            ),
            f"It would not have fired with fewer than {parameters.occurrences} closed circles of"
            f" these accounts, or with over {100 * parameters.margin:g} % of the mean trade left"
            " with one of them in every hour, day and week.",
        )


def returns(ledger: Ledger, parameters: Parameters) -> Iterator[Group]:
    """Trades that went back and forth, by pair."""
    found = back_and_forth(ledger.table, parameters).order_by("place").to_pyarrow()
    trades = found["place"].to_numpy()
    is_return = np.zeros(len(ledger.row), dtype=np.bool_)
    is_return[trades] = found["is_return"].to_numpy(zero_copy_only=False)
    pair = (found[name].to_numpy() for name in ("symbol", "low", "high"))
    for own in _split(trades, *pair):
        yield Group(
            "back and forth",
            int(ledger.symbol[own[0]]),
            _two(ledger, own),
            own,
            (Term("returns", int(is_return[own].sum()), 0, "", True),),
            f"It would not have fired with over {parameters.return_days:g} days between a trade"
            f" and its return, or amounts over {100 * parameters.margin:g} % apart.",
        )


def pairs(ledger: Ledger, parameters: Parameters) -> Iterator[Group]:
    """Trades of accounts that hardly trade with anybody else, by pair."""
    found = matched_pairs(ledger.table, parameters).order_by("place").to_pyarrow()
    trades = found["place"].to_numpy()
    share, net = np.zeros(len(ledger.row)), np.zeros(len(ledger.row))
    share[trades], net[trades] = found["share"].to_numpy(), found["net"].to_numpy()
    pair = (found[name].to_numpy() for name in ("symbol", "low", "high"))
    least = (100 * parameters.pair_share, 100 * (1 - parameters.pair_net))
    for own in _split(trades, *pair):
        shares = (100 * float(share[own[0]]), 100 * (1 - float(net[own[0]])))
        yield Group(
            "matched pair",
            int(ledger.symbol[own[0]]),
            _two(ledger, own),
            own,
            (
                Term("trades", len(own), parameters.pair_trades, "", True),
                Term("of their volume", shares[0], least[0], " %", True),
                Term("of it balanced", shares[1], least[1], " %", True),
            ),
            f"It would not have fired with fewer than {parameters.pair_trades} trades, over"
            f" {100 - least[0]:g} % of one's volume with others, or over {100 - least[1]:g} % of"
            " their volume gone one way.",
        )


def _two(ledger: Ledger, trades: Ints) -> tuple[int, int]:
    buyer, seller = int(ledger.buyer[trades[0]]), int(ledger.seller[trades[0]])
    return min(buyer, seller), max(buyer, seller)


def _split(trades: Ints, *keys: Ints) -> list[Ints]:
    """Trades by their keys; each part keeps its order."""
    if not len(trades):
        return []
    order = np.lexsort((trades, *reversed(keys)))
    changes = np.zeros(len(trades), dtype=np.bool_)
    for key in keys:
        changes[1:] |= key[order][1:] != key[order][:-1]
    return np.split(trades[order], np.flatnonzero(changes))
