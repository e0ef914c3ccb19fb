"""``python -m tradelatch.drills.attacker``: one attacker against real processes, with limits.

It reads its brief on standard input, a line of JSON, and writes its report on standard output.
What it does to the host it has captured it asks for in lines in between, one answer a line.
"""

import asyncio
import random
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from yarl import URL

from tradelatch.drills.attack import Thief
from tradelatch.drills.catalogue import load
from tradelatch.drills.client import Client, Transport
from tradelatch.drills.confine import Limits, confine
from tradelatch.drills.scenery import CROSS, DEEP
from tradelatch.drills.score import Meter
from tradelatch.drills.script import Credentials
from tradelatch.model.http import Request, Response
from tradelatch.model.markets import Market
from tradelatch.model.wire import Result

WAITS_S, LONGEST_WAIT_S, LATER_WAIT_S = 10.0, 2.0, 0.05
"""How long it may wait in all, and at once. What needs hours is rehearsed in one process."""


class Brief(msgspec.Struct, frozen=True):
    """What an attacker is given. `attack` is a name or a file."""

    attack: str
    seed: int
    venue: str
    victims: list[Credentials]
    own: list[Credentials]
    markets: dict[str, Market]
    limits: Limits = Limits()


class Report(msgspec.Struct, frozen=True, tag=True):
    """How it went, by the attacker's own count."""

    failed: str = ""
    tried: int = 0
    refused: int = 0
    by_rule: dict[str, int] = {}
    refusal_s: float | None = None
    freeze_s: float | None = None
    hours: float = 0.0


class Wish(msgspec.Struct, frozen=True, tag=True):
    """Something that only who holds the host or an operator's session can do."""

    verb: str
    arguments: dict[str, str] = {}


class Wishes:
    """Asks for what a captured host or session can do; an `attack.Host` too."""

    def ask(self, verb: str, **arguments: str) -> Any:
        """Ask, and wait for what comes of it."""
        _say(Wish(verb, arguments))
        return msgspec.json.decode(sys.stdin.buffer.readline())

    async def operate(self, verb: str, **arguments: str) -> Result:
        """A command with an operator's session."""
        return msgspec.convert(self.ask(verb, **arguments), Result)

    def crash_on_next_order(self, after: bool) -> None:
        """Kill the signer a moment from now."""
        self.ask("host: crash soon", after=str(after))

    async def crash(self) -> None:
        """Kill gate and signer now."""
        self.ask("host: crash")

    def copy_disk(self) -> object:
        """Copy the signer's files, the second place of its checkpoints apart."""
        return self.ask("host: copy")

    async def restore_disk(self, copy: object) -> str:
        """Put the copy back; what the signer says if it refuses."""
        return str(self.ask("host: restore", copy=str(copy)))


class Waits:
    """Passes the time, as far as there is patience."""

    def __init__(self) -> None:
        self._left = WAITS_S

    async def sleep(self, seconds: float) -> None:
        """Wait, shortly if it was long already."""
        wait = min(seconds, LONGEST_WAIT_S) if self._left > 0 else min(seconds, LATER_WAIT_S)
        self._left -= wait
        await asyncio.sleep(wait)


def transport(session: aiohttp.ClientSession, url: str) -> Transport:
    """Sends requests to a base URL exactly as they are written."""
    base = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    prefix = urlsplit(url).path

    async def send(request: Request) -> Response:
        query = f"?{request.query}" if request.query else ""
        target = URL(f"{base}{prefix}{request.path}{query}", encoded=True)
        headers, data = list(request.headers), request.body or None
        try:
            asked = session.request(request.method, target, data=data, headers=headers)
            async with asked as got:
                return Response(got.status, await got.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            return Response(503, msgspec.json.encode({"code": -1001, "msg": str(error)}))

    return send


async def steal(brief: Brief) -> Report:
    """The whole attack."""
    attack, wishes = load(brief.attack), Wishes()
    needs, meter = attack.needs, Meter(time.monotonic)
    chance = random.Random(f"run/{brief.seed}")  # noqa: S311 - not a secret
    thin = [symbol for symbol in brief.markets if symbol not in (DEEP, CROSS)]
    chance.shuffle(thin)
    async with _session() as session:

        def client(held: Credentials, metered: bool) -> Client:
            send = transport(session, held.url)
            send = meter.on(send) if metered else send
            return Client(held.key, held.secret, "", send, brief.markets, now_ms)

        thief = Thief(
            victims=[client(held, True) for held in brief.victims],
            own=[client(held, False) for held in brief.own],
            markets=brief.markets,
            deep=DEEP,
            thin=thin,
            cross=CROSS,
            chance=chance,
            parameters=attack.plan(chance),
            public=transport(session, brief.venue),
            now_ms=now_ms,
            sleep=Waits().sleep,
            operate=wishes.operate if needs.operator else None,
            host=wishes if needs.host else None,
        )
        failed, began = "", time.monotonic()
        try:
            await attack.attack(thief)
        except Exception as error:
            failed = f"{type(error).__name__}: {error}"
    return Report(
        failed,
        meter.tried,
        meter.refused,
        dict(meter.by_rule),
        meter.refusal_s,
        meter.freeze_s,
        (time.monotonic() - began) / 3600,
    )


def _session() -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(total=10)
    return aiohttp.ClientSession(
        timeout=timeout, trust_env=False, skip_auto_headers=("Content-Type",)
    )


def now_ms() -> int:
    """The machine's time."""
    return time.time_ns() // 1_000_000


def _say(message: Report | Wish) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Read the brief, keep to its limits, attack, report."""
    brief = msgspec.json.decode(sys.stdin.buffer.readline(), type=Brief)
    confine(brief.limits)
    _say(asyncio.run(steal(brief)))


if __name__ == "__main__":
    main()
