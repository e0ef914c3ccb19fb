"""The shapes by which the server (ASGI, https://asgi.readthedocs.io) hands requests over."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

ABORT = "tradelatch.abort"
"""Where a scope holds what ends the connection at once, without an answer."""


def source_of(scope: Scope) -> str:
    """The network address that a request came from, empty if that is not known."""
    client = scope.get("client")
    return str(client[0]) if client else ""
