"""Bots, their deals, orders and fills, notes, requests, balances and leases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_EXACT = sa.Text().with_variant(sa.Numeric(), "postgresql")
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MS = sa.BigInteger()
_TEXT = sa.Text()


def upgrade() -> None:
    """From an empty database."""
    op.create_table(
        "balances",
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("label", _TEXT, nullable=False),
        sa.Column("asset", _TEXT, nullable=False),
        sa.Column("amount", _EXACT, nullable=False),
        sa.Column("time_ms", _MS, nullable=False),
        sa.PrimaryKeyConstraint("account", "label", "asset", name="pk_balances"),
    )
    op.create_table(
        "bots",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("symbols", _TEXT, nullable=False),
        sa.Column("settings", _TEXT, nullable=False),
        sa.Column("created_ms", _MS, nullable=False),
        sa.Column("wanted", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("state_says", _TEXT, nullable=False),
        sa.Column("memory", _TEXT, nullable=False),
        sa.Column("next_deal", _MS, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_bots"),
    )
    op.create_table(
        "leases",
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("until_ms", _MS, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_leases"),
    )
    op.create_table(
        "deals",
        sa.Column("bot", _TEXT, nullable=False),
        sa.Column("number", _MS, nullable=False, autoincrement=False),
        sa.Column("symbol", _TEXT, nullable=False),
        sa.Column("direction", _TEXT, nullable=False),
        sa.Column("opened_ms", _MS, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("settings", _TEXT, nullable=False),
        sa.Column("memory", _TEXT, nullable=False),
        sa.Column("closed_ms", _MS),
        sa.Column("bought", _EXACT, nullable=False),
        sa.Column("sold", _EXACT, nullable=False),
        sa.Column("spent", _EXACT, nullable=False),
        sa.Column("received", _EXACT, nullable=False),
        sa.Column("base_fees", _EXACT, nullable=False),
        sa.Column("quote_fees", _EXACT, nullable=False),
        sa.Column("other_fees", _TEXT, nullable=False),
        sa.Column("fees_value", _EXACT, nullable=False),
        sa.Column("profit_quote", _EXACT),
        sa.Column("profit_reporting", _EXACT),
        sa.Column("reporting", _TEXT),
        sa.Column("rate", _EXACT),
        sa.PrimaryKeyConstraint("bot", "number", name="pk_deals"),
        sa.ForeignKeyConstraint(["bot"], ["bots.name"], name="fk_deals_bot"),
    )
    op.create_index(
        "ix_deals_open",
        "deals",
        ["bot"],
        sqlite_where=sa.text("closed_ms IS NULL"),
        postgresql_where=sa.text("closed_ms IS NULL"),
    )
    op.create_table(
        "notes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("bot", _TEXT),
        sa.Column("time_ms", _MS, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("says", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.ForeignKeyConstraint(["bot"], ["bots.name"], name="fk_notes_bot"),
    )
    op.create_index("ix_notes_bot_id", "notes", ["bot", "id"])
    op.create_table(
        "requests",
        sa.Column("id", _ID, nullable=False),
        sa.Column("bot", _TEXT, nullable=False),
        sa.Column("deal", _MS),
        sa.Column("what", _TEXT, nullable=False),
        sa.Column("arguments", _TEXT, nullable=False),
        sa.Column("asked_ms", _MS, nullable=False),
        sa.Column("done_ms", _MS),
        sa.Column("answer", _TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
        sa.ForeignKeyConstraint(["bot"], ["bots.name"], name="fk_requests_bot"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_requests_waiting",
        "requests",
        ["bot"],
        sqlite_where=sa.text("done_ms IS NULL"),
        postgresql_where=sa.text("done_ms IS NULL"),
    )
    op.create_table(
        "orders",
        sa.Column("client_id", _TEXT, nullable=False),
        sa.Column("bot", _TEXT, nullable=False),
        sa.Column("deal", _MS, nullable=False),
        sa.Column("tag", _TEXT, nullable=False),
        sa.Column("symbol", _TEXT, nullable=False),
        sa.Column("side", _TEXT, nullable=False),
        sa.Column("quantity", _EXACT, nullable=False),
        sa.Column("price", _EXACT),
        sa.Column("created_ms", _MS, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("executed", _EXACT, nullable=False),
        sa.Column("filled", _EXACT, nullable=False),
        sa.Column("cost", _EXACT, nullable=False),
        sa.Column("is_cancelling", sa.Boolean(), nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="pk_orders"),
        sa.ForeignKeyConstraint(
            ["bot", "deal"], ["deals.bot", "deals.number"], name="fk_orders_bot_deal"
        ),
    )
    op.create_index("ix_orders_bot_deal", "orders", ["bot", "deal"])
    op.create_index(
        "ix_orders_open",
        "orders",
        ["bot"],
        sqlite_where=sa.text("is_over IS 0"),
        postgresql_where=sa.text("is_over IS false"),
    )
    op.create_table(
        "fills",
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("symbol", _TEXT, nullable=False),
        sa.Column("trade_id", _TEXT, nullable=False),
        sa.Column("client_id", _TEXT, nullable=False),
        sa.Column("time_ms", _MS, nullable=False),
        sa.Column("price", _EXACT, nullable=False),
        sa.Column("quantity", _EXACT, nullable=False),
        sa.Column("fee", _EXACT, nullable=False),
        sa.Column("fee_asset", _TEXT, nullable=False),
        sa.Column("value", _EXACT, nullable=False),
        sa.PrimaryKeyConstraint("account", "symbol", "trade_id", "client_id", name="pk_fills"),
        sa.ForeignKeyConstraint(["client_id"], ["orders.client_id"], name="fk_fills_client_id"),
    )
    op.create_index("ix_fills_account_time_ms", "fills", ["account", "time_ms"])
    op.create_index("ix_fills_client_id", "fills", ["client_id"])
