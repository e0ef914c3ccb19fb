"""Whether an export is sound in itself: amounts that add up, fees at known rates, ids that rise.

An accusation rests on what no honest export can have: one amount, among others that are sound,
that is not price times quantity, however it was rounded and whether the fee is in it or not. The
rest is told: exchanges differ in fees, and in how they number trades.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verified import Doubt, Weight
from tradelatch.exports.numbers import last_place
from tradelatch.exports.records import Traded
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO, plain

_RELATIVE = Decimal("1e-6")
"""What programs lose that reckon in floats of few digits."""
_RATE = Decimal("1e-6")
_SHARED = 3
"""So many rows have the same rate of fees until it is known to be one."""
_APART = Decimal("1.5")
"""Makers, takers and discounts pay rates that are less than so many times one another, mostly."""
_MOST_ODD = 10
"""Of so many ids one may be out of order; where more are, they are not numbered by time."""


def doubts(valued: Sequence[Valued]) -> Iterator[Doubt]:
    """What is wrong with the rows of one export."""
    yield from _amounts(valued)
    yield from _fees(valued)
    yield from _ids(valued)


def _amounts(valued: Sequence[Valued]) -> Iterator[Doubt]:
    """Price times quantity is the amount, to the last place that it is written to."""
    told = [one for one in valued if one.trade.amount is not None]
    odd = [told[index] for index in odd_amounts([one.trade for one in told])]
    if are_of_something_else(len(odd), len(told)):
        says = (
            f"in {len(odd)} of {len(told)} rows of {odd[0].row.file} the amount is not price * "
            "quantity: it may be of another asset, or with something else in it"
        )
        yield Doubt("amounts", says, tuple(one.row for one in odd), Weight.DOUBT)
        return
    for one in odd:
        trade = one.trade
        says = (
            f"line {trade.line}: {plain(trade.price)} * {plain(trade.quantity)} is "
            f"{plain(trade.price * trade.quantity)}, and the amount says "
            f"{plain(trade.amount or ZERO)}"
        )
        yield Doubt("edited row", says, (one.row,), Weight.FORGERY)


def odd_amounts(trades: Sequence[Traded]) -> list[int]:
    """The indices of trades of one export whose stated amount is not price times quantity."""
    told = [(index, one) for index, one in enumerate(trades) if one.amount is not None]
    finest: defaultdict[str, Decimal] = defaultdict(lambda: Decimal(1))
    for _, one in told:
        finest[one.symbol] = min(finest[one.symbol], last_place(one.price))
    return [index for index, one in told if not _adds_up(one, finest[one.symbol])]


def are_of_something_else(odd: int, told: int) -> bool:
    """Whether so many odd amounts of all that are told are no edits, but of another asset."""
    return 2 * odd > told


def _adds_up(trade: Traded, finest: Decimal) -> bool:
    """Amounts are rounded up or down, with the fee or without; `finest` is the last place of the
    market's prices, to which averages are rounded."""
    amount, product = trade.amount or ZERO, trade.price * trade.quantity
    off = last_place(amount) + product * _RELATIVE
    if trade.is_average:
        off += finest * trade.quantity
    fee = trade.fee_in_quote or ZERO
    return any(abs(product + part - amount) <= off for part in (ZERO, fee, -fee))


def _fees(valued: Sequence[Valued]) -> Iterator[Doubt]:
    """Each fee is at one of the rates that several rows share, or near one; such in a third asset,
    and free trades, tell nothing. A fill that passed value at a rate far off may be one whose price
    was changed, or a maker's."""
    fees = [(one, paid) for one in valued if (paid := _paid_on(one)) and one.trade.fee]
    rates = Counter(
        rate
        for one, paid in fees
        # Of small fees the last place hides the rate, unless it is met exactly.
        if (rate := _rate(one, paid)) * paid == one.trade.fee
        or last_place(one.trade.fee) < paid * _RATE
    )
    known = sorted(rate for rate, many in rates.items() if many >= _SHARED)
    if not known:
        return
    told = ", ".join(map(_percent, known))
    for one, paid in fees:
        fee, least = one.trade.fee, last_place(one.trade.fee) + paid * _RATE
        if min(abs(fee - rate * paid) for rate in known) <= least:
            continue
        is_far = not any(_APART * fee > rate * paid > fee / _APART for rate in known)
        says = (
            f"line {one.trade.line}: the fee of {plain(fee)} {one.trade.fee_asset} is at none of "
            f"the rates of the other rows ({told}): a maker, a discount, or another price"
        )
        weight = Weight.WITHHELD if is_far and one.adverse else Weight.DOUBT
        yield Doubt("fee", says, (one.row,), weight)


def _paid_on(one: Valued) -> Decimal:
    """What the fee is a share of; zero where that is not known."""
    base, quote = split_symbol(one.trade.symbol)
    if one.trade.fee_asset == base:
        return one.trade.quantity
    if one.trade.fee_asset == quote:
        return one.trade.price * one.trade.quantity
    return ZERO


def _rate(one: Valued, paid: Decimal) -> Decimal:
    return (one.trade.fee / paid).quantize(_RATE)


def _percent(rate: Decimal) -> str:
    return f"{plain(rate * 100)} %"


def _ids(valued: Sequence[Valued]) -> Iterator[Doubt]:
    """Where nearly all ids of a market's trades rise with time, those that do not are told."""
    markets: defaultdict[str, list[Valued]] = defaultdict(list)
    for one in sorted(valued, key=lambda one: one.trade.time_ns):
        if one.trade.trade_id.isdecimal():
            markets[one.trade.symbol].append(one)
    for symbol, trades in markets.items():
        # Trades of one moment may stand in any order.
        ordered = sorted(trades, key=lambda one: (one.trade.time_ns, _number(one.trade.trade_id)))
        odd = _out_of_order([_number(one.trade.trade_id) for one in ordered])
        if odd and _MOST_ODD * len(odd) <= len(ordered):
            rows = tuple(ordered[index].row for index in odd)
            says = f"{len(rows)} ids of trades in {symbol} do not rise with time, as others do"
            yield Doubt("trade ids", says, rows, Weight.DOUBT)


def _number(identity: str) -> tuple[int, str]:
    """Digits in the order of the numbers that they are, however many."""
    digits = identity.lstrip("0")
    return len(digits), digits


def _out_of_order(numbers: Sequence[tuple[int, str]]) -> list[int]:
    """Which to leave out, as few as possible, so that the others rise (the longest strictly
    increasing subsequence stays)."""
    ends: list[tuple[int, str]] = []
    at: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        place = bisect_left(ends, number)
        before.append(at[place - 1] if place else -1)
        if place == len(ends):
            ends.append(number)
            at.append(index)
        else:
            ends[place], at[place] = number, index
    kept, index = set(), at[-1] if at else -1
    while index >= 0:
        kept.add(index)
        index = before[index]
    return [index for index in range(len(numbers)) if index not in kept]
