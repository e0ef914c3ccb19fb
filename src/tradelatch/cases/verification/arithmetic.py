"""Whether an export is sound in itself: amounts, fees, ids, balances that have to add up."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from tradelatch.cases.verification.losses import Valued
from tradelatch.cases.verified import Doubt, RowRef
from tradelatch.exports.records import Export, Moved
from tradelatch.model.markets import split_symbol
from tradelatch.model.money import ZERO, plain

_RELATIVE = Decimal("1e-6")
"""Exchanges that print an average price round it to eight digits or so."""
_RATE = Decimal("1e-6")
_SHARED = 3
"""So many rows have the same rate of fees until it is known to be one."""
_STEP = Decimal("0.00005")
"""Exchanges' rates are multiples of half a basis point."""
_MOST_ODD = 4
"""Ids rise with time where no more than one in so many does not; other ids are of another kind."""
_FEWEST_IDS = 12
_LONGEST_ID = 40


def doubts(valued: Sequence[Valued]) -> Iterator[Doubt]:
    """What is wrong with the rows of one export."""
    yield from _amounts(valued)
    yield from _fees(valued)
    yield from _ids(valued)


def _amounts(valued: Sequence[Valued]) -> Iterator[Doubt]:
    """Price times quantity is the amount, to its last place; of orders, whose price is an average,
    as far as the last place of the price tells it."""
    told = [one for one in valued if one.trade.amount is not None]
    amounts: defaultdict[str, list[Decimal]] = defaultdict(list)
    prices: defaultdict[str, list[Decimal]] = defaultdict(list)
    for one in told:
        amounts[split_symbol(one.trade.symbol)[1]].append(one.trade.amount or ZERO)
        prices[one.trade.symbol].append(one.trade.price)
    units = {quote: _unit(written) for quote, written in amounts.items()}
    steps = {symbol: Decimal(1).scaleb(-_places(written)) for symbol, written in prices.items()}
    for one in told:
        trade, amount = one.trade, one.trade.amount or ZERO
        product = trade.price * trade.quantity
        slack = units[split_symbol(trade.symbol)[1]] + product * _RELATIVE
        if trade.is_order:
            slack += steps[trade.symbol] * trade.quantity / 2
        if abs(product - amount) > slack:
            says = (
                f"line {trade.line}: {plain(trade.price)} * {plain(trade.quantity)} is "
                f"{plain(product)}, and the amount says {plain(amount)}"
            )
            yield Doubt("edited row", says, (one.row,), True)


def _fees(valued: Sequence[Valued]) -> Iterator[Doubt]:
    """Each fee is at one of the rates that several rows share; such in a third asset, and free
    trades, tell nothing."""
    fees = [(one, paid) for one in valued if (paid := _paid_on(one)) and one.trade.fee]
    unit = _unit(one.trade.fee for one, _ in fees)
    rates = Counter(
        rate
        for one, paid in fees
        # Of small fees the last place hides the rate, unless it is met exactly.
        if (rate := _rate(one, paid)) * paid == one.trade.fee or unit < paid * _RATE
    )
    known = [rate for rate, many in rates.items() if many >= _SHARED]
    if not known:
        return
    for one, paid in fees:
        off = min(abs(one.trade.fee - rate * paid) for rate in known)
        if off > unit + paid * _RATE:
            fee = f"{plain(one.trade.fee)} {one.trade.fee_asset}"
            rates_told = ", ".join(map(_percent, sorted(known)))
            says = f"line {one.trade.line}: the fee of {fee} is at none of the rates {rates_told}"
            if _is_of_schedule(one.trade.fee, paid, known, unit):
                # Who makes pays less than who takes, and tiers change: too few rows to know.
                yield Doubt(
                    "rare fee", f"{says}, and may be at a rate of its own", (one.row,), False
                )
            else:
                yield Doubt("edited row", says, (one.row,), True)


def _is_of_schedule(fee: Decimal, paid: Decimal, known: Sequence[Decimal], unit: Decimal) -> bool:
    """Whether a fee is at a round rate near the known ones, as makers' and other tiers' are: who
    doubles a price and leaves the fee halves the rate."""
    rate = (fee / paid / _STEP).quantize(Decimal(1)) * _STEP
    is_round = abs(fee - rate * paid) <= unit + paid * _RATE
    return is_round and max(known) / 2 < rate < min(known) * 2


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


def _unit(amounts: Iterable[Decimal]) -> Decimal:
    """One in the last place to which a column is written, the eighth at most."""
    return Decimal(1).scaleb(-min(_places(amounts), 8))


def _places(written: Iterable[Decimal]) -> int:
    """How many places behind the point a column has."""
    return max((-int(one.as_tuple().exponent) for one in written), default=8)


def _ids(valued: Sequence[Valued]) -> Iterator[Doubt]:
    """Within a market, ids of trades rise with time: the fewest rows are told that do not fit."""
    markets: defaultdict[str, list[Valued]] = defaultdict(list)
    for one in sorted(valued, key=lambda one: one.trade.time_ns):
        if one.trade.trade_id.isdecimal() and len(one.trade.trade_id) <= _LONGEST_ID:
            markets[one.trade.symbol].append(one)
    for symbol, trades in markets.items():
        # Trades of one moment may stand in any order.
        ordered = sorted(trades, key=lambda one: (one.trade.time_ns, int(one.trade.trade_id)))
        odd = _out_of_order([int(one.trade.trade_id) for one in ordered])
        if odd:
            rows = tuple(ordered[index].row for index in odd)
            says = f"{len(rows)} of {len(ordered)} ids of trades in {symbol} do not rise with time"
            are_few = len(ordered) >= _FEWEST_IDS and _MOST_ODD * len(rows) <= len(ordered)
            yield Doubt("trade ids", says, rows, are_few)


def _out_of_order(numbers: Sequence[int]) -> list[int]:
    """Which to leave out, as few as possible, so that the others rise (the longest strictly
    increasing subsequence stays)."""
    ends: list[int] = []
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


def balances(history: Export) -> Iterator[Doubt]:
    """Each balance is the one before and the change; an account holds no less than nothing."""
    held: dict[tuple[str, str], Decimal] = {}
    low: dict[tuple[str, str], tuple[Decimal, Moved]] = {}
    for moved in history.movements:
        place = (moved.account, moved.asset)
        before = held.get(place)
        after = (before or ZERO) + moved.change
        row = RowRef(history.name, moved.line)
        if moved.balance is not None:
            if before is not None and moved.balance != after:
                says = (
                    f"{row.file}, line {moved.line}: {plain(before)} and {plain(moved.change)} "
                    f"{moved.asset} make {plain(after)}, and the balance says "
                    f"{plain(moved.balance)}"
                )
                yield Doubt("broken arithmetic", says, (row,), True)
            after = moved.balance
        held[place] = after
        if after < low.get(place, (ZERO, moved))[0]:
            low[place] = (after, moved)
    for (_, asset), (least, moved) in sorted(low.items(), key=lambda entry: entry[0]):
        says = (
            f"{history.name}: {plain(-least)} {asset} more left than came in, at line "
            f"{moved.line}: the history begins later, or rows are missing or added"
        )
        yield Doubt("balance", says, (RowRef(history.name, moved.line),), False)
