"""Following accounts: one websocket to the exchange for each, for what it tells unasked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from tradelatch import exchanges
from tradelatch.courier.asking import Asking
from tradelatch.courier.fills import Fills
from tradelatch.exchanges.claims import AccountView, AskEvents, EventSeen, Followed
from tradelatch.exchanges.protocol import ExchangeFile, StreamsFile
from tradelatch.model.clock import SECOND
from tradelatch.model.orders import OrderReport

PATIENCE_S = 10.0
"""How long an exchange may take for its first word."""
RETRY_NS = 5 * SECOND
"""How soon an account is followed again that could not be."""

Listen = Callable[[str, bytes], AsyncIterator[bytes]]


class _Listening(NamedTuple):
    """`change` brought the key that asked."""

    task: asyncio.Task[None]
    change: int


class Following:
    """Every account's websocket, whether or not a bot follows it."""

    def __init__(self, asking: Asking, fills: Fills, listen: Listen) -> None:
        """`listen` dials a websocket, says something there and gives what is said in return."""
        self._asking, self._fills, self._listen = asking, fills, listen
        self._listening: dict[str, _Listening] = {}
        self._tried_ns: dict[str, int] = {}

    def follow(self, account: AccountView) -> None:
        """Follow an account that is not followed, or by another key than it has."""
        if _streams(account) is None:
            return
        listening = self._listening.get(account.name)
        if listening and listening.change != account.change:
            listening.task.cancel()  # it was another key's
        if listening is None:
            self._begin(account)

    async def close(self) -> None:
        """End all."""
        tasks = [listening.task for listening in self._listening.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, account: AccountView) -> None:
        now = self._asking.clock.now_ns()
        if now - self._tried_ns.get(account.name, 0) > RETRY_NS:
            self._tried_ns[account.name] = now
            task = asyncio.create_task(self._follow(account))
            self._listening[account.name] = _Listening(task, account.change)

    async def _follow(self, account: AccountView) -> None:
        exchange: ExchangeFile = exchanges.load(account.exchange)
        streams, signer, is_heard = _streams(account), self._asking.signer, False
        assert streams is not None
        try:
            for request in await signer.sign(account.name, AskEvents()):
                async with asyncio.timeout(PATIENCE_S) as patience:
                    async for message in self._listen(request.host, request.body):
                        event = streams.account_event(message)
                        if not is_heard:
                            patience.reschedule(None)
                            signer.tell(Followed(account.name, is_on=True))
                        is_heard = True
                        if event:
                            await self._tell(account, exchange, event, streams.event_report(event))
        except (ValueError, ConnectionError, TimeoutError):
            pass  # the signer is told by the end
        finally:
            del self._listening[account.name]
            signer.tell(Followed(account.name, is_on=False))

    async def _tell(
        self,
        account: AccountView,
        exchange: ExchangeFile,
        event: bytes,
        report: OrderReport | None,
    ) -> None:
        if report:
            await self._fills.complete(account.name, exchange, report)
        self._asking.signer.tell(EventSeen(account.name, event, report))


def _streams(account: AccountView) -> StreamsFile | None:
    exchange: ExchangeFile = exchanges.load(account.exchange)
    return exchange.STREAMS
