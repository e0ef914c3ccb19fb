"""How a victim's account was emptied by trades, without a withdrawal.

What is liquid is sold near its price within minutes. The proceeds buy a worthless coin, in bursts,
from orders that the thieves rested at many times its price beforehand. What that passed to them,
the sum of (price - reference) * quantity in dollars, is the victim's loss to the cent.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from tradelatch.drills.incident.markets import Market, liquid, thin
from tradelatch.drills.incident.prices import Prices
from tradelatch.drills.incident.trades import Trade, filled
from tradelatch.drills.incident.victims import Victim
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side

_FEWEST, _DOLLARS_EACH, _MOST = 24, 2_500, 600
"""How many adverse fills: the fewest, one more for so many dollars, the most."""
_HUNDREDTH = Decimal("0.01")
_CENT = Decimal("0.01")


def adverse(victim: Victim, quote: str, prices: Prices, dice: random.Random) -> list[Trade]:
    """The bursts of purchases, the last of which brings the sum to the cent."""
    markets = thin(victim.exchange, quote)
    chosen = dice.sample(markets, dice.randint(1, min(3, len(markets))))
    loss = Decimal(victim.loss) * _CENT
    many = min(_FEWEST + victim.loss // (_DOLLARS_EACH * 100), _MOST)
    shares = [dice.randint(40, 160) for _ in range(many)]
    passed, trades = ZERO, []
    for number, (at, market, times) in enumerate(_prints(victim.attacked, chosen, many, dice)):
        reference = prices.at(market, at)
        price = (prices.at(market, victim.attacked) * times).quantize(market.tick)
        each = (price - reference) * prices.dollars(quote, at)
        value = loss * shares[number] / sum(shares) if number < many - 1 else loss - passed
        quantity = (value / each).quantize(market.step)
        passed += each * quantity
        trades.append(filled(victim.exchange, at, market, Side.BUY, price, quantity))
    return trades


def _prints(
    attacked: datetime, markets: Sequence[Market], many: int, dice: random.Random
) -> Iterator[tuple[datetime, Market, Decimal]]:
    """When, where and at how many times the first reference price; a burst climbs a ladder."""
    at = attacked + timedelta(minutes=dice.randint(12, 20))
    while many:
        market, times = dice.choice(markets), dice.randint(250, 700)
        burst = min(many, dice.randint(6, 24))
        for _ in range(burst):
            yield at, market, times * _HUNDREDTH
            at += timedelta(milliseconds=dice.randint(5, 900))
            times += dice.choice((0, 0, dice.randint(5, 60)))
        at += timedelta(seconds=dice.randint(15, 180))
        many -= burst


def sales(
    victim: Victim, quote: str, proceeds: Decimal, prices: Prices, dice: random.Random
) -> list[Trade]:
    """What was liquid, sold for about `proceeds` in the quote asset a little below its price."""
    markets = liquid(quote)
    chosen = dice.sample(markets, dice.randint(2, 4))
    shares = [dice.randint(20, 100) for _ in chosen]
    trades = []
    at = victim.attacked
    for market, share in zip(chosen, shares, strict=True):
        parts = dice.randint(2, 6)
        for _ in range(parts):
            price = near(prices.at(market, at), market, -dice.randint(2, 40))
            quantity = (proceeds * share / sum(shares) / parts / price).quantize(market.step)
            if quantity:
                trades.append(filled(victim.exchange, at, market, Side.SELL, price, quantity))
            at += timedelta(milliseconds=dice.randint(400, 20_000))
    return trades


def near(reference: Decimal, market: Market, parts: int) -> Decimal:
    """A price so many parts of 10,000 away, on the market's tick."""
    return (reference * (10_000 + parts) / 10_000).quantize(market.tick)
