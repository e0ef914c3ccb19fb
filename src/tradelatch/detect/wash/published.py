"""The trades of IDEX and EtherDelta that Victor & Weintraud published (doi:10.5281/zenodo.4540223),
and the figures that they found in them (WWW '21, table 2).

The files are `IDEXTrades.csv` and `EtherDeltaTrades.csv`, one row per trade as the exchange's
contract logged it: the maker's order buys one token and sells another, of which ether is the null
address; amounts are in each token's smallest unit.

As in their pipeline, trades count that succeeded, lack no value, and have ether on one side only;
an asset is a token, and what is matched are amounts of it. Matching compares amounts of one token
only: how many decimals it has makes no difference.
"""

import csv
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tradelatch.detect.trades import read_rows, readable

if TYPE_CHECKING:
    import ibis.expr.types as ir

ETHER = "0x" + 40 * "0"
_WEI = 10**18


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two: names of its columns, and what was found in it, by the names of `Totals`.

    Attributes:
        buys, sells: columns of the tokens, as the maker buys and sells them.
        bought, sold: of their amounts; without the latter it follows from those of the order.
        ordered: of the order's amounts, bought and sold.
        succeeded: holds 1 where a trade took place.
    """

    name: str
    buys: str
    sells: str
    bought: str
    sold: str = ""
    ordered: tuple[str, str] = ("", "")
    maker: str
    taker: str
    succeeded: str = ""
    found: Mapping[str, float]

    def columns(self) -> set[str]:
        """All that are used."""
        own = (self.buys, self.sells, self.bought, self.sold, *self.ordered)
        return {*own, self.maker, self.taker, self.succeeded, "timestamp", "transaction_hash"} - {
            ""
        }


EXCHANGES = (
    Exchange(
        name="IDEX",
        buys="tokenBuy",
        sells="tokenSell",
        bought="amount",
        maker="maker",
        taker="taker",
        ordered=("amountBuy", "amountSell"),
        succeeded="status",
        found={
            "trades": 5_340_537,
            "accounts": 249_911,
            "assets": 1_206,
            "self_trades": 28_193,
            "wash_trades": 213_029,
            "wash_value": 273_027,
            "wash_worth": 83_531_254,
            "sets": 199,
            "sets_with_wash": 193,
        },
    ),
    Exchange(
        name="EtherDelta",
        buys="tokenGet",
        sells="tokenGive",
        bought="amountGet",
        sold="amountGive",
        maker="get",
        taker="give",
        found={
            "trades": 3_573_512,
            "accounts": 323_598,
            "assets": 6_551,
            "self_trades": 58_791,
            "wash_trades": 69_711,
            "wash_value": 155_155,
            "wash_worth": 75_846_518,
            "sets": 48,
            "sets_with_wash": 47,
        },
    ),
)


def exchange_of(files: Sequence[Path]) -> Exchange | None:
    """Whose file it is, by its header; None for any other."""
    if not files[0].name.endswith((".csv", ".csv.gz")) or not files[0].is_file():
        return None
    opened = gzip.open if files[0].suffix == ".gz" else open
    try:
        with opened(files[0], "rt", encoding="utf-8") as lines:
            header = set(next(csv.reader(lines), []))
    except (OSError, UnicodeDecodeError):
        return None
    return next((one for one in EXCHANGES if one.columns() <= header), None)


def read_published(files: Sequence[Path], exchange: Exchange) -> "ir.Table":
    """Trades of ether against a token, as `ledger.read_ledger` takes them: ``value`` is ether.

    Raises:
        UnusableTrades: a file cannot be read.
    """
    import ibis

    raw = read_rows(files)
    whole = raw.drop_null()
    if exchange.succeeded:
        whole = whole.filter(whole[exchange.succeeded].try_cast("int64") == 1)
    buys_ether = whole[exchange.buys] == ETHER
    traded = whole.filter(buys_ether ^ (whole[exchange.sells] == ETHER))
    bought, sold = _amounts(traded, exchange)
    ether = ibis.ifelse(buys_ether, bought, sold)
    token = ibis.ifelse(buys_ether, sold, bought)
    found: ir.Table = traded.select(
        row=traded.row,
        time=traded.timestamp.try_cast("int64") * 1000,
        id=traded.transaction_hash,
        symbol=ibis.ifelse(buys_ether, traded[exchange.sells], traded[exchange.buys]),
        amount=token,
        value=ether / _WEI,
        buyer=ibis.ifelse(buys_ether, traded[exchange.taker], traded[exchange.maker]),
        seller=ibis.ifelse(buys_ether, traded[exchange.maker], traded[exchange.taker]),
    )
    known = [found[name] for name in ("time", "amount", "value")]
    with readable(files):
        return found.filter(
            [one.notnull() for one in known] + [~one.isnan() for one in known[1:]]
        ).cache()


def _amounts(traded: "ir.Table", exchange: Exchange) -> tuple[Any, Any]:
    """What the maker bought and sold, in smallest units."""
    bought = traded[exchange.bought].try_cast("float64")
    if exchange.sold:
        return bought, traded[exchange.sold].try_cast("float64")
    buy, sell = (traded[name].try_cast("float64") for name in exchange.ordered)
    return bought, bought * (sell / buy)
