"""A first look at one export, with nothing set up: a loss, its fills, what to get next.

With a reference (a table of prices, or a market's tape) the loss is what those fills passed that
are further away than the threshold. Without one, what the account itself paid there a day or more
before stands in for it; where it never traded before, its purchases are suspect if they come in a
burst, and what they passed lies between the excess over the cheapest and all that was spent.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from tradelatch.cases.next_evidence import wanted
from tradelatch.cases.verification.arithmetic import odd_amounts
from tradelatch.cases.verification.recorded import Left, Recordings
from tradelatch.cases.verification.references import Priced, References
from tradelatch.exports.records import Traded
from tradelatch.exports.repeats import pasted, unnumbered
from tradelatch.model.clock import DAY, HOUR, MINUTE, MS
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side

_BURST = 6
"""So many fills of one market within a minute are a burst."""
_NAMED = 5
"""So many markets are named in a sentence."""
_OWN = Decimal("0.25")
"""What the account itself paid a day or weeks before is held against with so much at least."""


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
        unseen: the lines of suspect fills that a market's tape does not have, though it covers
            their moment.
        odd_amounts: the lines of trades whose total is not price times amount, in the order of
            the file; `totals` is how many tell one.
    """

    trades: int
    fills: Sequence[Fill]
    markets: Sequence[Market]
    sold: Mapping[str, Decimal]
    judged_by: str
    evidence: Sequence[str]
    unseen: Sequence[int] = ()
    odd_amounts: Sequence[int] = ()
    totals: int = 0


def triage(
    trades: Sequence[Traded],
    references: References | None,
    threshold: Decimal,
    exchange: str,
    tapes: Recordings | None = None,
) -> Triage:
    """Look at the trades of one export, in the order of time; it takes time in proportion to their
    number. `tapes` are markets' public trades, which show the fills too. Rows that were pasted a
    second time count once."""
    many, again = len(trades), pasted(unnumbered(trades))
    trades = [trade for trade in trades if trade.line not in again]
    fills = sorted(_suspects(trades, references, threshold), key=lambda one: one.time_ms)
    by_market: defaultdict[str, list[Fill]] = defaultdict(list)
    for fill in fills:
        by_market[fill.symbol].append(fill)
    markets = [_market(mine) for mine in by_market.values()]
    return Triage(
        many,
        fills,
        sorted(markets, key=lambda one: (-one.most, one.symbol)),
        _sold_before(trades, fills),
        _judged_by(references, _without(trades, references)),
        wanted([(one.symbol, one.time_ms) for one in fills], exchange),
        _unseen(trades, fills, tapes) if tapes else (),
        sorted(trades[index].line for index in odd_amounts(trades)),
        sum(one.amount is not None for one in trades),
    )


def _unseen(trades: Sequence[Traded], fills: Sequence[Fill], tapes: Recordings) -> list[int]:
    """Lines of suspect fills that the tapes cover and lack; an order's average is on none."""
    suspect, left = {fill.line for fill in fills}, Left()
    return [
        trade.line
        for trade in trades
        if trade.line in suspect
        and not trade.is_average
        and tapes.covers(trade.symbol, trade.time_ns // MS)
        and not tapes.take(trade, left)
    ]


def _suspects(
    trades: Sequence[Traded], references: References | None, threshold: Decimal
) -> Iterable[Fill]:
    by_market: defaultdict[str, list[Traded]] = defaultdict(list)
    for trade in trades:
        by_market[trade.symbol].append(trade)
    new: list[list[Traded]] = []
    for mine in by_market.values():
        fills, unknown = _of_market(mine, references, threshold)
        yield from fills
        new.append([one for one in unknown if one.side is Side.BUY])
    yield from _first_ever(new)


def _of_market(
    mine: Sequence[Traded], references: References | None, threshold: Decimal
) -> tuple[list[Fill], list[Traded]]:
    """The suspect fills of one market, and the trades that nothing can be held against."""
    fills, unknown = [], []
    last, older = None, iter(mine)
    following = next(older, None)
    for trade in mine:
        while following and following.time_ns < trade.time_ns - DAY:
            last, following = following, next(older, None)
        given = references.price(trade.symbol, trade.time_ns // MS) if references else None
        priced = given or (_own(last) if last else None)
        if priced is None:
            unknown.append(trade)
        elif fill := _far(trade, priced, threshold if given else max(threshold, _OWN)):
            fills.append(fill)
    return fills, unknown


def _own(last: Traded) -> Priced:
    """What the account itself paid in the market a day before or earlier, the last time."""
    return Priced(last.price, last.time_ns // MS, f"the account's own trade in line {last.line}")


def _far(trade: Traded, priced: Priced, threshold: Decimal) -> Fill | None:
    """The fill, if its price is too far from a reference to the account's disadvantage."""
    over = (trade.price - priced.price) * (1 if trade.side is Side.BUY else -1)
    if over <= threshold * priced.price:
        return None
    percent = 100 * over / priced.price
    why = f"{percent:.0f} % {'above' if trade.side is Side.BUY else 'below'} reference"
    return _fill(trade, priced.price, priced.source, over * trade.quantity, why)


def _first_ever(new: Sequence[Sequence[Traded]]) -> Iterable[Fill]:
    """All purchases in markets where the account never traded before, if there is a burst in one
    of them within an hour."""
    bursts = [(mine, most) for mine in new if (most := _fastest(mine)) >= _BURST]
    for mine in new:
        near = [
            most
            for other, most in bursts
            if mine
            and other[0].time_ns - HOUR <= mine[-1].time_ns
            and mine[0].time_ns <= other[-1].time_ns + HOUR
        ]
        if near:
            why = f"first day here, {max(near)} fills in a minute"
            for trade in mine:
                yield _fill(trade, None, "", None, why)


def _fastest(trades: Sequence[Traded]) -> int:
    """The most that fell within one minute."""
    times = [one.time_ns for one in trades]
    ends = (bisect_right(times, start + MINUTE) for start in times)
    return max((end - first for first, end in enumerate(ends)), default=0)


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


def _without(trades: Sequence[Traded], references: References | None) -> list[str]:
    """The markets of which there is no price at all of those that were given."""
    if references is None:
        return []
    known: dict[str, bool] = {}
    for trade in trades:
        if not known.get(trade.symbol):
            price = references.price(trade.symbol, trade.time_ns // MS)
            known[trade.symbol] = price is not None
    return sorted(symbol for symbol, is_known in known.items() if not is_known)


def _judged_by(references: References | None, without: Sequence[str]) -> str:
    own = (
        "were held against what the account itself paid there before; where it never traded "
        "before, the loss lies between the excess over the cheapest fill and all that was spent "
        "(--reference or --tape tells it)"
    )
    if references is None:
        return f"no prices were given: fills {own}"
    given = "fills were held against the prices that were given"
    if not without:
        return given
    more = f" and {len(without) - _NAMED} more" if len(without) > _NAMED else ""
    return f"{given}; of {', '.join(without[:_NAMED])}{more} there were none: fills there {own}"
