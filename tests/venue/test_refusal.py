"""Refusals are made afresh each time."""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import tradelatch.venue
from tests.venue.site import Site


def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(tradelatch.venue.__path__, "tradelatch.venue.")
    return [importlib.import_module(one.name) for one in found if "__main__" not in one.name]


def test_no_exception_is_kept_to_be_raised_again() -> None:
    """It would keep the frames of every raise, the request and all, for good."""
    kept = [
        f"{module.__name__}.{name}"
        for module in modules()
        for name, value in vars(module).items()
        for one in (value.values() if isinstance(value, dict) else (value,))
        if isinstance(one, BaseException)
    ]
    assert kept == []


def test_refused_requests_leave_nothing_behind(site: Site) -> None:
    assert site.process is not None
    process = site.process.pid
    padding = "0" * 8_000  # it would be kept as well

    def refuse(times: int) -> int:
        for _ in range(times):
            status, answer = site.request("GET", f"/api/v3/depth?symbol=NOSUCH&limit={padding}1")
            assert status == 400, answer
        return resident_kb(process)

    before = refuse(200)
    assert refuse(800) - before < 8_000  # KB; kept requests took 20


def resident_kb(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
