"""The key file is read only if nobody else could have read or made it."""

import os
from pathlib import Path

import pytest

from tradelatch.vault.keyfile import KEY_BYTES, KeyFileError, create_key_file, read_key_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "kek"
    create_key_file(path)
    return path


def test_a_new_key_is_read_back(path: Path) -> None:
    key = read_key_file(path)
    assert isinstance(key, bytearray)
    assert key == path.read_bytes()
    assert len(key) == KEY_BYTES
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_key_is_never_replaced(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="never replaced"):
        create_key_file(path)
    assert path.read_bytes() == before


def test_no_two_keys_are_alike(path: Path) -> None:
    create_key_file(path.with_name("other"))
    assert read_key_file(path) != read_key_file(path.with_name("other"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_a_key_that_others_may_touch_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        read_key_file(path)


@pytest.mark.parametrize("size", [0, 1, 31, 33, 64])
def test_a_key_of_another_size_is_refused(path: Path, size: int) -> None:
    path.write_bytes(bytes(size))
    with pytest.raises(KeyFileError, match="exactly 32 bytes"):
        read_key_file(path)


def test_a_missing_key_is_said_in_one_sentence(path: Path) -> None:
    path.unlink()
    with pytest.raises(KeyFileError, match="cannot read the key file: No such file"):
        read_key_file(path)


def test_a_link_is_not_followed(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    with pytest.raises(KeyFileError, match="cannot read the key file"):
        read_key_file(link)


def test_a_folder_is_no_key(path: Path) -> None:
    with pytest.raises(KeyFileError, match="signer's own user"):
        read_key_file(path.parent)


def test_a_pipe_is_refused_without_waiting_for_a_writer(path: Path) -> None:
    pipe = path.with_name("pipe")
    os.mkfifo(pipe, 0o600)
    with pytest.raises(KeyFileError, match="signer's own user"):
        read_key_file(pipe)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_somebody_elses_key_is_refused(path: Path) -> None:
    os.chown(path, 65_534, 65_534)
    with pytest.raises(KeyFileError, match="signer's own user"):
        read_key_file(path)


def test_no_error_shows_the_key(path: Path) -> None:
    path.write_bytes(b"K" * 33)
    with pytest.raises(KeyFileError) as caught:
        read_key_file(path)
    assert "KKK" not in str(caught.value) + repr(caught.value.__cause__)
