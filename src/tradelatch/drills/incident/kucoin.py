"""KuCoin's export of its trade history: ``tradeCreatedAt,symbol,side,price,size,funds,fee,
feeCurrency``, with symbols such as ``XRP-USDT``."""

import random
from pathlib import Path

from tradelatch.drills.incident.accounts import Account
from tradelatch.drills.incident.tables import SECONDS, write_table
from tradelatch.drills.incident.trades import Trade
from tradelatch.model.money import plain

_TRADES = ("tradeCreatedAt", "symbol", "side", "price", "size", "funds", "fee", "feeCurrency")


def write(folder: Path, account: Account, dice: random.Random) -> None:
    """The file of one account into its folder."""
    write_table(folder / "kucoin-trades.csv", _TRADES, map(_trade, account.trades))


def _trade(trade: Trade) -> tuple[str, ...]:
    return (
        trade.at.strftime(SECONDS),
        f"{trade.market.base}-{trade.market.quote}",
        trade.side.name.lower(),
        plain(trade.price),
        plain(trade.quantity),
        plain(trade.amount),
        plain(trade.fee),
        trade.fee_asset,
    )
