"""Victor & Weintraud's method as one would write it down: graphs as dictionaries, components by
depth-first search, prefixes undone trade by trade. It works on any numbers, exact ones too."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

DAY_S = 86_400
WINDOWS_S = (3_600, 86_400, 604_800)
Members = tuple[str, ...]
Weights = dict[tuple[str, str], int]


class Trade(NamedTuple):
    """A trade; `time` in seconds, `amount` any number."""

    time: int
    asset: str
    seller: str
    buyer: str
    amount: Any


def counts_of_components(trades: Iterable[Trade]) -> Counter[Members]:
    """How often each set of accounts is a strongly connected component, over all assets."""
    graphs: dict[str, Weights] = defaultdict(lambda: defaultdict(int))
    for trade in trades:
        if trade.seller != trade.buyer:
            graphs[trade.asset][trade.seller, trade.buyer] += 1
    counts: Counter[Members] = Counter()
    for weights in graphs.values():
        while found := strong_components(weights):
            counts.update(found)
            weights = {edge: weight - 1 for edge, weight in weights.items() if weight > 1}
    return counts


def strong_components(edges: Iterable[tuple[str, str]]) -> list[Members]:
    """Those of more than one account (Kosaraju's two passes)."""
    heads, tails = defaultdict(list), defaultdict(list)
    for tail, head in edges:
        heads[tail].append(head)
        tails[head].append(tail)
    order: list[str] = []
    seen: set[str] = set()
    for account in list(heads):
        _walk(account, heads, seen, order)
    found, seen = [], set()
    for account in reversed(order):
        component: list[str] = []
        _walk(account, tails, seen, component)
        if len(component) > 1:
            found.append(tuple(sorted(component)))
    return found


def _walk(start: str, nexts: dict[str, list[str]], seen: set[str], left: list[str]) -> None:
    """Everything within reach that was not seen, in the order in which it is left."""
    if start in seen:
        return
    seen.add(start)
    stack = [(start, iter(nexts.get(start, ())))]
    while stack:
        account, further = stack[-1]
        follower = next((one for one in further if one not in seen), None)
        if follower is None:
            left.append(account)
            stack.pop()
        else:
            seen.add(follower)
            stack.append((follower, iter(nexts.get(follower, ()))))


def wash_trades(trades: Sequence[Trade], least: int, margin: Any) -> dict[int, Members]:
    """Indices of the wash trades of sets, each with its set; trades are in canonical order."""
    counts = counts_of_components(trades)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    sets = [members for members, count in ordered if count >= least]
    others = [index for index, one in enumerate(trades) if one.seller != one.buyer]
    origin = min((trades[index].time for index in others), default=0) // DAY_S * DAY_S
    labels: dict[int, Members] = {}
    for window in WINDOWS_S:
        for members in sets:
            accounts = set(members)
            groups: dict[tuple[str, int], list[int]] = defaultdict(list)
            for index in others:
                one = trades[index]
                if one.seller in accounts and one.buyer in accounts and index not in labels:
                    groups[one.asset, (one.time - origin) // window].append(index)
            for group in groups.values():
                length = balanced_prefix([trades[index] for index in group], margin)
                labels.update((index, members) for index in group[:length])
    return labels


def balanced_prefix(trades: Sequence[Trade], margin: Any) -> int:
    """How many trades are left when every position is within the margin; 0 if that never is."""
    positions: dict[str, Any] = defaultdict(int)
    for trade in trades:
        positions[trade.buyer] += trade.amount
        positions[trade.seller] -= trade.amount
    total = sum(trade.amount for trade in trades)
    for count in range(len(trades), 1, -1):
        bound = margin * total / count
        if total > 0 and all(abs(position) <= bound for position in positions.values()):
            return count
        last = trades[count - 1]
        positions[last.buyer] -= last.amount
        positions[last.seller] += last.amount
        total -= last.amount
    return 0
