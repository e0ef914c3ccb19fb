"""What opens the keyring and lies elsewhere: a key file, a passphrase, a key in an HSM.

A root wraps key-encryption keys by AES-256-GCM. What it is, with all that its key is derived
from, is bound as associated data, so that no cheaper one can be put in its place.
"""

import secrets
from pathlib import Path
from typing import Protocol, TypeAlias

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tradelatch.model import config
from tradelatch.vault.disk import VaultError
from tradelatch.vault.envelope import decrypt, encrypt, wipe
from tradelatch.vault.keyfile import KEY_BYTES, read_key_file


class Root(Protocol):
    """A key that wraps others, for as long as it is open."""

    def wrap(self, key: bytearray, data: bytes) -> bytes:
        """The key, to be stored with `data`, which is bound."""

    def unwrap(self, wrapped: bytes, data: bytes) -> bytearray:
        """The key again; whoever asked for it wipes it.

        Raises:
            SealBroken: the root is another one, or something was changed.
        """

    def close(self) -> None:
        """Wipe what is open."""


class KeyFile(msgspec.Struct, frozen=True, tag="key file", forbid_unknown_fields=True):
    """32 random bytes in a file beside the vault; whoever can read it opens the vault."""

    def open(self, path: Path) -> Root:
        """The root.

        Raises:
            KeyFileError: the file is missing or unsafe.
        """
        return _Open(read_key_file(path))


class Passphrase(msgspec.Struct, frozen=True, tag="passphrase", forbid_unknown_fields=True):
    """A key derived by Argon2id (RFC 9106): 64 MiB, three passes, one lane."""

    salt: bytes
    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 1

    @staticmethod
    def new() -> "Passphrase":
        """With a fresh salt."""
        return Passphrase(secrets.token_bytes(16))

    def open(self, passphrase: bytearray) -> Root:
        """The root; the passphrase is left as it is."""
        key = bytearray(KEY_BYTES)
        Argon2id(
            salt=self.salt,
            length=KEY_BYTES,
            iterations=self.passes,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        ).derive_into(passphrase, key)  # type: ignore[arg-type]  # any buffer will do
        return _Open(key)


class Hsm(msgspec.Struct, frozen=True, tag="HSM", forbid_unknown_fields=True):
    """A key in a PKCS#11 token; whoever may use the token and has its PIN opens the vault."""

    def open(self, settings: config.Hsm, pin: bytearray, *, new: bool = False) -> Root:
        """The root; the PIN is tried once and wiped. `new` makes the key in the token unless it
        is there.

        Raises:
            VaultError: there is no such token or key, or this is not its PIN.
        """
        if not settings.module:
            raise VaultError("no HSM is configured; set hsm.module to its PKCS#11 library")
        if not pin:
            raise VaultError("the HSM's PIN was not given, and none was tried")
        try:
            from tradelatch.vault.pkcs11 import TokenRoot
        except ImportError as error:
            says = "an HSM needs python-pkcs11; run `pip install tradelatch[hsm]`"
            raise VaultError(says) from error
        try:
            return TokenRoot(settings, pin, new)
        finally:
            wipe(pin)


RootKind: TypeAlias = KeyFile | Passphrase | Hsm


def name_of(kind: RootKind) -> str:
    """What people call it."""
    return str(kind.__struct_config__.tag)


class _Open:
    """A root whose key is in memory."""

    def __init__(self, key: bytearray) -> None:
        self._key = key

    def wrap(self, key: bytearray, data: bytes) -> bytes:
        return encrypt(self._key, key, data)

    def unwrap(self, wrapped: bytes, data: bytes) -> bytearray:
        return decrypt(self._key, wrapped, data)

    def close(self) -> None:
        wipe(self._key)
