"""The signer's folder: made once, opened by one signer at a time."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tradelatch.isolation.landlock import confine, readable
from tradelatch.isolation.seccomp import only_unix_sockets
from tradelatch.isolation.users import Door, share
from tradelatch.journal.log import Journal, JournalError, is_new
from tradelatch.model.config import Config
from tradelatch.signer import sealed
from tradelatch.signer.secrets import create_journal_key, create_own_keys
from tradelatch.vault.disk import VaultError
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
    home, new = config.home, config.home / "new"
    for name in (VAULT, JOURNAL, KEY_FILE):
        if (home / name).exists():
            raise FileExistsError(0, "", str(home / name))
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(new, ignore_errors=True)
    (new / VAULT).mkdir(mode=0o700, parents=True)
    keyring = Keyring.create(new / VAULT / KEYRING, *_new_root(new, passphrase))
    vault = Vault(new / VAULT, keyring)
    create_own_keys(vault)
    Journal.create(new / JOURNAL, create_journal_key(vault))
    keyring.close()
    for name in (KEY_FILE, VAULT, JOURNAL):
        if (new / name).exists():
            (new / name).rename(home / name)
    new.rmdir()
    share(home, config.users)


def isolate(config: Config) -> None:
    """Give up the Internet, other programs, and all files but the signer's own, for good.

    Raises:
        VaultError: the folder lies where every process may read.
    """
    home = config.home.resolve()
    if open_ := next((path for path in readable() if home.is_relative_to(path)), None):
        says = f"every process may read what is in {open_}; choose another directory"
        raise VaultError(f"{home}: {says}")
    copy = config.signer.checkpoint_copy
    places = [Path(copy).expanduser()] if copy else []
    for place in places if is_new(home / JOURNAL) else []:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    share(home, config.users)
    only_unix_sockets()
    confine([config.home, *places])


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
        if isinstance(kind, KeyFile):
            if passphrase is None:
                raise VaultError(f"{home}: a key file opens the vault already")
            root = kind.open(home / KEY_FILE)
        else:
            root = kind.open(old or bytearray())
        keyring = Keyring.open(path, lambda _: root)
        if passphrase is None:  # one may be left of a change that was cut short
            (home / KEY_FILE).unlink(missing_ok=True)
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


async def open_keyring(home: Path, door: Door) -> Keyring:
    """At once by the key file; sealed until somebody who may gives the passphrase."""
    path = home / VAULT / KEYRING
    kind = root_kind(path)
    if isinstance(kind, KeyFile):
        return Keyring.open(path, lambda _: kind.open(home / KEY_FILE))
    print("signer: sealed; `tradelatch unseal` asks for the passphrase", flush=True)
    return await sealed.opened(
        home / RUN / "unseal.sock",
        door,
        lambda passphrase: Keyring.open(path, lambda _: kind.open(passphrase)),
    )


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Two signers would write into one journal and take each other's sockets; another user's would
    leave files there that the right one cannot read.

    Raises:
        JournalError: another one runs, or this is another user's folder.
    """
    folder = os.open(home, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if (owner := os.fstat(folder).st_uid) != os.geteuid():
            raise JournalError(f"{home}: it is user {owner}'s; run this as that user (sudo -u)")
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalError(f"{home}: a signer is running here already") from error
        yield
    finally:
        os.close(folder)
