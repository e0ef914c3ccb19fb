"""Envelopes: a secret under its own data key, the data key under a key-encryption key.

Both layers are AES-256-GCM, and both bind the label (what the secret is, whose, for what) as
associated data, so that no envelope can be passed off as another or as an older format. The
number of the key-encryption key is not bound: another key opens nothing.
"""

import secrets
from typing import Protocol

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
    kek: int
    wrapped_key: bytes
    sealed: bytes


def wipe(secret: bytearray) -> None:
    """Overwrite a secret in place."""
    secret[:] = bytes(len(secret))


class Keys(Protocol):
    """Key-encryption keys by number, as `Keyring` has them."""

    @property
    def newest(self) -> int:
        """The number of the one that seals."""

    def key(self, number: int) -> bytearray:
        """One of them.

        Raises:
            SealBroken: there is none of that number.
        """


def seal(keys: Keys, label: Label, secret: bytearray) -> Envelope:
    """Seal `secret` (left as it is) under a fresh data key."""
    data, number = label.associated_data(), keys.newest
    key = bytearray(secrets.token_bytes(_KEY))
    try:
        wrapped, sealed = encrypt(keys.key(number), key, data), encrypt(key, secret, data)
        return Envelope(VERSION, label, number, wrapped, sealed)
    finally:
        wipe(key)


def unseal(keys: Keys, envelope: Envelope) -> bytearray:
    """The secret; whoever asked for it wipes it.

    Raises:
        SealBroken: the key is another one, or something was changed.
    """
    key = _data_key(keys, envelope)
    try:
        return decrypt(key, envelope.sealed, envelope.label.associated_data())
    finally:
        wipe(key)


def rewrap(keys: Keys, envelope: Envelope) -> Envelope:
    """The same under the newest key-encryption key; the secret stays sealed.

    Raises:
        SealBroken: the data key does not open.
    """
    key = _data_key(keys, envelope)
    try:
        data, number = envelope.label.associated_data(), keys.newest
        wrapped = encrypt(keys.key(number), key, data)
        return msgspec.structs.replace(envelope, kek=number, wrapped_key=wrapped)
    finally:
        wipe(key)


def _data_key(keys: Keys, envelope: Envelope) -> bytearray:
    if envelope.version != VERSION:
        raise SealBroken(f"format version {envelope.version} is not known")
    return decrypt(keys.key(envelope.kek), envelope.wrapped_key, envelope.label.associated_data())


def encrypt(key: bytearray, plain: bytearray, data: bytes) -> bytes:
    """A nonce, and AES-256-GCM of `plain`; `data` is bound."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, data)


def decrypt(key: bytearray, sealed: bytes, data: bytes) -> bytearray:
    """What was encrypted, in memory that can be wiped.

    Raises:
        SealBroken: another key, other `data`, or changed bytes.
    """
    if len(sealed) < _NONCE + _TAG:
        raise SealBroken("the envelope is too short")
    plain = bytearray(len(sealed) - _NONCE - _TAG)
    try:
        AESGCM(key).decrypt_into(sealed[:_NONCE], sealed[_NONCE:], data, plain)
    except InvalidTag as error:
        raise SealBroken("another key, another label, or changed bytes") from error
    return plain
