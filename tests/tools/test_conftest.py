"""The rules of tests/conftest.py, tried in a test run of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
RECORDED = """
import pytest

@pytest.mark.recorded
def test_recorded(recorded_data):
    assert recorded_data.is_dir()
"""
STRAY = """
import subprocess

def test_stray():
    subprocess.run("sleep 60 & echo $! > stray", shell=True, check=True)
"""


def run(folder: Path, test: str, *options: str, **env: str) -> tuple[int, str]:
    """Exit status and output of pytest on one test beside a copy of the conftest."""
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = recorded\n")
    (folder / "conftest.py").write_text(CONFTEST.read_text())
    (folder / "test_it.py").write_text(test)
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env=clean | env,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_without_the_data_a_recorded_test_is_skipped_and_says_why(tmp_path: Path) -> None:
    status, output = run(tmp_path, RECORDED)
    assert status == 0
    assert "TRADELATCH_DATA is not set" in output
    assert "1 skipped" in output


def test_with_the_data_it_runs(tmp_path: Path) -> None:
    status, output = run(tmp_path, RECORDED, CI="true", TRADELATCH_DATA=str(tmp_path))
    assert status == 0
    assert "1 passed" in output


@pytest.mark.parametrize(("options", "env"), [(["--require-recorded"], {}), ([], {"CI": "true"})])
def test_where_the_data_is_required_a_skip_is_a_failure(
    tmp_path: Path, options: list[str], env: dict[str, str]
) -> None:
    status, output = run(tmp_path, RECORDED, *options, **env)
    assert status == 1
    assert "needs the recorded data and may not be skipped" in output
    assert "TRADELATCH_DATA is not set" in output


def test_a_wrong_folder_is_an_error_and_not_a_skip(tmp_path: Path) -> None:
    status, output = run(tmp_path, RECORDED, TRADELATCH_DATA=str(tmp_path / "absent"))
    assert status == 1
    assert "which is no folder" in output


def test_a_process_left_behind_fails_the_run_and_is_ended(tmp_path: Path) -> None:
    status, output = run(tmp_path, STRAY)
    assert status == 1
    assert "sleep 60" in output
    stray = (tmp_path / "stray").read_text().strip()
    assert (
        not (Path("/proc") / stray / "cmdline").exists()
        or not (Path("/proc") / stray / "cmdline").read_bytes()
    )
