"""Accounts begin again after whatever failed."""

import asyncio
import random
from itertools import pairwise
from typing import Any

from tests.bots.runner.clock import JumpingLoop
from tests.bots.runner.exchange import NO_TROUBLE, NastyExchange
from tests.bots.runner.lives import ACCOUNT, OWNER
from tests.bots.runner.scenario import HELD, bots
from tradelatch.bots.kinds import OURS
from tradelatch.bots.runner.account import Account
from tradelatch.bots.runner.grants import NoGrant
from tradelatch.bots.runner.house import House
from tradelatch.bots.runner.rates import Rates
from tradelatch.store.errors import StoreError
from tradelatch.store.store import Store


class _Unreachable:
    """A store of which one method fails a few times."""

    def __init__(self, store: Store, method: str, times: int) -> None:
        self._store, self._method, self.times = store, method, times

    def __getattr__(self, name: str) -> Any:
        if name == self._method and self.times:
            self.times -= 1
            raise StoreError("the database is away")
        return getattr(self._store, name)


def _live(
    store: Any, seconds: float, no_grants: int = 0, alarms: list[str] | None = None
) -> tuple[list[str], list[float]]:
    """What is reported, and when accounts are made (s)."""
    said: list[str] = []
    alarm = ([] if alarms is None else alarms).append
    made: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        exchange = NastyExchange("a house", loop, dict(HELD))
        exchange.trouble = NO_TROUBLE

        async def call(_: str) -> None: ...

        def make(name: str) -> Account:
            assert name == ACCOUNT
            made.append(loop.time())
            if len(made) <= no_grants:
                raise NoGrant("there is no grant")
            line = exchange.connect(call)
            rates = Rates(line, "BTC")
            more = (rates, loop.now_ms, OURS.__getitem__, lambda bot, note: None, OWNER)
            return Account(name, line, 7_000, store, *more)

        house = asyncio.ensure_future(House(store, make, said.append, alarm, 1.0).run())
        await asyncio.sleep(seconds)
        assert not house.done(), house.exception()
        house.cancel()
        await asyncio.gather(house, return_exceptions=True)

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(main())
    return said, made


def _fill(store: Store) -> None:
    store.add_bot(bots(random.Random(1))[0])


def test_a_store_that_is_away_for_a_while_ends_nothing(store: Store) -> None:
    _fill(store)
    said, made = _live(_Unreachable(store, "bots", 3), 20)
    assert said[:3] == ["the database is away"] * 3
    assert len(made) == 1
    assert store.bots()[0].state == "running"


def test_an_account_whose_store_fails_begins_again(store: Store) -> None:
    _fill(store)
    said, made = _live(_Unreachable(store, "requests", 1), 60)
    assert said == [f"account {ACCOUNT}: the database is away"]
    assert len(made) == 2
    assert store.bots()[0].state == "running"


def test_it_waits_longer_and_longer_for_a_grant(store: Store) -> None:
    _fill(store)
    said, made = _live(store, 120, no_grants=6)
    assert said == [f"account {ACCOUNT}: there is no grant"] * 6
    assert [round(later - one) for one, later in pairwise(made)] == [1, 2, 4, 8, 16, 30]


def test_the_owner_hears_once_why_an_account_stands_still(store: Store) -> None:
    _fill(store)
    alarms: list[str] = []
    _live(store, 120, no_grants=4, alarms=alarms)
    assert alarms == [
        f"account {ACCOUNT}: there is no grant; nobody looks after its bots' orders until it is "
        "tried again, in 1 s at first"
    ]
