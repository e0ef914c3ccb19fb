"""Candidates: sets of accounts that are a closed circle of trades again and again.

Victor & Weintraud, WWW '21 (arXiv 2102.07001): per asset, a directed graph of who sells to whom,
without self-trades, an edge's weight being the number of its trades. Every strongly connected
component of more than one account is counted, one is taken off every weight, edges without weight
go, and so on until no such component is left. Counts are kept by set of accounts, over all assets.

A graph stays as it is until the smallest weight in it is used up, and its components only ever fall
apart into smaller ones: so each round takes all edges of one weight off the components of the round
before. All rounds together visit no more edges than there are trades, and with n trades there are
fewer than (2 n)^0.5 of them.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from tradelatch.detect.ledger import Ints

Accounts = tuple[int, ...]
"""Numbers of accounts, in rising order."""


class Component(msgspec.Struct, frozen=True):
    """A strongly connected component of one asset's graph: it appears in the round `first` (from 0)
    and is there for so many `rounds`."""

    asset: int
    accounts: Accounts
    first: int
    rounds: int


class Candidate(msgspec.Struct, frozen=True):
    """A set of accounts, and how often it was a component."""

    accounts: Accounts
    count: int


def components(asset: Ints, seller: Ints, buyer: Ints) -> list[Component]:
    """Every component of every asset's graph, over all rounds; assets do not touch one another.

    Args:
        asset, seller, buyer: one number each per trade (n); self-trades are left out.
    """
    graph = _Graph.of(asset, seller, buyer)
    tail, head, weight = graph.tail, graph.head, graph.weight
    found = _Found(graph)
    level = 0
    while len(weight):
        nodes, starts, inside = _strong(tail, head)
        tail, head, weight = tail[inside], head[inside], weight[inside]
        if not len(weight):
            break
        least = int(weight.min())
        found.take(nodes, starts, level, least - level)
        level = least
        left = weight > level
        tail, head, weight = tail[left], head[left], weight[left]
    return found.all()


def candidates(found: Iterable[Component], least: int) -> list[Candidate]:
    """The sets that were a component at least so often, over all assets: by count, the most first,
    then by their members."""
    counts: Counter[Accounts] = Counter()
    for one in found:
        counts[one.accounts] += one.rounds
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Candidate(accounts, count) for accounts, count in ordered if count >= least]


class _Graph(msgspec.Struct, frozen=True):
    """Edges between nodes, which are accounts in assets: `asset` and `account` have a number per
    node, in the order of both."""

    tail: Ints
    head: Ints
    weight: Ints
    asset: Ints
    account: Ints

    @classmethod
    def of(cls, asset: Ints, seller: Ints, buyer: Ints) -> "_Graph":
        others = seller != buyer
        asset, seller, buyer = asset[others], seller[others], buyer[others]
        accounts = int(max(seller.max(), buyer.max())) + 1 if len(asset) else 1
        ends = np.concatenate([asset * accounts + seller, asset * accounts + buyer])
        nodes, number = np.unique(ends, return_inverse=True)
        edges, weight = np.unique(
            number[: len(asset)] * len(nodes) + number[len(asset) :], return_counts=True
        )
        tail, head = np.divmod(edges, max(len(nodes), 1))
        return cls(tail, head, weight.astype(np.int64), *np.divmod(nodes, accounts))


class _Found:
    """Components as they come: one that is as large as what its accounts were in a round before is
    the same, as components never grow."""

    def __init__(self, graph: _Graph) -> None:
        self._graph = graph
        self._latest = np.full(len(graph.asset), -1, dtype=np.int64)
        self._members: list[Ints] = []
        self._first: list[int] = []
        self._rounds: list[int] = []

    def take(self, nodes: Ints, starts: Ints, level: int, rounds: int) -> None:
        """Components (`nodes` from each of `starts` on) that last so many rounds from `level`."""
        stops = np.append(starts[1:], len(nodes))
        parents = self._latest[nodes[starts]]
        for start, stop, parent in zip(
            starts.tolist(), stops.tolist(), parents.tolist(), strict=True
        ):
            if parent >= 0 and len(self._members[parent]) == stop - start:
                self._rounds[parent] += rounds
                continue
            members = nodes[start:stop]
            self._latest[members] = len(self._members)
            self._members.append(members)
            self._first.append(level)
            self._rounds.append(rounds)

    def all(self) -> list[Component]:
        asset, account = self._graph.asset, self._graph.account
        return [
            Component(int(asset[members[0]]), tuple(account[members].tolist()), first, rounds)
            for members, first, rounds in zip(self._members, self._first, self._rounds, strict=True)
        ]


def _strong(tail: Ints, head: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Nodes of all components of more than one, component by component and rising in each; where
    each begins; and which edges lie inside of one."""
    nodes, ends = np.unique(np.concatenate([tail, head]), return_inverse=True)
    tail, head = ends[: len(tail)], ends[len(tail) :]
    matrix = csr_array((np.ones(len(tail)), (tail, head)), shape=(len(nodes), len(nodes)))
    _, label = connected_components(matrix, directed=True, connection="strong")
    is_part = np.bincount(label)[label] > 1
    order = np.argsort(label[is_part], kind="stable")
    ordered = label[is_part][order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    return nodes[is_part][order], starts, label[tail] == label[head]
