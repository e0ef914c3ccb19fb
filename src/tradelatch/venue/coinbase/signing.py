"""Who asks: the JSON Web Token (ES256) that a request to Coinbase bears.

As https://docs.cdp.coinbase.com/coinbase-app/authentication-authorization/api-key-authentication
tells: the header names the key (``kid``), the claims the key again (``sub``), the time in which the
token is good, two minutes at most, and the request it is for (``uri``: method, host and path).
Neither query nor body is signed.
"""

import base64
import binascii
import functools
import re
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tradelatch.venue.coinbase.errors import unauthorized
from tradelatch.venue.engine.api_keys import ApiKey

ISSUERS = ("cdp", "coinbase-cloud")
HOST = "api.coinbase.com"
_BEARER = b"Bearer "
_PART = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_LONGEST = 8_192
_LIFE_S = 120
_AHEAD_S = 5
"""How far a client's clock may be ahead of ours; Coinbase does not say."""
_SIZE = 32
"""Bytes of each half of a signature (RFC 7518, section 3.4)."""


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str
    typ: str = "JWT"


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    nbf: int
    exp: int
    uri: str


class Token(msgspec.Struct, frozen=True):
    """A token as it was sent, not yet verified."""

    header: _Header
    claims: _Claims
    signed: bytes
    signature: bytes


def read_token(authorization: bytes) -> Token | None:
    """The token in a header ``Authorization``; None if there is none that can be read."""
    if not authorization.startswith(_BEARER) or len(authorization) > _LONGEST:
        return None
    text = authorization.removeprefix(_BEARER).decode("ascii", "replace")
    parts = text.split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        return None
    try:
        header, claims, signature = map(_decode, parts)
        return Token(
            msgspec.json.decode(header, type=_Header),
            msgspec.json.decode(claims, type=_Claims),
            text.rpartition(".")[0].encode(),
            signature,
        )
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        return None


def authenticate(
    keys: Mapping[str, ApiKey], token: Token | None, method: str, targets: set[str], now: int
) -> ApiKey:
    """The key that signed a request which arrived at `now` (ms) by one of its `targets`, host and
    path.

    Raises:
        Denied: there is no such key, the token is not its own, too old, or for something else.
    """
    if token is None or not _is_timely(token.claims, now):
        raise unauthorized()
    key = keys.get(token.header.kid)
    if key is None or key.kind != token.header.alg or key.id != token.claims.sub:
        raise unauthorized()
    if token.header.typ != "JWT" or token.claims.iss not in ISSUERS:
        raise unauthorized()
    asked, _, target = token.claims.uri.partition(" ")
    # ccxt takes off "https://" alone, and leaves what stands before a host without TLS.
    if asked != method or target.removeprefix("http://") not in targets:
        raise unauthorized()
    if not _is_signed(key, token):
        raise unauthorized()
    return key


def _is_timely(claims: _Claims, now: int) -> bool:
    if claims.exp - claims.nbf > _LIFE_S:
        return False
    return claims.nbf * 1_000 <= now + _AHEAD_S * 1_000 and now < claims.exp * 1_000


def _is_signed(key: ApiKey, token: Token) -> bool:
    if len(token.signature) != 2 * _SIZE:
        return False
    halves = token.signature[:_SIZE], token.signature[_SIZE:]
    signature = encode_dss_signature(*(int.from_bytes(half) for half in halves))
    try:
        _public_key(key.public).verify(signature, token.signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


@functools.lru_cache(maxsize=1_024)
def _public_key(point: str) -> EllipticCurvePublicKey:
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), bytes.fromhex(point))


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
