"""Each channel gets each notice once; a crash may repeat the last one and loses none."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.notify.listener import Listener
from tradelatch.journal.log import Journal, records_from
from tradelatch.model.notices import Kind
from tradelatch.notify.channels import FileChannel, open_channel
from tradelatch.notify.notices import Letter
from tradelatch.signer.records import Cause, ChangeMade, Frozen, GrantRevoked, Restored, encode
from tradelatch.watch.follow import Follower, LostPlace


class Diary:
    """A real journal with a record at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        key = Ed25519PrivateKey.generate()
        Journal.create(folder, key)
        self.journal = Journal(folder, key)
        self.count = 0

    def write(self, times: int = 1) -> None:
        """So many records that are worth a notice, with one that is not before each."""
        for _ in range(times):
            self.count += 1
            made = ChangeMade(self.count, self.count, "a thaw", "why")
            self.journal.write([encode(GrantRevoked(1, "tlg_1")), encode(made)])

    def read(self, place: int) -> Iterator[tuple[int, bytes]]:
        return records_from(self.folder, place)


@pytest.fixture
def diary(tmp_path: Path) -> Iterator[Diary]:
    diary = Diary(tmp_path / "journal")
    yield diary
    diary.journal.close()


def told(path: Path) -> list[int]:
    """The numbers of the notices in a file."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [int(json.loads(line)["says"].split()[1]) for line in lines]


def test_notices_begin_where_the_journal_ends_and_go_on_after_a_restart(
    diary: Diary, tmp_path: Path
) -> None:
    out, cursor = tmp_path / "out" / "notices", tmp_path / "watch" / "file.json"
    diary.write(3)
    for _ in range(3):
        follower = Follower(FileChannel(out), diary.read, cursor)
        assert follower.round()
        diary.write(2)
        assert follower.round()
        diary.write()
    assert told(out) == [4, 5, 6, 7, 8, 9, 10, 11]


class Dying(FileChannel):
    """Its process ends between sending and remembering."""

    dies_at = 5

    def send(self, letter: Letter) -> bool:
        sent = super().send(letter)
        if f"Change {self.dies_at} " in letter[0].says:
            raise KeyboardInterrupt
        return sent


def test_a_crash_repeats_one_notice_and_loses_none(diary: Diary, tmp_path: Path) -> None:
    out, cursor = tmp_path / "notices", tmp_path / "file.json"
    follower = Follower(Dying(out), diary.read, cursor)
    diary.write(8)
    with pytest.raises(KeyboardInterrupt):
        follower.round()
    assert Follower(FileChannel(out), diary.read, cursor).round()
    assert told(out) == [1, 2, 3, 4, 5, 5, 6, 7, 8]


def test_a_channel_that_fails_is_tried_again_from_where_it_was(
    diary: Diary, tmp_path: Path
) -> None:
    with Listener() as listener:
        channel = open_channel("hook", f"json://{listener.address}/notices")
        follower = Follower(channel, diary.read, tmp_path / "hook.json")
        diary.write(2)
        assert follower.round()
        listener.status = 500
        diary.write(2)
        assert not follower.round()
        assert not follower.round()
        listener.status = 200
        assert follower.round()
        diary.write()
        listener.status = 503
        assert not follower.round()
    numbers = [int(posted["message"].split()[1]) for posted in listener.posted]
    assert numbers == [1, 2, 3, 4]


def test_another_journal_is_not_taken_for_the_one_that_was_followed(
    diary: Diary, tmp_path: Path
) -> None:
    cursor = tmp_path / "file.json"
    diary.write(3)
    Follower(FileChannel(tmp_path / "out"), diary.read, cursor)
    other = Diary(tmp_path / "other")
    for lines in (0, 2, 5):
        other.write(lines)
        other.count += 40
        with pytest.raises(LostPlace, match="older copy"):
            Follower(FileChannel(tmp_path / "out"), other.read, cursor)
    other.journal.close()
    cursor.write_text("{}")
    with pytest.raises(LostPlace, match="this is no cursor"):
        Follower(FileChannel(tmp_path / "out"), diary.read, cursor)


def test_a_channel_gets_the_kinds_that_it_wants(diary: Diary, tmp_path: Path) -> None:
    out, cursor = tmp_path / "out", tmp_path / "cursor"
    follower = Follower(FileChannel(out), diary.read, cursor, [Kind.FREEZE])
    diary.write(2)
    diary.journal.write([encode(Frozen(9, "me", "tlg_1", Cause.OPERATOR, "why"))])
    assert follower.round()
    (told,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert told["kind"] == "freeze"
    assert Follower(FileChannel(out), diary.read, cursor).round()
    assert len(out.read_text().splitlines()) == 1, "what it did not want it has passed"


def test_a_restored_backup_is_told_of_though_the_place_is_lost(tmp_path: Path) -> None:
    out, cursor = tmp_path / "out", tmp_path / "cursor"
    diary = Diary(tmp_path / "journal")
    diary.write(3)
    Follower(FileChannel(out), diary.read, cursor).round()
    diary.journal.close()
    older = Diary(tmp_path / "older")
    older.write(1)
    older.journal.write([encode(Restored(1, 2, 6, "00"))])
    older.write(1)
    assert Follower(FileChannel(out), older.read, cursor).round()
    older.journal.close()
    said = [json.loads(line)["says"] for line in out.read_text().splitlines()]
    assert "A backup of the journal was restored, 4 records are missing" in said[0]
    assert said[1].startswith("Change 2 ")
    assert len(said) == 2
