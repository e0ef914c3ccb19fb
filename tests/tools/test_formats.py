"""The independent reader agrees with the test vectors and with what the product writes today."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.vault.soft import PIN, SoftHsm
from tradelatch.journal.log import Journal, verify
from tradelatch.vault.envelope import Label
from tradelatch.vault.keyfile import create_key_file
from tradelatch.vault.keyring import Keyring
from tradelatch.vault.root import Hsm, KeyFile, Passphrase, RootKind
from tradelatch.vault.store import Vault

ROOT = Path(__file__).parents[2]
VECTORS, SCRIPT = ROOT / "docs" / "vectors", ROOT / "tools" / "formats.py"
WORDS = "correct horse battery staple"
SECRETS = {
    Label("exchange key", "main", "binance", "key-1"): b"a secret of the first key",
    Label("grant", "main", "", "tlg_\u00e9"): b"a secret of the second key",
}


def read(*arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, text=True)


def hashes(said: str) -> list[str]:
    return sorted(line.split()[0] for line in said.splitlines())


SEEN = sorted(hashlib.sha256(secret).hexdigest() for secret in SECRETS.values())


def test_the_vectors_open_in_both() -> None:
    def by_words(kind: RootKind) -> object:
        assert isinstance(kind, Passphrase)
        return kind.open(bytearray(WORDS.encode()))

    ring = Keyring.open(VECTORS / "vault" / "keyring", by_words)  # type: ignore[arg-type]
    vault = Vault(VECTORS / "vault", ring)
    assert {label: bytes(vault.get(label)) for label in SECRETS} == SECRETS
    ran = read("vault", VECTORS / "vault", given=f"{WORDS}\n")
    assert hashes(ran.stdout) == SEEN, ran.stderr
    assert read("vault", VECTORS / "vault", given="wrong\n").returncode == 1


def test_a_vault_of_today_is_read(tmp_path: Path) -> None:
    file, folder = tmp_path / "vault.key", tmp_path / "vault"
    create_key_file(file)
    folder.mkdir()
    ring = Keyring.create(folder / "keyring", KeyFile(), KeyFile().open(file))
    vault = Vault(folder, ring)
    for label, secret in SECRETS.items():
        vault.put(label, bytearray(secret))
        ring.add()
    assert len(list(vault.rewrap())) == len(SECRETS)
    assert hashes(read("vault", folder, "--key-file", file).stdout) == SEEN


def test_a_vault_of_an_hsm_is_read_with_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soft, folder = SoftHsm(tmp_path / "softhsm"), tmp_path / "vault"
    soft.add()
    monkeypatch.setenv("SOFTHSM2_CONF", str(soft.conf))
    folder.mkdir()
    pin = bytearray(PIN.encode())
    ring = Keyring.create(folder / "keyring", Hsm(), Hsm().open(soft.settings(), pin, new=True))
    vault = Vault(folder, ring)
    for label, secret in SECRETS.items():
        vault.put(label, bytearray(secret))
    ring.close()
    pkcs11.unload(soft.module)
    named = ("--hsm", soft.module, "tradelatch", "vault")
    ran = read("vault", folder, *named, given=f"{PIN}\n")
    assert hashes(ran.stdout) == SEEN, ran.stderr
    assert "Wrong: its root is: HSM" in read("vault", folder, given=f"{PIN}\n").stderr
    assert "PinIncorrect" in read("vault", folder, *named, given="wrong\n").stderr


def test_the_journal_vector_verifies_in_both() -> None:
    newest = verify(VECTORS / "journal")
    said = read("journal", VECTORS / "journal").stdout.splitlines()
    assert [line.split()[0] for line in said] == ["1", "4", "4", "5"]
    assert " restored from 6 " in said[2]
    assert newest.size == 5


@pytest.mark.parametrize("size", range(9))
def test_a_journal_of_today_is_read(tmp_path: Path, size: int) -> None:
    key, folder = Ed25519PrivateKey.generate(), tmp_path / "journal"
    Journal.create(folder, key)
    journal = Journal(folder, key)
    journal.write([b'{"n":%d}' % n for n in range(size)])
    journal.checkpoint()
    journal.close()
    assert read("journal", folder).stdout.startswith(f"{size} records, root ")


@pytest.mark.parametrize("change", ["first byte", "last record"])
def test_the_reader_notices_what_was_changed(tmp_path: Path, change: str) -> None:
    folder = shutil.copytree(VECTORS / "journal", tmp_path / "journal")
    records = folder / "records"
    whole = records.read_bytes()
    cut = whole[: whole[:-1].rindex(b"\n") + 1]
    records.write_bytes(b"x" + whole[1:] if change == "first byte" else cut)
    assert read("journal", folder).returncode == 1
