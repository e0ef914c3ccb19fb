"""What can be asked of the record. What may be long is an iterator that holds a page of rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, and_, func, select, true

from tradelatch.store.columns import Exact
from tradelatch.store.errors import StoreError, told
from tradelatch.store.rows import Balances, Bot, Deal, Fill, Lease, Note, Order, Profit, Request
from tradelatch.store.schema import (
    BALANCES,
    BOTS,
    DEALS,
    FILLS,
    IS_OPEN_DEAL,
    IS_OPEN_ORDER,
    IS_WAITING,
    LEASES,
    NOTES,
    ORDERS,
    REQUESTS,
)

_Row = TypeVar("_Row", bound=msgspec.Struct)
_PAGE = 500


class Reading:
    """The part of a store that changes nothing. Every method may raise `StoreError`."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine, self.where = engine, where

    def bots(self, account: str | None = None) -> list[Bot]:
        """All bots, or those of an account, by name."""
        rows = _select(BOTS, Bot).order_by(BOTS.c.name)
        return self._all(Bot, _where(rows, BOTS.c.account, account))

    def bot(self, name: str) -> Bot:
        """The bot of that name.

        Raises:
            StoreError: there is none.
        """
        found = self._first(Bot, _select(BOTS, Bot).where(BOTS.c.name == name))
        if found is None:
            raise StoreError(f"there is no bot {name!r}")
        return found

    def deal(self, bot: str, number: int) -> Deal | None:
        """One deal of a bot, if there is one of that number."""
        found = _select(DEALS, Deal).where(DEALS.c.bot == bot, DEALS.c.number == number)
        return self._first(Deal, found)

    def open_deals(self, bot: str) -> list[Deal]:
        """The deals of a bot that are not closed, the oldest first."""
        rows = _select(DEALS, Deal).where(DEALS.c.bot == bot, IS_OPEN_DEAL)
        return self._all(Deal, rows.order_by(DEALS.c.number))

    def deals(
        self,
        *,
        bot: str | None = None,
        account: str | None = None,
        symbol: str | None = None,
        state: str | None = None,
        is_open: bool | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Deal]:
        """The deals to which all of it applies, the last opened first; `since_ms` and `until_ms`
        (not included) bound when they were opened."""
        rows = _select(DEALS, Deal)
        if account is not None:
            rows = rows.join(BOTS, BOTS.c.name == DEALS.c.bot).where(BOTS.c.account == account)
        for column, value in (
            (DEALS.c.bot, bot),
            (DEALS.c.symbol, symbol),
            (DEALS.c.state, state),
        ):
            rows = _where(rows, column, value)
        if is_open is not None:
            rows = rows.where(IS_OPEN_DEAL if is_open else ~IS_OPEN_DEAL)
        rows = rows.where(_between(DEALS.c.opened_ms, since_ms, until_ms))
        newest = (DEALS.c.opened_ms.desc(), DEALS.c.bot, DEALS.c.number.desc())
        return self._rows(Deal, rows.order_by(*newest).limit(limit))

    def open_orders(self, bot: str) -> list[Order]:
        """The orders of a bot of which more may be heard, the oldest first."""
        rows = _select(ORDERS, Order).where(ORDERS.c.bot == bot, IS_OPEN_ORDER)
        return self._all(Order, rows.order_by(ORDERS.c.created_ms, ORDERS.c.client_id))

    def orders(self, bot: str, deal: int | None = None) -> Iterator[Order]:
        """The orders of a bot, or of one deal of it, the oldest first."""
        rows = _where(_select(ORDERS, Order).where(ORDERS.c.bot == bot), ORDERS.c.deal, deal)
        return self._rows(Order, rows.order_by(ORDERS.c.created_ms, ORDERS.c.client_id))

    def fills(
        self,
        *,
        account: str | None = None,
        bot: str | None = None,
        deal: int | None = None,
        client_id: str | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
    ) -> Iterator[Fill]:
        """The fills to which all of it applies, the oldest first."""
        rows = _select(FILLS, Fill)
        if bot is not None or deal is not None:
            rows = rows.join(ORDERS, ORDERS.c.client_id == FILLS.c.client_id)
        for column, value in (
            (FILLS.c.account, account),
            (ORDERS.c.bot, bot),
            (ORDERS.c.deal, deal),
            (FILLS.c.client_id, client_id),
        ):
            rows = _where(rows, column, value)
        rows = rows.where(_between(FILLS.c.time_ms, since_ms, until_ms))
        return self._rows(Fill, rows.order_by(FILLS.c.time_ms, FILLS.c.symbol, FILLS.c.trade_id))

    def profits(self, bot: str | None = None) -> list[Profit]:
        """The sums of all closed deals, or of a bot's: a row for each bot, market and reporting
        currency."""
        total = func.exact_sum if self._engine.dialect.name == "sqlite" else func.sum
        keys = (DEALS.c.bot, DEALS.c.symbol, DEALS.c.reporting)
        sums = (DEALS.c.profit_quote, DEALS.c.fees_value, DEALS.c.profit_reporting)
        rows = select(*keys, func.count(), *(total(one, type_=Exact()) for one in sums))
        rows = _where(rows.where(DEALS.c.profit_quote.is_not(None)), DEALS.c.bot, bot)
        return self._all(Profit, rows.group_by(*keys).order_by(*keys))

    def requests(self, account: str) -> list[Request]:
        """The requests to the bots of an account that nobody has answered, in their order."""
        rows = _select(REQUESTS, Request).join(BOTS, BOTS.c.name == REQUESTS.c.bot)
        rows = rows.where(BOTS.c.account == account, IS_WAITING).order_by(REQUESTS.c.id)
        return self._all(Request, rows)

    def request(self, number: int) -> Request | None:
        """A request by its id."""
        return self._first(Request, _select(REQUESTS, Request).where(REQUESTS.c.id == number))

    def notes(
        self, bot: str | None = None, *, after: int = 0, since_ms: int | None = None
    ) -> Iterator[Note]:
        """All notes, or a bot's, with ids above `after`, the oldest first."""
        rows = _where(_select(NOTES, Note).where(NOTES.c.id > after), NOTES.c.bot, bot)
        rows = rows.where(_between(NOTES.c.time_ms, since_ms, None))
        return self._rows(Note, rows.order_by(NOTES.c.id))

    def last_notes(self, bot: str, count: int) -> list[Note]:
        """The last notes of a bot, the oldest of them first."""
        rows = _select(NOTES, Note).where(NOTES.c.bot == bot)
        return self._all(Note, rows.order_by(NOTES.c.id.desc()).limit(count))[::-1]

    def balances(self, account: str, label: str) -> Balances | None:
        """What an account had when that was written down under this label; None if it was not."""
        rows = select(BALANCES.c.time_ms, BALANCES.c.asset, BALANCES.c.amount).where(
            BALANCES.c.account == account, BALANCES.c.label == label
        )
        with self._reads() as connection:
            found = connection.execute(rows.order_by(BALANCES.c.asset)).all()
        if not found:
            return None
        return Balances(account, label, found[0].time_ms, {row.asset: row.amount for row in found})

    def lease(self, account: str) -> Lease | None:
        """Which runner has taken the account last, unless it gave it back."""
        return self._first(Lease, _select(LEASES, Lease).where(LEASES.c.account == account))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _reads(self) -> Iterator[Connection]:
        with told(self.where), self._engine.connect() as connection:
            yield connection

    def _rows(self, kind: Callable[..., _Row], rows: Select[Any]) -> Iterator[_Row]:
        with (
            self._reads() as connection,
            connection.execution_options(yield_per=_PAGE).execute(rows) as found,
        ):
            for row in found:
                yield kind(*row)

    def _all(self, kind: Callable[..., _Row], rows: Select[Any]) -> list[_Row]:
        with self._reads() as connection:
            return [kind(*row) for row in connection.execute(rows)]

    def _first(self, kind: Callable[..., _Row], rows: Select[Any]) -> _Row | None:
        with self._reads() as connection:
            row = connection.execute(rows).first()
        return None if row is None else kind(*row)


def _select(table: Table, kind: type[msgspec.Struct]) -> Select[Any]:
    """The columns of a table in the order of a row's fields."""
    return select(*(table.c[name] for name in kind.__struct_fields__))


def _where(rows: Select[Any], column: ColumnElement[Any], value: str | int | None) -> Select[Any]:
    """Those rows with that value, or all."""
    return rows if value is None else rows.where(column == value)


def _between(
    column: ColumnElement[int], since_ms: int | None, until_ms: int | None
) -> ColumnElement[bool]:
    """From the one time on, before the other."""
    return and_(
        true(),
        *([] if since_ms is None else [column >= since_ms]),
        *([] if until_ms is None else [column < until_ms]),
    )
