"""The vault's folder: one file an envelope, written whole or not at all."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tradelatch.vault.disk import VaultError, replace, sync_folder
from tradelatch.vault.envelope import Envelope, Keys, Label, SealBroken, rewrap, seal, unseal


class Vault:
    """The sealed secrets in one folder, under the keys of a keyring."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder, self._keys = folder, keys
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, label: Label, secret: bytearray) -> None:
        """Seal and store, durable on return; a secret of the same label is replaced."""
        replace(self._path(label), msgspec.json.encode(seal(self._keys, label, secret)))

    def get(self, label: Label) -> bytearray:
        """The secret of that label; whoever asked for it wipes it.

        Raises:
            VaultError: there is none, or it does not open.
        """
        path = self._path(label)
        envelope = _read(path)
        try:
            if envelope.label != label:
                raise SealBroken("it holds another secret than its name says")
            return unseal(self._keys, envelope)
        except SealBroken as error:
            raise VaultError(f"{path}: the envelope does not open: {error}") from error

    def remove(self, label: Label) -> None:
        """Forget the secret of that label, if there is one; durable on return."""
        self._path(label).unlink(missing_ok=True)
        sync_folder(self._folder)

    def rewrap(self) -> Iterator[None]:
        """Put every envelope under the newest key, one with each step; secrets stay sealed. Cut
        short, it is gone on with by the next.

        Raises:
            VaultError: an envelope does not open.
        """
        for path in sorted(self._folder.glob("*.json")):
            envelope = _read(path)
            if envelope.kek != self._keys.newest:
                try:
                    replace(path, msgspec.json.encode(rewrap(self._keys, envelope)))
                except SealBroken as error:
                    raise VaultError(f"{path}: the envelope does not open: {error}") from error
            yield

    def _path(self, label: Label) -> Path:
        return self._folder / f"{hashlib.sha256(label.associated_data()).hexdigest()[:32]}.json"


def _read(path: Path) -> Envelope:
    try:
        stored = path.read_bytes()
        envelope = msgspec.json.decode(stored, type=Envelope)
    except FileNotFoundError as error:
        raise VaultError(f"{path}: the vault holds no such secret") from error
    except OSError as error:
        raise VaultError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise VaultError(f"{path}: the envelope does not open: {error}") from error
    if msgspec.json.encode(envelope) != stored:
        raise VaultError(f"{path}: the envelope does not open: it is not as it was written")
    return envelope
