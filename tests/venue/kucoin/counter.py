"""The KuCoin face of a venue in this process, without a network."""

import base64
import hmac
import json
from typing import Any

from tests.venue.counter import NOW_MS, Counter
from tradelatch.venue.kucoin.rest import PREFIX

PASSPHRASE = "correct-horse"


class KucoinCounter(Counter):
    """A venue with one account, whose key has a passphrase."""

    async def open(self) -> None:
        """Open the account and issue its key."""
        await super().open()
        wanted = {
            "account": "fuzz",
            "rights": ["read", "trade", "transfer", "withdraw"],
            "passphrase": PASSPHRASE,
        }
        status, issued = await self.admin("keys", wanted)
        assert status == 200, issued
        self.key, self.secret = issued["key"], issued["secret"]

    def headers(self, method: str, target: bytes, body: bytes, stamp: int) -> dict[bytes, bytes]:
        """What signs a request with a time stamp (ms)."""

        def mac(payload: bytes) -> bytes:
            return base64.b64encode(hmac.digest(self.secret.encode(), payload, "sha256"))

        return {
            b"kc-api-key": self.key.encode(),
            b"kc-api-timestamp": str(stamp).encode(),
            b"kc-api-passphrase": mac(PASSPHRASE.encode()),
            b"kc-api-key-version": b"3",
            b"kc-api-sign": mac(f"{stamp}{method}".encode() + target + body),
            b"content-type": b"application/json",
        }

    async def knock(
        self,
        method: str,
        path: str,
        query: bytes = b"",
        body: bytes = b"",
        stamp: int = NOW_MS,
    ) -> tuple[int, bytes]:
        """Status and body of the answer to a signed request; `path` is without the prefix."""
        target = path.encode() + (b"?" + query if query else b"")
        headers = self.headers(method, target, body, stamp)
        return await self.ask(method, PREFIX + path, query, body, headers)

    async def data(self, method: str, path: str, body: Any = None) -> Any:
        """The data of an answer that is a success."""
        sent = b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        status, answer = await self.knock(method, path, query.encode(), sent)
        told = json.loads(answer)
        assert (status, told["code"]) == (200, "200000"), told
        return told["data"]
