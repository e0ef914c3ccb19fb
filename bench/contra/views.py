"""The three views on an attacked world."""

from collections.abc import Callable, Mapping
from pathlib import Path

import ibis
import msgspec
import numpy as np
import pyarrow as pa

from bench.contra import forged
from bench.contra.trial import (
    LOWEST,
    Outcome,
    Trial,
    WrongAlert,
    attacked,
    by_account,
    cases,
    in_duckdb,
    kind,
    outcome,
    winners,
)
from bench.contra.world import HOUR_MS, MINUTE_MS, Victim, World
from tradelatch.detect import contra_tape, contra_victim
from tradelatch.detect import drain as drain_detector
from tradelatch.detect.contra.detect import find
from tradelatch.detect.contra.losses import losses
from tradelatch.detect.contra.market import markets, other_pair
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.detect.contra.suspects import hourly
from tradelatch.detect.findings import Finding

SAMPLE = 10
"""So many others' accounts ask as well whether they were robbed, of the pump's and of all."""


def exchange(path: Path, number: int, seed: int) -> Trial:
    """With both account ids."""
    world = attacked(path, number, seed)
    trades = in_duckdb(world.table())
    told = find(trades, Parameters(passed=LOWEST))
    found = by_account(told)
    thieves = {thief for victim in world.victims for thief in victim.thieves}
    robbed = {victim.account for victim in world.victims}
    of_victims = [one for one in told if one.subjects["account"] in robbed]
    clock = _Clock(trades, world.symbol)
    return Trial(
        path.name,
        tuple(
            clock.timed(one, outcome(one, found.get(one.account, []), one.passed))
            for one in world.victims
        ),
        tuple(
            WrongAlert(kind(world, name, of_one[0].first_ms), of_one[0].score)
            for name, of_one in found.items()
            # That a thief loses to another account of his, or buys others' offers first, is none.
            if name not in robbed and name.removesuffix("-wash") not in thieves
        ),
        cases(world),
        winners(_took(world), of_victims),
    )


def _took(world: World) -> set[str]:
    """Accounts of thieves that victims traded with."""
    thieves = {victim.account: victim.thieves for victim in world.victims}
    pairs = [(one.buyer, one.seller) for one in world.added]
    dealt = [*pairs, *((seller, buyer) for buyer, seller in pairs)]
    return {other for one, other in dealt if other in thieves.get(one, ())}


class _Clock:
    """When the exchange's view has an alert: it is asked again after each of a victim's fills."""

    def __init__(self, trades: ibis.Table, symbol: str) -> None:
        self._market = next(markets(trades, hourly(trades), [symbol]))
        coin = symbol.partition("/")[0]
        self._other = other_pair(trades, symbol, [symbol, f"{coin}/USDT", "BTC/USDT"])

    def timed(self, victim: Victim, told: Outcome) -> Outcome:
        """The outcome, with the time of the first alert and what was still to come."""
        account = self._market.names.index(victim.account)
        times = [at for at, _ in victim.fills]
        if not self._alerts(account, times[-1]):
            return told
        low, high = 0, len(times) - 1
        while low < high:
            middle = (low + high) // 2
            if self._alerts(account, times[middle]):
                high = middle
            else:
                low = middle + 1
        left = 1 - victim.passed_by(times[low]) / victim.passed
        after_s = (times[low] - victim.first_ms) / 1000
        return msgspec.structs.replace(told, after_s=after_s, preventable=left)

    def _alerts(self, account: int, at: int) -> bool:
        return bool(losses(self._market.until(at), account, Parameters(), self._other))


def victim(path: Path, number: int, seed: int) -> Trial:
    """With each asking account's fills, and the tape. Three exports are forged; that is no wrong
    alert where the finding says that the tape does not bear it out."""
    world, trades = _asking(path, number, seed)
    found = by_account(contra_victim.find(trades, contra_victim.Parameters(passed=LOWEST)))
    robbed = {one.account for one in world.victims}
    return Trial(
        path.name,
        tuple(outcome(one, found.get(one.account, []), one.lost) for one in world.victims),
        tuple(
            WrongAlert(kind(world, name, one.first_ms), one.score)
            for name, of_one in found.items()
            if name not in robbed
            for one in of_one[:1]
            if not (kind(world, name, one.first_ms) in forged.KINDS and _is_doubted(one))
        ),
        {**cases(world), "pump": SAMPLE, "quiet days and natural spikes": SAMPLE},
    )


def _is_doubted(one: Finding) -> bool:
    """Whether a finding says that the tape lacks its fills, or that they are somebody else's."""
    return any(term.under and not term.met for term in one.terms)


def drain(path: Path, number: int, seed: int) -> Trial:
    """The same accounts, by their behaviour alone; those who were made to buy."""
    world, trades = _asking(path, number, seed)
    found = by_account(drain_detector.find(trades, drain_detector.Parameters(points=1)))
    made_to_buy = [one for one in world.victims if not one.sold]
    robbed = {one.account for one in world.victims}
    return Trial(
        path.name,
        tuple(outcome(one, found.get(one.account, []), one.lost) for one in made_to_buy),
        tuple(
            WrongAlert(kind(world, name, of_one[0].first_ms), max(one.score for one in of_one))
            for name, of_one in found.items()
            if name not in robbed
        ),
        {**cases(world), "pump": SAMPLE, "quiet days and natural spikes": SAMPLE},
    )


def _asking(path: Path, number: int, seed: int) -> tuple[World, ibis.Table]:
    """A world, and the fills of all victims, hard negatives and some others, with the tape. Of the
    others' exports some are forged."""
    world = attacked(path, number, seed)
    table = world.table()
    sample = _sample(world, table)
    asking = [*(one.account for one in world.victims), *world.negatives, *sample]
    exports = {name: _fills(table, name) for name in asking}
    for name, what in zip(sample[-len(forged.KINDS) :], forged.KINDS, strict=True):
        victims = exports[world.victims[0].account]
        exports[name] = forged.forge(what, world, exports[name], victims)
        world.negatives[name] = what
    return world, in_duckdb(pa.concat_tables([_tape(table), *exports.values()]))


def watcher(path: Path, number: int, seed: int) -> Trial:
    """With the tape alone."""
    world = attacked(path, number, seed)
    found = contra_tape.find(in_duckdb(_tape(world.table())), contra_tape.Parameters(far=0.05))
    mine = [one for one in found if one.subjects["symbol"] == world.symbol]
    spans = [(one.first_ms - MINUTE_MS, one.fills[-1][0] + MINUTE_MS) for one in world.victims]
    outcomes = []
    for one, (first, last) in zip(world.victims, spans, strict=True):
        hits = [spike for spike in mine if spike.first_ms <= last and spike.last_ms >= first]
        outcomes.append(outcome(one, hits, one.lost))
    wrong = [
        WrongAlert(kind(world, "", spike.first_ms), spike.score)
        for spike in mine
        if not any(spike.first_ms <= last and spike.last_ms >= first for first, last in spans)
    ]
    return Trial(path.name, tuple(outcomes), tuple(wrong), cases(world))


VIEWS: Mapping[str, Callable[[Path, int, int], Trial]] = {
    "exchange": exchange,
    "victim": victim,
    "watcher": watcher,
}


def _sample(world: World, table: pa.Table) -> list[str]:
    """Some who bought in the pump, and some of all."""
    times = table["time"].to_numpy()
    buyers = table["buyer"].to_numpy(zero_copy_only=False)
    ours = table["symbol"].to_numpy(zero_copy_only=False) == world.symbol
    pumped = ours & (times >= world.pump_ms) & (times < world.pump_ms + HOUR_MS)
    apart = {one.account for one in world.victims} | set(world.negatives)
    apart |= {thief for one in world.victims for thief in one.thieves}
    sampled: list[str] = []
    for among in (pumped, ours):
        names = sorted(set(buyers[among]) - apart - set(sampled))
        names = [name for name in names if not name.startswith("thief")]
        sampled += world.chance.sample(names, min(SAMPLE, len(names)))
    return sampled


def _tape(table: pa.Table) -> pa.Table:
    nothing = pa.array([""] * len(table))
    public = table.select(["row", "time", "symbol", "price", "amount", "side"])
    for name in ("account", "role", "order"):
        public = public.append_column(name, nothing)
    return public


def _fills(table: pa.Table, account: str) -> pa.Table:
    """An account's fills as its export has them."""
    buyers, sellers, sides = (
        table[name].to_numpy(zero_copy_only=False) for name in ("buyer", "seller", "side")
    )
    mine = np.flatnonzero((buyers == account) | (sellers == account))
    own = table.take(pa.array(mine))
    side = np.where(buyers[mine] == account, "buy", "sell")
    took = side == sides[mine]
    orders = np.where(took, own["order"].to_numpy(zero_copy_only=False), "")
    kept = own.select(["row", "time", "symbol", "price", "amount"])
    kept = kept.append_column("side", pa.array(side.astype(str)))
    kept = kept.append_column("account", pa.array([account] * len(mine)))
    kept = kept.append_column("role", pa.array(np.where(took, "taker", "maker").astype(str)))
    return kept.append_column("order", pa.array(orders.astype(str)))
