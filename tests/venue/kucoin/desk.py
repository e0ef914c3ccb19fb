"""KuCoin clients of a running venue, and KuCoin requests without a client."""

import base64
import hashlib
import hmac
import inspect
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from tests.venue.site import Site, now

T = TypeVar("T")
PASSPHRASE = "correct-horse"


class Key(msgspec.Struct, frozen=True):
    """An API key with its passphrase."""

    id: str
    secret: str
    passphrase: str = PASSPHRASE

    def mac(self, payload: str) -> str:
        """HMAC-SHA256 by the secret, in base64."""
        digest = hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


def open_account(site: Site, name: str, rights: list[str] | None = None, **balances: str) -> Key:
    """A new account's key."""
    site.admin("accounts", {"account": name, "balances": balances})
    return issue(site, name, rights or ["read", "trade", "transfer", "withdraw"])


def issue(site: Site, account: str, rights: list[str], **more: Any) -> Key:
    """One more key of an account."""
    wanted = {"account": account, "rights": rights, "passphrase": PASSPHRASE, **more}
    issued = site.admin("keys", wanted)
    return Key(issued["key"], issued["secret"])


def ask(
    site: Site,
    key: Key | None,
    method: str,
    target: str,
    body: Any = None,
    *,
    signed: str | None = None,
    **headers: str,
) -> tuple[int, Any]:
    """Status and JSON of one request. `signed` is the target that is signed where that is
    another; `headers` (``kc_timestamp``, ``kc_passphrase``, ``kc_key_version``...) take the places
    of the right ones, and empty ones are not sent."""
    text = "" if body is None else json.dumps(body)
    sent = {"Content-Type": "application/json"}
    if key is not None:
        stamp = headers.get("kc_timestamp", str(now()))
        words = {
            "kc_key": key.id,
            "kc_timestamp": stamp,
            "kc_passphrase": key.mac(key.passphrase),
            "kc_key_version": "2",
            "kc_sign": key.mac(f"{stamp}{method}{signed or target}{text}"),
            **headers,
        }
        sent |= {
            name.replace("kc_", "KC-API-").replace("_", "-"): word
            for name, word in words.items()
            if word
        }
    return site.request(method, f"/kucoin{target}", text.encode() or None, sent)


def client(kind: Any, site: Site, key: Key, *, hf: bool = False) -> Any:
    """A client of ccxt's, with nothing changed but its base URLs; `hf` lets it use the
    high-frequency endpoints."""
    options = {"hf": True} if hf else {}
    made = kind(
        {
            "apiKey": key.id,
            "secret": key.secret,
            "password": key.passphrase,
            "enableRateLimit": False,
            "options": options,
        }
    )
    made.urls["api"] = dict.fromkeys(made.urls["api"], f"{site.url}/kucoin")
    return made


class Caller:
    """Calls either kind of client."""

    def __init__(self, made: Any) -> None:
        self.client = made

    async def __call__(self, name: str, *arguments: Any) -> Any:
        answer = getattr(self.client, name)(*arguments)
        return await answer if inspect.isawaitable(answer) else answer

    async def close(self) -> None:
        if inspect.iscoroutinefunction(self.client.close):
            await self.client.close()


def balances(site: Site, account: str) -> dict[str, tuple[Decimal, Decimal]]:
    """What the engine says is free and locked, by asset."""
    told = site.admin(f"balances?account={account}")[account]
    return {asset: (Decimal(one["free"]), Decimal(one["locked"])) for asset, one in told.items()}


def at_once(site: Site, read: Callable[[], T]) -> T:
    """What `read` gives with nothing happening at the venue meanwhile: the house trades with
    whatever rests."""
    for _ in range(100):
        before = site.admin("status")["commands"]
        found = read()
        if site.admin("status")["commands"] == before:
            return found
    raise AssertionError("the venue never stood still")


def told_balances(rows: list[dict[str, str]]) -> dict[str, tuple[Decimal, Decimal]]:
    """The same out of the answer to ``GET /api/v1/accounts``."""
    for row in rows:
        assert Decimal(row["balance"]) == Decimal(row["available"]) + Decimal(row["holds"])
    return {row["currency"]: (Decimal(row["available"]), Decimal(row["holds"])) for row in rows}
