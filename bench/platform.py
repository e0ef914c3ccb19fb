"""``python -m bench.platform TABLE HOME``: a signer's home with a key for each row of a table, not
waiting for a disk at each of them: it is made in memory and then copied.

What is in it is sealed and recorded as the signer does it; `keys import` is measured by itself.
"""

import csv
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tradelatch.drills.world import POLICY
from tradelatch.exchanges.protocol import KeyRights
from tradelatch.journal.log import Journal
from tradelatch.model.clock import MS
from tradelatch.model.config import Config
from tradelatch.signer.home import JOURNAL, KEY_FILE, KEYRING, VAULT, initialise
from tradelatch.signer.records import AccountAdded, KeyInspected, encode
from tradelatch.signer.secrets import Secrets, journal_key, key_label
from tradelatch.vault.keyring import Keyring
from tradelatch.vault.root import KeyFile
from tradelatch.vault.store import Vault

MEMORY = Path("/dev/shm")
EXCHANGE = "binance"
_BATCH = 1_000


def main() -> None:
    """Make it."""
    table, home = Path(sys.argv[1]), Path(sys.argv[2])
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        fast = Path(folder)
        initialise(Config(directory=str(fast)), "key file", bytearray())
        _fill(table, fast)
        for name in (VAULT, JOURNAL):
            shutil.copytree(fast / name, home / name)
        shutil.copy2(fast / KEY_FILE, home / KEY_FILE)


def _fill(table: Path, home: Path) -> None:
    kind = KeyFile()
    keyring = Keyring.open(home / VAULT / KEYRING, lambda _: kind.open(home / KEY_FILE))
    vault = Vault(home / VAULT, keyring)
    secrets, journal = Secrets(vault), Journal(home / JOURNAL, journal_key(vault))
    batch: list[bytes] = []
    with table.open() as rows:
        for row in csv.DictReader(rows):
            batch += _keep(row, secrets)
            if len(batch) >= _BATCH:
                journal.write(batch)
                batch = []
    journal.write(batch)
    journal.checkpoint()
    journal.close()


def _keep(row: dict[str, str], secrets: Secrets) -> Iterator[bytes]:
    account, key_id, secret = row["account"], row["key_id"], bytearray(row["secret"].encode())
    secrets.seal(key_label(account, EXCHANGE, key_id), bytearray(secret))
    now = time.time_ns()
    mark = secrets.mark(secret)
    yield encode(AccountAdded(now, account, EXCHANGE, key_id, POLICY, "", mark))
    can = tuple(row["can"].split())
    rights = KeyRights(can, row["bound"] == "yes", int(row["made_ms"]))
    yield encode(KeyInspected(now - now % MS, account, rights, ()))


if __name__ == "__main__":
    main()
