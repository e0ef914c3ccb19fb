"""A bare reverse proxy: what any stop in between costs with the libraries of gate and courier.

Bytes go through as they are, and nothing else is done. ``python -m bench.proxy UPSTREAM``
prints its URL and serves until SIGTERM.
"""

import socket
import sys
from typing import Any

import aiohttp
import uvicorn
from yarl import URL

from tradelatch.gate.app import Receive, Scope, Send

_OF_THE_CONNECTION = {b"host", b"connection", b"content-length", b"transfer-encoding"}


class Proxy:
    """The ASGI application."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward one request and its answer."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        async with self._dialling().request(
            scope["method"],
            URL(f"{self._upstream}{scope['raw_path'].decode()}{query}", encoded=True),
            data=body or None,
            headers=_through(scope["headers"]),
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
        headers = [(b"content-type", answer.headers["Content-Type"].encode())]
        headers.append((b"content-length", str(len(content)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _dialling(self) -> aiohttp.ClientSession:
        """The session, made when there is a loop: set up as the courier's is."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(limit=256, keepalive_timeout=30),
                skip_auto_headers=("User-Agent", "Accept"),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


def _through(headers: Any) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if name not in _OF_THE_CONNECTION
    ]


def main() -> None:
    """Serve as the gate is served."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(f"proxy: http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    settings = uvicorn.Config(
        Proxy(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
