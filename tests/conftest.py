"""What all tests share: the recorded data, hypothesis' profiles, a watch for stray processes."""

import os
import signal
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")

settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if IN_CI else "dev")


def lacking(reason: str) -> NoReturn:
    """Skip a test for what this machine lacks; where CI is set, fail it."""
    if IN_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-recorded",
        action="store_true",
        default=IN_CI,
        help="fail if a test that needs the recorded data is skipped (the default where CI is set)",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if (
        report.skipped
        and not hasattr(report, "wasxfail")
        and item.get_closest_marker("recorded")
        and item.config.getoption("--require-recorded")
    ):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} needs the recorded data and may not be skipped: {reason}"
    return report


@pytest.fixture(scope="session")
def recorded_data() -> Path:
    """The folder of recorded data; who uses it marks the test `recorded`."""
    named = os.environ.get("TRADELATCH_DATA")
    if not named:
        pytest.skip("TRADELATCH_DATA is not set: it names the folder of recorded data")
    folder = Path(named).expanduser()
    if not folder.is_dir():
        pytest.fail(f"TRADELATCH_DATA names {named}, which is no folder", pytrace=False)
    return folder


@pytest.fixture(scope="session", autouse=True)
def no_stray_processes() -> Iterator[None]:
    """Whatever the tests start is gone when they end, down to children of children.

    Processes are known by a mark in the environment that they inherit.
    """
    run = os.environ["TRADELATCH_TEST_RUN"] = str(os.getpid())
    mark = f"TRADELATCH_TEST_RUN={run}"
    yield
    patience = time.monotonic() + 5
    while (strays := _living(mark)) and time.monotonic() < patience:
        time.sleep(0.05)
    strays = {pid: command for pid, command in strays.items() if command is not None}
    for pid in strays:
        os.kill(pid, signal.SIGKILL)
    assert not strays, f"processes that the tests left behind: {strays}"


def _living(mark: str) -> dict[int, str | None]:
    """Command lines of the processes with `mark` in the environment they began with; None for those
    in the midst of their exec, which show none and may be some of them."""
    found: dict[int, str | None] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        # It may be gone meanwhile, or somebody else's; the kernel's own have no program.
        with suppress(OSError):
            environment = (folder / "environ").read_bytes()
            if mark.encode() in environment.split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(folder.name)] = command.strip()
            elif not environment and (folder / "exe").readlink():
                found[int(folder.name)] = None
    return found
