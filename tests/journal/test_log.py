"""The journal's file: real folders, real full disks, real kills."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import lacking
from tradelatch.journal.log import ORIGIN, Journal, JournalError, records, verify
from tradelatch.journal.marks import notes
from tradelatch.journal.note import verifier_text

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
BATCHES = [[b'{"a":1}'], [b'{"b":2}', b'{"c":3}'], [b"", b"{}"]]
FLAT = [record for batch in BATCHES for record in batch]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A journal with three batches and a checkpoint after each."""
    folder = tmp_path / "journal"
    Journal.create(folder, KEY)
    journal = Journal(folder, KEY, tmp_path / "copy")
    for batch in BATCHES:
        assert journal.write(batch)
        journal.checkpoint()
    journal.close()
    return folder


def reopened(folder: Path, copy: Path | None = None) -> Journal:
    journal = Journal(folder, KEY, copy)
    journal.close()
    return journal


# Appending and opening again


@given(st.lists(st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"\n", b"")), max_size=4)))
@settings(max_examples=25)
def test_what_was_written_is_read_back(batches: list[list[bytes]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "journal"
        Journal.create(folder, KEY)
        for batch in batches:
            journal = Journal(folder, KEY)
            journal.write(batch)
            journal.checkpoint()
            journal.close()
        written = [record for batch in batches for record in batch]
        assert list(records(folder)) == written
        if batches:
            assert reopened(folder).tree.root() == journal.tree.root()
            assert verify(folder).size == len(written)


def test_a_journal_is_never_replaced(folder: Path) -> None:
    with pytest.raises(FileExistsError):
        Journal.create(folder, KEY)
    assert list(records(folder)) == FLAT


def test_only_its_owner_reads_it(folder: Path) -> None:
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "records").stat().st_mode & 0o077 == 0


def test_a_missing_journal_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal here"):
        Journal(tmp_path / "none", KEY)
    with pytest.raises(JournalError, match="there is no journal here"):
        list(records(tmp_path / "none"))
    with pytest.raises(JournalError, match=r"there is no journal here|cannot read the public key"):
        verify(tmp_path / "none")


def test_another_key_opens_nothing(folder: Path) -> None:
    with pytest.raises(JournalError, match="another key"):
        Journal(folder, OTHER)
    with pytest.raises(JournalError, match="another key"):
        verify(folder, verifier_text(ORIGIN, OTHER.public_key()))
    with pytest.raises(JournalError, match="public key"):
        verify(folder, "no key")


def test_a_journal_without_checkpoints_is_not_verified(folder: Path) -> None:
    (folder / "checkpoints").write_bytes(b"")
    with pytest.raises(JournalError, match="no checkpoint was ever signed"):
        verify(folder)


# Crashes


def test_a_torn_last_record_is_dropped_wherever_it_was_torn(folder: Path) -> None:
    last = b'{"torn":"by a crash"}'
    whole = (folder / "records").read_bytes()
    for length in range(1, len(last) + 1):
        (folder / "records").write_bytes(whole + last[:length])
        assert list(records(folder)) == FLAT
        assert reopened(folder).torn == length
        assert (folder / "records").read_bytes() == whole
    (folder / "records").write_bytes(whole + last + b"\n")
    assert reopened(folder).torn == 0
    assert list(records(folder)) == [*FLAT, last]


@pytest.mark.parametrize("place", ["journal", "copy"])
def test_a_torn_last_checkpoint_is_dropped_wherever_it_was_torn(folder: Path, place: str) -> None:
    """And the ones signed after it count."""
    copy = folder.parent / "copy"
    path = folder.parent / place / "checkpoints"
    whole = path.read_bytes()
    last = len(whole) // len(BATCHES)
    for length in range(len(whole) - last, len(whole)):
        path.write_bytes(whole[:length])
        journal = Journal(folder, KEY, copy)
        if length % 11 == 0:
            journal.checkpoint()
            reopened(folder, copy)
            assert verify(folder).size == len(FLAT)
        journal.close()
        assert path.read_bytes().startswith(whole[:-last])
        assert path.stat().st_size % last == 0


def test_a_damaged_last_newline_costs_no_record(folder: Path) -> None:
    """It is covered by a checkpoint: damage, not a torn tail, and so nothing is cut off."""
    damaged = (folder / "records").read_bytes()[:-1] + b"x"
    (folder / "records").write_bytes(damaged)
    with pytest.raises(JournalError, match="records were removed"):
        Journal(folder, KEY)
    assert (folder / "records").read_bytes() == damaged


WRITER = """
import sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tradelatch.journal.log import Journal
journal = Journal(Path(sys.argv[1]), Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
number = journal.tree.size
while True:
    batch = [b"%d-%d" % (number + n, 7 ** (number % 50)) for n in range(1 + number % 5)]
    journal.write(batch)
    number += len(batch)
    print(number, flush=True)
    if number % 3 == 0:
        journal.checkpoint()
"""


def test_killed_at_any_moment_it_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    folder, dice = tmp_path / "journal", random.Random(1)
    Journal.create(folder, KEY)
    acknowledged = 0
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout
            writer.stdout.readline()
            time.sleep(dice.random() * 0.05)
            writer.kill()
            said = writer.stdout.read().split("\n")[:-1]
        assert writer.returncode == -signal.SIGKILL
        acknowledged = max(acknowledged, int(said[-1]) if said else 0)
        journal = reopened(folder)
        found = [int(record.partition(b"-")[0]) for record in records(folder)]
        assert found == list(range(len(found)))
        assert len(found) == journal.tree.size >= acknowledged
    assert acknowledged > 20


# Tampering


def test_a_changed_byte_anywhere_is_detected(folder: Path) -> None:
    whole = (folder / "records").read_bytes()
    for place in range(len(whole)):
        for other in {whole[place] ^ 1, ord("\n"), 0xFF} - {whole[place]}:
            changed = whole[:place] + bytes([other]) + whole[place + 1 :]
            (folder / "records").write_bytes(changed)
            with pytest.raises(JournalError):
                verify(folder)
            with pytest.raises(JournalError):
                Journal(folder, KEY)


def test_a_changed_byte_in_a_checkpoint_is_detected(folder: Path) -> None:
    """Or, in the newlines of the last one, it counts as torn and covers nothing."""
    whole = (folder / "checkpoints").read_bytes()
    for place in range(len(whole)):
        for other in {whole[place] ^ 1, 0xFF}:
            changed = whole[:place] + bytes([other]) + whole[place + 1 :]
            (folder / "checkpoints").write_bytes(changed)
            if whole[place] == ord("\n") and place > len(whole) * 2 // 3 and _covers_less(folder):
                continue
            with pytest.raises(JournalError):
                verify(folder)
            with pytest.raises(JournalError):
                Journal(folder, KEY)


def _covers_less(folder: Path) -> bool:
    try:
        return verify(folder).size < len(FLAT)
    except JournalError:
        return False


def test_removed_added_and_swapped_records_are_detected(folder: Path) -> None:
    lines = (folder / "records").read_bytes().splitlines(keepends=True)
    changes = [lines[:n] + lines[n + 1 :] for n in range(len(lines))]
    changes += [lines[:n] for n in range(len(lines))]
    changes += [[*lines[:n], b"new\n", *lines[n:]] for n in range(len(lines))]
    changes += [[lines[1], lines[0], *lines[2:]]]
    for changed in changes:
        (folder / "records").write_bytes(b"".join(changed))
        with pytest.raises(JournalError):
            verify(folder)
        with pytest.raises(JournalError):
            Journal(folder, KEY)


def test_an_older_backup_is_refused_because_of_the_second_place(folder: Path) -> None:
    copy, backup = folder.parent / "copy", folder.parent / "backup"
    shutil.copytree(folder, backup)
    journal = Journal(folder, KEY, copy)
    journal.write([b"a loss"])
    journal.checkpoint()
    journal.close()
    assert verify(backup).size == len(FLAT)
    with pytest.raises(JournalError, match="an old backup was restored"):
        Journal(backup, KEY, copy)
    assert reopened(folder, copy).tree.size == len(FLAT) + 1


def continued(folder: Path, *records: bytes, is_restored: bool = False) -> Journal:
    """Opened, written and closed again, with its second place."""
    journal = Journal(folder, KEY, folder.parent / "copy", is_restored)
    journal.write(list(records))
    journal.checkpoint()
    journal.close()
    return journal


def test_a_restored_backup_goes_on_once_that_is_said(folder: Path) -> None:
    """And says so for good: whoever reads the checkpoints sees what is missing."""
    backup = folder.parent / "backup"
    shutil.copytree(folder, backup)
    continued(folder, b"a loss", b"another")
    shutil.rmtree(folder)
    backup.rename(folder)
    (restored,) = continued(folder, b"after", is_restored=True).restored
    assert (restored.size, restored.restored_from) == (len(FLAT), len(FLAT) + 2)
    assert continued(folder, b"more", b"and more").restored == {restored}
    assert verify(folder).size == len(FLAT) + 3
    assert list(records(folder))[len(FLAT) :] == [b"after", b"more", b"and more"]


def test_one_restored_backup_opens_the_door_to_no_other(folder: Path) -> None:
    earlier, later = folder.parent / "earlier", folder.parent / "later"
    shutil.copytree(folder, earlier)
    continued(folder, b"a loss")
    shutil.copytree(folder, later)
    continued(folder, b"another")
    continued_from(later, folder, is_restored=True)
    with pytest.raises(JournalError, match="an old backup was restored"):
        continued_from(earlier, folder)
    (restored,) = continued_from(earlier, folder, is_restored=True).restored
    assert restored.size == len(FLAT)


def continued_from(backup: Path, folder: Path, *, is_restored: bool = False) -> Journal:
    shutil.rmtree(folder)
    shutil.copytree(backup, folder)
    return continued(folder, b"after", b"and after", is_restored=is_restored)


def test_only_what_is_missing_is_forgiven(folder: Path) -> None:
    with pytest.raises(JournalError, match="nothing is missing"):
        continued(folder, is_restored=True)
    lines = (folder / "records").read_bytes().splitlines(keepends=True)
    (folder / "records").write_bytes(b"x" + b"".join(lines[:-1]))
    with pytest.raises(JournalError, match="was changed"):
        continued(folder, is_restored=True)


def test_until_both_places_say_so_a_backup_is_not_taken(folder: Path) -> None:
    """As after a crash between the two."""
    copy = folder.parent / "copy"
    lines = (folder / "records").read_bytes().splitlines(keepends=True)
    (folder / "records").write_bytes(b"".join(lines[:-1]))
    before = (copy / "checkpoints").read_bytes()
    continued(folder, is_restored=True)
    (copy / "checkpoints").write_bytes(before)
    with pytest.raises(JournalError, match="an old backup was restored"):
        continued(folder)
    continued(folder, is_restored=True)
    continued(folder)


@pytest.mark.parametrize("growth", [1, 20])
def test_what_says_that_a_backup_was_restored_is_good_once(folder: Path, growth: int) -> None:
    """Put into both places once more, it would make all later checkpoints void."""
    copy = folder.parent / "copy"
    backup = shutil.copytree(folder, folder.parent / "backup")
    continued(folder, b"a loss", b"another")
    continued_from(Path(backup), folder, is_restored=True)
    note = next(note for note in notes(folder) if "restored from" in note)
    early = shutil.copytree(folder, folder.parent / "early")
    continued(folder, *[b"a loss"] * growth)
    shutil.rmtree(folder)
    Path(early).rename(folder)
    for place in (folder, copy):
        with (place / "checkpoints").open("a") as file:
            file.write(f"{note}\n")
    with pytest.raises(JournalError, match="does not belong where it stands"):
        continued(folder)


def test_a_restore_that_reached_one_place_only_is_no_restore(folder: Path) -> None:
    """Nor does an earlier one, which the second place still tells of, stand in for it."""
    copy = folder.parent / "copy"
    backup = shutil.copytree(folder, folder.parent / "backup")
    continued(folder, b"a loss", b"another")
    (first,) = continued_from(Path(backup), folder, is_restored=True).restored
    later = shutil.copytree(folder, folder.parent / "later")
    continued(folder, b"a loss")
    before = (copy / "checkpoints").read_bytes()
    (second,) = continued_from(Path(later), folder, is_restored=True).restored
    (copy / "checkpoints").write_bytes(before)
    try:
        journal = continued(folder)
    except JournalError:
        return
    assert {first, second} == journal.restored, "both are to be frozen for"


def test_a_second_place_that_was_in_use_and_is_empty_is_not_mounted(folder: Path) -> None:
    copy = folder.parent / "copy"
    (copy / "checkpoints").rename(folder.parent / "away")
    with pytest.raises(JournalError, match="empty and was not: mount it"):
        reopened(folder, copy)
    other = folder.parent / "another"
    other.mkdir()
    reopened(folder, other)
    (folder.parent / "away").rename(copy / "checkpoints")
    reopened(folder, copy)


def test_a_second_place_that_is_not_mounted_is_not_taken_for_an_empty_one(folder: Path) -> None:
    away = folder.parent / "away"
    with pytest.raises(JournalError, match="mount it"):
        Journal(folder, KEY, away)
    away.mkdir()
    Journal(folder, KEY, away).close()


def test_a_rewritten_journal_is_refused_because_of_the_second_place(folder: Path) -> None:
    """Even one that is signed with the right key."""
    forged = folder.parent / "forged"
    Journal.create(forged, KEY)
    journal = Journal(forged, KEY)
    journal.write([b"nothing was lost"] * len(FLAT))
    journal.checkpoint()
    journal.close()
    with pytest.raises(JournalError, match="was changed"):
        Journal(forged, KEY, folder.parent / "copy")


# Full disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    if os.geteuid() != 0:
        lacking("only root may mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        lacking("mounting is not allowed here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_on_a_full_disk_the_reserve_is_given_up_and_the_record_is_kept(small_disk: Path) -> None:
    folder = small_disk / "journal"
    Journal.create(folder, KEY)
    journal = Journal(folder, KEY)
    written, healthy = 0, True
    while healthy:
        healthy = journal.write([b"x" * 50_000])
        written += 1
    assert not (folder / "reserve").exists()
    assert journal.write([b"a cancel"])
    journal.checkpoint()
    assert verify(folder).size == written + 1
    assert list(records(folder))[-1] == b"a cancel"

    while _writes(journal, b"x" * 50_000):
        written += 1
    assert (folder / "records").stat().st_size == written * 50_001 + len(b"a cancel\n")
    assert journal.tree.size == written + 1 == len(list(records(folder)))
    journal.close()
    assert reopened(folder).tree.size == written + 1


def test_a_checkpoint_that_finds_no_room_leaves_no_half_of_itself(small_disk: Path) -> None:
    folder = small_disk / "journal"
    Journal.create(folder, KEY)
    journal = Journal(folder, KEY)
    journal.write([b"x"])
    journal.checkpoint()
    with (small_disk / "filler").open("wb", buffering=0) as filler:
        while _grows(filler):
            pass
    room = 4096
    with pytest.raises(JournalError, match="cannot write"):
        _checkpoints(journal, room)
    (small_disk / "filler").unlink()
    journal.checkpoint()
    journal.close()
    assert reopened(folder).tree.size == verify(folder).size == 1


def test_the_reserve_is_kept_again_once_there_is_room(folder: Path) -> None:
    (folder / "reserve").unlink()
    reopened(folder)
    assert (folder / "reserve").stat().st_size == 1 << 20


def _writes(journal: Journal, record: bytes) -> bool:
    try:
        return journal.write([record])
    except JournalError as error:
        return "No space left" not in str(error)


def _grows(filler: FileIO) -> bool:
    try:
        return filler.write(bytes(4096)) > 0
    except OSError:
        return False


def _checkpoints(journal: Journal, room: int) -> None:
    for _ in range(room // 100):
        journal.checkpoint()


LIMITED = """
import resource, sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tradelatch.journal.log import Journal, JournalError
folder = Path(sys.argv[1])
journal = Journal(folder, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
kept = 0
try:
    while True:
        journal.write([b"x" * 300])
        kept += 1
except JournalError as error:
    print(kept, journal.tree.size, (folder / "records").stat().st_size, error)
"""


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    folder = tmp_path / "journal"
    Journal.create(folder, KEY)
    command = [sys.executable, "-c", LIMITED, str(folder)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.startswith("3 3 903 ")
    assert "cannot write: File too large" in said
    assert list(records(folder)) == [b"x" * 300] * 3
    assert reopened(folder).torn == 0
