"""A first look at one export, with nothing set up: a loss, its fills, what to get next.

With a reference (a table of prices, or a market's tape) the loss is what those fills passed that
are further away than the threshold. Without one, an account's own earlier prices in the market
stand in for it; where it had none, its first trades there are suspect if they come in a burst, and
what they passed lies between the excess over the cheapest of them and all that was spent.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median

import msgspec

from tradelatch.cases.verification.references import Priced, References
from tradelatch.exports.records import Traded
from tradelatch.model.clock import DAY, HOUR, MINUTE, MS
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side

_BURST = 6
"""So many fills of one market within a minute are a burst."""


class Fill(msgspec.Struct, frozen=True):
    """A suspect fill: its line, and why; `reference` is None where nothing is known to hold it
    against, `passed` in quote then None too."""

    line: int
    time_ms: int
    symbol: str
    side: str
    price: Decimal
    quantity: Decimal
    reference: Decimal | None
    source: str
    passed: Decimal | None
    why: str


class Market(msgspec.Struct, frozen=True):
    """The suspect fills of one market together; the loss lies between `least` and `most`, in the
    quote asset; both are the same where each fill has a reference."""

    symbol: str
    fills: int
    first_ms: int
    last_ms: int
    spent: Decimal
    least: Decimal
    most: Decimal


class Triage(msgspec.Struct, frozen=True):
    """What was found.

    Attributes:
        trades: how many were read.
        fills: suspect ones, by time.
        markets: those of them, by what may have been lost.
        sold: assets that were sold for money within the hour before, in the quote asset.
        judged_by: what fills were held against, one sentence.
        evidence: what to get next, a sentence each.
    """

    trades: int
    fills: Sequence[Fill]
    markets: Sequence[Market]
    sold: Mapping[str, Decimal]
    judged_by: str
    evidence: Sequence[str]


def triage(
    trades: Sequence[Traded], references: References | None, threshold: Decimal, exchange: str
) -> Triage:
    """Look at the trades of one export, in the order of time."""
    fills = sorted(_suspects(trades, references, threshold), key=lambda one: one.time_ms)
    symbols = {one.symbol for one in fills}
    markets = [_market([one for one in fills if one.symbol == symbol]) for symbol in symbols]
    return Triage(
        len(trades),
        fills,
        sorted(markets, key=lambda one: (-one.most, one.symbol)),
        _sold_before(trades, fills),
        _judged_by(references),
        _evidence(fills, exchange),
    )


def _suspects(
    trades: Sequence[Traded], references: References | None, threshold: Decimal
) -> Iterable[Fill]:
    by_market: defaultdict[str, list[Traded]] = defaultdict(list)
    for trade in trades:
        by_market[trade.symbol].append(trade)
    for symbol, mine in by_market.items():
        unknown = []
        for trade in mine:
            priced = _reference(symbol, trade, mine, references)
            if priced is None:
                unknown.append(trade)
            elif (over := _over(trade, priced.price)) > threshold * priced.price:
                percent = 100 * over / priced.price
                why = f"{percent:.0f} % {'above' if trade.side is Side.BUY else 'below'} reference"
                passed = over * trade.quantity
                yield _fill(trade, priced.price, priced.source, passed, why)
        yield from _first_ever(unknown, mine)


def _reference(
    symbol: str, trade: Traded, mine: Sequence[Traded], references: References | None
) -> Priced | None:
    """The given price, or the account's own of the days before."""
    if references:
        found = references.price(symbol, trade.time_ns // MS)
        if found:
            return found
    before = [one for one in mine if one.time_ns < trade.time_ns - DAY]
    if not before:
        return None
    middle = median(one.price for one in before)
    source = f"the account's own {len(before)} trades there until the day before"
    return Priced(middle, before[-1].time_ns // MS, source)


def _first_ever(unknown: Sequence[Traded], mine: Sequence[Traded]) -> Iterable[Fill]:
    """Purchases in bursts on the first day in a market."""
    bought = [one for one in unknown if one.side is Side.BUY]
    for trade in bought:
        near = [one for one in bought if abs(one.time_ns - trade.time_ns) <= MINUTE]
        if len(near) >= _BURST:
            why = f"first day here, {len(near)} fills in a minute"
            if trade.time_ns - mine[0].time_ns < DAY:
                yield _fill(trade, None, "", None, why)


def _fill(
    trade: Traded, reference: Decimal | None, source: str, passed: Decimal | None, why: str
) -> Fill:
    return Fill(
        trade.line,
        trade.time_ns // MS,
        trade.symbol,
        trade.side.name.lower(),
        trade.price,
        trade.quantity,
        reference,
        source,
        passed,
        why,
    )


def _over(trade: Traded, reference: Decimal) -> Decimal:
    """How much worse than the reference the price was, in quote; negative if better."""
    return (trade.price - reference) * (1 if trade.side is Side.BUY else -1)


def _market(fills: Sequence[Fill]) -> Market:
    known = sum((one.passed for one in fills if one.passed is not None), ZERO)
    open_ = [one for one in fills if one.passed is None]
    cheapest = min((one.price for one in open_), default=ZERO)
    excess = sum(((one.price - cheapest) * one.quantity for one in open_), ZERO)
    spent = sum((one.price * one.quantity for one in fills), ZERO)
    all_of_it = sum((one.price * one.quantity for one in open_), ZERO)
    return Market(
        fills[0].symbol,
        len(fills),
        fills[0].time_ms,
        fills[-1].time_ms,
        spent,
        known + excess,
        known + all_of_it,
    )


def _sold_before(trades: Sequence[Traded], fills: Sequence[Fill]) -> dict[str, Decimal]:
    """What was turned into money in the hour before the first suspect purchase."""
    buys = [one.time_ms for one in fills if one.side == "buy"]
    if not buys:
        return {}
    start = min(buys) * MS
    suspect = {one.line for one in fills}
    sold: defaultdict[str, Decimal] = defaultdict(Decimal)
    for trade in trades:
        is_sale = trade.side is Side.SELL and trade.line not in suspect
        if is_sale and start - HOUR <= trade.time_ns <= start:
            base, quote = split_symbol(trade.symbol)
            sold[f"{base} for {quote}"] += trade.price * trade.quantity
    return dict(sorted(sold.items()))


def _judged_by(references: References | None) -> str:
    if references:
        return "fills were held against the prices that were given"
    return (
        "no prices were given: fills were held against the account's own earlier trades in the "
        "same market; where there are none, the loss lies between the excess over the cheapest "
        "fill and all that was spent (--reference or --tape tells it)"
    )


_HISTORIES = {
    "binance": "Binance: Wallet, Transaction History, Export (Generate All Statements)",
    "coinbasepro": "Coinbase Pro: Statements, Generate, Account",
    "kucoin": "KuCoin: Assets, Account History, Export",
    "bittrex": "Bittrex: closed on 2023-12-04; ask its liquidator for deposits and withdrawals",
}


def _evidence(fills: Sequence[Fill], exchange: str) -> list[str]:
    history = _HISTORIES.get(exchange, "from the exchange, of all assets")
    wanted = [
        f"the account's transaction history, which has to show the same trades ({history})",
        "the key's page: when it was made and used last, its rights, its IP list, what it was "
        "connected to",
        "the order history with client order ids, and the log of logins and API calls with "
        "addresses",
    ]
    if not fills:
        return wanted
    days = sorted({_day(one.time_ms) for one in fills})
    markets = ", ".join(sorted({one.symbol for one in fills}))
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return [
        f"public trades or one-minute candles of {markets} from the week before until {when}",
        f"from the exchange, by a request to preserve: who was on the other side of these "
        f"{len(fills)} fills ({markets}, {when} UTC)",
        *wanted,
    ]


def _day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d}"
