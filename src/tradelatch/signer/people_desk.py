"""The people's socket: commands signed by people, from any user of the machine."""

import asyncio
from collections import Counter
from pathlib import Path

import msgspec

from tradelatch.isolation.sockets import listener
from tradelatch.isolation.users import Door
from tradelatch.model import statements
from tradelatch.model.clock import SECOND, Clock
from tradelatch.model.wire import BrokenFrame, Command, Result, SignedCommand, frame
from tradelatch.signer.access import NOBODY
from tradelatch.signer.admin import Admin
from tradelatch.signer.changing import is_signed
from tradelatch.signer.people import Person
from tradelatch.signer.state import State
from tradelatch.signer.verbs import Refused

MOST_BYTES, MOST_AT_ONCE, PATIENCE_S = 1 << 20, 16, 10.0
MOST_OF_ONE = 2
"""So many commands of one person are carried out at once, or wait to be. They hold none of the
`MOST_AT_ONCE` places, in which it is not known yet who somebody is."""
LATE_NS, AHEAD_NS = 60 * SECOND, 5 * SECOND
"""So old may a command be, and so far may the clock of who signs it run ahead."""


class PeopleDesk:
    """Knows who is enrolled, and lets each command in once."""

    def __init__(self, admin: Admin, state: State, clock: Clock, journal: str) -> None:
        """`journal` is the journal's public key, as `journal/public.key` has it."""
        self._admin, self._state, self._clock, self._journal = admin, state, clock, journal
        self._heard: dict[str, int] = {}
        # What was heard before a restart is forgotten, so that nothing is taken of that time.
        self._since_ns = clock.now_ns() + AHEAD_NS
        self._unheard: dict[asyncio.StreamWriter, None] = {}
        self._busy = Counter[str]()

    async def serve(self, path: Path) -> asyncio.Server:
        """Listen for everybody who may enter the folder."""
        bound = listener(path, Door(frozenset(), None))
        path.chmod(0o666)
        return await asyncio.start_unix_server(self._connected, sock=bound)

    async def answer(self, signed: SignedCommand) -> Result:
        """The result of a person's command; never raises."""
        try:
            person = self._person(signed)
        except ValueError as error:
            return Result(signed.id, error=str(error))
        self._busy[person.name] += 1
        try:
            command = Command(signed.id, signed.verb, signed.arguments)
            return await self._admin.answer(command, person)
        finally:
            self._busy[person.name] -= 1

    def _person(self, signed: SignedCommand) -> Person:
        person, now = self._state.people.get(signed.person), self._clock.now_ns()
        text = statements.command_text(
            self._journal, signed.person, signed.verb, signed.arguments, signed.time_ns
        )
        if person is None or not is_signed(text, signed.signature, person.public_key):
            raise Refused(NOBODY)
        if self._busy[person.name] >= MOST_OF_ONE:
            says = f"{MOST_OF_ONE} commands of yours are being carried out: wait for one to end"
            raise Refused(f"{says}, then sign it again")
        if not max(now - LATE_NS, self._since_ns) < signed.time_ns <= now + AHEAD_NS:
            says = "a command is good for a minute, and not in a signer's first seconds"
            raise Refused(f"{says}: is the clock right? sign it again")
        self._heard = {t: at for t, at in self._heard.items() if at > now - LATE_NS}
        if text in self._heard:
            raise Refused("this very command was received before")
        self._heard[text] = signed.time_ns
        return person

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One command for each connection; who is too long or too slow is hung up on."""
        try:
            signed = await self._hear(reader, writer)
            writer.write(frame(await self.answer(signed)))
            async with asyncio.timeout(PATIENCE_S):
                writer.close()
                await writer.wait_closed()
        except (ValueError, EOFError, OSError, TimeoutError, asyncio.CancelledError):
            return  # asyncio's streams would print a traceback for a cancelled handler
        finally:
            writer.transport.abort()

    async def _hear(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> SignedCommand:
        """The command; where too many have said nothing yet, the first of them goes."""
        if len(self._unheard) >= MOST_AT_ONCE:
            first = next(iter(self._unheard))
            first.transport.abort()
            del self._unheard[first]
        self._unheard[writer] = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await _read(reader)
        finally:
            self._unheard.pop(writer, None)


async def _read(reader: asyncio.StreamReader) -> SignedCommand:
    size = int.from_bytes(await reader.readexactly(4), "big")
    if size > MOST_BYTES:
        raise BrokenFrame(f"a command of {size} bytes is over the limit of {MOST_BYTES}")
    return msgspec.msgpack.decode(await reader.readexactly(size), type=SignedCommand)
