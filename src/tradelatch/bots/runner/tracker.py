"""Each order's way at the exchange: sent, cancelled, asked for, until nothing more can be heard.

An order was written down before it comes here. Whatever is not known of one is asked for until it
is: an answer that did not come, fills that a report spoke of, what happened while nobody listened.
"Not there" is believed only once the request can no longer be accepted.
"""

import asyncio
from collections.abc import Callable, Coroutine
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
        self._tasks: set[asyncio.Task[None]] = set()

    def place(self, order: Order) -> None:
        """Send it, and find out what became of it."""
        task = self._start(self._place(order))
        self._sent[order.client_id] = task
        task.add_done_callback(lambda _: self._sent.pop(order.client_id, None))

    def cancel(self, order: Order) -> None:
        """Cancel it once it has been sent, and go on until it is over."""
        self._start(self._cancel(order))

    def ask_fills(self, order: Order) -> None:
        """Ask for its fills until they come to what the exchange reported."""
        self._start(self._ask_fills(order))

    async def recover(self, order: Order) -> None:
        """Find out about an order of an earlier process, which may have sent it until now."""
        until_ms = self._now_ms() + self._settled_after_ms
        if order.state is OrderState.PENDING and not await self._look_once(order):
            self._start(self._resolve(order, until_ms))
        else:
            await self.refresh(order)
        if order.is_cancelling:
            self.cancel(order)

    async def refresh(self, order: Order) -> None:
        """Ask once how it stands, and for its fills; no answer is left for the next time."""
        if order.client_id in self._sent:
            return
        if await self._look_once(order) and order.executed > order.filled:
            await self._fills_once(order)

    async def close(self) -> None:
        """Let go of everything; the store knows where it stood."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

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
                await self._resolve(order, self._now_ms() + self._settled_after_ms)
                return
            except Busy as busy:
                says = str(busy)
                await asyncio.sleep(min(busy.wait_s, STALE_MS / 1_000))
        self._hear(Report(order.client_id, OrderState.DENIED, reason=says))

    async def _resolve(self, order: Order, until_ms: int) -> None:
        """Ask by its client id until it is known, or certain that it never arrived."""
        wait = FIRST_S
        while order.state is OrderState.PENDING:
            asked_ms = self._now_ms()
            try:
                report = await self._port.look(order)
            except (NoAnswer, Busy, Refused):
                report, asked_ms = None, 0  # that says nothing
            if report:
                self._hear(report)
            elif asked_ms >= until_ms:
                self._hear(Report(order.client_id, OrderState.ABSENT))
            else:
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_S)

    async def _cancel(self, order: Order) -> None:
        if sent := self._sent.get(order.client_id):
            await asyncio.wait([sent])
        wait = FIRST_S
        while not order.state.is_final:
            try:
                report = await self._port.cancel(order) or await self._port.look(order)
                if report:
                    self._hear(report)
            except Busy as busy:
                wait = max(wait, busy.wait_s)
            except (NoAnswer, Refused):
                pass
            if not order.state.is_final:
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_S)

    async def _ask_fills(self, order: Order) -> None:
        wait = FIRST_S
        while order.executed > order.filled:
            if not await self._fills_once(order):
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_S)

    async def _look_once(self, order: Order) -> bool:
        """Whether the exchange knows it."""
        try:
            report = await self._port.look(order)
        except (NoAnswer, Busy, Refused):
            return False
        if report:
            self._hear(report)
        return report is not None

    async def _fills_once(self, order: Order) -> bool:
        """Whether all that was reported is known now."""
        try:
            fills = await self._port.fills(order)
        except (NoAnswer, Busy, Refused):
            return False
        for fill in fills:
            self._hear(Traded(order.client_id, fill))
        return order.filled >= order.executed

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._fail(error)
