"""Attacks at the venue, where both ids and the fair prices are known."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

import msgspec
import pyarrow as pa

from bench.contra.trial import LOWEST, Outcome, Trial, WrongAlert, by_account, in_duckdb
from tradelatch.detect.contra.detect import find
from tradelatch.detect.contra.parameters import Parameters
from tradelatch.drills.catalogue import load
from tradelatch.drills.ground import Ground
from tradelatch.drills.scenery import UNIT, WORTH
from tradelatch.drills.stage import Stage
from tradelatch.model.money import ZERO
from tradelatch.venue.engine.commands import Command
from tradelatch.venue.engine.events import Event, Traded
from tradelatch.venue.engine.units import from_units

ATTACKS = ("contra_burst", "contra_slices", "two_pair", "two_accounts", "wash_pump")
BEFORE_S = 4 * 3600.0
"""The markets have lived for so long when the thief comes."""
LEAST = Decimal("0.05")
"""What passes on is of account when it is more than this part of the victim's."""


class Print(msgspec.Struct, frozen=True):
    """One trade, as an exchange keeps it."""

    time: int
    symbol: str
    price: float
    amount: float
    buyer: str
    seller: str


class Log:
    """Listens to a venue: its trades, and what passed from victims to thieves at fair prices."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._engine = ground, ground.house.engine
        self.prints: list[Print] = []
        self.passed: dict[str, Decimal] = defaultdict(Decimal)
        ground.house.listeners.append(self.hear)

    def hear(self, command: Command, events: Iterable[Event]) -> None:
        """Take in what came of one command."""
        for event in events:
            if isinstance(event, Traded):
                self._trade(event)

    def _trade(self, event: Traded) -> None:
        trade, listing = event.trade, self._engine.markets[event.trade.market].listing
        coins, money = from_units(trade.lots * listing.lot), from_units(trade.quote)
        symbol = f"{listing.base}/{listing.quote}"
        self.prints.append(
            Print(trade.at, symbol, float(money / coins), float(coins), trade.buyer, trade.seller)
        )
        fair = self._ground.fair
        gave = money * fair(listing.quote, trade.at) - coins * fair(listing.base, trade.at)
        for loser, winner, lost in (
            (trade.buyer, trade.seller, gave),
            (trade.seller, trade.buyer, -gave),
        ):
            if loser.startswith("victim") and winner.startswith("thief"):
                self.passed[loser] += lost


def play(name: str, seed: int) -> Trial:
    """One attack on unguarded accounts."""
    attack = load(name)
    ground = Ground(seed, attack.needs)
    log = Log(ground)

    async def run() -> None:
        await ground.prepare()
        stage = Stage(ground, attack, seed, guarded=False)
        await stage.sleep(BEFORE_S)
        await stage.play()

    asyncio.run(run())
    table = pa.Table.from_pylist(
        [{"row": row, **msgspec.structs.asdict(one)} for row, one in enumerate(log.prints, 1)]
    )
    found = by_account(find(in_duckdb(table), Parameters(passed=LOWEST)))
    robbed = {one: passed for one, passed in log.passed.items() if passed >= LEAST * WORTH}
    outcomes = []
    for victim, passed in robbed.items():
        told = found.get(victim, [])
        value = sum(float((one.value or 0) * _rate(ground, one.asset)) for one in told)
        score = max((one.score for one in told), default=0.0)
        outcomes.append(Outcome(name, float(passed / WORTH), 0.0, float(passed), score, value))
    wrong = [
        WrongAlert(name, of_one[0].score)
        for account, of_one in found.items()
        if log.passed.get(account, ZERO) <= 0 and not account.startswith("thief")
    ]
    return Trial(f"{name}, seed {seed}", tuple(outcomes), tuple(wrong), {})


def _rate(ground: Ground, asset: str) -> float:
    return 1.0 if asset == UNIT else float(ground.fair(asset, ground.now_ms))
