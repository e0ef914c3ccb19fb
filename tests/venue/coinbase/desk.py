"""Keys of Coinbase's kind, what signs with them, and ccxt's clients that are pointed at a venue."""

import base64
import inspect
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt
import ccxt.async_support as ccxt_async
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.venue.site import Site

BROKERAGE = "/api/v3/brokerage"
ALL_RIGHTS = ["read", "trade", "transfer", "withdraw"]


class CloudKey:
    """An API key that signs as Coinbase's clients do."""

    def __init__(self, name: str, private: EllipticCurvePrivateKey) -> None:
        self.name = name
        self._private = private
        self.pem = private.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        ).decode()

    def token(self, uri: str, now: int, header: Any = None, claims: Any = None) -> str:
        """A token for a request at `now` (s); `header` and `claims` go over what they hold."""
        told = {"alg": "ES256", "typ": "JWT", "kid": self.name, "nonce": secrets.token_hex(8)}
        said = {"iss": "cdp", "sub": self.name, "nbf": now, "exp": now + 120, "uri": uri}
        parts = (told | (header or {}), said | (claims or {}))
        signed = ".".join(_written(json.dumps(part).encode()) for part in parts)
        r, s = decode_dss_signature(self._private.sign(signed.encode(), ECDSA(SHA256())))
        return f"{signed}.{_written(r.to_bytes(32) + s.to_bytes(32))}"


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def public_pem(private: EllipticCurvePrivateKey) -> str:
    """The public key that belongs to a private one."""
    public = private.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def new_key(site: Site, account: str, rights: list[str], **more: object) -> CloudKey:
    """A key of that account."""
    private = generate_private_key(SECP256R1())
    wanted = {"account": account, "rights": rights, "public_key": public_pem(private), **more}
    return CloudKey(site.admin("keys", wanted)["key"], private)


def open_account(site: Site, name: str, rights: list[str], **balances: str) -> CloudKey:
    """The key of a new account."""
    site.admin("accounts", {"account": name, "balances": balances})
    return new_key(site, name, rights)


def ask(
    site: Site, key: CloudKey, method: str, target: str, body: object = None, **signed: Any
) -> tuple[int, Any]:
    """Status and JSON of a request signed now; `signed` goes over what its token claims."""
    path = target.partition("?")[0]
    uri = f"{method} 127.0.0.1:{site.port}/coinbase{path}"
    token = key.token(uri, int(time.time()), claims=signed)
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}"}
    return site.request(method, f"/coinbase{target}", data, headers)


def client(site: Site, key: CloudKey, kind: str = "sync") -> Any:
    """ccxt's client, with nothing changed but its address."""
    library = ccxt if kind == "sync" else ccxt_async
    found = library.coinbase({"apiKey": key.name, "secret": key.pem, "enableRateLimit": False})
    found.urls["api"] = {"rest": f"{site.url}/coinbase"}
    return found


class Caller:
    """Calls either kind of client."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def __call__(self, name: str, *arguments: Any) -> Any:
        answer = getattr(self.client, name)(*arguments)
        return await answer if inspect.isawaitable(answer) else answer


@asynccontextmanager
async def calling(site: Site, key: CloudKey, kind: str) -> AsyncIterator[Caller]:
    """A client at work, closed in the end."""
    found = client(site, key, kind)
    try:
        yield Caller(found)
    finally:
        if kind == "async":
            await found.close()
