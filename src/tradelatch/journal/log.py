"""The journal's file: one record a line, durable before anything depends on it.

Lines are the records' bytes and hold no newline; each is a leaf of the Merkle tree. Beside
they lie `checkpoints` (signed notes, one after another), `public.key` to verify them with, and
`reserve`, a file of noise (no file system can shrink it) that is given up when the disk is full,
so that cancels can still be recorded.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tradelatch.journal import checkpoint, marks, note
from tradelatch.journal.checkpoint import BadCheckpoint, Checkpoint
from tradelatch.journal.disk import append_durably, sync_folder, write_durably
from tradelatch.journal.merkle import Tree

ORIGIN = "tradelatch/journal"
_RESERVE = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)
_RECORDS, _PUBLIC_KEY, _SPARE = "records", "public.key", "reserve"
_SECOND = "second-place"
"""Where checkpoints went besides."""


class JournalError(Exception):
    """The journal cannot be trusted or written; the message says where and what would work."""


class Journal:
    """An open journal. One process owns it; `write` may run in a thread of its own."""

    def __init__(
        self,
        folder: Path,
        key: Ed25519PrivateKey,
        copy: Path | None = None,
        is_restored: bool = False,
    ) -> None:
        """Open an existing journal: verify it against its checkpoints, drop a torn last line.

        Args:
            folder: where `create` made it.
            key: signs the checkpoints.
            copy: a second folder for the checkpoints; an older journal than the last one
                there is refused, since it would forget losses.
            is_restored: it is known to be older. A checkpoint that says so makes those of more
                records void, in both places; `restored` tells from then on.

        Raises:
            JournalError: it is missing, damaged, or older than its checkpoints, or with
                `is_restored` it is not.
        """
        self._folder, self._key, self._copy = folder, key, copy
        if not (folder / _RECORDS).exists():
            raise JournalError(
                f"{folder}: there is no journal here; `tradelatch signer --init` makes one"
            )
        if copy and not copy.is_dir() and (folder / _RECORDS).stat().st_size:
            raise JournalError(
                f"{copy}: the second place for checkpoints is not there; mount it, or make the "
                "folder if it is a new one"
            )
        self._check_mounted()
        signed, self.restored = _standing(self._places(), key.public_key())
        """`restored`: of each place the newest checkpoint of a backup that was restored."""
        self.tree, beyond = _rebuild(folder, signed)
        if not is_restored:
            _check_covered(folder, self.tree, beyond)
        elif not beyond:
            raise JournalError(f"{folder}: nothing is missing here; start without --restored")
        self.torn = _drop_torn_tail(folder)
        for place in self._places():
            marks.drop_torn(place)
        if is_restored:
            size, root, nonce = self.tree.size, self.tree.root(), secrets.token_hex(8)
            self.restored = {Checkpoint(ORIGIN, size, root, max(beyond), nonce)}
            for mark in self.restored:
                self._keep(mark)
        self.has_reserve = self._restore_reserve()
        """Whether cancels could still be recorded once the disk is full."""
        self.verifier = note.verifier_text(ORIGIN, key.public_key())
        """The public key, which tells this journal from any other."""
        self._size = (folder / _RECORDS).stat().st_size
        self._file = os.open(folder / _RECORDS, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    @staticmethod
    def create(folder: Path, key: Ed25519PrivateKey) -> None:
        """Make an empty journal.

        Raises:
            FileExistsError: there is one already; a journal is never replaced.
        """
        folder.mkdir(mode=0o700, parents=True)
        (folder / _RECORDS).touch(mode=0o600)
        (folder / marks.FILE).touch(mode=0o600)
        verifier = note.verifier_text(ORIGIN, key.public_key())
        write_durably(folder / _PUBLIC_KEY, (verifier + "\n").encode())
        write_durably(folder / _SPARE, secrets.token_bytes(_RESERVE))
        sync_folder(folder)

    def write(self, batch: list[bytes]) -> bool:
        """Append records, durable on return. Blocking.

        Returns:
            Whether all is well; False if the disk was full and the reserve had to be given up:
            the records are durable, but from now on only what lowers risk may be recorded.

        Raises:
            JournalError: nothing of the batch was recorded.
        """
        data = b"".join(record + b"\n" for record in batch)
        try:
            self._append(data)
            healthy = True
        except OSError as error:
            if error.errno not in _FULL or not self._give_up_reserve():
                raise JournalError(f"{self._folder}: cannot write: {error.strerror}") from error
            try:
                self._append(data)
            except OSError as again:
                raise JournalError(f"{self._folder}: cannot write: {again.strerror}") from again
            healthy = False
        for record in batch:
            self.tree.append(record)
        return healthy

    def checkpoint(self) -> None:
        """Sign the present size and root and keep them, in the second place too. Blocking.

        Raises:
            JournalError: it could not be written.
        """
        self._keep(Checkpoint(ORIGIN, self.tree.size, self.tree.root()))

    def newest(self) -> str:
        """The newest checkpoint as it was signed; empty if there is none. Blocking."""
        return next(reversed(marks.notes(self._folder)), "")

    def statement(self, text: str) -> str:
        """A text that says what it is in its first line, as a signed note of the journal's key."""
        return note.signed(text, ORIGIN, self._key)

    def _keep(self, mark: Checkpoint) -> None:
        signed = checkpoint.sign(mark, self._key)
        try:
            # The second place first: as long as it does not say so, no backup is taken.
            for folder in reversed(self._places()):
                folder.mkdir(parents=True, exist_ok=True)
                append_durably(folder / marks.FILE, (signed + "\n").encode())
            self._note_second_place()
        except OSError as error:
            raise JournalError(f"{self._folder}: cannot write: {error.strerror}") from error

    def close(self) -> None:
        """Close the file; what was written stays."""
        os.close(self._file)

    def _check_mounted(self) -> None:
        """A second place that was in use and is empty now is not mounted."""
        known = self._folder / _SECOND
        was_used = known.exists() and known.read_text() == str(self._copy)
        if self._copy and was_used and not (self._copy / marks.FILE).exists():
            says = "the second place for checkpoints is empty and was not: mount it"
            raise JournalError(f"{self._copy}: {says}")

    def _note_second_place(self) -> None:
        known = self._folder / _SECOND
        if self._copy and not (known.exists() and known.read_text() == str(self._copy)):
            write_durably(known, str(self._copy).encode())

    def _places(self) -> list[Path]:
        return [self._folder, self._copy] if self._copy else [self._folder]

    def _append(self, data: bytes) -> None:
        try:
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(data)

    def _give_up_reserve(self) -> bool:
        spare = self._folder / _SPARE
        if not spare.exists():
            return False
        spare.unlink()
        return True

    def _restore_reserve(self) -> bool:
        """Keep a reserve again, if there is room by now; whether there is one."""
        spare = self._folder / _SPARE
        if spare.exists() and spare.stat().st_size == _RESERVE:
            return True
        try:
            write_durably(spare, secrets.token_bytes(_RESERVE))
        except OSError:
            spare.unlink(missing_ok=True)
            return False
        return True


def records(folder: Path) -> Iterator[bytes]:
    """The complete records of a journal, oldest first; a torn last line is left out.

    Raises:
        JournalError: there is no journal.
    """
    return (record for _, record in records_from(folder, 0))


def records_from(folder: Path, place: int) -> Iterator[tuple[int, bytes]]:
    """The complete records from a place (in bytes, the end of a record) on, each with the place
    behind it.

    Raises:
        JournalError: there is no journal.
    """
    try:
        with (folder / _RECORDS).open("rb") as file:
            file.seek(place)
            for line in file:
                if line.endswith(b"\n"):
                    place += len(line)
                    yield place, line[:-1]
    except FileNotFoundError as error:
        raise JournalError(f"{folder}: there is no journal here") from error


def verify(folder: Path, public_key: str | None = None) -> Checkpoint:
    """Check a journal against all its checkpoints; needs no secret.

    Args:
        folder: the journal, or a copy of one.
        public_key: its key in `note.verifier_text`'s form; default, the file beside it.

    Returns:
        The newest checkpoint.

    Raises:
        JournalError: some checkpoint does not fit the records, or none covers them.
    """
    key = public_key_of(folder, public_key)
    signed, _ = _standing([folder], key)
    if not signed:
        raise JournalError(f"{folder}: no checkpoint was ever signed")
    tree, beyond = _rebuild(folder, signed)
    _check_covered(folder, tree, beyond)
    return max(signed, key=lambda mark: mark.size)


def public_key_of(folder: Path, public_key: str | None = None) -> Ed25519PublicKey:
    """The journal's key, or the given one.

    Raises:
        JournalError: there is no journal, or this is no key.
    """
    if not (folder / _RECORDS).exists():
        raise JournalError(f"{folder}: there is no journal here")
    try:
        return note.read_verifier(public_key or (folder / _PUBLIC_KEY).read_text())
    except (OSError, ValueError) as error:  # a bad key, or no text at all
        raise JournalError(f"{folder}: cannot read the public key: {error}") from error


def is_new(folder: Path) -> bool:
    """There is a journal, and nothing in it yet."""
    path = folder / _RECORDS
    return path.exists() and not path.stat().st_size


def _standing(
    places: list[Path], key: Ed25519PublicKey
) -> tuple[list[Checkpoint], set[Checkpoint]]:
    """The checkpoints that count, and of each place the newest of a backup that was restored."""
    standing: list[Checkpoint] = []
    restored: set[Checkpoint] = set()
    for place in places:
        try:
            found = marks.standing_in(place, key)
        except BadCheckpoint as error:
            raise JournalError(f"{place}: {error}") from error
        standing += found
        restored |= set([mark for mark in found if mark.restored_from][-1:])
    return standing, restored


def _rebuild(folder: Path, signed: list[Checkpoint]) -> tuple[Tree, set[int]]:
    """The tree over all records, checked at each checkpoint, and the sizes of those beyond it."""
    tree = Tree()
    expected: dict[int, set[bytes]] = {}
    for mark in signed:
        expected.setdefault(mark.size, set()).add(mark.root)
    _check_root(folder, tree, expected)
    for record in records(folder):
        tree.append(record)
        _check_root(folder, tree, expected)
    return tree, set(expected)


def _check_root(folder: Path, tree: Tree, expected: dict[int, set[bytes]]) -> None:
    roots = expected.pop(tree.size, None)
    if roots and roots != {tree.root()}:
        raise JournalError(
            f"{folder}: a record among the first {tree.size} was changed "
            "after its checkpoint was signed"
        )


def _check_covered(folder: Path, tree: Tree, beyond: set[int]) -> None:
    if beyond:
        raise JournalError(
            f"{folder}: {tree.size} records are left of the {max(beyond)} that were signed: "
            "records were removed, or an old backup was restored; if you restored it, "
            "`tradelatch signer --restored` goes on with every account frozen"
        )


def _drop_torn_tail(folder: Path) -> int:
    """Cut an incomplete last line off (a crash while writing) and say how many bytes it had."""
    with (folder / _RECORDS).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        end = size
        while end and not _ends_line(file, end):
            end -= 1
    if end < size:
        os.truncate(folder / _RECORDS, end)
    return size - end


def _ends_line(file: BinaryIO, end: int) -> bool:
    file.seek(end - 1)
    return file.read(1) == b"\n"
