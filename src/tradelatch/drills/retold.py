"""What a run cost, from a venue's log of commands: carried out again with a ledger listening."""

import shutil
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from tradelatch.drills.ledger import FairPrices, Ledger, holdings, unsaleable
from tradelatch.drills.scenery import UNIT
from tradelatch.drills.score import Score
from tradelatch.model.money import ZERO
from tradelatch.venue.engine.commands import Command
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.log import CommandLog


def reckon(
    log: Path,
    seed: int,
    start: dict[str, Decimal],
    victims: Sequence[str],
    thieves: Sequence[str],
) -> Score:
    """A score with nothing but its amounts; `start` is what each victim had at first."""
    engine = Engine()
    fair = FairPrices(engine, seed, UNIT)
    ledger = Ledger(engine, fair)

    def apply(command: Command) -> None:
        ledger.hear(command, engine.apply(command))

    with tempfile.TemporaryDirectory(prefix="tradelatch-retold-") as folder:
        copy = Path(folder) / log.name
        shutil.copyfile(log, copy)  # the venue goes on writing to its own
        CommandLog(copy).replay(apply)
    lost = sum((ledger.cost(name) for name in victims), ZERO)
    discount = ZERO
    for name in victims:
        apart = frozenset((name, *thieves))
        discount += unsaleable(engine, fair, UNIT, start, holdings(engine, name), apart)
    gain = -sum((ledger.cost(name) for name in thieves), ZERO)
    far = max(ledger.far(name) for name in victims)
    return Score("", 0, True, gain=gain, lost=lost, lost_sold=lost + discount, far=far)
