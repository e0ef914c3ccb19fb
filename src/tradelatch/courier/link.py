"""One connection to the signer: what it hands out is carried, what it is asked is answered."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from tradelatch.exchanges.claims import (
    AccountView,
    AnyClaim,
    AnyQuestion,
    Known,
    Look,
    LookAt,
    Send,
    Sent,
    Sign,
    Signed,
    Viewed,
)
from tradelatch.model.http import Request
from tradelatch.model.wire import BrokenFrame, Frames, frame

PATIENCE_S = 60.0
"""A signer that is asked answers sooner."""
_CHUNK = 1 << 16


class SignerLink:
    """The signer, for as long as the connection lasts."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._pending: dict[int, asyncio.Future[Any]] = {}
        self._next_id = 0

    async def look(self) -> Known:
        """See `asking.Signer`."""
        known: Known = await self._asked(Look(0))
        return known

    async def look_at(self, account: str) -> AccountView | None:
        """See `asking.Signer`."""
        viewed: Viewed = await self._asked(LookAt(0, account))
        return viewed.account

    async def sign(self, account: str, question: AnyQuestion) -> tuple[Request, ...]:
        """See `asking.Signer`."""
        signed: Signed = await self._asked(Sign(0, account, question))
        return signed.requests

    def tell(self, claim: AnyClaim) -> None:
        """See `asking.Signer`."""
        self._write(claim)

    async def serve(self, carry: Callable[[Send], Awaitable[Sent]]) -> None:
        """Carry what the signer hands out, many at a time, until it hangs up."""

        async def answer(send: Send) -> None:
            try:
                sent = await carry(send)
            except Exception as error:  # a defect of ours: nobody knows what became of it
                print(f"courier: {type(error).__name__} in a request", flush=True)
                sent = Sent(send.id, error="the courier failed on this request")
            self._write(sent)

        frames: Frames[Send | Known | Viewed | Signed] = Frames(Send | Known | Viewed | Signed)
        tasks: set[asyncio.Task[None]] = set()
        try:
            while data := await self._reader.read(_CHUNK):
                for message in frames.feed(data):
                    if isinstance(message, Send):
                        task = asyncio.create_task(answer(message))
                        tasks.add(task)
                        task.add_done_callback(tasks.discard)
                    elif (waiting := self._pending.get(message.id)) and not waiting.done():
                        waiting.set_result(message)
        except (BrokenFrame, ConnectionError):
            return
        finally:
            self._writer.close()
            for waiting in list(self._pending.values()):
                waiting.cancel()

    async def _asked(self, message: Look | LookAt | Sign) -> Any:
        self._next_id += 1
        number, answer = self._next_id, asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        self._write(msgspec.structs.replace(message, id=number))
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await answer
        except TimeoutError as error:
            raise ConnectionError("the signer does not answer") from error
        finally:
            del self._pending[number]

    def _write(self, message: msgspec.Struct) -> None:
        if not self._writer.is_closing():  # else the signer is gone and will ask again itself
            self._writer.write(frame(message))
