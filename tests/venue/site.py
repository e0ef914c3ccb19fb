"""A real venue process, and raw requests to it."""

import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode


def now() -> int:
    """The time in ms."""
    return int(time.time() * 1000)


class Key:
    """An API key that signs as Binance's clients do."""

    def __init__(self, key_id: str, secret: str) -> None:
        self.id = key_id
        self.secret = secret

    def sign(self, payload: str) -> str:
        """The payload with its signature at the end."""
        digest = hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
        return f"{payload}{'&' if payload else ''}signature={digest}"


class Site:
    """One venue in a directory; started on entry, ended on exit. `environment` is what its
    process finds besides ours."""

    def __init__(
        self, directory: Path, *arguments: str, environment: dict[str, str] | None = None
    ) -> None:
        self.directory = directory
        self.log = directory / "commands.jsonl"
        self._arguments = arguments
        self._environment = environment or {}
        self.process: subprocess.Popen[str] | None = None
        self.url = ""
        self.port = 0

    def __enter__(self) -> "Site":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(signal.SIGTERM)

    def start(self) -> None:
        self.process = launch(self.directory, *self._arguments, **self._environment)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            _, errors = self.process.communicate()
            raise AssertionError(f"the venue did not start: {errors}")
        self.port = int(self.url.rsplit(":", 1)[1])

    def end(self, number: int) -> tuple[int, str]:
        """Signal the process; its exit code and what it wrote to stderr."""
        if self.process is None:
            return 0, ""
        process, self.process = self.process, None
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
        return process.returncode, errors

    def request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and decoded JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def admin(self, path: str, body: object = None) -> Any:
        """An admin request that succeeds."""
        status, answer = self.try_admin(path, body)
        assert status == 200, answer
        return answer

    def trouble(self, kind: str, **rule: object) -> Any:
        """Let something go wrong from now on."""
        return self.admin("trouble", {"kind": kind, **rule})

    def try_admin(self, path: str, body: object = None) -> tuple[int, Any]:
        token = (self.directory / "admin.token").read_text().strip()
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}"}
        return self.request("GET" if body is None else "POST", f"/admin/{path}", data, headers)

    def open_account(self, name: str, rights: list[str] | None = None, **balances: str) -> Key:
        self.admin("accounts", {"account": name, "balances": balances})
        rights = rights or ["read", "trade", "withdraw"]
        issued = self.admin("keys", {"account": name, "rights": rights})
        return Key(issued["key"], issued["secret"])

    def signed(self, key: Key, method: str, path: str, **parameters: object) -> tuple[int, Any]:
        """A request signed now, its parameters in the query."""
        payload = urlencode({"timestamp": now(), **parameters})
        return self.request(method, f"{path}?{key.sign(payload)}", None, {"X-MBX-APIKEY": key.id})


def launch(directory: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tradelatch.venue", "--directory", str(directory), *arguments]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
    )
