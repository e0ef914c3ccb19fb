"""What exchanges' signatures have in common: headers, comparing in constant time, time windows."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote_to_bytes

from tradelatch.exchanges.protocol import Reason, Refusal, Signed
from tradelatch.model.http import Request

_SEPARATOR = b"\n"
_NOT_VALID = "the signature of this request is not valid"
_EARLY_MS = 1_000
_PARTING = re.compile(r"%(?:2[356B]|3D|[0-9A-F]?[a-f])")
"""Escapes of letters that would part a query otherwise if they stood in it, and those that have
another spelling."""


def with_passphrase(secret: bytes | bytearray, passphrase: bytes | bytearray) -> bytearray:
    """The secret of a key that has a passphrase besides: both, a line each."""
    return bytearray(secret) + _SEPARATOR + passphrase


def secret_of(secret: bytearray) -> memoryview:
    """What is signed with, of a secret that may have a passphrase; nothing is copied."""
    end = secret.find(_SEPARATOR)
    return memoryview(secret)[: len(secret) if end < 0 else end]


def passphrase_of(secret: bytearray) -> memoryview:
    """The passphrase in it; empty if it has none."""
    end = secret.find(_SEPARATOR)
    return memoryview(secret)[len(secret) if end < 0 else end + 1 :]


def mac(secret: bytearray, payload: bytes, digest: str = "sha256") -> bytes:
    """HMAC under a secret that is a text."""
    return hmac.digest(secret_of(secret), payload, digest)


def header(request: Request, name: str) -> str:
    """A header (lower case) that has to be there once.

    Raises:
        Refusal: BAD_PARAMETER, it is not.
    """
    value = request.header(name)
    if value is None:
        raise Refusal(Reason.BAD_PARAMETER, f"header {name.upper()} is missing or was sent twice")
    return value


def check_signature(right: str, told: str) -> None:
    """Compare in constant time.

    Raises:
        Refusal: BAD_SIGNATURE.
    """
    if not _is_same(right, told):
        raise Refusal(Reason.BAD_SIGNATURE, _NOT_VALID)


def _is_same(right: str, told: str) -> bool:
    return hmac.compare_digest(right.encode(), told.encode(errors="replace"))


def spellings(query: str) -> tuple[bytes, ...]:
    """A query as it stands, and at last as it was before it was percent-encoded, where no other
    query was the same: clients differ in which of them they sign."""
    raw = query.encode(errors="surrogatepass")
    if "%" not in query or _PARTING.search(query):
        return (raw,)
    return raw, unquote_to_bytes(raw)


def check_one_of(payloads: Iterable[bytes], sign: Callable[[bytes], str], told: str) -> bytes:
    """The payload that was signed, compared in constant time.

    Raises:
        Refusal: BAD_SIGNATURE, it is none of them.
    """
    right = [one for one in payloads if _is_same(sign(one), told)]
    if not right:
        raise Refusal(Reason.BAD_SIGNATURE, _NOT_VALID)
    return right[0]


def check_time(timestamp_ms: int, window_ms: int, now_ms: int) -> None:
    """A request is good from a second before its time stamp (clocks differ) until its window ends.

    Raises:
        Refusal: OUTSIDE_WINDOW.
    """
    if timestamp_ms >= now_ms + _EARLY_MS:
        raise Refusal(Reason.OUTSIDE_WINDOW, "the time stamp is more than 1000 ms ahead of ours")
    if now_ms - timestamp_ms > window_ms:
        raise Refusal(Reason.OUTSIDE_WINDOW, f"the time stamp is more than {window_ms} ms old")


def whole(name: str, text: str, digits: int = 19) -> int:
    """A time stamp or nonce.

    Raises:
        Refusal: BAD_PARAMETER, it is no whole number, or too long.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= digits):
        raise Refusal(Reason.BAD_PARAMETER, f"{name} has to be a whole number")
    return int(text)


def signed(timestamp_ms: int, window_ms: int, payload: bytes, nonce: int | None = None) -> Signed:
    """What a good signature over `payload` proves."""
    return Signed(timestamp_ms, window_ms, hashlib.sha256(payload).hexdigest(), nonce)
