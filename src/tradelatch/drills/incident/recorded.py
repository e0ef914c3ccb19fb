"""What others recorded of the victims' trades: Binance's own table of its twelve largest victims'
accounts, with both sides, and public tapes of some of KuCoin's thin markets.

The accounts on the other side of the adverse trades are called ``t-01`` and so on; they belong to
nobody. Who else traded has account numbers that are made up.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from tradelatch.drills.incident import binance
from tradelatch.drills.incident.accounts import Account
from tradelatch.drills.incident.attack import near
from tradelatch.drills.incident.chance import chance
from tradelatch.drills.incident.markets import Market, thin
from tradelatch.drills.incident.prices import FIRST, HOURS, Prices
from tradelatch.drills.incident.tables import iso_ms, write_table
from tradelatch.drills.incident.trades import Trade, filled
from tradelatch.model.money import plain
from tradelatch.model.orders import Side

_HANDED_OVER = 12
"""Victims at Binance, the largest."""
_THIEVES = tuple(f"t-{number:02}" for number in range(1, 8))
_SHARES = (30, 22, 16, 12, 9, 7, 4)
"""How often each of them is the one who sells, percent."""
_TAPED = [*thin("kucoin", "USDT")[:4], *thin("kucoin", "BTC")]
_TABLE = ("time", "symbol", "price", "quantity", "buyer", "seller", "id")
_TAPE = ("symbol", "timestamp", "side", "price", "amount", "id")


class _Both(msgspec.Struct, frozen=True):
    """A trade with the accounts of both sides."""

    trade: Trade
    account: str
    other: str


def write_recorded(folder: Path, seed: int, accounts: Sequence[Account], prices: Prices) -> None:
    """``exchange-tables/binance.csv``, and a tape for each of the markets under ``tapes/``."""
    rows = _table(seed, accounts)
    write_table(folder / "exchange-tables" / "binance.csv", _TABLE, rows)
    for market in _TAPED:
        path = folder / "tapes" / "kucoin" / f"{market.base}-{market.quote}.csv"
        write_table(path, _TAPE, _tape(seed, market, accounts, prices))


def _table(seed: int, accounts: Sequence[Account]) -> Iterator[tuple[str, ...]]:
    dice = chance(seed, "table")
    mine = [one for one in accounts if one.victim.exchange == "binance"]
    largest = sorted(mine, key=lambda one: -one.victim.loss)[:_HANDED_OVER]
    both = [
        _Both(trade, user, _other(trade in one.adverse, dice))
        for one in largest
        for user in [binance.user_id(chance(seed, "export", one.victim.name))]
        for trade in one.trades
    ]
    both.sort(key=lambda one: (one.trade.at, one.trade.market.symbol, one.account))
    ids = _ids((one.trade.market.symbol for one in both), dice)
    for one, name in zip(both, ids, strict=True):
        sides = (one.account, one.other)
        buyer, seller = sides if one.trade.side is Side.BUY else sides[::-1]
        trade = one.trade
        yield (
            iso_ms(trade.at),
            trade.market.symbol,
            plain(trade.price),
            plain(trade.quantity),
            buyer,
            seller,
            name,
        )


def _other(is_adverse: bool, dice: random.Random) -> str:
    """Who sold to a victim, or who traded with one."""
    if is_adverse:
        return dice.choices(_THIEVES, _SHARES)[0]
    return binance.user_id(dice)


def _ids(symbols: Iterable[str], dice: random.Random) -> Iterator[str]:
    """Numbers that rise within each market, as exchanges give them."""
    last: defaultdict[str, int] = defaultdict(lambda: dice.randint(1_000_000, 9_000_000))
    for symbol in symbols:
        last[symbol] += dice.randint(1, 40)
        yield str(last[symbol])


def _tape(
    seed: int, market: Market, accounts: Sequence[Account], prices: Prices
) -> Iterator[tuple[str, ...]]:
    """All trades of a market: the victims', and others' near its price, every two hours or so."""
    dice = chance(seed, "tape", market.symbol)
    trades = [
        trade
        for one in accounts
        if one.victim.exchange == "kucoin"
        for trade in one.trades
        if trade.market == market
    ]
    trades += _of_others(market, prices, dice)
    trades.sort(key=lambda trade: trade.at)
    ids = _ids((market.symbol for _ in trades), dice)
    for trade, name in zip(trades, ids, strict=True):
        yield (
            market.symbol,
            str(_ms(trade.at)),
            trade.side.name.lower(),
            plain(trade.price),
            plain(trade.quantity),
            name,
        )


def _of_others(market: Market, prices: Prices, dice: random.Random) -> Iterator[Trade]:
    at, end = FIRST, FIRST + timedelta(hours=HOURS)
    while (at := at + timedelta(milliseconds=dice.randint(60_000, 14_400_000))) < end:
        price = near(prices.at(market, at), market, dice.randint(-50, 50))
        dollars = dice.randint(10, 900) / prices.dollars(market.quote, at)
        quantity = (dollars / price).quantize(market.step)
        yield filled("kucoin", at, market, dice.choice((Side.BUY, Side.SELL)), price, quantity)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000 + moment.microsecond // 1_000
