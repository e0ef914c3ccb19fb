"""The vault of a real signer: sealed until its passphrase is given, rotated while it runs."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tradelatch.drills.world import POLICY

SECRET = "exchange-secret-never-to-be-seen"


class Home:
    """A folder and the command line on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "house"
        self.config = folder / "tradelatch.toml"
        self.config.write_text(f'directory = "{self.folder}"\n')
        self.log = folder / "signer.log"
        self.signer: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str, given: str = "") -> tuple[int, str]:
        """Exit status and all that was said."""
        ran = subprocess.run(
            [sys.executable, "-m", "tradelatch.cli", *arguments, "--config", str(self.config)],
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return ran.returncode, ran.stdout + ran.stderr

    def good(self, *arguments: str, given: str = "") -> str:
        status, said = self.run(*arguments, given=given)
        assert status == 0, said
        return said

    def start(self) -> None:
        """The signer, until it waits for a passphrase or for commands."""
        with self.log.open("wb") as log:
            self.signer = subprocess.Popen(
                [sys.executable, "-m", "tradelatch.cli", "signer", "--config", str(self.config)],
                stdout=log,
                stderr=log,
            )
        self.until("sealed;", "accounts,")

    def until(self, *words: str) -> None:
        for _ in range(200):
            if any(word in self.log.read_text() for word in words):
                return
            time.sleep(0.05)
        pytest.fail(self.log.read_text())

    def stop(self) -> None:
        if self.signer:
            self.signer.terminate()
            assert self.signer.wait(20) in (0, -15)
            self.signer = None

    def stored(self) -> bytes:
        """All bytes that lie in the folder."""
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.stop()


def add_key(home: Home) -> None:
    policy = home.folder.parent / "policy.toml"
    policy.write_text(POLICY)
    command = ("keys", "add", "me", "--key-id", "k", "--policy", str(policy), "--unchecked")
    assert "sealed the key" in home.good(*command, given=f"{SECRET}\n")


def test_a_signer_with_a_passphrase_waits_until_it_is_given(home: Home) -> None:
    home.good("signer", "--init", "--passphrase", given="open sesame\n")
    assert not (home.folder / "vault.key").exists()
    home.start()
    status, said = home.run("status")
    assert (status, said) == (
        2,
        "tradelatch: the signer is sealed: `tradelatch unseal` gives it its passphrase or PIN\n",
    )
    for wrong in ("", "open sesam", "x" * 2_000):
        status, said = home.run("unseal", given=f"{wrong}\n")
        assert status == 2
        assert "not its passphrase" in said or "more than 1024 bytes" in said
    assert home.good("unseal", given="open sesame\n") == "the signer is open\n"
    home.until("accounts,")
    add_key(home)
    assert "vault: opened by passphrase, key 1" in home.good("status")
    status, said = home.run("unseal", given="open sesame\n")
    assert (status, "no signer waits here" in said) == (2, True)
    home.stop()
    home.start()
    home.good("unseal", given="open sesame\n")
    home.until("1 accounts,")
    assert b"open sesame" not in home.stored() + home.log.read_bytes()
    assert SECRET.encode() not in home.stored() + home.log.read_bytes()


def test_a_rotation_puts_every_secret_under_a_fresh_key(home: Home) -> None:
    home.good("signer", "--init")
    home.start()
    add_key(home)
    before = _envelopes(home)
    assert home.good("vault", "rotate") == "4 secrets are under key 2 now\n"
    after = _envelopes(home)
    assert [e["kek"] for e in after] == [2] * 4
    assert [e["sealed"] for e in after] == [e["sealed"] for e in before]
    assert b'"record":"VaultRotated"' in (home.folder / "journal" / "records").read_bytes()
    home.good("grants", "issue", "me")
    home.stop()
    home.start()
    home.until("1 accounts,")
    assert "vault: opened by key file, key 2" in home.good("status")


def _envelopes(home: Home) -> list[dict[str, object]]:
    files = sorted((home.folder / "vault").glob("*.json"))
    return [msgspec.json.decode(file.read_bytes()) for file in files]


def test_something_else_may_open_the_vault(home: Home) -> None:
    home.good("signer", "--init")
    home.start()
    add_key(home)
    status, said = home.run("vault", "root", "passphrase", given="first\n")
    assert (status, "running" in said) == (2, True)
    home.stop()
    assert "keep a copy of the passphrase" in home.good(
        "vault", "root", "passphrase", given="first\n"
    )
    assert not (home.folder / "vault.key").exists()
    status, said = home.run(
        "vault", "root", "passphrase", "--from-passphrase", given="wrong\nnew\n"
    )
    assert (status, "not its passphrase" in said) == (2, True)
    home.good("vault", "root", "passphrase", "--from-passphrase", given="first\nsecond\n")
    home.start()
    home.good("unseal", given="second\n")
    home.until("1 accounts,")
    home.stop()
    home.good("vault", "root", "key-file", "--from-passphrase", given="second\n")
    home.start()
    home.until("1 accounts,")
    assert oct((home.folder / "vault.key").stat().st_mode & 0o777) == "0o600"
    status, said = home.run("vault", "root", "stone")
    assert (status, "'stone' opens no vault" in said) == (2, True)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ("rm vault/keyring", "cannot read the keyring: No such file"),
        ("echo x > vault/keyring", "this is no keyring"),
        ("rm vault.key", "cannot read the key file: No such file"),
        ("chmod 644 vault.key", "others may read the key file"),
        ("head -c 31 /dev/zero > vault.key", "exactly 32 bytes"),
        ("head -c 32 /dev/zero > vault.key", "this is not its key file, or the file was changed"),
    ],
)
def test_a_vault_that_does_not_open_ends_the_signer_with_a_sentence(
    home: Home, spoil: str, says: str
) -> None:
    home.good("signer", "--init")
    subprocess.run(spoil, shell=True, cwd=home.folder, check=True)
    status, said = home.run("signer")
    assert (status, said.count("\n")) == (2, 1)
    assert says in said
