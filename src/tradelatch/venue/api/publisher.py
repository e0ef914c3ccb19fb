"""Brings what happens to those who listen: market streams by name, user data by account.

Whatever is told leaves only after the command that caused it would survive a crash, and in the
order in which it happened. Nothing is put into words that nobody listens to.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec

from tradelatch.venue.api.user_data import reports
from tradelatch.venue.engine.commands import Command
from tradelatch.venue.engine.events import Event, KeyLapsed
from tradelatch.venue.house import House

Deliver = Callable[[str, bytes], None]
"""Takes a stream's name and a message's JSON."""
_encode = msgspec.json.Encoder().encode


class Listener:
    """One user data subscription: `send` takes the JSON of an event, `end` is called when the
    key it was opened with may no longer read."""

    def __init__(
        self, account: str, key: str, send: Callable[[bytes], None], end: Callable[[], None]
    ) -> None:
        self.account = account
        self.key = key
        self.send = send
        self.end = end


class Publisher:
    """Who listens to what, and the queue of what is to be told."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._streams: dict[str, list[Deliver]] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._queue: list[Callable[[], object]] = []
        self._flushing: asyncio.Task[None] | None = None
        house.listeners.append(self._hear)

    @property
    def streams(self) -> Iterable[str]:
        """The streams that somebody listens to."""
        return self._streams.keys()

    def subscribe(self, stream: str, deliver: Deliver) -> None:
        """Let `deliver` have what is published on a stream."""
        self._streams.setdefault(stream, []).append(deliver)

    def unsubscribe(self, stream: str, deliver: Deliver) -> None:
        """End a subscription."""
        _drop(self._streams, stream, deliver)

    def listen(self, listener: Listener) -> None:
        """Let a listener have an account's user data."""
        self._listeners.setdefault(listener.account, []).append(listener)

    def leave(self, listener: Listener) -> None:
        """End a listener's subscription."""
        _drop(self._listeners, listener.account, listener)

    def publish(self, stream: str, message: Any) -> None:
        """Tell all who listen to a stream, in their turn."""
        delivers = self._streams.get(stream)
        if delivers:
            data = _encode(message)
            self._later(partial(self._deliver, stream, data))

    def _hear(self, command: Command, events: list[Event]) -> None:
        if not self._listeners:
            return
        engine = self._house.engine
        for account, report in reports(engine, set(self._listeners), events, command.at):
            self._later(partial(self._send, account, _encode(report)))
        for event in events:
            if isinstance(event, KeyLapsed):
                self._later(partial(self._end, event.key.id))

    def _deliver(self, stream: str, data: bytes) -> None:
        for deliver in list(self._streams.get(stream, ())):
            deliver(stream, data)

    def _send(self, account: str, data: bytes) -> None:
        for listener in list(self._listeners.get(account, ())):
            listener.send(data)

    def _end(self, key: str) -> None:
        """End the subscriptions of a key that has lapsed, unless it may still read."""
        engine = self._house.engine
        if engine.keys[key].rights_at(engine.key_rules, self._house.now):
            return
        for listeners in list(self._listeners.values()):
            for listener in [one for one in listeners if one.key == key]:
                listener.end()

    def _later(self, tell: Callable[[], object]) -> None:
        self._queue.append(tell)
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        try:
            while self._queue:
                queue, self._queue = self._queue, []
                await self._house.log.durable()
                for tell in queue:
                    tell()
        finally:
            self._flushing = None


def _drop(table: dict[str, list[Any]], name: str, one: Any) -> None:
    present = table.get(name, [])
    if one in present:
        present.remove(one)
    if not present:
        table.pop(name, None)
