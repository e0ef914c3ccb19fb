"""The units that ship are what systemd understands, and take away what can be taken away."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import lacking

UNITS = sorted((Path(__file__).parents[2] / "deploy" / "systemd").glob("*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]


@pytest.fixture(scope="module")
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if not found:
        lacking("systemd-analyze is missing: install systemd")
    return found


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_systemd_understands_every_line(unit: Path, analyze: str, tmp_path: Path) -> None:
    """The program need not be there: another one stands in."""
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace("/opt/tradelatch/bin/tradelatch", "/bin/true"))
    ran = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_only_the_signer_has_no_network() -> None:
    alone = [unit.stem for unit in SERVICES if "PrivateNetwork=yes" in unit.read_text()]
    assert alone == ["tradelatch-signer"]


def test_a_mistake_is_not_tried_again() -> None:
    """What cannot start exits with 2."""
    assert all("RestartPreventExitStatus=2" in unit.read_text() for unit in SERVICES)
