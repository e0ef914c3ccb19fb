"""The store: what is asked of it, and what is written to it, each in one durable transaction."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    Table,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from tradelatch.store.engine import connect, writing
from tradelatch.store.errors import LeaseLost, StoreError, told
from tradelatch.store.migrate import migrate
from tradelatch.store.reading import Reading
from tradelatch.store.rows import Balances, Bot, Changes, Fill, Lease
from tradelatch.store.schema import BALANCES, BOTS, DEALS, FILLS, LEASES, NOTES, ORDERS, REQUESTS

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)


def open_store(url: str, patience_s: float = 10) -> "Store":
    """Connect to a database and bring it to today's schema: ``sqlite:///PATH``, a file that is
    made if it is not there, or ``postgresql+psycopg://USER:PASSWORD@HOST/DATABASE``. Locks of
    other processes on SQLite are waited for for `patience_s`. Several threads may use a store.

    Raises:
        StoreError: it cannot be reached or written, or is of a newer Tradelatch.
    """
    engine, where = connect(url, patience_s)
    try:
        migrate(engine, where)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, where)


class Store(Reading):
    """One open database. What a method has written is durable when it returns; every method may
    raise `StoreError`, and then none of it is there unless the connection broke (see there)."""

    def __init__(self, engine: Engine, where: str) -> None:
        super().__init__(engine, where)
        self._writer = writing(engine)
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
        self._keep_deals = self._upsert(DEALS)
        self._keep_orders = self._upsert(ORDERS)
        self._add_fill = self._insert(FILLS).on_conflict_do_nothing().returning(FILLS.c.trade_id)

    def save(self, changes: Changes) -> list[Fill]:
        """Write all of it; the fills that were not known, in the order given.

        Raises:
            LeaseLost: another runner owns the account.
        """
        with self._writes() as connection:
            if changes.lease is not None:
                self._hold(connection, changes.lease)
            _each(connection, _KEEP_BOT, [_keyed(asdict(one), "name") for one in changes.bots])
            _each(connection, _UNWANT, [{"key": name} for name in changes.unwanted])
            _each(connection, self._keep_deals, [asdict(one) for one in changes.deals])
            _each(connection, self._keep_orders, [asdict(one) for one in changes.orders])
            added = self._add(connection, changes.fills)
            _each(connection, insert(NOTES), [_without_id(asdict(one)) for one in changes.notes])
            _each(connection, _ANSWER, [_keyed(asdict(one), "id") for one in changes.answers])
        return added

    def add_bot(self, bot: Bot) -> None:
        """Begin with a bot.

        Raises:
            StoreError: its name is none, or taken.
        """
        if not _NAME.fullmatch(bot.name):
            raise StoreError(f"{bot.name!r} is no name of a bot, use 1 to 40 of a-z, 0-9 and '-'")
        add = self._insert(BOTS).on_conflict_do_nothing().returning(BOTS.c.name)
        with self._writes() as connection:
            if connection.execute(add, asdict(bot)).first() is None:
                raise StoreError(f"there is a bot {bot.name!r} already, choose another name")

    def edit_bot(
        self, name: str, *, wanted: str | None = None, settings: bytes | None = None
    ) -> None:
        """Change what its owner wants of a bot, or its settings.

        Raises:
            StoreError: there is no such bot.
        """
        new = {"wanted": wanted, "settings": settings}
        new = {column: value for column, value in new.items() if value is not None}
        with self._writes() as connection:
            self._require(connection, name)
            if new:
                connection.execute(update(BOTS).where(BOTS.c.name == name).values(new))

    def ask(
        self, bot: str, what: str, asked_ms: int, deal: int | None = None, arguments: bytes = b"{}"
    ) -> int:
        """Leave a request for whoever runs the bot; its id.

        Raises:
            StoreError: there is no such bot.
        """
        add = insert(REQUESTS).returning(REQUESTS.c.id)
        with self._writes() as connection:
            self._require(connection, bot)
            row = {"bot": bot, "deal": deal, "what": what, "arguments": arguments}
            return int(connection.execute(add, row | {"asked_ms": asked_ms}).scalar_one())

    def write_balances(self, balances: Balances) -> bool:
        """Write down what an account has, under a label that is used once: False, and nothing is
        written, where it was."""
        of_label = {"account": balances.account, "label": balances.label}
        known = select(BALANCES.c.asset).filter_by(**of_label).limit(1)
        rows = [
            of_label | {"asset": asset, "amount": amount, "time_ms": balances.time_ms}
            for asset, amount in balances.amounts.items()
        ]
        with self._writes() as connection:
            if connection.execute(known).first() is not None:
                return False
            _each(connection, insert(BALANCES), rows)
        return True

    def take(self, lease: Lease, now_ms: int) -> bool:
        """Own an account, anew or for longer: False, and nothing is changed, while another runner
        does. Whoever is late with it may find the account taken, and its next `save` refused."""
        add = self._insert(LEASES).values(asdict(lease))
        new = {"owner": add.excluded.owner, "until_ms": add.excluded.until_ms}
        is_free = or_(LEASES.c.owner == lease.owner, LEASES.c.until_ms <= now_ms)
        take = add.on_conflict_do_update(
            index_elements=[LEASES.c.account], set_=new, where=is_free
        ).returning(LEASES.c.account)
        with self._writes() as connection:
            return connection.execute(take).first() is not None

    def release(self, lease: Lease) -> None:
        """Give an account back; nothing happens if another runner owns it."""
        mine = (LEASES.c.account == lease.account, LEASES.c.owner == lease.owner)
        with self._writes() as connection:
            connection.execute(delete(LEASES).where(*mine))

    @contextmanager
    def _writes(self) -> Iterator[Connection]:
        with told(self.where), self._writer.begin() as connection:
            yield connection

    def _hold(self, connection: Connection, lease: Lease) -> None:
        """Nobody takes the account before this transaction is over."""
        owner = connection.scalar(_OWNER, {"account": lease.account})
        if owner != lease.owner:
            who = "nobody" if owner is None else f"another runner, {owner},"
            raise LeaseLost(f"{self.where}: {who} owns the account {lease.account} now")

    def _require(self, connection: Connection, bot: str) -> None:
        if connection.scalar(select(BOTS.c.name).where(BOTS.c.name == bot)) is None:
            raise StoreError(f"there is no bot {bot!r}")

    def _add(self, connection: Connection, fills: Sequence[Fill]) -> list[Fill]:
        return [
            one
            for one in fills
            if connection.execute(self._add_fill, asdict(one)).first() is not None
        ]

    def _upsert(self, table: Table) -> Executable:
        """Add a row, or put it in the place of the one with its key."""
        add = self._insert(table)
        new = {column.name: add.excluded[column.name] for column in table.c}
        for column in table.primary_key:
            del new[column.name]
        return add.on_conflict_do_update(index_elements=[*table.primary_key], set_=new)


_KEEP_BOT = update(BOTS).where(BOTS.c.name == bindparam("key"))
_UNWANT = _KEEP_BOT.values(wanted="stopped")
_ANSWER = update(REQUESTS).where(REQUESTS.c.id == bindparam("key"))
_OWNER = select(LEASES.c.owner).where(LEASES.c.account == bindparam("account"))
_OWNER = _OWNER.with_for_update(read=True)


def _each(connection: Connection, statement: Executable, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _keyed(row: dict[str, Any], key: str) -> dict[str, Any]:
    """The new values of a row that is found by `key`."""
    row["key"] = row.pop(key)
    return row


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    del row["id"]
    return row
