"""ES256: ECDSA on the curve P-256 with SHA-256, as JSON web tokens carry it.

RFC 7518, section 3.4: a signature is r and s, 32 bytes each; RFC 7515, section 2: base64url without
padding.
"""

import base64
import re
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

POINT = 65
"""So many bytes a public key has: a point that is not compressed."""
TOKEN = re.compile(r"([A-Za-z0-9_-]{1,2000})\.([A-Za-z0-9_-]{1,4000})\.([A-Za-z0-9_-]{86})")
"""Header, claims and signature of a token."""
_HALF = 32
_CURVE = ec.SECP256R1()
_HASH = ec.ECDSA(SHA256())


def new_private_key() -> bytearray:
    """A fresh private key in PEM (SEC1, as Coinbase has them), without a last line end."""
    key, form = ec.generate_private_key(_CURVE), PrivateFormat.TraditionalOpenSSL
    return bytearray(key.private_bytes(Encoding.PEM, form, NoEncryption()).rstrip())


def public_key(private: bytearray) -> bytes:
    """The public half of a private key in PEM (SEC1 or PKCS8), `POINT` bytes.

    Raises:
        ValueError: it is no private key on that curve.
    """
    point = _private(private).public_key()
    return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def check_public_key(raw: bytes) -> None:
    """Raises ValueError if it is no point on that curve."""
    _public(raw)


def sign(private: bytearray, text: bytes) -> bytes:
    """The signature over a text: 64 bytes.

    Raises:
        ValueError: it is no private key on that curve.
    """
    r, s = decode_dss_signature(_private(private).sign(text, _HASH))
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


def is_signed(public: bytes, text: bytes, signature: bytes) -> bool:
    """Whether the signature over the text is of that key."""
    r, s = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
    try:
        _public(public).verify(encode_dss_signature(r, s), text, _HASH)
    except (InvalidSignature, ValueError):
        return False
    return True


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """What such a text stands for."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _private(pem: bytearray) -> ec.EllipticCurvePrivateKey:
    """Read anew each time: nothing that could sign is kept but the secret itself."""
    try:
        key = load_pem_private_key(pem, None)
    except (TypeError, ValueError, UnsupportedAlgorithm):  # what it says might quote it
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != _CURVE.name:
        raise ValueError("it is no private key on P-256 in PEM")
    return key


@lru_cache(maxsize=256)
def _public(raw: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, raw)
