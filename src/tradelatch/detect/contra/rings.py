"""Losers and winners who belong together."""

from collections.abc import Iterable, Sequence

import rustworkx as rx


def rings(edges: Iterable[tuple[str, str]]) -> Sequence[frozenset[str]]:
    """The connected sets of accounts, in the order of their first names; an edge joins a loser
    and a winner, in whatever market."""
    graph = rx.PyGraph(multigraph=False)
    places: dict[str, int] = {}
    for edge in edges:
        ends = [places.setdefault(name, len(places)) for name in edge]
        while graph.num_nodes() < len(places):
            graph.add_node(None)
        graph.add_edge(ends[0], ends[1], None)
    names = list(places)
    found = [frozenset(names[place] for place in one) for one in rx.connected_components(graph)]
    return sorted(found, key=min)
