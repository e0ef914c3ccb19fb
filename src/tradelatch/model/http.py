"""Requests and answers as raw bytes: what arrived, what is to be sent, what came back."""

import msgspec

Headers = tuple[tuple[str, str], ...]


class Request(msgspec.Struct, frozen=True):
    """One HTTP request, unread.

    `path` starts with a slash and `query` is what followed the question mark, both as they
    stood on the wire, still percent-encoded. `host` is the gate's prefix on the way in (the
    exchange's name) and the upstream's base URL on the way out.
    """

    method: str
    host: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of the only header of that name (lower case); None if absent or repeated."""
        values = [value for key, value in self.headers if key.lower() == name]
        return values[0] if len(values) == 1 else None


class Response(msgspec.Struct, frozen=True):
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: Headers = (("content-type", "application/json"),)
