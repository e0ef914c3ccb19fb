"""The worth of an account through a backtest, from its fills and the prices of its markets."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tradelatch.bots.backtest.feed import Feed
from tradelatch.bots.backtest.result import DealResult, FillResult
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY, ZERO
from tradelatch.model.orders import Side

HOUR_MS = 3_600_000


def equity_curve(
    quote: str,
    holdings: Mapping[str, Decimal],
    fills: Sequence[FillResult],
    feeds: Mapping[str, Feed],
    start_ms: int,
    end_ms: int,
) -> tuple[tuple[int, Decimal], ...]:
    """What the account was worth in quote at every fill and every hour: `holdings` at the start,
    changed by each fill and its fee. Assets without a price there (fees in a third one) are left
    out."""
    amounts, points = dict(holdings), list[tuple[int, Decimal]]()
    symbols = {symbol: split_symbol(symbol)[0] for symbol in feeds}
    times = sorted({*range(start_ms, end_ms, HOUR_MS), end_ms, *(one.time_ms for one in fills)})
    done = 0
    for now in times:
        while done < len(fills) and fills[done].time_ms <= now:
            _apply(amounts, fills[done], quote)
            done += 1
        worth = amounts.get(quote, ZERO)
        for symbol, base in symbols.items():
            price = feeds[symbol].price(now)
            if price is not None and amounts.get(base):
                worth = MONEY.add(worth, MONEY.multiply(amounts[base], price))
        points.append((now, worth))
    return tuple(points)


def _apply(amounts: dict[str, Decimal], fill: FillResult, quote: str) -> None:
    base, _ = split_symbol(fill.symbol)
    sign = 1 if fill.side is Side.BUY else -1
    value = MONEY.multiply(fill.price, fill.quantity)
    for asset, change in ((base, sign * fill.quantity), (quote, -sign * value)):
        amounts[asset] = MONEY.add(amounts.get(asset, ZERO), change)
    amounts[fill.fee_asset] = MONEY.subtract(amounts.get(fill.fee_asset, ZERO), fill.fee)


def exposure(deals: Sequence[DealResult], fills: Sequence[FillResult], end_ms: int) -> int:
    """How long (ms) any deal had something at risk: from its first fill to its end."""
    first: dict[int, int] = {}
    for fill in fills:
        first.setdefault(fill.deal, fill.time_ms)
    spans = sorted(
        (first[deal.number], end_ms if deal.closed_ms is None else deal.closed_ms)
        for deal in deals
        if deal.number in first
    )
    total = reached = 0
    for begin, end in spans:
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def fees_in_quote(quote: str, fills: Sequence[FillResult]) -> dict[str, Decimal]:
    """What the fees came to in quote, by the asset they were paid in; base at its own fill's price.
    A third asset without a market here is left out."""
    total: dict[str, Decimal] = {}
    for fill in fills:
        base, _ = split_symbol(fill.symbol)
        price = {base: fill.price, quote: Decimal(1)}.get(fill.fee_asset)
        if price is not None:
            value = MONEY.multiply(fill.fee, price)
            total[fill.fee_asset] = MONEY.add(total.get(fill.fee_asset, ZERO), value)
    return total
