"""`tradelatch status --attest`: what the signer says of itself can be checked by others."""

import subprocess
import sys
from pathlib import Path

import tradelatch
from tests.house.stage import Stage
from tradelatch.journal import marks

NONCE = "00112233445566778899aabbccddeeff"


def run(stage: Stage, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tradelatch.cli", *map(str, arguments)]
    return subprocess.run(
        [*command, "--config", str(stage.house.config)], capture_output=True, text=True, timeout=60
    )


def lines_of(note: str) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in note.partition("\n\n")[0].splitlines()[1:])


def test_it_says_what_runs_and_is_checked_offline(stage: Stage, tmp_path: Path) -> None:
    ran = run(stage, "status", "--attest", "--nonce", NONCE)
    assert ran.returncode == 0, ran.stderr
    assert "signed by the journal's key; the same code as this installation" in ran.stderr
    assert "root on its host can forge it, since no hardware backs it" in ran.stderr
    said = lines_of(ran.stdout)
    assert said["nonce"] == NONCE
    assert said["in"].startswith("force: no core dumps, not to be looked into")
    counted = marks.notes(stage.journal)
    assert said["checkpoint"] in {" ".join(note.splitlines()[1:3]) for note in counted}
    file = tmp_path / "attested"
    file.write_text(ran.stdout)
    key = (stage.journal / "public.key").read_text().strip()
    checked = run(stage, "journal", "statement", file, "--public-key", key)
    assert (checked.returncode, checked.stdout) == (0, ran.stdout.partition("\n\n")[0] + "\n")
    file.write_text(ran.stdout.replace("not in force: ", "not in force: nothing but "))
    assert run(stage, "journal", "statement", file, "--public-key", key).returncode == 1


def test_the_codes_hash_is_found_without_our_code(stage: Stage) -> None:
    """By the line that docs/operators.md shows."""
    line = "find tradelatch -name '*.py' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    parent = Path(tradelatch.__path__[0]).parent
    found = subprocess.run(line, shell=True, cwd=parent, capture_output=True, text=True).stdout
    said = lines_of(run(stage, "status", "--attest").stdout)
    assert said["code"] == f"{found.split()[0]} of tradelatch {tradelatch.__version__}"
    assert said["nonce"] != lines_of(run(stage, "status", "--attest").stdout)["nonce"]


def test_a_nonce_that_is_none_is_refused(stage: Stage) -> None:
    for nonce in ("00", "x" * 16, "0" * 65, "0" * 15 + "\n"):
        ran = run(stage, "status", "--attest", "--nonce", nonce)
        assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
        assert "a nonce is 16 to 64 digits of 0-9 and a-f, chosen anew each time" in ran.stderr
