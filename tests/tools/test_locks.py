"""What is installed is fixed by hash, and the lock files say nothing about where it comes from."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "requirements"
LOCKS = sorted(FOLDER.glob("*.txt"))


def pins(lock: Path) -> dict[str, str]:
    """Every requirement of a lock file, with its hashes."""
    text = re.sub(r"^#.*\n", "", lock.read_text(), flags=re.MULTILINE)
    entries = re.split(r"\n(?! )", text.replace("\\\n", "").strip())
    return {entry.split("==")[0]: entry for entry in entries}


def test_there_are_locks() -> None:
    assert [lock.name for lock in LOCKS] == ["dev.txt", "drill.txt", "lock.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_pins_with_hashes_and_nothing_else(lock: Path) -> None:
    for name, pin in pins(lock).items():
        assert re.fullmatch(
            r"[a-z0-9-]+==[a-z0-9.]+( ; [^\\#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+", pin
        ), name
    assert "://" not in lock.read_text()


def test_the_set_up_of_the_tests_serves_the_drill() -> None:
    assert pins(FOLDER / "drill.txt").items() <= pins(FOLDER / "dev.txt").items()
