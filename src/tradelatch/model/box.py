"""Sealed boxes: how a secret travels to the vault, so that only the vault can open it.

A fresh data key goes by HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM) to the vault's public
key; the secret is under the data key by AES-256-GCM, which opens into memory that can be wiped.
Both bind what the secret is: a box that was meant for another account opens nothing.
"""

import secrets

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from tradelatch.model.statements import decode, encode

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
KEY, NONCE = 32, 12
FIND = "find-secret"
"""In the place of a key id: what is in the box is only to be looked for."""
WRAPPED = 32 + KEY + 16
"""What HPKE makes of a data key: its own public key, the key, a tag."""


def exchange_key_info(account: str, exchange: str, key_id: str) -> bytes:
    """What a box with an exchange key's secret is bound to."""
    return msgspec.json.encode([1, "exchange key", account, exchange, key_id])


def sealed_key(public_key: str, account: str, exchange: str, key_id: str, secret: bytearray) -> str:
    """An exchange key's secret in a box, base64 as `public_key` is.

    Raises:
        ValueError: this is no X25519 public key.
    """
    info = exchange_key_info(account, exchange, key_id)
    return encode(seal(decode(public_key, 32), info, secret))


def seal(public_key: bytes, info: bytes, secret: bytearray) -> bytes:
    """The box: the wrapped data key, a nonce, the sealed secret; `secret` is left as it is.

    Raises:
        ValueError: this is no X25519 public key.
    """
    key, nonce = secrets.token_bytes(KEY), secrets.token_bytes(NONCE)
    wrapped = SUITE.encrypt(key, X25519PublicKey.from_public_bytes(public_key), info)
    return wrapped + nonce + AESGCM(key).encrypt(nonce, secret, info)
