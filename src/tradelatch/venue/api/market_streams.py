"""Keeps the market streams going that somebody listens to."""

import asyncio

from tradelatch.venue.api.publisher import Publisher
from tradelatch.venue.api.stream_kinds import BEATS_PER_S, AllTickers, Stream, find
from tradelatch.venue.engine.commands import Command
from tradelatch.venue.engine.events import Event
from tradelatch.venue.house import House


class MarketStreams:
    """The streams at work, by name."""

    def __init__(self, house: House, publisher: Publisher) -> None:
        self._house = house
        self._publisher = publisher
        self._streams: dict[str, Stream | AllTickers] = {}
        house.listeners.append(self._hear)

    def begin(self, name: str) -> bool:
        """Have a stream at work; false if there is none of that name."""
        if name not in self._streams:
            found = find(self._house, name)
            if found is None:
                return False
            self._streams[name] = found
        return True

    async def run(self) -> None:
        """Tell, ten times a second, what is due; until cancelled."""
        beat = 0
        while True:
            await asyncio.sleep(1 / BEATS_PER_S)
            beat += 1
            for name, stream in list(self._streams.items()):
                if name not in self._publisher.streams:
                    del self._streams[name]
                elif beat % stream.every == 0:
                    for message in await stream.beat(self._house.now):
                        self._publisher.publish(name, message)

    def _hear(self, command: Command, events: list[Event]) -> None:
        for name, stream in self._streams.items():
            for message in stream.heard(events):
                self._publisher.publish(name, message)
