"""Stores to test with: each test runs on SQLite and on a real PostgreSQL."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import lacking
from tools.services import Postgres, postgres, postgres_programs
from tradelatch.store.store import Store, open_store

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A PostgreSQL of the tests' own."""
    if postgres_programs() is None:
        lacking("PostgreSQL's server programs are not installed (Debian: postgresql)")
    with postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes URLs of empty databases."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{next(_NUMBERS)}.sqlite"
    server = request.getfixturevalue("server")
    return lambda: empty_database(server)


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """The URL of an empty database."""
    return new_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(url)
    yield opened
    opened.close()


def empty_database(server: Postgres) -> str:
    """A new database of a server."""
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.url(name)
