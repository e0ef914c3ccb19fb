"""Exports of random trades of recorded markets, as honest people have them, are not called forged:
in calm and in the pumps of 2019 and 2020, against whole tapes and such as lost trades."""

import csv
import gzip
import random
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cases.honest import PLAIN, accused, told, verify
from tradelatch.cases.verified import Grade
from tradelatch.model.clock import DAY, MS
from tradelatch.model.money import plain

pytestmark = pytest.mark.recorded
BITCOIN = "market,hour,price\nBTC/USDT,2019-01-01T00:00Z,4000\n"
HEAD = "time ms,symbol,price,amount\n"
Print = tuple[int, Decimal, Decimal]


@pytest.fixture(scope="module", params=["ADX_2019-07-05_17.00", "BLZ_2019-09-17_16.00"])
def prints(request: pytest.FixtureRequest, recorded_data: Path) -> list[Print]:
    """Time in ms, price, quantity, from two days before a pump until a day after it."""
    when = datetime.strptime(request.param[4:], "%Y-%m-%d_%H.%M").replace(tzinfo=UTC)
    pump = int(when.timestamp() * 1000)
    with gzip.open(recorded_data / f"pumps/tapes/{request.param}.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    found = [(int(one["timestamp"]), Decimal(one["price"]), Decimal(one["amount"])) for one in rows]
    return [one for one in found if pump - 2 * DAY // MS < one[0] < pump + DAY // MS]


def tape(prints: list[Print]) -> str:
    return HEAD + "".join(
        f"{at},FUN/USDT,{plain(price)},{plain(much)}\n" for at, price, much in prints
    )


def export(prints: list[Print], dice: random.Random) -> str:
    """One person's trades; half of them bought."""
    mine = sorted(dice.sample(prints, 60))
    rows = (
        f"{at},FUN/USDT,{dice.choice(('buy', 'sell'))},{plain(price)},{plain(much)},{n}\n"
        for n, (at, price, much) in enumerate(mine)
    )
    return PLAIN + "".join(rows)


def test_trades_of_a_recorded_market_are_found_on_its_tape(prints: list[Print]) -> None:
    dice = random.Random(5)
    for _ in range(3):
        found = verify({"V-01": export(prints, dice)}, reference=BITCOIN, tape=tape(prints))["V-01"]
        assert told(found) <= {"no reference"}
        assert found.grade is Grade.PUBLIC_TAPE
        assert found.withheld == 0


def test_a_tape_that_lost_trades_accuses_nobody(prints: list[Print]) -> None:
    dice = random.Random(7)
    for share in (0.02, 0.1, 0.5, 0.9):
        kept = [one for one in prints if dice.random() > share]
        found = verify({"V-01": export(prints, dice)}, reference=BITCOIN, tape=tape(kept))["V-01"]
        assert not accused(found), share
