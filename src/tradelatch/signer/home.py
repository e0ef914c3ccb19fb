"""The signer's folder: made once, opened by one signer at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from tradelatch.isolation.landlock import confine
from tradelatch.isolation.seccomp import only_unix_sockets
from tradelatch.journal.log import Journal, JournalError
from tradelatch.model.config import Config
from tradelatch.signer import sealed
from tradelatch.signer.secrets import create_box_key, create_journal_key
from tradelatch.vault.keyfile import create_key_file
from tradelatch.vault.keyring import Keyring, root_kind
from tradelatch.vault.root import KeyFile, Passphrase, Root, RootKind
from tradelatch.vault.store import Vault

KEY_FILE, VAULT, KEYRING, JOURNAL, RUN = "vault.key", "vault", "keyring", "journal", "run"


def initialise(config: Config, passphrase: bytearray | None = None) -> None:
    """Make a vault and an empty journal; without a passphrase a key file opens the vault.

    Raises:
        KeyFileError, FileExistsError: there are some already; nothing is replaced.
    """
    home = config.home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / VAULT).mkdir(mode=0o700)
    keyring = Keyring.create(home / VAULT / KEYRING, *_new_root(home, passphrase))
    vault = Vault(home / VAULT, keyring)
    create_box_key(vault)
    Journal.create(home / JOURNAL, create_journal_key(vault))
    keyring.close()


def isolate(config: Config) -> None:
    """Give up the Internet, other programs, and all files but the signer's own, for good."""
    only_unix_sockets()
    copy = config.signer.checkpoint_copy
    confine([config.home, *([Path(copy).expanduser()] if copy else [])])


def move_vault(
    config: Config, old: bytearray | None = None, passphrase: bytearray | None = None
) -> None:
    """Have another passphrase, or without one a key file, open the vault from now on; `old` is the
    passphrase that opened it until now.

    Raises:
        KeyFileError, VaultError: it does not open; nothing was changed.
        JournalError: a signer is running.
    """
    home, path = config.home, config.home / VAULT / KEYRING
    with alone(home):
        kind = root_kind(path)
        root = (
            kind.open(home / KEY_FILE)
            if isinstance(kind, KeyFile)
            else kind.open(old or bytearray())
        )
        keyring = Keyring.open(path, lambda _: root)
        keyring.move_to(*_new_root(home, passphrase))
        keyring.close()
        if passphrase is not None:
            (home / KEY_FILE).unlink(missing_ok=True)


def _new_root(home: Path, passphrase: bytearray | None) -> tuple[RootKind, Root]:
    if passphrase is None:
        create_key_file(home / KEY_FILE)
        return KeyFile(), KeyFile().open(home / KEY_FILE)
    kind = Passphrase.new()
    return kind, kind.open(passphrase)


async def open_keyring(home: Path) -> Keyring:
    """At once by the key file; sealed until somebody gives the passphrase."""
    path = home / VAULT / KEYRING
    kind = root_kind(path)
    if isinstance(kind, KeyFile):
        return Keyring.open(path, lambda _: kind.open(home / KEY_FILE))
    print("signer: sealed; `tradelatch unseal` asks for the passphrase", flush=True)
    return await sealed.opened(
        home / RUN / "unseal.sock",
        lambda passphrase: Keyring.open(path, lambda _: kind.open(passphrase)),
    )


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Two signers would write into one journal and take each other's sockets.

    Raises:
        JournalError: another one runs.
    """
    folder = os.open(home, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalError(f"{home}: a signer is running here already") from error
        yield
    finally:
        os.close(folder)
