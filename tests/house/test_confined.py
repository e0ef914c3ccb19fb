"""Gate, courier and signer as they confine themselves: what each could still reach."""

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.stage import Stage
from tests.isolation.test_isolation import needs_landlock

SERVES = {
    "gate": ("tradelatch.gate.serve", "uvicorn.Server.run = lambda *_, **__: attempt()"),
    "courier": (
        "tradelatch.courier.serve",
        "serve.uvloop.run = lambda work: (work.close(), attempt())",
    ),
}
"""What each runs once it is confined, with an attempt in its place."""
PROGRAM = """
import importlib, sys, uvicorn
from pathlib import Path
from tradelatch.model.config import parse_config

config = parse_config(Path(sys.argv[1]).read_text())
files = [Path(name) for name in sys.argv[2:]]

def attempt():
    for file in files:
        try:
            file.open("rb").close()
            print("opened", file)
        except OSError as error:
            print(type(error).__name__, file)

serve = importlib.import_module("{module}")
{instead}
serve.run(config)
"""


@needs_landlock
@pytest.mark.parametrize("process", SERVES)
def test_neither_gate_nor_courier_opens_what_the_signer_keeps(stage: Stage, process: str) -> None:
    home = stage.house.home
    kept = [home / "vault.key", home / "vault" / "keyring", home / "journal" / "records"]
    assert all(file.exists() for file in kept)
    said = opened_by(process, stage.house.config, kept)
    assert said == [f"PermissionError {file}" for file in kept]


def opened_by(process: str, config: Path, files: list[Path]) -> list[str]:
    """What each attempt of a confined process to open a file comes to."""
    module, instead = SERVES[process]
    program = PROGRAM.format(module=module, instead=instead)
    ran = subprocess.run(
        [sys.executable, "-c", program, str(config), *map(str, files)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return [line for line in ran.stdout.splitlines() if "/" in line and "http" not in line]


@needs_landlock
def test_the_signer_says_what_it_has_given_up(stage: Stage) -> None:
    command = [sys.executable, "-m", "tradelatch.cli", "status"]
    command += ["--config", str(stage.house.config)]
    told = json.loads(subprocess.run([*command, "--json"], capture_output=True, text=True).stdout)
    (signer,) = told["custody"]["processes"]["signer"]
    given_up = signer["isolation"]
    for name in ("no core dumps", "not to be looked into", "no new privileges", "own files only"):
        assert given_up[name], name
    assert given_up["system calls filtered"]
    shown = subprocess.run(command, capture_output=True, text=True).stdout
    assert "system calls filtered" in shown
    own = pwd.getpwuid(os.geteuid()).pw_name
    for process in ("signer", "courier", "gate"):
        assert f"{process}, as {own}: no core dumps, not to be looked into" in shown
    says = f"not isolated: signer, courier and gate run as the same user, {own}"
    assert shown.splitlines()[-1] == says


def test_the_kernel_says_so_too(stage: Stage) -> None:
    status = Path(f"/proc/{stage.house.signer.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
