"""What can be wrong with a database, each in one sentence that names it and never its password."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError


class StoreError(Exception):
    """The store cannot do it; the message is one sentence. What was being written may have been
    committed if a connection broke: writing it again does no harm."""


class LeaseLost(StoreError):
    """Another runner owns the account now; nothing was written."""


_SAID = (
    ("file is not a database", "this is no SQLite database"),
    ("disk image is malformed", "it is damaged; restore a backup"),
    ("database is locked", "another process keeps it locked; try again when it is done"),
    ("readonly database", "this user may only read it"),
    ("disk is full", "the disk is full"),
)


@contextmanager
def told(where: str) -> Iterator[None]:
    """Raise what the database says as a `StoreError`; `where` names it."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"{where}: {_sentence(str(error.orig))}") from error
    except sqlite3.Error as error:  # of a connection's first words, which SQLAlchemy passes on
        raise StoreError(f"{where}: {_sentence(str(error))}") from error
    except SQLAlchemyError as error:
        raise StoreError(f"{where}: {_first_line(str(error))}") from error


def _sentence(says: str) -> str:
    for words, sentence in _SAID:
        if words in says:
            return sentence
    line = _first_line(says)
    return line.rpartition("FATAL:")[2].strip() if "FATAL:" in line else line


def _first_line(says: str) -> str:
    return next((line.strip() for line in says.splitlines() if line.strip()), "no reason given")
