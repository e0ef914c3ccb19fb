"""Composing requests: from an endpoint and words to method, path, query and body, unsigned."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec

from tradelatch.exchanges.kit.endpoints import Endpoint
from tradelatch.model.http import Headers, Request

Words: TypeAlias = list[tuple[str, Any]]
"""Parameters in the order in which they are written: texts, true or false, or (in JSON) lists and
objects of them."""

_IN_QUERY = ("GET", "DELETE")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what is written with a Z is UTC
JSON: Headers = (("Content-Type", "application/json"),)


def worded(
    endpoint: Endpoint, words: Words, hosts: Mapping[str, str], base_url: str = ""
) -> Request:
    """The request: what its path names stands there, the rest in the query, or for methods other
    than GET and DELETE in a JSON body, which is a list where that is named ``[]``.

    Raises:
        ValueError: a parameter is not on the endpoint's list, or one of its path is missing or
            cannot stand there.
    """
    told, holes = dict(words), endpoint.holes
    known = (*endpoint.parameters, *holes)
    for name in told:
        if name not in known:
            raise ValueError(f"{endpoint.what} takes no parameter {name!r}")
    path = endpoint.path
    if holes:
        path = endpoint.filled({name: str(value) for name, value in told.items()})
        told = {name: value for name, value in told.items() if name not in holes}
    host = base_url or hosts[endpoint.family]
    if endpoint.method in _IN_QUERY:
        return Request(endpoint.method, host, path, form(told.items()))
    return Request(endpoint.method, host, path, "", JSON, msgspec.json.encode(told.get("[]", told)))


def form(words: Iterable[tuple[str, Any]]) -> str:
    """``name=value&...``, percent-encoded, true and false as JSON has them; a list stands there
    value by value, each with the name."""
    pairs = (
        (name, one)
        for name, value in words
        for one in (value if isinstance(value, list) else [value])
    )
    return "&".join(f"{name}={quote(_text(value), safe='')}" for name, value in pairs)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def instant(ms: int) -> str:
    """A time as RFC 3339 has it, in UTC."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds") + "Z"


def target(request: Request) -> str:
    """Path and query as they stand in a request line."""
    return f"{request.path}?{request.query}" if request.query else request.path


def with_headers(request: Request, *headers: tuple[str, str]) -> Request:
    """The request with more headers."""
    return msgspec.structs.replace(request, headers=(*request.headers, *headers))
