"""The courier's connection to the signer: what comes late, or cannot be, ends nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.signer.conftest import NOW
from tradelatch.courier.asking import REST_NS, Asking
from tradelatch.courier.carrying import Carrier
from tradelatch.courier.fills import Fills
from tradelatch.courier.link import SignerLink
from tradelatch.exchanges import binance
from tradelatch.exchanges.claims import AskBalances, Known, Look, LookAt, Send, Sent, Sign, Signed
from tradelatch.model.clock import ManualClock
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import ReadAccount
from tradelatch.model.wire import Frames, frame

REQUEST = Request("GET", "http://venue", "/api/v3/account")
SEND = Send(7, "binance", "me", REQUEST, (ReadAccount("account"),))


class FakeSigner:
    """Answers each message of the courier with what a test says, when it says so."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self._frames: Frames[Any] = Frames(Sent | Look | LookAt | Sign)

    async def heard(self) -> Any:
        while not (messages := self._frames.feed(await self._reader.read(1 << 16))):
            pass
        (message,) = messages
        return message


@asynccontextmanager
async def linked(folder: Path) -> AsyncIterator[tuple[FakeSigner, SignerLink]]:
    came: asyncio.Future[FakeSigner] = asyncio.get_running_loop().create_future()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set_result(FakeSigner(reader, writer))

    async with await asyncio.start_unix_server(connected, str(folder / "s.sock")):
        link = SignerLink(*await asyncio.open_unix_connection(str(folder / "s.sock")))
        signer = await came
        yield signer, link
        signer.writer.close()


async def never(send: Send) -> Sent:
    raise ZeroDivisionError


async def test_an_answer_that_nobody_waits_for_any_more_ends_nothing(tmp_path: Path) -> None:
    async with linked(tmp_path) as (signer, link):
        serving = asyncio.create_task(link.serve(never))
        asking = asyncio.create_task(link.sign("me", AskBalances()))
        asked = await signer.heard()
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
        signer.writer.write(frame(Signed(asked.id, (REQUEST,))))
        looking = asyncio.create_task(link.look())
        known = Known((await signer.heard()).id, {}, ("me",), is_closed=False)
        signer.writer.write(frame(known))
        assert await looking == known
        assert not serving.done()
        serving.cancel()


async def test_a_request_that_fails_here_is_answered_as_of_unknown_outcome(tmp_path: Path) -> None:
    async with linked(tmp_path) as (signer, link):
        serving = asyncio.create_task(link.serve(never))
        signer.writer.write(frame(SEND))
        sent = await signer.heard()
        assert (sent.id, sent.response, sent.was_sent) == (7, None, True)
        serving.cancel()


class NoSigner:
    """Signs nothing, and is told nothing."""

    async def look(self) -> Known:
        raise AssertionError

    async def look_at(self, account: str) -> None:
        raise AssertionError

    async def sign(self, account: str, question: Any) -> tuple[Request, ...]:
        return (REQUEST,)

    def tell(self, claim: Any) -> None:
        raise AssertionError


@pytest.mark.parametrize("status", [200, 429, 418])
async def test_whoever_asked_too_often_the_courier_rests(status: int) -> None:
    clock, dials = ManualClock(NOW), list[Request]()

    async def dial(request: Request) -> Sent:
        dials.append(request)
        return Sent(0, Response(status, b"{}"))

    asking = Asking(NoSigner(), dial, clock, lambda name: "http://venue")
    carrier = Carrier(dial, asking, Fills(asking))
    assert (await carrier.carry(SEND)).response
    await asking.put("me", binance, AskBalances())
    assert len(dials) == (2 if status == 200 else 1)
    clock.advance(REST_NS)
    await asking.put("me", binance, AskBalances())
    assert len(dials) == (3 if status == 200 else 2)
