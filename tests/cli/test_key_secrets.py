"""Secrets of exchange keys as people give them: in lines, in PEM, in tables."""

import base64
import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tradelatch.cli.key_secrets import BadSecret, of_cells
from tradelatch.exchanges.kit import es256
from tradelatch.model.box import exchange_key_info
from tradelatch.model.statements import encode
from tradelatch.vault.box import BoxKey

PEM = es256.new_private_key().decode()


def asked(exchange: str, given: str) -> subprocess.CompletedProcess[bytes]:
    """What is sealed of what stands in standard input."""
    program = "import sys, typer; from tradelatch.cli.key_secrets import asked\n"
    program += f"def tell() -> None: sys.stdout.buffer.write(asked({exchange!r}))\ntyper.run(tell)"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, input=given.encode(), capture_output=True, timeout=60)


@pytest.mark.parametrize(
    ("exchange", "given", "taken"),
    [
        ("binance", "secret\n", "secret"),
        ("binance", "secret", "secret"),
        ("kucoin", "secret\nphrase\n", "secret\nphrase"),
        ("kucoin", "secret\nphrase", "secret\nphrase"),
        ("coinbase", f"{PEM}\n", PEM),
        ("coinbase", PEM, PEM),
        ("coinbase", PEM.replace("\n", "\\n"), PEM),
    ],
    ids=range(7),
)
def test_what_is_asked_for_is_taken_line_by_line(exchange: str, given: str, taken: str) -> None:
    ran = asked(exchange, given)
    assert (ran.stdout.decode(), ran.stderr) == (taken, b"")


@pytest.mark.parametrize(
    ("exchange", "given", "says"),
    [
        ("kucoin", "hush\n", "a key of kucoin has a passphrase besides its secret; give it too"),
        ("coinbase", PEM[:100], "this begins as a private key in PEM and does not end as one"),
        ("coinbase", "-----BEGIN x" + "\nhush" * 900, "does not end as one"),
        ("mtgox", "hush\n", "'mtgox' is not supported"),
    ],
    ids=range(4),
)
def test_what_is_missing_is_said_in_a_sentence(exchange: str, given: str, says: str) -> None:
    ran = asked(exchange, given)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert says in ran.stderr.decode()
    assert ran.stderr.count(b"\n") == 1
    assert b"hush" not in ran.stderr


def test_cells_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(f"{PEM}\n")
    for cell in (PEM, f"{PEM}\n", PEM.replace("\n", "\\n"), "@key.pem"):
        assert of_cells("coinbase", cell, "", tmp_path) == PEM.encode()
    assert of_cells("kucoin", "s", "p", tmp_path) == b"s\np"
    assert of_cells("binance", "@s", "", tmp_path) == b"@s"
    for exchange, phrase, says in (
        ("kucoin", "", "has a passphrase besides"),
        ("binance", "p", "keys of binance have no passphrase"),
        ("mtgox", "", "'mtgox' is not supported"),
    ):
        with pytest.raises(BadSecret, match=says):
            of_cells(exchange, "s", phrase, tmp_path)


def test_a_table_is_sealed_with_passphrases_and_private_keys(tmp_path: Path) -> None:
    box = BoxKey(BoxKey.new())
    (tmp_path / "key.pem").write_text(PEM)
    table = tmp_path / "keys.csv"
    with table.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("account", "key_id", "secret", "passphrase", "exchange"))
        writer.writerow(("a", "1", "s", "p", "kucoin"))
        writer.writerow(("b", "2", "@key.pem", "", "coinbase"))
        writer.writerow(("c", "3", PEM, "", "coinbase"))
    command = [sys.executable, "-m", "tradelatch.cli", "keys", "seal", str(table)]
    command += ["--public-key", encode(box.public)]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert ran.stderr == ""
    _, *rows = csv.reader(ran.stdout.splitlines())
    opened = []
    for account, exchange, key_id, sealed, *_ in rows:
        info = exchange_key_info(account, exchange, key_id)
        opened.append(bytes(box.open(_raw(sealed), info)).decode())
    assert opened == ["s\np", PEM, PEM]
    table.write_text("account,key_id,secret,exchange\na,1,s,kucoin\n")
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "line 2: a key of kucoin has a passphrase besides its secret" in ran.stderr


def _raw(text: str) -> bytes:
    return base64.b64decode(text)
