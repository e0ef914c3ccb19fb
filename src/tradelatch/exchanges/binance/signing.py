"""Binance's signature: HMAC-SHA256 (hex) or Ed25519 (base64, percent-encoded) over the raw query
and the raw body, one after the other.

It covers neither method nor path nor host, so the way in needs TLS: whoever sees a signed
request can send the same parameters to another endpoint.
"""

import base64
import hashlib
import hmac
import re
from urllib.parse import unquote_to_bytes

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tradelatch.exchanges.binance import calls
from tradelatch.exchanges.protocol import ED25519, PublicKey, Reason, Refusal, Signed
from tradelatch.model.http import Request

_SIGNATURE = b"signature="
_WHOLE = re.compile(rb"0|[1-9][0-9]{0,15}")
_MICROSECOND_DIGITS = 16
_EARLY_MS = 1_000
_DEFAULT_WINDOW_MS = 5_000
_MAX_WINDOW_MS = 60_000


def key_id(request: Request) -> str | None:
    """The key id that the request claims, None if it claims none or more than one."""
    if calls.is_call(request):
        return calls.read_call(request).parameters.get("apiKey")
    return request.header("x-mbx-apikey")


def sign(secret: bytearray, payload: bytes) -> str:
    """The signature of `payload`: HMAC-SHA256 in hex, or Ed25519 in base64."""
    if secret.startswith(ED25519):
        key = Ed25519PrivateKey.from_private_bytes(memoryview(secret)[len(ED25519) :])
        return base64.b64encode(key.sign(payload)).decode()
    return hmac.digest(secret, payload, hashlib.sha256).hex()


def verify(request: Request, key: bytearray | PublicKey, now_ms: int) -> Signed:
    """Check signature (raw bytes, constant time) and time window.

    Raises:
        Refusal: BAD_SIGNATURE, OUTSIDE_WINDOW or BAD_PARAMETER.
    """
    if calls.is_call(request):
        return _verify_call(calls.read_call(request), key, now_ms)
    parts = (request.query.encode(errors="surrogatepass"), request.body)
    pairs = [pair for part in parts for pair in part.split(b"&")]
    signature = _only(pairs, b"signature")
    if signature is None:
        raise _missing("signature")
    payload = b"".join(_without_signature(part) for part in parts)
    # A signature that is not the last of its part stays in the payload, where it cannot fit.
    _check(key, payload, unquote_to_bytes(signature) if isinstance(key, PublicKey) else signature)
    timestamp_ms, window_ms = _times(pairs)
    _check_window(timestamp_ms, window_ms, now_ms)
    # Binance signs neither method nor path, so one signature is good on every endpoint. The
    # digest leaves them out too: a captured test order or read is not accepted as something else.
    return Signed(timestamp_ms, window_ms, hashlib.sha256(payload).hexdigest())


def _verify_call(call: calls.Call, key: bytearray | PublicKey, now_ms: int) -> Signed:
    signature = call.parameters.get("signature")
    if signature is None:
        raise _missing("signature")
    _check(key, call.payload, signature.encode())
    pairs = [f"{name}={value}".encode() for name, value in call.parameters.items()]
    timestamp_ms, window_ms = _times(pairs)
    _check_window(timestamp_ms, window_ms, now_ms)
    return Signed(timestamp_ms, window_ms, hashlib.sha256(call.payload).hexdigest())


def _check(key: bytearray | PublicKey, payload: bytes, signature: bytes) -> None:
    # A public key is never taken for a secret: whoever knows it could sign with it.
    if isinstance(key, PublicKey):
        fits = _is_by(key, payload, signature)
    else:
        fits = hmac.compare_digest(sign(key, payload).encode(), signature)
    if not fits:
        raise Refusal(Reason.BAD_SIGNATURE, "Signature for this request is not valid.")


def _is_by(key: PublicKey, payload: bytes, signature: bytes) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(key.raw).verify(raw, payload)
    except (ValueError, InvalidSignature):
        return False
    return True


def _without_signature(part: bytes) -> bytes:
    rest, _, last = part.rpartition(b"&")
    return rest if last.startswith(_SIGNATURE) else part


def _times(pairs: list[bytes]) -> tuple[int, int]:
    timestamp = _only(pairs, b"timestamp")
    if timestamp is None:
        raise _missing("timestamp")
    timestamp_ms = _whole("timestamp", timestamp)
    if len(timestamp) == _MICROSECOND_DIGITS:
        timestamp_ms //= 1_000
    window = _only(pairs, b"recvWindow")
    window_ms = _DEFAULT_WINDOW_MS if window is None else _whole("recvWindow", window)
    if window_ms > _MAX_WINDOW_MS:
        raise _bad("recvWindow", f"use at most {_MAX_WINDOW_MS}")
    return timestamp_ms, window_ms


def _check_window(timestamp_ms: int, window_ms: int, now_ms: int) -> None:
    if timestamp_ms >= now_ms + _EARLY_MS:
        text = "Timestamp for this request was 1000ms ahead of the server's time."
        raise Refusal(Reason.OUTSIDE_WINDOW, text)
    if now_ms - timestamp_ms > window_ms:
        text = "Timestamp for this request is outside of the recvWindow."
        raise Refusal(Reason.OUTSIDE_WINDOW, text)


def _only(pairs: list[bytes], name: bytes) -> bytes | None:
    values = [pair[len(name) + 1 :] for pair in pairs if pair.startswith(name + b"=")]
    if len(values) > 1:
        raise _bad(name.decode(), "it was sent twice")
    return values[0] if values else None


def _whole(name: str, text: bytes) -> int:
    if not _WHOLE.fullmatch(text):
        raise _bad(name, "use a whole number")
    return int(text)


def _missing(name: str) -> Refusal:
    text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    return Refusal(Reason.BAD_PARAMETER, text, -1102)


def _bad(name: str, why: str) -> Refusal:
    text = f"Data sent for parameter '{name}' is not valid: {why}."
    return Refusal(Reason.BAD_PARAMETER, text, -1130)
