"""From a URL to a database that is there and can be written.

SQLite: a file of mode 0600 with a write-ahead log, synced at every commit, so that what was
committed survives a power cut. PostgreSQL does that by itself unless it was told not to.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from decimal import Context, Decimal, Inexact
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from tradelatch.model.money import ZERO, plain
from tradelatch.store.errors import StoreError, told

_WRITES = "tradelatch_writes"
_EXPECTED = "write sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE"


def connect(url: str, patience_s: float) -> tuple[Engine, str]:
    """An engine and how messages name its database. A lock on SQLite is waited for so long.

    Raises:
        StoreError: the URL is none, its driver is missing, the database cannot be reached.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # they would quote it
        raise StoreError(f"the store's URL is none, {_EXPECTED}") from None
    match parsed.drivername:
        case "sqlite":
            engine, where, check = _sqlite(parsed, patience_s)
        case "postgresql" | "postgres" | "postgresql+psycopg":
            engine, where, check = _postgres(parsed.set(drivername="postgresql+psycopg"))
        case other:
            raise StoreError(f"the store's URL begins with {other!r}, {_EXPECTED}")
    try:
        with told(where):
            check()
    except BaseException:
        engine.dispose()
        raise
    return engine, where


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: SQLite takes its lock when they begin, for one
    that has read and then waits to write would be refused at once."""
    return engine.execution_options(**{_WRITES: True})


_Check: TypeAlias = Callable[[], None]


def _postgres(url: URL) -> tuple[Engine, str, _Check]:
    host = f"{url.host}:{url.port or 5432}" if url.host else "this machine"
    where = f"PostgreSQL at {host}, database {url.database or url.username}"
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
    try:
        engine = create_engine(url, connect_args=patience, pool_pre_ping=True, hide_parameters=True)
    except ImportError as error:
        raise StoreError(
            f"{where}: psycopg is not installed, run pip install 'tradelatch[postgres]'"
        ) from error

    def check() -> None:
        with engine.connect() as connection:
            if connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "off":
                raise StoreError(
                    f"{where}: synchronous_commit is off, so that a power cut could lose orders; "
                    "switch it on for this user"
                )

    return engine, where, check


def _sqlite(url: URL, patience_s: float) -> tuple[Engine, str, _Check]:
    if not url.database or url.database == ":memory:" or url.query:
        raise StoreError("the store's URL names no file, write sqlite:///PATH")
    path = Path(url.database).expanduser()
    _make(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": patience_s},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine, str(path), lambda: _use_log(engine, patience_s)


def _make(path: Path) -> None:
    """See to it that the file is there and can be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Only a new file is opened here: SQLite's locks on an open one end when any of its
        # descriptors is closed.
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            _sync(path.parent)
    except FileExistsError as error:
        raise StoreError(f"{path}: cannot be made: {path.parent} is no folder") from error
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror}") from error
    if not path.is_file():
        raise StoreError(f"{path}: this is no file")
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        raise StoreError(f"{path}: this user may not write it")
    if not os.access(path.parent, os.W_OK | os.X_OK, effective_ids=True):
        raise StoreError(f"{path.parent}: this user may not write into it, as SQLite must")


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says so
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.create_aggregate("exact_sum", 1, _ExactSum)  # type: ignore[arg-type]


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _use_log(engine: Engine, patience_s: float) -> None:
    """Switch to the write-ahead log, for good. SQLite does not wait by itself for others that do
    the same."""
    until = time.monotonic() + patience_s
    while True:
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        finally:
            connection.close()
        time.sleep(0.02)


class _ExactSum:
    """The sum of exact amounts, NULL apart; SQLite's own sums are floats."""

    _EXACT = Context(prec=200, traps=[Inexact])

    def __init__(self) -> None:
        self._sum: Decimal | None = None

    def step(self, amount: str | None) -> None:
        """Count one more."""
        if amount is not None:
            self._sum = self._EXACT.add(self._sum or ZERO, Decimal(amount))

    def finalize(self) -> str | None:
        """The sum; NULL of nothing."""
        return None if self._sum is None else plain(self._sum)
