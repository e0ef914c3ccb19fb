"""Proofs as the command line makes and checks them, on the journal of the test vectors."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

VECTOR = Path(__file__).parents[2] / "docs" / "vectors" / "journal"


def run(*arguments: object) -> tuple[int, str]:
    command = [sys.executable, "-m", "tradelatch.cli", "journal", *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("number", range(1, 6))
def test_a_record_is_proved_by_the_public_key_alone(tmp_path: Path, number: int) -> None:
    proof = tmp_path / "proof.json"
    status, said = run("prove", number, "--journal", VECTOR)
    assert status == 0, said
    proof.write_text(said)
    key = (VECTOR / "public.key").read_text()
    status, said = run("check", proof, "--public-key", key)
    record = (VECTOR / "records").read_text().splitlines()[number - 1]
    assert (status, said) == (0, f"good: record {number} of 5 is\n{record}\n")
    for field, other in (("record", record + " "), ("number", number % 5 + 1), ("path", [])):
        proof.write_text(
            json.dumps(json.loads(run("prove", number, "--journal", VECTOR)[1]) | {field: other})
        )
        status, said = run("check", proof, "--public-key", key)
        assert (status, "this proves nothing" in said) == (1, True)


def test_two_checkpoints_are_proved_to_go_together(tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    proof.write_text(run("consistency", 1, 5, "--journal", VECTOR)[1])
    assert run("check", proof, "--journal", VECTOR) == (
        0,
        "good: the first 1 of 5 records were not changed\n",
    )
    swapped = json.loads(proof.read_text())
    swapped["first"], swapped["second"] = swapped["second"], swapped["first"]
    proof.write_text(json.dumps(swapped))
    assert run("check", proof, "--journal", VECTOR)[0] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("prove", 6), "only 5 records are covered"),
        (("consistency", 2, 5), "no checkpoint was signed at 2 records; one was at 1"),
        (("consistency", 1, 6), "no checkpoint was signed at 6 records; one was at 5"),
        (("consistency", 5, 4), "give the earlier checkpoint first"),
        (("check", "/nowhere"), "/nowhere: cannot be read: No such file"),
        (("check", __file__), "this is no proof"),
    ],
)
def test_a_mistake_gets_one_sentence(arguments: tuple[object, ...], says: str) -> None:
    status, said = run(*arguments, "--journal", VECTOR)
    assert (status, said.count("\n")) == (2, 1)
    assert says in said


def test_a_changed_journal_proves_nothing(tmp_path: Path) -> None:
    folder = shutil.copytree(VECTOR, tmp_path / "journal")
    (folder / "records").write_bytes(b"x" + (folder / "records").read_bytes()[1:])
    status, said = run("prove", 1, "--journal", folder)
    assert (status, "was changed" in said) == (1, True)
