"""Showing and exporting parts of a journal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tradelatch.journal.log import Journal

SECOND = 1_700_000_000
RECORDS = [
    {"record": "Closed", "time_ns": (SECOND + n) * 10**9, "order": n, "why": "filled"}
    for n in range(3)
] + [
    {"record": "GrantRevoked", "time_ns": (SECOND + 3) * 10**9, "grant": "tlg_1"},
    {"record": "Confirmed", "time_ns": (SECOND + 4) * 10**9, "account": "me"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder, key = tmp_path / "journal", Ed25519PrivateKey.generate()
    Journal.create(folder, key)
    journal = Journal(folder, key)
    journal.write([json.dumps(record).encode() for record in RECORDS])
    journal.checkpoint()
    journal.close()
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tradelatch.cli", "journal", *arguments]
    return subprocess.run([*command, "--journal", folder], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ([], [0, 1, 2, 3, 4]),
        (["--kind", "Closed"], [0, 1, 2]),
        (["--kind", "Confirmed", "--kind", "GrantRevoked"], [3, 4]),
        (["--account", "me"], [4]),
        (["--grant", "tlg_1"], [3]),
        (["--since", "2023-11-14T22:13:22"], [2, 3, 4]),
        (["--until", "2023-11-14T22:13:22"], [0, 1]),
        (["--since", "2023-11-14T22:13:21", "--until", "2023-11-14T22:13:23"], [1, 2]),
        (["--kind", "Closed", "--account", "me"], []),
    ],
)
def test_both_take_the_same_filters(folder: Path, filters: list[str], numbers: list[int]) -> None:
    wanted = [RECORDS[number] for number in numbers]
    assert json.loads(run(folder, "show", "--json", *filters).stdout) == wanted
    exported = run(folder, "export", *filters).stdout.splitlines()
    assert [json.loads(line) for line in exported] == wanted


def test_the_newest_are_shown(folder: Path) -> None:
    shown = json.loads(run(folder, "show", "--json", "--last", "2", "--kind", "Closed").stdout)
    assert shown == RECORDS[1:3]


def test_a_time_that_is_none_is_said(folder: Path) -> None:
    ran = run(folder, "export", "--since", "yesterday")
    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False)
