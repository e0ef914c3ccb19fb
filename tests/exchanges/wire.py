"""Requests as they stand on the wire, for the tests of all exchanges."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tradelatch.exchanges.protocol import Credentials
from tradelatch.model.http import Request

SECRET = bytearray(b"a secret that is nobody's")
GRANT = Credentials("a-key-that-is-nobodys", SECRET)
NOW_MS = 1_760_000_000_123


def raw(method: str, url: str, headers: dict[str, str] | None, body: str | None) -> Request:
    """A request as a client library puts it."""
    parts = urlsplit(url)
    return Request(
        method,
        "binance",
        parts.path,
        parts.query,
        tuple((headers or {}).items()),
        (body or "").encode(),
    )


def signed(
    method: str, path: str, query: str = "", body: str = "", now_ms: int = NOW_MS
) -> Request:
    """A request with time stamp and signature at the end of its body, or query if it has none."""
    if body:
        body += f"&timestamp={now_ms}"
    else:
        query += f"{'&' if query else ''}timestamp={now_ms}"
    mac = hmac.new(SECRET, (query + body).encode(), hashlib.sha256).hexdigest()
    if body:
        body += f"&signature={mac}"
    else:
        query += f"&signature={mac}"
    return Request(method, "binance", path, query, (("X-MBX-APIKEY", "k"),), body.encode())


class Recorded(NamedTuple):
    """One recorded request, the secret it was signed with and what its caller meant."""

    label: str
    truth: dict[str, Any]
    request: Request
    secret: bytearray


def recorded(folder: Path, exchange: str, client: str | None = None) -> list[Recorded]:
    """The recorded requests of ccxt and of another client, if there is one, for one exchange."""
    folder = folder / "exchange-requests"
    secrets = json.loads((folder / "credentials.json").read_text())[exchange]
    found = []
    for case in json.loads((folder / "ccxt" / f"{exchange}.json").read_text())["cases"]:
        for who in "AB":
            label = f"ccxt {case['category']} {case['tag']}"
            found.append((label, case["truth"], case[who], who))
    if client is not None:
        others = json.loads((folder / "sdk" / "requests.json").read_text())[client]["calls"]
        found += [(f"{client} {case['tag']}", case["truth"], case["req"], "A") for case in others]
    return [
        Recorded(
            label,
            truth or {},
            raw(wire["method"], wire["url"], wire["headers"], wire.get("body")),
            bytearray(secrets[who]["secret"].encode()),
        )
        for label, truth, wire, who in found
    ]
