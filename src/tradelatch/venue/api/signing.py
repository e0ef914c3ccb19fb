"""Who asks: API key, time stamp and signature of a signed request, by Binance's rules.

The signature is HMAC-SHA256, in hex, over the raw query and the raw body one after the other,
both without the parameter ``signature``. A time stamp (ms, or us) must be less than a second
ahead and no older than ``recvWindow`` (default 5,000, at most 60,000 ms).
"""

import hashlib
import hmac

from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.engine.accounts import ApiKey
from tradelatch.venue.engine.refusal import (
    BAD_KEY,
    BAD_KEY_FORMAT,
    BAD_SIGNATURE,
    Refused,
    illegal,
    missing,
)

SIGNED = frozenset({"timestamp", "recvWindow", "signature"})
_AHEAD_MS = 1_000
_WINDOW_MS = 5_000
_LARGEST_WINDOW_MS = 60_000
_MICROSECONDS = 10**15
"""Time stamps above this are in microseconds."""


def find_key(keys: dict[str, ApiKey], name: bytes | None) -> ApiKey:
    """The key a request names in ``X-MBX-APIKEY``.

    Raises:
        Refused: none is named, or there is no such key.
    """
    if not name or len(name) > 128 or not name.isalnum():
        raise BAD_KEY_FORMAT
    key = keys.get(name.decode("ascii"))
    if key is None:
        raise BAD_KEY
    return key


def verify(secret: str, query: bytes, body: bytes, values: dict[str, str], now: int) -> None:
    """Check time stamp and signature of a request that arrived at `now` (ms).

    Raises:
        Refused: a parameter is missing, the time is outside the window, the signature is bad.
    """
    parameters = Parameters(values, frozenset(values))
    timestamp = parameters.integer("timestamp", 0, 10**18 - 1)
    if timestamp is None:
        raise missing("timestamp")
    signature = parameters.text("signature")
    if signature is None:
        raise missing("signature")
    _check_time(timestamp, _window(parameters), now)
    expected = hmac.new(secret.encode(), _payload(query) + _payload(body), hashlib.sha256)
    # Compared as bytes: the text that was sent may be anything.
    if not hmac.compare_digest(expected.hexdigest().encode(), signature.lower().encode()):
        raise BAD_SIGNATURE


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


def _check_time(timestamp: int, window: int, now: int) -> None:
    if timestamp >= _MICROSECONDS:
        timestamp //= 1_000
    if timestamp >= now + _AHEAD_MS:
        raise Refused(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if timestamp < now - window:
        raise Refused(-1021, "Timestamp for this request is outside of the recvWindow.")


def _payload(part: bytes) -> bytes:
    if b"signature=" not in part:
        return part
    return b"&".join(p for p in part.split(b"&") if not p.startswith(b"signature="))
