"""Each order's way at the exchange: sent, cancelled, asked for, until nothing more can be heard.

An order was written down before it comes here. Whatever is not known of one is asked for until it
is: an answer that did not come, fills that a report spoke of, what happened while nobody listened.
"Not there" is believed only once the request can no longer be accepted.
"""

import asyncio
from collections.abc import Callable, Coroutine, Set
from typing import Any

from tradelatch.bots.events import Report, Traded
from tradelatch.bots.orders import Order, OrderState
from tradelatch.bots.port import Busy, NoAnswer, Port, Refused

FIRST_S, LONGEST_S = 0.25, 15.0
"""The first wait before the exchange is asked again, and the longest."""
STALE_MS = 10_000
"""An order that was written down longer ago is not sent any more."""

Hear = Callable[[Report | Traded], None]


class Tracker:
    """The orders of one account. `hear` is told what is known of them, in the event loop."""

    def __init__(
        self,
        port: Port,
        settled_after_ms: int,
        now_ms: Callable[[], int],
        hear: Hear,
        fail: Callable[[BaseException], None],
    ) -> None:
        """`settled_after_ms` is how long after a try to send it an order may still be accepted;
        `fail` hears of what should not happen."""
        self._port, self._settled_after_ms = port, settled_after_ms
        self._now_ms, self._hear, self._fail = now_ms, hear, fail
        self._sent: dict[str, asyncio.Task[None]] = {}
        self._tasks: dict[asyncio.Task[None], str] = {}
        """Each with the client id of its order."""
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._forgotten: set[str] = set()

    def place(self, order: Order) -> None:
        """Send it, and find out what became of it."""
        task = self._start(order, self._place(order))
        self._sent[order.client_id] = task
        task.add_done_callback(lambda _: self._sent.pop(order.client_id, None))

    def cancel(self, order: Order) -> None:
        """Cancel it once it has been sent, and go on until it is over."""
        self._start(order, self._cancel(order))

    def ask_fills(self, order: Order) -> None:
        """Ask for its fills until they come to what the exchange reported; once at a time."""
        if order.client_id not in self._asking:
            task = self._start(order, self._ask_fills(order))
            self._asking[order.client_id] = task
            task.add_done_callback(lambda _: self._asking.pop(order.client_id, None))

    async def recover(self, order: Order) -> None:
        """Find out about an order of an earlier process, which may have sent it until now."""
        fresh_ms = min(max(0, order.created_ms + STALE_MS - self._now_ms()), STALE_MS)
        until = _clock() + (fresh_ms + self._settled_after_ms) / 1_000
        self._forgotten.discard(order.client_id)
        await self.refresh(order)
        if order.client_id in self._forgotten:
            return
        if order.state is OrderState.PENDING:
            self._start(order, self._resolve(order, until))
        if order.is_cancelling:
            self.cancel(order)

    async def refresh(self, order: Order) -> None:
        """Ask once how it stands, and for its fills; no answer is left for the next time."""
        if order.client_id in self._sent:
            return
        await self._look_once(order)
        if order.client_id not in self._asking:
            await self._fills_once(order)

    def forget(self, client_ids: Set[str]) -> None:
        """Let go of these orders until one is recovered; nobody hears of them any more."""
        self._forgotten |= client_ids
        for task, client_id in self._tasks.items():
            if client_id in client_ids:
                task.cancel()

    async def close(self) -> None:
        """Let go of everything; the store knows where it stood."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _place(self, order: Order) -> None:
        """What was certainly not taken is sent again while it is fresh."""
        says = "it was not sent in time"
        while self._now_ms() - order.created_ms <= STALE_MS:
            try:
                self._hear(await self._port.place(order))
                return
            except Refused as refused:
                says = str(refused)
                break
            except NoAnswer:
                await self._resolve(order, _clock() + self._settled_after_ms / 1_000)
                return
            except Busy as busy:
                says = str(busy)
                await asyncio.sleep(min(busy.wait_s, (STALE_MS + 1) / 1_000))
        self._hear(Report(order.client_id, OrderState.DENIED, reason=says))

    async def _resolve(self, order: Order, until: float) -> None:
        """Ask by its client id until it is known, or certain that it never arrived: it is not
        there, and was not when it was asked about after `until`."""
        waits = _Waits()
        while order.state is OrderState.PENDING:
            asked = _clock()
            try:
                report = await self._port.look(order)
            except (NoAnswer, Busy, Refused) as error:
                await waits.after(error)  # that says nothing
                continue
            if report:
                self._hear(report)
            elif asked >= until:
                self._hear(Report(order.client_id, OrderState.ABSENT))
            await waits.after()

    async def _cancel(self, order: Order) -> None:
        if sent := self._sent.get(order.client_id):
            await asyncio.wait([sent])
        waits = _Waits()
        while not order.state.is_final:
            error = None
            try:
                report = await self._port.cancel(order) or await self._port.look(order)
                if report:
                    self._hear(report)
            except (NoAnswer, Busy, Refused) as failed:
                error = failed
            if not order.state.is_final:
                await waits.after(error)

    async def _ask_fills(self, order: Order) -> None:
        """The stream tells them in a moment, mostly: asking costs the exchange's patience."""
        waits = _Waits()
        while order.executed > order.filled:
            await waits.after()
            await self._fills_once(order)

    async def _look_once(self, order: Order) -> None:
        try:
            report = await self._port.look(order)
        except (NoAnswer, Busy, Refused):
            return
        if report:
            self._hear(report)

    async def _fills_once(self, order: Order) -> None:
        """Ask once."""
        if order.executed <= order.filled:
            return
        try:
            fills = await self._port.fills(order)
        except (NoAnswer, Busy, Refused):
            return
        for fill in fills:
            self._hear(Traded(order.client_id, fill))

    def _start(self, order: Order, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks[task] = order.client_id
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            self._fail(error)


class _Waits:
    """Longer and longer ones, and as long as an exchange asks for at least."""

    def __init__(self) -> None:
        self._next_s = FIRST_S

    async def after(self, error: Exception | None = None) -> None:
        """Wait before the next try."""
        asked_s = error.wait_s if isinstance(error, Busy) else 0.0
        await asyncio.sleep(max(self._next_s, asked_s))
        self._next_s = min(2 * self._next_s, LONGEST_S)


def _clock() -> float:
    """Seconds that nobody sets: a wall clock that is put forward would end a wait too early."""
    return asyncio.get_running_loop().time()
