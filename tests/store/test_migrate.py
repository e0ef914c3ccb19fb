"""A database of any age comes to the schema of today, and one of tomorrow is left alone."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from tests.store.samples import begin, bot, deal
from tradelatch.store.engine import connect, writing
from tradelatch.store.errors import StoreError
from tradelatch.store.migrate import SCRIPTS, migrate
from tradelatch.store.schema import METADATA
from tradelatch.store.store import open_store

_ROOT = Path(__file__).parents[2]
_FIRST = [
    "INSERT INTO bots VALUES ('first', 'dca', 'main', '[\"BTC/USDT\"]', '{\"step\":\"1\"}', 1000, "
    "'stopped', 'stopped', '', '{}', 1)",
    "INSERT INTO deals VALUES ('first', 1, 'BTC/USDT', 'long', 2001, '', '{}', '{}', NULL, "
    "'0.1', '0', '0', '0', '0', '0', '{\"BNB\":\"0.5\"}', '0', NULL, NULL, NULL, NULL)",
]
"""Rows as the first revision has them."""


def difference(connection: Connection) -> list[object]:
    """What Alembic would put into a new revision."""
    return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def test_the_migrated_schema_is_the_one_that_is_used(url: str) -> None:
    open_store(url).close()
    engine, _ = connect(url, 1)
    with engine.connect() as connection:
        assert difference(connection) == []
        connection.execute(text("ALTER TABLE bots ADD COLUMN more TEXT"))
        connection.execute(text("DROP INDEX ix_deals_open"))
        assert len(difference(connection)) == 2
    engine.dispose()


def test_each_revision_follows_the_one_before() -> None:
    assert len(SCRIPTS.get_heads()) == 1
    assert SCRIPTS.get_bases() == ["0001"]


def test_the_first_revision_s_data_is_still_there_today(url: str) -> None:
    engine, where = connect(url, 1)
    migrate(engine, where, "0001")
    with writing(engine).begin() as connection:
        for row in _FIRST:
            connection.exec_driver_sql(row)
    engine.dispose()
    store = open_store(url)
    assert store.bots() == [bot()]
    kept = store.open_deals("first")
    assert [(one.number, str(one.bought)) for one in kept] == [(1, "0.1")]
    assert {name: str(fee) for name, fee in kept[0].other_fees.items()} == {"BNB": "0.5"}
    store.close()


def test_what_is_there_stays_when_it_is_opened_again(url: str) -> None:
    store = open_store(url)
    begin(store)
    store.close()
    store = open_store(url)
    assert store.open_deals("first") == [deal()]
    store.close()


def test_a_newer_database_is_refused_and_left_alone(url: str) -> None:
    open_store(url).close()
    engine, _ = connect(url, 1)
    with writing(engine).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"a newer Tradelatch has written it \(revision 9999\)"):
        open_store(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT * FROM alembic_version")).all() == [("9999",)]
    engine.dispose()


def test_processes_may_open_a_new_store_at_the_same_time(new_url: Callable[[], str]) -> None:
    program = (
        "import sys; from tradelatch.store.store import open_store\n"
        "for url in sys.stdin: print(open_store(url.strip()).bots(), flush=True)"
    )
    together = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    pipes = [(one.stdin, one.stdout) for one in together if one.stdin and one.stdout]
    for _ in range(6):
        url = new_url()
        for stdin, _ in pipes:
            stdin.write(f"{url}\n")
            stdin.flush()
        assert [stdout.readline() for _, stdout in pipes] == ["[]\n"] * 3
    for process in together:
        process.communicate()
        assert process.returncode == 0


def test_a_wheel_brings_the_revisions_along(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=_ROOT, check=True, stderr=subprocess.PIPE)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "installed")
    program = (
        "import tradelatch, sys; from tradelatch.store.store import open_store;"
        "open_store(sys.argv[1]).close(); print(tradelatch.__file__)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{tmp_path}/new.sqlite"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
    )
    assert found.stdout.startswith(str(tmp_path / "installed"))
