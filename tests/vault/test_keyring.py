"""The keyring opens with its root alone, and a rotation may be cut short anywhere."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tradelatch.vault.disk import VaultError
from tradelatch.vault.envelope import Label
from tradelatch.vault.keyfile import create_key_file
from tradelatch.vault.keyring import Keyring, root_kind
from tradelatch.vault.root import KeyFile, Passphrase, Root, RootKind
from tradelatch.vault.store import Vault

WORDS = bytearray(b"correct horse battery staple")
QUICK = Passphrase(bytes(range(16)), memory_kib=64, passes=1)
LABELS = [Label("exchange key", f"account-{n}", "binance", f"id-{n}") for n in range(4)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "vault").mkdir()
    return tmp_path / "vault" / "keyring"


@pytest.fixture
def keyring(path: Path) -> Iterator[Keyring]:
    ring = Keyring.create(path, QUICK, QUICK.open(WORDS))
    yield ring
    ring.close()


def by(words: bytearray) -> Callable[[RootKind], Root]:
    def opened(kind: RootKind) -> Root:
        assert isinstance(kind, Passphrase)
        return kind.open(words)

    return opened


def reopened(path: Path, words: bytearray = WORDS) -> Keyring:
    return Keyring.open(path, by(words))


def test_the_same_keys_are_there_again(keyring: Keyring, path: Path) -> None:
    keyring.add()
    again = reopened(path)
    assert (again.newest, again.kind) == (2, QUICK)
    assert [again.key(n) for n in (1, 2)] == [keyring.key(n) for n in (1, 2)]
    assert keyring.key(1) != keyring.key(2)
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_passphrase_opens_nothing(keyring: Keyring, path: Path) -> None:
    for words in (b"", b"correct horse battery stapl", b"Correct horse battery staple"):
        with pytest.raises(VaultError, match="the keyring does not open") as caught:
            reopened(path, bytearray(words))
        assert "staple" not in str(caught.value)


def test_a_keyring_is_never_replaced(keyring: Keyring, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        Keyring.create(path, QUICK, QUICK.open(WORDS))
    assert path.read_bytes() == before


def test_no_byte_can_be_changed(keyring: Keyring, path: Path) -> None:
    """Or it means the same: what is told of the root and the keys is bound to each key."""
    whole = path.read_bytes()
    for place in range(len(whole)):
        for other in {whole[place] ^ 1, ord("1"), ord("A"), 0xFF} - {whole[place]}:
            path.write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
            try:
                _cheap(path)
                again = reopened(path)
            except (VaultError, ValueError, OverflowError, MemoryError):
                continue
            assert again.key(1) == keyring.key(1)


def _cheap(path: Path) -> None:
    """No test waits for a gigabyte of Argon2."""
    kind = root_kind(path)
    if not isinstance(kind, Passphrase) or kind.memory_kib > 10_000 or kind.passes > 10:
        raise ValueError("another root, or one that takes long")


def test_a_cheaper_root_cannot_be_put_in_place(keyring: Keyring, path: Path) -> None:
    stored = msgspec.json.decode(path.read_bytes())
    stored["root"]["memory_kib"] = 32
    path.write_bytes(msgspec.json.encode(stored))
    with pytest.raises(VaultError, match="does not open"):
        reopened(path)


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        (b"", "this is no keyring"),
        (b"{}", "this is no keyring"),
        (b'{"version":1,"root":{"type":"key file"},"keys":{}}', "no keyring of version 1"),
        (b'{"version":2,"root":{"type":"key file"},"keys":{"1":""}}', "no keyring of version 1"),
        (b'{"version":1,"root":{"type":"stone"},"keys":{"1":""}}', "this is no keyring"),
        (b"\xff", "this is no keyring"),
    ],
)
def test_what_is_no_keyring_is_said_in_one_sentence(path: Path, stored: bytes, says: str) -> None:
    path.write_bytes(stored)
    with pytest.raises(VaultError, match=says):
        root_kind(path)


def test_a_missing_keyring_is_said_in_one_sentence(path: Path) -> None:
    with pytest.raises(VaultError, match="cannot read the keyring: No such file"):
        root_kind(path)


# Rotation


@pytest.mark.parametrize("cut", range(len(LABELS) + 2))
def test_a_rotation_may_be_cut_short_and_gone_on_with(
    keyring: Keyring, path: Path, cut: int
) -> None:
    vault = Vault(path.parent, keyring)
    for number, label in enumerate(LABELS):
        vault.put(label, bytearray(b"secret %d" % number))
    sealed = _sealed(path)
    keyring.add()
    steps = vault.rewrap()
    for _ in range(min(cut, len(LABELS))):
        next(steps)

    ring = reopened(path)
    again = Vault(path.parent, ring)
    assert [again.get(label) for label in LABELS] == [b"secret %d" % n for n in range(4)]
    assert len(list(again.rewrap())) == len(LABELS)
    ring.drop_older()
    last = reopened(path)
    assert last.newest == 2
    with pytest.raises(Exception, match="no key 1"):
        last.key(1)
    assert [Vault(path.parent, last).get(label) for label in LABELS] == [
        b"secret %d" % n for n in range(4)
    ]
    assert _sealed(path) == sealed, "secrets were touched"


def _sealed(path: Path) -> set[str]:
    found = path.parent.glob("*.json")
    return {msgspec.json.decode(file.read_bytes())["sealed"] for file in found}


def test_no_key_seals_that_is_not_on_the_disk(
    keyring: Keyring, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = Vault(path.parent, keyring)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("tradelatch.vault.keyring.replace", full)
        for change in (keyring.add, lambda: keyring.move_to(QUICK, QUICK.open(WORDS))):
            with pytest.raises(OSError, match="No space"):
                change()
    vault.put(LABELS[0], bytearray(b"secret"))
    assert Vault(path.parent, reopened(path)).get(LABELS[0]) == b"secret"


@pytest.mark.parametrize("cost", [{"memory_kib": 1}, {"lanes": 0}, {"salt": "AA=="}])
def test_a_cost_that_is_none_is_said_in_one_sentence(
    keyring: Keyring, path: Path, cost: dict[str, object]
) -> None:
    stored = msgspec.json.decode(path.read_bytes())
    stored["root"] |= cost
    path.write_bytes(msgspec.json.encode(stored))
    with pytest.raises(VaultError, match="this is no keyring"):
        reopened(path)


def test_another_root_opens_the_same_keys_and_the_old_one_does_not(
    keyring: Keyring, path: Path, tmp_path: Path
) -> None:
    key, file = bytes(keyring.key(1)), tmp_path / "vault.key"
    create_key_file(file)
    keyring.move_to(KeyFile(), KeyFile().open(file))
    assert root_kind(path) == KeyFile()
    assert Keyring.open(path, lambda _: KeyFile().open(file)).key(1) == key
    with pytest.raises(VaultError, match="does not open"):
        Keyring.open(path, lambda _: QUICK.open(WORDS))


def test_what_is_closed_is_wiped(path: Path) -> None:
    ring = Keyring.create(path, QUICK, QUICK.open(WORDS))
    key = ring.key(1)
    ring.close()
    assert key == bytes(32)


def test_the_shipped_passphrase_costs_what_is_promised() -> None:
    """RFC 9106's second choice: 64 MiB, three passes. Two have different salts."""
    one, two = Passphrase.new(), Passphrase.new()
    assert (one.memory_kib, one.passes, one.lanes, len(one.salt)) == (65_536, 3, 1, 16)
    assert one.salt != two.salt
