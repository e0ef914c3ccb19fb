"""Folders and files in a folder that another user owns: no link that he put there is followed."""

import contextlib
import errno
import os
from pathlib import Path
from typing import Self

_FOLDER = os.O_RDONLY | os.O_DIRECTORY


class Unusable(Exception):
    """What stands there is not what it should be; the message is one sentence."""


class Folder:
    """An open folder: what is done in it is done there, whatever its path comes to lead to."""

    def __init__(self, path: Path, within: "Folder | None" = None) -> None:
        """A link is followed on the way to a folder that is `within` no other, never else.

        Raises:
            Unusable: it is a link or a file.
        """
        self.path = path
        try:
            if within is None:
                self.number = os.open(path, _FOLDER)
            else:
                self.number = os.open(path.name, _FOLDER | os.O_NOFOLLOW, dir_fd=within.number)
        except NotADirectoryError as error:
            raise Unusable(f"{path}: it has to be a folder, and no link to one") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.number)

    def folder(self, name: str) -> "Folder":
        """One in it, which is there."""
        return Folder(self.path / name, self)

    def make(self, name: str, mode: int = 0o700, owner: tuple[int, int] | None = None) -> None:
        """Make one in it, for a user and his group; what is there already stays as it is."""
        try:
            os.mkdir(name, mode, dir_fd=self.number)
        except FileExistsError:
            return
        if owner:
            with self.folder(name) as made:
                if os.fstat(made.number).st_uid == os.geteuid():  # else it was put in its place
                    os.fchown(made.number, *owner)

    def create(self, name: str) -> int:
        """A new file in the place of what was there, open to write, that only its owner reads."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.number)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        return os.open(name, flags, 0o600, dir_fd=self.number)

    def read(self, name: str) -> str:
        """The text of a file in it.

        Raises:
            Unusable: it is a link.
        """
        try:
            number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self.number)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            raise Unusable(
                f"{self.path / name}: it has to be a file, and no link to one"
            ) from error
        with os.fdopen(number, errors="replace") as file:
            return file.read()
