"""The root in a PKCS#11 token (OASIS, v2.40): an AES-256 key that never leaves it.

It wraps as the other roots do, by AES-256-GCM with what it is as associated data, but inside the
token. Needs `python-pkcs11`; what that copies of an opened key is not wiped.
"""

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass, lib
from pkcs11.exceptions import PKCS11Error

from tradelatch.model.config import Hsm
from tradelatch.vault.disk import VaultError
from tradelatch.vault.envelope import SealBroken

_NONCE, _BITS = 12, 256
_CAN = MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT
_STAYS = {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
_STAYED = (Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE)
_SAYS = {
    "NoSuchToken": "there is no such token",
    "MultipleTokensReturned": "more than one token is called so; rename one",
    "PinIncorrect": "this is not its PIN; it was tried once, and a token locks after a few",
    "PinLenRange": "this is not its PIN, which has another length",
    "GeneralError": "the module failed; may it use its files, and does hsm.files list them?",
    "PinLocked": "its PIN is locked after too many wrong ones; its security officer can reset it",
}
"""By python-pkcs11's exceptions; others are told as they are."""


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
            self._key = self._found(or_made=new)
            undo.pop_all()

    def wrap(self, key: bytearray, data: bytes) -> bytes:
        """The key, sealed; what the token would not open again is not given out.

        Raises:
            VaultError: the token is gone, or does not do AES-GCM as it should.
        """
        nonce = secrets.token_bytes(_NONCE)
        with self._told():
            wrapped: bytes = nonce + self._key.encrypt(bytes(key), **_gcm(nonce, data))
        with contextlib.suppress(SealBroken):
            if self.unwrap(wrapped, data) == key:
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

    def _found(self, or_made: bool) -> Any:
        what = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: self._hsm.key}
        found: list[Any] = list(self._session.get_objects(what))
        if not found and or_made:
            made: dict[str, Any] = {"label": self._hsm.key, "store": True, "capabilities": _CAN}
            found = [self._session.generate_key(KeyType.AES, _BITS, template=_STAYS, **made)]
        if len(found) != 1:
            many = "more than one such key; rename or remove one"
            raise self._error(f"the token holds {many if found else 'no such key'}")
        if or_made and not (
            found[0].key_length == _BITS and all(found[0][attribute] for attribute in _STAYED)
        ):
            raise self._error("the key is not of 256 bits or was not always in the token alone")
        return found[0]

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except PKCS11Error as error:
            says = _SAYS.get(type(error).__name__) or str(error) or type(error).__name__
            raise self._error(says) from error

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
