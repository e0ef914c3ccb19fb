"""The root in a PKCS#11 token (OASIS, v2.40): an AES-256 key that never leaves it.

It wraps as the other roots do, by AES-256-GCM with what it is as associated data, but inside the
token. Needs `python-pkcs11`; what that copies of an opened key is not wiped.
"""

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass, lib
from pkcs11.exceptions import NoSuchKey, PKCS11Error
from pkcs11.types import Key

from tradelatch.model.config import Hsm
from tradelatch.vault.disk import VaultError
from tradelatch.vault.envelope import SealBroken

_NONCE, _KEY_BITS = 12, 256
_STAYS = {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
_STAYED = (Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE)
_SAYS = {
    "NoSuchToken": "there is no such token",
    "MultipleTokensReturned": "more than one token is called so; rename one",
    "PinIncorrect": "this is not its PIN; it was tried once, and a token locks after a few",
    "PinLenRange": "this is not its PIN, which has another length",
    "PinLocked": "its PIN is locked after too many wrong ones; its security officer can reset it",
    "NoSuchKey": "the token holds no such key",
    "MultipleObjectsReturned": "the token holds more than one such key; rename or remove one",
}
"""By python-pkcs11's exceptions; others are told by their names."""


class TokenRoot:
    """The root, with a session that may use the key until it is closed."""

    def __init__(self, hsm: Hsm, pin: bytearray, new: bool) -> None:
        """The PIN is tried once; `new` makes the key unless it is there.

        Raises:
            VaultError: module, token, key or PIN is not what it has to be; the message says which.
        """
        self._hsm = hsm
        with self._told(), contextlib.ExitStack() as undo:
            token = lib(hsm.module).get_token(token_label=hsm.token)
            self._session = token.open(rw=new, user_pin=_Pin(pin))
            undo.callback(self.close)
            self._key: Any = self._made() if new else self._found()
            undo.pop_all()

    def wrap(self, key: bytearray, data: bytes) -> bytes:
        """The key, sealed; what the token would not open again is not given out.

        Raises:
            VaultError: the token is gone, or does not do AES-GCM as it should.
        """
        nonce = secrets.token_bytes(_NONCE)
        with self._told():
            wrapped: bytes = nonce + self._key.encrypt(bytes(key), **_gcm(nonce, data))
            if self._key.decrypt(wrapped[_NONCE:], **_gcm(wrapped[:_NONCE], data)) == key:
                return wrapped
        raise self._error("it does not open what it has sealed")

    def unwrap(self, wrapped: bytes, data: bytes) -> bytearray:
        """The key again, as `Root` has it."""
        try:  # tokens do not agree on the error for a wrong tag
            return bytearray(self._key.decrypt(wrapped[_NONCE:], **_gcm(wrapped[:_NONCE], data)))
        except PKCS11Error as error:
            raise SealBroken(f"the HSM says {type(error).__name__}") from error

    def close(self) -> None:
        """End the session; one with a token that is gone has ended."""
        with contextlib.suppress(PKCS11Error):
            self._session.close()

    def _found(self) -> Key:
        return self._session.get_key(ObjectClass.SECRET_KEY, KeyType.AES, self._hsm.key)

    def _made(self) -> Key:
        may = MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT
        try:
            key = self._found()
        except NoSuchKey:
            key = self._session.generate_key(
                KeyType.AES,
                _KEY_BITS,
                label=self._hsm.key,
                store=True,
                capabilities=may,
                template=_STAYS,
            )
        if key.key_length != _KEY_BITS or not all(key[attribute] for attribute in _STAYED):
            raise self._error("the key is not of 256 bits, or has not always stayed in the token")
        return key

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except PKCS11Error as error:
            name = type(error).__name__
            raise self._error(_SAYS.get(name, f"{name} {error}".strip())) from error

    def _error(self, says: str) -> VaultError:
        hsm = self._hsm
        return VaultError(f"HSM {hsm.module}, token {hsm.token}, key {hsm.key}: {says}")


class _Pin:
    """What python-pkcs11 takes for text, so that no `str` and no copy is made of the PIN."""

    def __init__(self, pin: bytearray) -> None:
        self._pin = pin

    def encode(self, _: str) -> bytearray:
        return self._pin


def _gcm(nonce: bytes, data: bytes) -> dict[str, object]:
    return {"mechanism": Mechanism.AES_GCM, "mechanism_param": GCMParams(nonce, data)}
