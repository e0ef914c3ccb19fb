"""The signer's folder: made once, opened by one signer at a time."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tradelatch.isolation.landlock import confine, readable
from tradelatch.isolation.seccomp import only_unix_sockets
from tradelatch.isolation.users import Door, share
from tradelatch.journal.log import Journal, JournalError, is_new
from tradelatch.model.config import Config
from tradelatch.signer import sealed
from tradelatch.signer.secrets import create_journal_key, create_own_keys
from tradelatch.vault.disk import VaultError
from tradelatch.vault.keyfile import create_key_file, read_own
from tradelatch.vault.keyring import Keyring, root_kind
from tradelatch.vault.root import Hsm, KeyFile, Passphrase, Root, RootKind, name_of
from tradelatch.vault.store import Vault

KEY_FILE, PIN_FILE = "vault.key", "hsm.pin"
VAULT, KEYRING, JOURNAL, RUN = "vault", "keyring", "journal", "run"


def initialise(config: Config, to: str, secret: bytearray) -> None:
    """Make a vault and an empty journal; `to` names the root, of which `secret` is passphrase or
    PIN.

    Raises:
        KeyFileError, FileExistsError: there are some already; nothing is replaced.
        VaultError: the HSM cannot be used.
    """
    home, new = config.home, config.home / "new"
    for name in (VAULT, JOURNAL, KEY_FILE):
        if (home / name).exists():
            raise FileExistsError(0, "", str(home / name))
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(new, ignore_errors=True)
    (new / VAULT).mkdir(mode=0o700, parents=True)
    keyring = Keyring.create(new / VAULT / KEYRING, *_new_root(config, new, to, secret))
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
    confine([config.home, *places, *map(Path, config.hsm.files)])


def move_vault(config: Config, old: bytearray, to: str, secret: bytearray) -> None:
    """Have another root open the vault from now on, `secret` being its passphrase or PIN; `old` is
    that of the root that opened it until now.

    Raises:
        KeyFileError, VaultError: it does not open; nothing was changed.
        JournalError: a signer is running.
    """
    home, path = config.home, config.home / VAULT / KEYRING
    with alone(home):
        kind = root_kind(path)
        if to == name_of(kind) and not isinstance(kind, Passphrase):
            raise VaultError(f"{home}: the {to} opens the vault already")
        keyring = _opened(config, old)
        if to == name_of(KeyFile()):  # one may be left of a change that was cut short
            (home / KEY_FILE).unlink(missing_ok=True)
        keyring.move_to(*_new_root(config, home, to, secret))
        keyring.close()
        if to != name_of(KeyFile()):
            (home / KEY_FILE).unlink(missing_ok=True)


def _new_root(config: Config, folder: Path, to: str, secret: bytearray) -> tuple[RootKind, Root]:
    if to == name_of(Hsm()):
        return Hsm(), Hsm().open(config.hsm, secret or _pin(config.home), new=True)
    if to == name_of(KeyFile()):
        create_key_file(folder / KEY_FILE)
        return KeyFile(), KeyFile().open(folder / KEY_FILE)
    kind = Passphrase.new()
    return kind, kind.open(secret)


def _opened(config: Config, secret: bytearray) -> Keyring:
    def root_of(kind: RootKind) -> Root:
        if isinstance(kind, KeyFile):
            return kind.open(config.home / KEY_FILE)
        if isinstance(kind, Hsm):
            return kind.open(config.hsm, secret or _pin(config.home))
        return kind.open(secret)

    return Keyring.open(config.home / VAULT / KEYRING, root_of)


def _pin(home: Path) -> bytearray:
    """The HSM's PIN, where a file holds it; a line's end is left out."""
    if not (home / PIN_FILE).exists():
        return bytearray()
    pin = read_own(home / PIN_FILE, "HSM's PIN", sealed.MOST)
    while pin.endswith((b"\n", b"\r")):
        pin.pop()
    return pin


async def open_keyring(config: Config, door: Door) -> Keyring:
    """At once by the key file or by an HSM whose PIN is in a file; else sealed until somebody who
    may gives passphrase or PIN."""
    home = config.home
    kind = root_kind(home / VAULT / KEYRING)
    if isinstance(kind, KeyFile) or (isinstance(kind, Hsm) and (home / PIN_FILE).exists()):
        return _opened(config, bytearray())
    what = "PIN" if isinstance(kind, Hsm) else "passphrase"
    print(f"signer: sealed; `tradelatch unseal` asks for the {what}", flush=True)
    return await sealed.opened(home / RUN / "unseal.sock", door, partial(_opened, config))


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
