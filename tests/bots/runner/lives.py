"""Lives of a runner: each ends where it stands, as by `kill -9`, and the next finds its store."""

import asyncio
from collections.abc import Mapping
from typing import Any

from tests.bots.runner.clock import JumpingLoop
from tests.bots.runner.exchange import SETTLED_S, Killed, Line, NastyExchange
from tradelatch.bots.desk import Note
from tradelatch.bots.kinds import OURS
from tradelatch.bots.runner.account import Account
from tradelatch.bots.runner.rates import Rates
from tradelatch.bots.strategy import Strategy
from tradelatch.store.errors import StoreError
from tradelatch.store.store import Store

ACCOUNT = "account"
OWNER = "here"


class Grave:
    """The store as one life has it: out of reach once that is over."""

    def __init__(self, store: Store, life: "Life") -> None:
        self._store, self._life = store, life

    def save(self, changes: Any) -> Any:
        """Write; the life may end before or after it, or the database be lost."""
        self._life.write()
        added = self._store.save(changes)
        self._life.write()
        return added

    def __getattr__(self, name: str) -> Any:
        if self._life.is_over:
            raise Killed
        return getattr(self._store, name)


class Life:
    """One run of an account. It ends at its `ends_at`-th step, if that comes: before or after
    something is stored, or asked of the exchange. At the `fails_at`-th time that something is
    stored the store fails, before that is written or after."""

    def __init__(
        self,
        store: Store,
        exchange: NastyExchange,
        loop: JumpingLoop,
        ends_at: int = 0,
        fails_at: int = 0,
        owner: str = OWNER,
        kinds: Mapping[str, type[Strategy[Any]]] = OURS,
    ) -> None:
        self.is_over, self._steps, self._ends_at = False, 0, ends_at
        self._writes, self._fails_at = 0, fails_at
        self.ended = asyncio.Event()
        self.notes: list[tuple[str, Note]] = []
        self.line: Line = exchange.connect(self._call)
        grave: Any = Grave(store, self)
        self.account = Account(
            ACCOUNT,
            self.line,
            int(SETTLED_S * 1_000),
            grave,
            Rates(self.line, "BTC"),
            loop.now_ms,
            lambda kind: kinds[kind],
            lambda bot, note: self.notes.append((bot, note)),
            owner,
            poll_s=4.0,
        )
        self.line.on_gap = self.account.gap
        self.task = asyncio.ensure_future(self.account.run())

    def step(self) -> None:
        """One more step, or the end."""
        if self.is_over:
            raise Killed
        self._steps += 1
        if self._steps == self._ends_at:
            self._end()
            raise Killed

    def write(self) -> None:
        """One more step, at which the database may be lost, whether or not it has written."""
        self.step()
        self._writes += 1
        if self._writes == self._fails_at:
            raise StoreError("the connection was lost")

    async def _call(self, _: str) -> None:
        try:
            self.step()
        except Killed:
            # Nobody is there to go on. The task is cancelled soon.
            await asyncio.Event().wait()

    async def last(self, seconds: float) -> None:
        """Let it live so long at most.

        Raises:
            Exception: what the account failed of.
        """
        ending = asyncio.ensure_future(self.ended.wait())
        await asyncio.wait(
            [self.task, ending], timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
        if self.task.done() and not self.is_over:
            self.task.result()
            raise AssertionError("it stopped by itself")

    async def kill(self, others: set["asyncio.Task[Any]"]) -> None:
        """End it now, and all tasks but those."""
        self._end()
        left = asyncio.all_tasks() - others
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def stop(self) -> None:
        """End it in order."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def _end(self) -> None:
        self.is_over = True
        self.line.stream = lambda event: None  # type: ignore[method-assign]
        self.ended.set()
