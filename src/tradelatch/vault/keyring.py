"""The keyring: the key-encryption keys by number, each wrapped by the root.

The newest seals; older ones stay for as long as an envelope needs them, so that a rotation that
was cut short is gone on with. Another root wraps the same keys anew: no envelope is touched.
"""

import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec

from tradelatch.vault.disk import VaultError, replace
from tradelatch.vault.envelope import SealBroken, wipe
from tradelatch.vault.keyfile import KEY_BYTES
from tradelatch.vault.root import Root, RootKind, name_of

VERSION = 1


class _Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    root: RootKind
    keys: dict[int, bytes]


class Keyring:
    """An open keyring."""

    def __init__(self, path: Path, kind: RootKind, root: Root, keys: dict[int, bytearray]) -> None:
        """`keys` by number; used by `create` and `open`."""
        self.kind = kind
        self._path, self._root, self._keys = path, root, keys

    @staticmethod
    def create(path: Path, kind: RootKind, root: Root) -> "Keyring":
        """A new one, with one key.

        Raises:
            FileExistsError: there is one already; a keyring is never replaced.
        """
        if path.exists():
            raise FileExistsError(0, "", str(path))
        ring = Keyring(path, kind, root, {})
        ring.add()
        return ring

    @staticmethod
    def open(path: Path, root_of: Callable[[RootKind], Root]) -> "Keyring":
        """The one that is stored; `root_of` opens the root that it names.

        Raises:
            VaultError: it is missing, damaged, or does not open with that root.
        """
        stored = _read(path)
        try:
            root = root_of(stored.root)
        except ValueError as error:  # a salt or a cost that Argon2 does not take
            raise VaultError(f"{path}: this is no keyring: {error}") from error
        try:
            keys = {
                number: root.unwrap(wrapped, _data(stored.root, number))
                for number, wrapped in stored.keys.items()
            }
        except SealBroken as error:
            root.close()
            what = name_of(stored.root)
            says = f"this is not its {what}, or the file was changed"
            raise VaultError(f"{path}: the keyring does not open: {says}") from error
        return Keyring(path, stored.root, root, keys)

    @property
    def newest(self) -> int:
        """The number of the key that seals."""
        return max(self._keys)

    def key(self, number: int) -> bytearray:
        """A key by its number; it stays the keyring's.

        Raises:
            SealBroken: there is none.
        """
        if number not in self._keys:
            raise SealBroken(f"the keyring has no key {number}")
        return self._keys[number]

    def add(self) -> None:
        """A fresh key seals from now on; durable on return."""
        number = max(self._keys, default=0) + 1
        fresh = {number: bytearray(secrets.token_bytes(KEY_BYTES))}
        # Nothing may be sealed with a key that is not on the disk.
        self._write(self.kind, self._root, self._keys | fresh)
        self._keys |= fresh

    def drop_older(self) -> None:
        """Forget all keys but the newest: nothing is sealed with them any more."""
        self._write(self.kind, self._root, {self.newest: self._keys[self.newest]})
        for number in [number for number in self._keys if number != self.newest]:
            wipe(self._keys.pop(number))

    def move_to(self, kind: RootKind, root: Root) -> None:
        """Another root opens the keyring from now on, and the old one does not."""
        self._write(kind, root, self._keys)
        self._root.close()
        self.kind, self._root = kind, root

    def close(self) -> None:
        """Wipe all keys."""
        for key in self._keys.values():
            wipe(key)
        self._root.close()

    def _write(self, kind: RootKind, root: Root, keys: dict[int, bytearray]) -> None:
        wrapped = {number: root.wrap(key, _data(kind, number)) for number, key in keys.items()}
        replace(self._path, msgspec.json.encode(_Stored(VERSION, kind, wrapped)))


def root_kind(path: Path) -> RootKind:
    """What opens the keyring.

    Raises:
        VaultError: it is missing or damaged.
    """
    return _read(path).root


def _read(path: Path) -> _Stored:
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=_Stored)
    except OSError as error:
        raise VaultError(f"{path}: cannot read the keyring: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise VaultError(f"{path}: this is no keyring: {error}") from error
    if stored.version != VERSION or not stored.keys:
        raise VaultError(f"{path}: this is no keyring of version {VERSION}")
    return stored


def _data(kind: RootKind, number: int) -> bytes:
    """What a wrapped key is bound to."""
    return msgspec.json.encode([VERSION, "key-encryption key", number, kind])
