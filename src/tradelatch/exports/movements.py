"""Histories of accounts' balances: Binance's transactions, Coinbase Pro's account statement."""

from tradelatch.exports import words
from tradelatch.exports.layout import Layout
from tradelatch.exports.records import Moved
from tradelatch.exports.refusal import BadCell, shown
from tradelatch.exports.sheet import Row
from tradelatch.model.clock import MS

_ACCOUNT = ("account", "konto", "cuenta", "conta", "compte", "счет", "账户", "帳戶", "口座")
_OPERATION = ("operation", "vorgang", "operación", "operação", "opération", "операция", "操作")
_COIN = ("coin", "asset", "moneda", "moeda", "monnaie", "монета", "币种", "幣種", "コイン")
_CHANGE = ("change", "änderung", "cambio", "alteração", "variation", "изменение", "变更", "変更")

BINANCE = Layout(
    "binance transactions",
    {
        "time": words.TIME,
        "account": _ACCOUNT,
        "kind": _OPERATION,
        "asset": _COIN,
        "change": _CHANGE,
    },
    ("time", "account", "kind", "asset", "change"),
    ("change",),
    ("time",),
    order="ymd",
    zone_hint="Binance exports in the zone that was chosen: --set zone=+02:00 for one",
)
"""``User_ID,UTC_Time,Account,Operation,Coin,Change,Remark``."""
COINBASE_PRO = Layout(
    "coinbasepro account",
    {
        "time": ("time", "timestamp"),
        "account": ("portfolio",),
        "kind": ("type",),
        "change": ("amount",),
        "balance": ("balance",),
        "asset": ("amount/balance unit",),
        "id": ("trade id",),
    },
    ("time", "kind", "change", "balance", "asset"),
    ("change", "balance"),
    ("time",),
    zone="UTC",
    order="ymd",
)
"""``Portfolio,Type,Timestamp,Amount,Balance,Amount/balance unit,Transfer id,Trade id,Order id``."""

LAYOUTS = {"binance": BINANCE, "coinbasepro": COINBASE_PRO}


def moved(row: Row) -> Moved:
    """The movement in a row of one of these layouts.

    Raises:
        BadCell: it holds none.
    """
    asset = row.text("asset").upper()
    if not asset.isalnum():
        raise BadCell(f"{shown(asset)} is not an asset")
    return Moved(
        row.ms("time") * MS,
        row.text("account"),
        row.text("kind"),
        asset,
        row.number("change"),
        row.number("balance") if row.has("balance") else None,
        row.text("id"),
        row.line,
    )
