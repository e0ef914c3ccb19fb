"""The vault's folder: what is in it opens as it was written, or not at all."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vault.keys import OneKey
from tradelatch.vault.disk import VaultError
from tradelatch.vault.envelope import Label
from tradelatch.vault.store import Vault

KEK = OneKey(range(32))
ONE = Label("exchange key", "main", "binance", "id-1")
TWO = Label("grant", "main", "binance", "id-1")
SECRET = bytearray(b"do-not-show-me")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    vault = Vault(tmp_path / "vault", KEK)
    vault.put(ONE, SECRET)
    return vault


def only_file(vault: Vault) -> Path:
    (path,) = vault._folder.iterdir()
    return path


@given(secrets=st.lists(st.binary(max_size=50), min_size=1, max_size=4))
@settings(max_examples=25)
def test_the_last_secret_put_is_the_one_got(
    secrets: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("vault")
    for secret in secrets:
        Vault(folder, KEK).put(ONE, bytearray(secret))
        Vault(folder, KEK).put(TWO, bytearray(b"another"))
    assert Vault(folder, KEK).get(ONE) == secrets[-1]
    assert Vault(folder, KEK).get(TWO) == b"another"
    assert len(list(folder.iterdir())) == 2


def test_only_its_owner_reads_it(vault: Vault) -> None:
    assert vault._folder.stat().st_mode & 0o777 == 0o700
    assert only_file(vault).stat().st_mode & 0o777 == 0o600
    assert bytes(SECRET) not in only_file(vault).read_bytes()


@pytest.mark.parametrize("length", [14, 15, 16])
def test_no_byte_can_be_changed(vault: Vault, length: int) -> None:
    vault.put(ONE, bytearray(b"s" * length))
    path = only_file(vault)
    whole = path.read_bytes()
    for place in range(len(whole)):
        for other in {whole[place] ^ 1, ord("A"), ord(" "), 0xFF} - {whole[place]}:
            path.write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
            with pytest.raises(VaultError) as caught:
                vault.get(ONE)
            assert "sss" not in str(caught.value)
    path.write_bytes(whole)
    assert vault.get(ONE) == b"s" * length


def test_nothing_can_be_cut_or_added(vault: Vault) -> None:
    path = only_file(vault)
    whole = path.read_bytes()
    for bad in [*(whole[:n] for n in range(len(whole))), whole + b" ", b" " + whole]:
        path.write_bytes(bad)
        with pytest.raises(VaultError):
            vault.get(ONE)


def test_one_secrets_file_does_not_pass_for_anothers(vault: Vault) -> None:
    first = only_file(vault)
    vault.put(TWO, bytearray(b"two"))
    (second,) = set(vault._folder.iterdir()) - {first}
    second.write_bytes(first.read_bytes())
    with pytest.raises(VaultError, match="another secret than its name says"):
        vault.get(TWO)


def test_another_key_opens_nothing(vault: Vault) -> None:
    with pytest.raises(VaultError, match="does not open"):
        Vault(vault._folder, OneKey(bytes(32))).get(ONE)


def test_a_missing_secret_is_said_in_one_sentence(vault: Vault) -> None:
    with pytest.raises(VaultError, match="holds no such secret"):
        vault.get(TWO)


def test_what_cannot_be_read_is_said_in_one_sentence(vault: Vault) -> None:
    path = only_file(vault)
    path.unlink()
    path.mkdir()
    with pytest.raises(VaultError, match="cannot be read: Is a directory"):
        vault.get(ONE)


def test_a_crash_before_the_exchange_of_files_leaves_the_old_secret(vault: Vault) -> None:
    """A real one: the process dies where the new file would take the old one's name."""
    pid = os.fork()
    if not pid:
        Path.replace = lambda self, target: os._exit(9)  # type: ignore[method-assign]
        vault.put(ONE, bytearray(b"new"))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert len(list(vault._folder.iterdir())) == 2
    assert vault.get(ONE) == SECRET
    vault.put(ONE, bytearray(b"newer"))
    assert vault.get(ONE) == b"newer"
    assert len(list(vault._folder.iterdir())) == 1


def test_a_half_written_new_file_is_harmless(vault: Vault) -> None:
    path = only_file(vault)
    path.with_suffix(".new").write_bytes(b"half of an envel")
    assert vault.get(ONE) == SECRET
    vault.put(ONE, bytearray(b"n"))
    assert vault.get(ONE) == b"n"


def test_the_vault_shows_neither_keys_nor_secrets(vault: Vault) -> None:
    assert "do-not-show" not in repr(vault)
    with pytest.raises(VaultError) as caught:
        Vault(vault._folder, OneKey(bytes(32))).get(ONE)
    chain = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert "do-not-show" not in chain
    assert repr(bytes(KEK.key(1))) not in chain
