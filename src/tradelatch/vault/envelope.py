"""Envelopes: a secret under its own data key, the data key under the key-encryption key.

Both layers are AES-256-GCM, and both bind the label (what the secret is, whose, for what) as
associated data, so that no envelope can be passed off as another or as an older format.
"""

import secrets

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
_NONCE, _TAG, _KEY = 12, 16, 32


class SealBroken(Exception):
    """An envelope does not open: another key, another label, or changed bytes."""


class Label(msgspec.Struct, frozen=True):
    """What an envelope holds; all of it is bound to the ciphertext."""

    purpose: str
    account: str
    exchange: str
    key_id: str

    def associated_data(self) -> bytes:
        """Unambiguous bytes of version and all fields."""
        return msgspec.json.encode([VERSION, *msgspec.structs.astuple(self)])


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed secret with its label, as it is stored."""

    version: int
    label: Label
    wrapped_key: bytes
    sealed: bytes


def wipe(secret: bytearray) -> None:
    """Overwrite a secret in place."""
    secret[:] = bytes(len(secret))


def seal(kek: bytearray, label: Label, secret: bytearray) -> Envelope:
    """Seal `secret` (left as it is) under a fresh data key."""
    data = label.associated_data()
    key = bytearray(secrets.token_bytes(_KEY))
    try:
        return Envelope(VERSION, label, _encrypt(kek, key, data), _encrypt(key, secret, data))
    finally:
        wipe(key)


def unseal(kek: bytearray, envelope: Envelope) -> bytearray:
    """The secret; whoever asked for it wipes it.

    Raises:
        SealBroken: the key is another one, or something was changed.
    """
    if envelope.version != VERSION:
        raise SealBroken(f"format version {envelope.version} is not known")
    data = envelope.label.associated_data()
    key = _decrypt(kek, envelope.wrapped_key, data)
    try:
        return _decrypt(key, envelope.sealed, data)
    finally:
        wipe(key)


def _encrypt(key: bytearray, plain: bytearray, data: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, data)


def _decrypt(key: bytearray, sealed: bytes, data: bytes) -> bytearray:
    if len(sealed) < _NONCE + _TAG:
        raise SealBroken("the envelope is too short")
    plain = bytearray(len(sealed) - _NONCE - _TAG)
    try:
        AESGCM(key).decrypt_into(sealed[:_NONCE], sealed[_NONCE:], data, plain)
    except InvalidTag as error:
        raise SealBroken("another key, another label, or changed bytes") from error
    return plain
