"""A venue in this process whose doors are knocked on without a network: raw requests in, raw
answers out."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tradelatch.model.clock import ManualClock
from tradelatch.venue.api.admin import Admin
from tradelatch.venue.api.door import Door
from tradelatch.venue.api.limits import Limits
from tradelatch.venue.engine.state import violations
from tradelatch.venue.house import House
from tradelatch.venue.log import CommandLog
from tradelatch.venue.serve import VenueApp

NOW_NS = 1_790_000_000_000 * 1_000_000
NOW_MS = NOW_NS // 1_000_000
_PEER = ("127.0.0.1", 50_000)


class Counter:
    """A venue with one account; use it inside a running event loop."""

    def __init__(self, directory: Path, *, limits: bool = False) -> None:
        self.clock = ManualClock(NOW_NS)
        self.log = CommandLog(directory / "commands.jsonl")
        self.house = House(self.log, self.clock)
        self.house.start(2022, flat=True)
        self.limits = Limits(self.house) if limits else None
        door = Door(self.house, self.limits)
        self._app = VenueApp(door, Admin(self.house, "token", door.troubles))
        self.key = self.secret = ""

    async def open(self) -> None:
        """Open the account `fuzz` and issue its key."""
        money = {"BTC": "50", "ETH": "1000", "VIN": "1000000"}
        await self.admin("accounts", {"account": "fuzz", "balances": money})
        rights = ["read", "trade", "transfer", "withdraw"]
        status, issued = await self.admin("keys", {"account": "fuzz", "rights": rights})
        assert status == 200, issued
        self.key, self.secret = issued["key"], issued["secret"]

    async def close(self) -> None:
        await self.house.log.close()

    def sign(self, payload: bytes) -> bytes:
        """The signature of a request."""
        return hmac.new(self.secret.encode(), payload, hashlib.sha256).hexdigest().encode()

    async def ask(
        self,
        method: str,
        path: str,
        query: bytes = b"",
        body: bytes = b"",
        headers: Mapping[bytes, bytes] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of the answer to one request."""
        status, answer, _ = await self.ask_for_all(method, path, query, body, headers)
        return status, answer

    async def ask_for_all(
        self,
        method: str,
        path: str,
        query: bytes = b"",
        body: bytes = b"",
        headers: Mapping[bytes, bytes] | None = None,
    ) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of the answer to one request."""
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": list((headers or {}).items()),
            "client": _PEER,
        }
        await self._app(scope, receive, send)
        start, *rest = sent
        told = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], b"".join(message.get("body", b"") for message in rest), told

    async def admin(self, path: str, body: Any) -> tuple[int, Any]:
        """Status and JSON of an admin request."""
        headers = {b"authorization": b"Bearer token"}
        status, answer = await self.ask(
            "POST", f"/admin/{path}", b"", json.dumps(body).encode(), headers
        )
        return status, json.loads(answer)

    async def talk(self, path: str, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All that a websocket connection is sent after the client sent these ASGI messages
        and hung up."""
        waiting = [{"type": "websocket.connect"}, *messages, {"type": "websocket.disconnect"}]
        sent: list[dict[str, Any]] = []

        async def receive() -> Any:
            await asyncio.sleep(0)
            return waiting.pop(0) if waiting else {"type": "websocket.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": [],
            "client": _PEER,
        }
        await self._app(scope, receive, send)
        return sent

    @property
    def violations(self) -> list[str]:
        return violations(self.house.engine)


def check(status: int, body: bytes, secret: str) -> None:
    """The answer is JSON; where it is an error, it is the exchange's own and not a 500."""
    answer = json.loads(body)
    assert status < 500, answer
    assert secret not in body.decode()
    if status >= 400:
        assert set(answer) >= {"code", "msg"}, answer
        assert -9999 <= answer["code"] < 0, answer
        assert answer["msg"].isprintable(), answer
