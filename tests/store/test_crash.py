"""A process is killed while it writes: what was committed is there, the rest is not, in whole."""

import itertools
import random
import subprocess
import sys
from pathlib import Path

from tests.store.samples import begin
from tradelatch.store.store import Store

_ROOT = Path(__file__).parents[2]


def write(url: str, first: int, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.dying", url, str(first), *more],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def steps_of(store: Store) -> list[int]:
    """The steps that are there, each of them whole."""
    orders = [one.client_id for one in store.orders("first")]
    assert sorted(orders) == sorted(one.client_id for one in store.fills())
    steps = sorted(int(one.says) for one in store.notes())
    assert sorted(orders) == sorted(
        f"first-{number}-{which}" for number in steps for which in range(20)
    )
    return steps


def test_killed_within_a_transaction(url: str, store: Store) -> None:
    begin(store)
    with write(url, 0, "deadly") as process:
        said, _ = process.communicate()
    assert process.returncode == -9
    assert said.split() == ["0", "1"]
    assert steps_of(store) == [0, 1]


def test_killed_wherever_it_is(url: str, store: Store) -> None:
    begin(store)
    chance = random.Random(11)
    first = 0
    for _ in range(4):
        with write(url, first) as process:
            assert process.stdout is not None
            said = list(itertools.islice(process.stdout, chance.randrange(1, 30)))
            process.kill()
            said += process.stdout.readlines()
        saved = int(said[-1])
        steps = steps_of(store)
        assert steps == list(range(steps[-1] + 1))
        assert saved <= steps[-1] <= saved + 1
        first = steps[-1] + 1
