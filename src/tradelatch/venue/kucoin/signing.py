"""Who asks: key, time stamp, passphrase and signature of a private request, by KuCoin's rules
(https://www.kucoin.com/docs-new/authentication).

The signature is HMAC-SHA256 in base64 over time stamp, method, path with query and body. A time
stamp (ms) is good within 5 s of the server's. From key version 2 on the passphrase is sent as
HMAC-SHA256 by the secret, in base64, and before that as it is.
"""

import base64
import hmac
import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from tradelatch.venue.engine.api_keys import ApiKey, Lapse, Right
from tradelatch.venue.house import House
from tradelatch.venue.kucoin.refusals import Declined

_WINDOW_MS = 5_000
_HEADERS = (b"kc-api-key", b"kc-api-timestamp", b"kc-api-passphrase", b"kc-api-sign")
_TIMESTAMP = re.compile(rb"[0-9]{1,16}")
_HASHED = (b"2", b"3")
"""Key versions whose passphrase is sent as its HMAC."""


def verify(
    keys: Mapping[str, ApiKey],
    headers: Mapping[bytes, bytes],
    method: str,
    target: bytes,
    body: bytes,
    now: int,
) -> ApiKey:
    """The key that signed a request which arrived at `now` (ms); `target` is path and query as
    they were sent.

    Raises:
        Declined: a header is missing, the key is unknown or has no passphrase, the time is outside
            the window, passphrase or signature is wrong.
    """
    name, timestamp, passphrase, signature = (headers.get(word, b"") for word in _HEADERS)
    if not (name and timestamp and passphrase and signature):
        raise Declined(
            400001,
            "KC-API-KEY, KC-API-SIGN, KC-API-TIMESTAMP or KC-API-PASSPHRASE is missing in the "
            "request's headers.",
            401,
        )
    key = keys.get(name.decode("ascii", "replace"))
    if key is None or not key.passphrase:
        raise _no_such_key()
    if not _TIMESTAMP.fullmatch(timestamp) or abs(int(timestamp) - now) > _WINDOW_MS:
        raise Declined(400002, "Invalid KC-API-TIMESTAMP", 400)
    expected = key.passphrase.encode()
    if headers.get(b"kc-api-key-version", b"1") in _HASHED:
        expected = _signed(key, expected)
    if not hmac.compare_digest(expected, passphrase):
        raise Declined(400004, "Invalid KC-API-PASSPHRASE", 401)
    # The documentation has the URL signed as it was before it was encoded; many clients encode
    # nothing, and some sign what they send.
    start = timestamp + method.encode()
    payloads = {start + target + body, start + unquote_to_bytes(target) + body}
    if not any(hmac.compare_digest(_signed(key, one), signature) for one in payloads):
        raise Declined(400005, "Invalid KC-API-SIGN", 401)
    return key


def let_in(house: House, key: ApiKey, right: Right, source: str, now: int) -> None:
    """See that a key, whose signature is good, may do this, and remember that it was used.

    Raises:
        Declined: it may not, or not from there.
    """
    house.note_lapse(key, now)
    rules = house.engine.key_rules
    if key.lapses(rules, now) - {Lapse.UNBOUND}:
        raise _no_such_key()
    if not key.admits(source):
        raise Declined(400006, "The requested ip address is not in the api whitelist", 403)
    if right not in key.rights_at(rules, now):
        raise no_right()
    house.note_use(key, now)


def no_right() -> Declined:
    """The key lacks the right."""
    return Declined(400007, "Access denied --> Require more permission.", 403)


def _no_such_key() -> Declined:
    return Declined(400003, "KC-API-KEY not exists", 401)


def _signed(key: ApiKey, payload: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key.secret.encode(), payload, "sha256"))
