"""Bring a database to the schema of today, with Alembic and the revisions in `migrations`."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from tradelatch.store.engine import writing
from tradelatch.store.errors import StoreError, told
from tradelatch.store.schema import METADATA

SCRIPTS = ScriptDirectory(str(Path(__file__).parent / "migrations"))
_LOCK = 0x7261646C61746368
"""The name of PostgreSQL's advisory lock."""


def migrate(engine: Engine, where: str, target: str = "head") -> None:
    """Upgrade to a revision in one transaction; of several processes one does it and the others
    wait.

    Raises:
        StoreError: the database is of a newer Tradelatch; or it cannot be read or written.
    """
    with told(where), engine.connect() as connection:
        if _revision(connection, where) == _resolve(target):
            return
    with told(where), writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        _revision(connection, where)
        _upgrade(connection, target)


def _resolve(target: str) -> str:
    return SCRIPTS.get_revision(target).revision


def _revision(connection: Connection, where: str) -> str | None:
    """The revision that a database has; None of an empty one."""
    revision = MigrationContext.configure(connection).get_current_revision()
    try:
        SCRIPTS.get_revisions(revision or ())
    except (CommandError, RevisionError):
        raise StoreError(
            f"{where}: a newer Tradelatch has written it (revision {revision}); use that one, or "
            "a backup from before"
        ) from None
    return revision


def _upgrade(connection: Connection, target: str) -> None:
    def steps(revision: str, _: MigrationContext) -> list[RevisionStep]:
        return SCRIPTS._upgrade_revs(target, revision)

    with EnvironmentContext(Config(), SCRIPTS, fn=steps, destination_rev=target) as environment:
        environment.configure(connection, target_metadata=METADATA, transactional_ddl=True)
        environment.run_migrations()
