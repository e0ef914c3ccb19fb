"""Private keys in files: sealed or not, each good for signing and nothing else to be had of it."""

import json
import os
from pathlib import Path

import pytest
import typer

from tests.signer.office import Person
from tradelatch.cli import private_key
from tradelatch.signer.changing import is_signed


@pytest.fixture
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_key, "ask_passphrase", lambda prompt: "right")


@pytest.mark.parametrize("sealed_by", ["", "right"])
def test_a_key_signs_what_its_public_half_verifies(
    tmp_path: Path, passphrase: None, sealed_by: str
) -> None:
    path = tmp_path / "key"
    public = private_key.create(path, sealed_by)
    signature = private_key.sign(path, "text")
    assert is_signed("text", signature, public)
    assert not is_signed("other", signature, public)
    assert not is_signed("text", signature, Person().public)
    assert path.stat().st_mode & 0o777 == 0o600
    assert bool(json.loads(path.read_bytes())["private_key"]) is (not sealed_by)


def fails(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(typer.Exit):
        private_key.sign(path, "text")
    return capsys.readouterr().err


def test_what_is_no_key_of_ones_own_is_refused(
    tmp_path: Path, passphrase: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path, other = tmp_path / "key", tmp_path / "other"
    private_key.create(path, "wrong")
    assert "this is not its passphrase" in fails(path, capsys)
    path.chmod(0o640)
    assert "others may read the private key; run `chmod 600" in fails(path, capsys)
    assert "cannot read it: No such file" in fails(tmp_path / "nothing", capsys)
    private_key.create(other, "")
    file = json.loads(other.read_bytes())
    for change in (
        {"kind": "something else"},
        {"public_key": Person().public},
        {"private_key": "AAAA"},
        {"private_key": ""},
        {"more": "fields"},
        {"sealed": "AAAA"},
    ):
        other.write_text(json.dumps({**file, **change}))
        assert "this is no private key" in fails(other, capsys), change
    other.write_bytes(os.urandom(99))
    assert "this is no private key" in fails(other, capsys)


def test_a_key_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private_key.create(tmp_path / "key", "")
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(typer.Exit):
        private_key.create(tmp_path / "key", "")
    assert "cannot make it: File exists" in capsys.readouterr().err
    assert (tmp_path / "key").read_bytes() == before
