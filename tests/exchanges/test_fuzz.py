"""Fuzzers that follow coverage, on every exchange's file."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tradelatch import exchanges

RUNS, LONG_RUNS = 10_000, 300_000


def fuzz(name: str, runs: int, folder: Path) -> None:
    """So many inputs, the same ones each time."""
    pytest.importorskip("atheris", reason="atheris has no wheel for this machine")
    options = [f"-runs={runs}", "-seed=1", "-max_len=2000", f"-artifact_prefix={folder}/"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.exchanges.fuzz", name, *options],
        capture_output=True,
        text=True,
        timeout=3_600,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    counted = re.search(r"Done (\d+) runs", done.stderr)
    assert counted, done.stderr[-4_000:]
    assert int(counted[1]) >= runs  # a few more, where there are more seeds


@pytest.mark.parametrize("name", exchanges.NAMES)
def test_a_short_fuzzer_finds_nothing(name: str, tmp_path: Path) -> None:
    fuzz(name, RUNS, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("name", exchanges.NAMES)
def test_a_long_fuzzer_finds_nothing(name: str, tmp_path: Path) -> None:
    fuzz(name, LONG_RUNS, tmp_path)
