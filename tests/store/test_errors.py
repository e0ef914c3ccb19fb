"""What is wrong with a database is said in one sentence, which names it and holds no password."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.store.conftest import empty_database
from tests.store.samples import begin, bot, step
from tools.services import Postgres
from tradelatch.store.errors import StoreError
from tradelatch.store.store import open_store

PASSWORD = "geheim-4711"


def sentence(url: str, patience_s: float = 0.2) -> str:
    """Why a store cannot be opened."""
    with pytest.raises(StoreError) as caught:
        open_store(url, patience_s)
    said = str(caught.value)
    assert "\n" not in said
    assert PASSWORD not in said
    return said


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may reach."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's rights for a while, if we have them."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "the store's URL is none, write sqlite:///PATH or postgresql+psycopg://"),
        (f"me:{PASSWORD}", "the store's URL is none"),
        (f"postgresql://me:{PASSWORD}@host:port/x", "the store's URL is none"),
        (f"mysql://me:{PASSWORD}@host/x", "the store's URL begins with 'mysql', write sqlite:///"),
        ("sqlite://", "the store's URL names no file, write sqlite:///PATH"),
        ("sqlite:///:memory:", "the store's URL names no file"),
        ("sqlite:///x.sqlite?mode=ro", "the store's URL names no file"),
    ],
)
def test_a_url_that_is_none(url: str, said: str) -> None:
    assert sentence(url).startswith(said)


def test_a_new_file_and_folder_are_their_owner_s_alone(tmp_path: Path) -> None:
    file = tmp_path / "bots" / "bots.sqlite"
    store = open_store(f"sqlite:///{file}")
    begin(store)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    modes = {one.name: one.stat().st_mode & 0o777 for one in file.parent.iterdir()}
    assert modes == dict.fromkeys(("bots.sqlite", "bots.sqlite-wal", "bots.sqlite-shm"), 0o600)
    store.close()


def test_commits_are_synced_and_references_checked(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/x.sqlite")
    with store._engine.connect() as connection:
        set_to = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert set_to == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    store.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    file.write_text("x" * 5_000)
    assert sentence(f"sqlite:///{file}") == f"{file}: this is no SQLite database"
    assert file.read_text() == "x" * 5_000


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert sentence(f"sqlite:///{tmp_path}") == f"{tmp_path}: this is no file"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    file = tmp_path / "file" / "x.sqlite"
    said = f"{file}: cannot be made: {tmp_path}/file is no folder"
    assert sentence(f"sqlite:///{file}") == said
    assert sentence(f"sqlite:///{file}/y.sqlite").endswith("cannot be made: Not a directory")


def test_a_database_that_another_process_keeps_locked(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    store = open_store(f"sqlite:///{file}", 0.1)
    begin(store)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=rf"^{file}: another process keeps it locked"):
            store.save(step(1))
        assert store.bots() == [bot()]  # reading goes on
        other.execute("ROLLBACK")
    store.save(step(1))
    store.close()


def test_a_new_file_that_another_process_keeps_locked(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("CREATE TABLE x (y)")
        other.execute("BEGIN EXCLUSIVE")
        assert "another process keeps it locked" in sentence(f"sqlite:///{file}")


def test_a_new_file_that_another_process_is_done_with_soon(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    with contextlib.closing(other):
        other.execute("CREATE TABLE x (y)")
        other.execute("BEGIN IMMEDIATE")  # for which SQLite does not wait by itself here
        done = threading.Timer(0.3, other.execute, ["ROLLBACK"])
        done.start()
        open_store(f"sqlite:///{file}", 30).close()
        done.join()


def test_a_file_that_this_user_may_only_read(open_folder: Path) -> None:
    file = open_folder / "x.sqlite"
    open_store(f"sqlite:///{file}").close()
    file.chmod(0o444)
    with as_nobody():
        assert sentence(f"sqlite:///{file}") == f"{file}: this user may not write it"


def test_a_file_that_has_become_read_only(open_folder: Path) -> None:
    file = open_folder / "x.sqlite"
    open_folder.chmod(0o777)
    store = open_store(f"sqlite:///{file}")
    store.close()
    file.chmod(0o444)
    with as_nobody():
        with pytest.raises(StoreError, match=rf"^{file}: this user may only read it$"):
            store.add_bot(bot())
        store.close()


def test_a_damaged_file(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    store = open_store(f"sqlite:///{file}")
    begin(store)
    store.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:4_096] + b"\xff" * (len(whole) - 4_096))
    assert sentence(f"sqlite:///{file}") == f"{file}: it is damaged; restore a backup"


def test_a_full_disk(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    store = open_store(f"sqlite:///{file}")
    begin(store)
    with store._engine.connect() as connection:  # the one that is used again below
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    with pytest.raises(StoreError, match=rf"^{file}: the disk is full$"):
        store.save(step(1, orders=1_000))
    assert list(store.orders("first")) == []
    store.close()


def test_a_folder_that_this_user_may_not_write(open_folder: Path) -> None:
    file = open_folder / "x.sqlite"
    open_store(f"sqlite:///{file}").close()
    file.chmod(0o666)
    open_folder.chmod(0o555)
    with as_nobody():
        said = sentence(f"sqlite:///{file}")
        assert said == f"{open_folder}: this user may not write into it, as SQLite must"
        new = open_folder / "new.sqlite"
        assert sentence(f"sqlite:///{new}") == f"{new}: cannot be made: Permission denied"


def test_postgres_that_is_not_there(server: Postgres) -> None:
    said = sentence(f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:1/bots")
    assert said.startswith("PostgreSQL at 127.0.0.1:1, database bots: ")
    assert "Connection refused" in said


def test_a_wrong_password(server: Postgres) -> None:
    url = server.url().replace(server.password, PASSWORD)
    for wrong in (url, url.replace("postgresql+psycopg", "postgres")):
        assert sentence(wrong) == (
            f"PostgreSQL at 127.0.0.1:{server.port}, database postgres: "
            'password authentication failed for user "test"'
        )


def test_no_such_database(server: Postgres) -> None:
    assert sentence(server.url("nowhere")).endswith('database "nowhere" does not exist')


def test_commits_that_would_not_wait_for_the_disk(server: Postgres) -> None:
    url = empty_database(server) + "?options=-csynchronous_commit%3Doff"
    assert "synchronous_commit is off" in sentence(url)


def test_a_user_who_may_not_write(server: Postgres) -> None:
    url = empty_database(server)
    open_store(url).close()
    store = open_store(url + "?options=-cdefault_transaction_read_only%3Don")
    with pytest.raises(StoreError, match="cannot execute INSERT in a read-only transaction"):
        store.add_bot(bot())
    store.close()


def test_a_server_that_comes_back_is_used_again(server: Postgres) -> None:
    url = empty_database(server)
    store = open_store(url)
    begin(store)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert store.bots() == [bot()]
    store.close()


def test_a_driver_that_is_not_installed(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from tradelatch.store.store import open_store\n"
        "try: open_store('postgresql://me@127.0.0.1/bots')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    said = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert said.stdout == (
        "StoreError PostgreSQL at 127.0.0.1:5432, database bots: psycopg is not installed, run "
        "pip install 'tradelatch[postgres]'\n"
    )
