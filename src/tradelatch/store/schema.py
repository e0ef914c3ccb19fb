"""The tables as they are now; `migrations` says how a database of any age comes to have them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    false,
)

from tradelatch.store.columns import Amounts, Exact, Json, Names, Words

NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite gives out numbers of rows only where a key is exactly INTEGER."""

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

BOTS = Table(
    "bots",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("symbols", Names, nullable=False),
    Column("settings", Json, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_says", Words, nullable=False),
    Column("memory", Json, nullable=False),
    Column("next_deal", BigInteger, nullable=False),
)

DEALS = Table(
    "deals",
    METADATA,
    Column("bot", Text, ForeignKey("bots.name"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("symbol", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("opened_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("settings", Json, nullable=False),
    Column("memory", Json, nullable=False),
    Column("closed_ms", BigInteger),
    Column("bought", Exact, nullable=False),
    Column("sold", Exact, nullable=False),
    Column("spent", Exact, nullable=False),
    Column("received", Exact, nullable=False),
    Column("base_fees", Exact, nullable=False),
    Column("quote_fees", Exact, nullable=False),
    Column("other_fees", Amounts, nullable=False),
    Column("fees_value", Exact, nullable=False),
    Column("profit_quote", Exact),
    Column("profit_reporting", Exact),
    Column("reporting", Text),
    Column("rate", Exact),
)

ORDERS = Table(
    "orders",
    METADATA,
    Column("client_id", Text, primary_key=True),
    Column("bot", Text, nullable=False),
    Column("deal", BigInteger, nullable=False),
    Column("tag", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("price", Exact),
    Column("created_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("is_over", Boolean, nullable=False),
    Column("executed", Exact, nullable=False),
    Column("filled", Exact, nullable=False),
    Column("cost", Exact, nullable=False),
    Column("is_cancelling", Boolean, nullable=False),
    Column("reason", Words, nullable=False),
    ForeignKeyConstraint(["bot", "deal"], ["deals.bot", "deals.number"]),
    Index(None, "bot", "deal"),
)

FILLS = Table(
    "fills",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("trade_id", Text, primary_key=True),
    Column("client_id", Text, ForeignKey("orders.client_id"), primary_key=True, index=True),
    Column("time_ms", BigInteger, nullable=False),
    Column("price", Exact, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("fee", Exact, nullable=False),
    Column("fee_asset", Text, nullable=False),
    Column("value", Exact, nullable=False),
    Index(None, "account", "time_ms"),
)

NOTES = Table(
    "notes",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("bot", Text, ForeignKey("bots.name")),
    Column("time_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("says", Words, nullable=False),
    Index(None, "bot", "id"),
)

REQUESTS = Table(
    "requests",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("bot", Text, ForeignKey("bots.name"), nullable=False),
    Column("deal", BigInteger),
    Column("what", Text, nullable=False),
    Column("arguments", Json, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("done_ms", BigInteger),
    Column("answer", Words),
    sqlite_autoincrement=True,
)

BALANCES = Table(
    "balances",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("amount", Exact, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
)

LEASES = Table(
    "leases",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)

IS_OPEN_DEAL = DEALS.c.closed_ms.is_(None)
IS_OPEN_ORDER = ORDERS.c.is_over.is_(false())
IS_WAITING = REQUESTS.c.done_ms.is_(None)

# What a running bot looks for stays as quick as the open is few, however much is over.
for name, column, is_open in (
    ("ix_deals_open", DEALS.c.bot, IS_OPEN_DEAL),
    ("ix_orders_open", ORDERS.c.bot, IS_OPEN_ORDER),
    ("ix_requests_waiting", REQUESTS.c.bot, IS_WAITING),
):
    Index(name, column, sqlite_where=is_open, postgresql_where=is_open)
