"""Network scores: accounts that close what they opened, with others that do the same.

Sirolly et al. 2025, on Polymarket. An account begins with the share of its volume that it traded in
markets where it closed its position: it bought what it sold. Then scores spread: each becomes the
mean of where it began and of its counterparties' scores, weighted by the volume with each,

    x <- (x0 + B x) / 2,   B = the share of an account's volume with each counterparty,

which is one product of a sparse matrix and a vector a step, and leaves the mean of all scores,
weighted by volume, as it is. Who closes positions with people who hold theirs (a day trader, a
market maker) falls; who closes them with others that do nothing else stays high. A trade is wash
where both accounts' scores are at least the threshold.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components

from tradelatch.detect.detector import Detector
from tradelatch.detect.findings import Finding, Term
from tradelatch.detect.ledger import Floats, Ints, Ledger, read_ledger
from tradelatch.detect.parameters import as_mapping
from tradelatch.detect.trades import Asked

NAME, VERSION = "network", 1
ASKED = Asked(
    needed=("time", "symbol", "price", "buyer", "seller"),
    optional=("amount", "id"),
    zeros=("price",),
)
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_NAMED = 20
"""So many accounts of a group are named in a finding, those with the most volume first."""


class Parameters(msgspec.Struct, frozen=True):
    """What can be set.

    Attributes:
        score: both accounts of a wash trade have at least this score.
        margin: a position is closed if what was bought and what was sold in a market differ by so
            much of the larger at most.
        iterations: so often scores spread; each halves what is missing.
    """

    score: Share = 0.7
    margin: Share = 0.01
    iterations: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 10


def find(trades: Any, parameters: Parameters) -> list[Finding]:
    """Groups of accounts that are joined by wash trades, the most volume first.

    Raises:
        UnusableTrades: markets have several quote assets: their volumes cannot be added up.
    """
    ledger = read_ledger(trades)
    ledger.only_quote()
    weights = volumes(ledger)
    first = first_scores(ledger, parameters.margin)
    scores = spread(first, weights, parameters.iterations)
    high = scores >= parameters.score
    wash = np.flatnonzero(high[ledger.buyer] & high[ledger.seller])
    found = [_finding(ledger, group, first, scores, parameters) for group in _joined(ledger, wash)]
    return sorted(found, key=lambda one: (-(one.value or 0), one.rows))


def volumes(ledger: Ledger) -> csr_array:
    """The volume in quote between each two accounts, n x n and symmetric; a trade with oneself
    counts for both of its sides."""
    count = len(ledger.accounts)
    sides = (
        np.concatenate([ledger.buyer, ledger.seller]),
        np.concatenate([ledger.seller, ledger.buyer]),
    )
    return csr_array((np.tile(ledger.value, 2), sides), shape=(count, count))


def first_scores(ledger: Ledger, margin: float) -> Floats:
    """The share of each account's volume (n) in markets where it closed its position."""
    count = len(ledger.accounts)
    keys, number = np.unique(
        np.concatenate([ledger.buyer, ledger.seller]) * len(ledger.symbols)
        + np.tile(ledger.symbol, 2),
        return_inverse=True,
    )
    buys, sells = np.split(number, 2)
    bought, sold, volume = (
        _sums(which, weights, len(keys))
        for which, weights in (
            (buys, ledger.amount),
            (sells, ledger.amount),
            (number, np.tile(ledger.value, 2)),
        )
    )
    closed = np.abs(bought - sold) <= margin * np.maximum(bought, sold) * (1 + 1e-9)
    account = keys // max(len(ledger.symbols), 1)
    return _share(_sums(account, volume * closed, count), _sums(account, volume, count))


def spread(first: Floats, weights: csr_array, iterations: int) -> Floats:
    """Scores (n) after so many steps from `first` (n) along `weights` (n x n, volumes)."""
    volume = weights.sum(axis=1)
    shares = diags_array(_share(np.ones(len(first)), volume)) @ weights
    scores = first
    for _ in range(iterations):
        scores = (first + shares @ scores) / 2
    return scores


def _sums(which: Ints, weights: Floats, count: int) -> Floats:
    """The weights added up by number below `count`, in order: the same each time."""
    return np.bincount(which, weights, count).astype(np.float64)


def _share(part: Floats, whole: Floats) -> Floats:
    """Zero where there is nothing to have a share in."""
    shares = np.zeros(len(whole))
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def _joined(ledger: Ledger, trades: Ints) -> list[Ints]:
    """Trades by the groups of accounts that they join."""
    if not len(trades):
        return []
    sides = (ledger.buyer[trades], ledger.seller[trades])
    size = len(ledger.accounts)
    graph = csr_array((np.ones(len(trades)), sides), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    group = label[sides[0]]
    order = np.argsort(group, kind="stable")
    bounds = np.flatnonzero(np.diff(group[order])) + 1
    return list(np.split(trades[order], bounds))


def _finding(
    ledger: Ledger, trades: Ints, first: Floats, scores: Floats, parameters: Parameters
) -> Finding:
    volume = _sums(
        np.concatenate([ledger.buyer[trades], ledger.seller[trades]]),
        np.tile(ledger.value[trades], 2),
        len(ledger.accounts),
    )
    accounts = np.union1d(ledger.buyer[trades], ledger.seller[trades])
    largest = accounts[np.argsort(-volume[accounts], kind="stable")]
    lowest = int(accounts[np.argmin(scores[accounts])])
    return Finding(
        detector=NAME,
        version=VERSION,
        subjects={"accounts": _names([ledger.accounts[account] for account in largest])},
        first_ms=int(ledger.time[trades].min()),
        last_ms=int(ledger.time[trades].max()),
        score=float(scores[lowest]),
        terms=(
            Term("lowest score", float(scores[lowest]), parameters.score, "", True),
            Term(
                "which began at",
                float(first[lowest]),
                parameters.score,
                "",
                bool(first[lowest] >= parameters.score),
            ),
        ),
        rows=tuple(sorted(ledger.row[trades].tolist())),
        spared=f"It would not have fired had {ledger.accounts[lowest]} and whom it traded with"
        f" closed fewer of their positions (a score below {parameters.score:g}).",
        parameters=as_mapping(parameters),
        value=float(ledger.value[trades].sum()),
        asset=ledger.quote(int(ledger.symbol[trades[0]])),
    )


def _names(accounts: Sequence[str]) -> str:
    more = len(accounts) - _NAMED
    return " ".join(accounts[:_NAMED]) + (f" and {more} more" if more > 0 else "")


DETECTOR = Detector(NAME, VERSION, ASKED, Parameters, "score", find)
