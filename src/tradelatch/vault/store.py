"""The vault's folder: one file an envelope, written whole or not at all."""

import hashlib
import os
from pathlib import Path

import msgspec

from tradelatch.vault.envelope import Envelope, Label, SealBroken, seal, unseal


class VaultError(Exception):
    """A secret is missing or cannot be opened; the message names the file, never the secret."""


class Vault:
    """The sealed secrets in one folder, under one key-encryption key."""

    def __init__(self, folder: Path, kek: bytearray) -> None:
        self._folder, self._kek = folder, kek
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, label: Label, secret: bytearray) -> None:
        """Seal and store, durable on return; a secret of the same label is replaced."""
        path = self._path(label)
        temporary = path.with_suffix(".new")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
            f.write(msgspec.json.encode(seal(self._kek, label, secret)))
            f.flush()
            os.fsync(f.fileno())
        temporary.replace(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def get(self, label: Label) -> bytearray:
        """The secret of that label; whoever asked for it wipes it.

        Raises:
            VaultError: there is none, or it does not open.
        """
        path = self._path(label)
        try:
            stored = path.read_bytes()
            envelope = msgspec.json.decode(stored, type=Envelope)
            if msgspec.json.encode(envelope) != stored:
                raise SealBroken("it is not as it was written")
            if envelope.label != label:
                raise SealBroken("it holds another secret than its name says")
            return unseal(self._kek, envelope)
        except FileNotFoundError as error:
            raise VaultError(f"{path}: the vault holds no such secret") from error
        except OSError as error:
            raise VaultError(f"{path}: cannot be read: {error.strerror}") from error
        except (msgspec.DecodeError, UnicodeDecodeError, SealBroken) as error:
            raise VaultError(f"{path}: the envelope does not open: {error}") from error

    def _path(self, label: Label) -> Path:
        return self._folder / f"{hashlib.sha256(label.associated_data()).hexdigest()[:32]}.json"
