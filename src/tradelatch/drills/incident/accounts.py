"""A victim's account: what was paid in, ordinary trading for weeks, then the attack."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

import msgspec

from tradelatch.drills.incident.attack import adverse, near, sales
from tradelatch.drills.incident.chance import chance
from tradelatch.drills.incident.markets import liquid, quotes
from tradelatch.drills.incident.prices import Prices
from tradelatch.drills.incident.trades import PLACES, Trade, filled, least_held
from tradelatch.drills.incident.victims import Victim
from tradelatch.model.orders import Side


class Deposit(msgspec.Struct, frozen=True):
    """What was paid in before the first trade."""

    at: datetime
    asset: str
    amount: Decimal


class Account(msgspec.Struct, frozen=True):
    """All that the exports of one victim tell, in the order of time; `adverse` are those of the
    trades by which the loss happened."""

    victim: Victim
    deposits: Sequence[Deposit]
    trades: Sequence[Trade]
    adverse: Sequence[Trade]

    def left(self) -> dict[str, Decimal]:
        """What it held at the end."""
        held: defaultdict[str, Decimal] = defaultdict(Decimal)
        for deposit in self.deposits:
            held[deposit.asset] += deposit.amount
        for trade in self.trades:
            for asset, change in trade.changes():
                held[asset] += change
        return dict(held)


def account(seed: int, victim: Victim, prices: Prices) -> Account:
    """The same for the same seed and victim."""
    dice = chance(seed, "account", victim.name)
    quote = dice.choice(quotes(victim.exchange))
    bought = adverse(victim, quote, prices, dice)
    spent = sum((trade.amount + _fee_in(quote, trade) for trade in bought), Decimal(0))
    # The rest of the money lay there in the quote asset.
    sold = sales(victim, quote, spent * dice.randint(70, 96) / 100, prices, dice)
    before = _ordinary(victim, quote, prices, dice)
    trades = [*before, *sold, *bought]
    return Account(victim, _deposits(trades, dice), trades, bought)


def _fee_in(asset: str, trade: Trade) -> Decimal:
    return trade.fee if trade.fee_asset == asset else Decimal(0)


def _ordinary(victim: Victim, quote: str, prices: Prices, dice: random.Random) -> list[Trade]:
    """Small purchases and sales of a bot over three to four weeks, near the reference price."""
    markets = dice.sample(liquid(quote), dice.randint(2, 5))
    minutes = dice.randint(21, 28) * 24 * 60
    moments = sorted(dice.sample(range(60, minutes), dice.randint(25, 80)), reverse=True)
    trades = []
    for minute in moments:
        at = victim.attacked - timedelta(minutes=minute, milliseconds=dice.randrange(60_000))
        market = dice.choice(markets)
        price = near(prices.at(market, at), market, dice.randint(-30, 30))
        dollars = Decimal(victim.loss) * dice.randint(2, 20) / 100_000
        quantity = (dollars / prices.dollars(quote, at) / price).quantize(market.step)
        side = dice.choice((Side.BUY, Side.BUY, Side.SELL))
        if quantity:
            trades.append(filled(victim.exchange, at, market, side, price, quantity))
    return trades


def _deposits(trades: Sequence[Trade], dice: random.Random) -> list[Deposit]:
    """Enough for all trades and a little more, so that something is left."""
    at = trades[0].at - timedelta(hours=dice.randint(8, 40))
    deposits = []
    for asset, least in sorted(least_held(trades).items()):
        amount = (least * dice.randint(1_005, 1_120) / 1_000).quantize(PLACES, ROUND_CEILING)
        deposits.append(Deposit(at, asset, amount))
        at += timedelta(minutes=dice.randint(1, 50))
    return deposits
