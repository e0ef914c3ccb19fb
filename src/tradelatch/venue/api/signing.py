"""Who asks: API key, time stamp and signature of a signed request, by Binance's rules.

A signature is over the request's own parameters without ``signature``: HMAC-SHA256 in hex, or
Ed25519 in base64. A time stamp (ms, or us) must be less than a second ahead and no older than
``recvWindow`` (default 5,000, at most 60,000 ms).
"""

import base64
import binascii
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.engine.api_keys import ApiKey, Right
from tradelatch.venue.engine.refusal import (
    Refused,
    bad_key,
    bad_key_format,
    bad_signature,
    illegal,
    missing,
)
from tradelatch.venue.engine.register import Register

SIGNED = frozenset({"timestamp", "recvWindow", "signature"})
_AHEAD_MS = 1_000
_WINDOW_MS = 5_000
_LARGEST_WINDOW_MS = 60_000


def find_key(keys: dict[str, ApiKey], name: bytes | None) -> ApiKey:
    """The key a request names.

    Raises:
        Refused: none is named, or there is no such key.
    """
    if not name or len(name) > 128 or not name.isalnum():
        raise bad_key_format()
    key = keys.get(name.decode("ascii"))
    if key is None:
        raise bad_key()
    return key


def verify(key: ApiKey, payload: bytes, values: dict[str, str], now: int) -> None:
    """Check time stamp and signature of a request that arrived at `now` (ms); `payload` is what
    was signed and `values` are the request's parameters.

    Raises:
        Refused: a parameter is missing, the time is outside the window, the signature is bad.
    """
    check_time(values, now)
    signature = values.get("signature")
    if not signature:
        raise missing("signature")
    check = _CHECKS.get(key.kind)
    if check is None or not check(key, payload, signature):
        raise bad_signature()


def authorize(
    register: Register, key: ApiKey, right: Right, source: str, symbol: str | None, now: int
) -> None:
    """See that a key may be used for this, from there, at `now` (ms).

    Raises:
        Refused: the right is lacking or has lapsed, the address or the symbol is not listed;
            which of these it was is not told, as Binance does not.
    """
    if right not in key.rights_at(register.key_rules, now) or not key.admits(source):
        raise bad_key()
    # An order without a symbol is refused for that; reading is not restricted by symbols.
    if key.symbols and right is Right.TRADE and symbol and symbol not in key.symbols:
        raise bad_key()


def raw_payload(query: bytes, body: bytes) -> bytes:
    """What a REST request signs: query and body, one after the other, without the signature."""
    return _without_signature(query) + _without_signature(body)


def sorted_payload(values: dict[str, str]) -> bytes:
    """What a websocket request signs: its parameters in alphabetical order."""
    pairs = sorted((name, value) for name, value in values.items() if name != "signature")
    return "&".join(f"{name}={value}" for name, value in pairs).encode()


def _is_hmac(key: ApiKey, payload: bytes, signature: str) -> bool:
    expected = hmac.digest(key.secret.encode(), payload, "sha256").hex()
    # Compared as bytes: the text that was sent may be anything.
    return hmac.compare_digest(expected.encode(), signature.lower().encode())


def _is_ed25519(key: ApiKey, payload: bytes, signature: str) -> bool:
    try:
        raw = base64.b64decode(signature.encode(), validate=True)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public)).verify(raw, payload)
    except (binascii.Error, InvalidSignature):
        return False
    return True


_CHECKS = {"HMAC": _is_hmac, "Ed25519": _is_ed25519}


def check_time(values: dict[str, str], now: int) -> None:
    """See that a request's time stamp lies in its window.

    Raises:
        Refused: it is missing, is no number, or lies outside.
    """
    parameters = Parameters(values, frozenset(values))
    timestamp = parameters.moment("timestamp")
    if timestamp is None:
        raise missing("timestamp")
    if timestamp >= now + _AHEAD_MS:
        raise Refused(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if timestamp < now - _window(parameters):
        raise Refused(-1021, "Timestamp for this request is outside of the recvWindow.")


def _window(parameters: Parameters) -> int:
    # Binance takes up to three decimals of a millisecond here; they change nothing.
    window = parameters.amount("recvWindow")
    if window is None:
        return _WINDOW_MS
    if window > _LARGEST_WINDOW_MS * 10**8:
        raise Refused(-1131, "recvWindow must be less than 60000")
    if window % 10**5:
        raise illegal("recvWindow", r"^[0-9]{1,5}(\.[0-9]{1,3})?$")
    return window // 10**8


def _without_signature(part: bytes) -> bytes:
    if b"signature=" not in part:
        return part
    return b"&".join(p for p in part.split(b"&") if not p.startswith(b"signature="))
