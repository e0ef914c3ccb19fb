"""Reference prices: what an order is judged by, made from traded minutes.

Buys are judged by ``min(median5, q25_1h * (1 + d1), q10_24h * (1 + d24))`` and sells by
``max(median5, q75_1h * (1 - d1), q90_24h * (1 - d24))``: median5 is the median of the last five
traded minutes' volume-weighted prices and the quantiles are of the minutes' prices in the last
hour and day, the account's own prints left out. Whoever wants to move them has to hold a price
for three minutes, a quarter of an hour and more than two hours (docs/loss-budget.md).
"""

import itertools
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Decimal

import msgspec

from tradelatch.model.clock import DAY, HOUR, MINUTE, MS
from tradelatch.model.markets import Candle, TopOfBook, average_price
from tradelatch.model.money import MONEY, ZERO
from tradelatch.model.orders import Side
from tradelatch.policy.document import MarketRules

MEDIAN_MINUTES = 5
_MINUTE_MS = MINUTE // MS
DEEP_ADV = 20
"""A deep market trades at least this many times the account's value a day."""
DEEP_HALF_SPREAD = Decimal("0.002")
DEEP_SIGMA = Decimal("0.10")
DEEP_DAYS = 7
MAJOR_ADV = 1_000
"""Over this many times the account's value, the median of five minutes stands alone."""


class Figures(msgspec.Struct, frozen=True):
    """How deep a market is: daily traded value (quote), daily volatility and half spread
    (fractions), and how many days of history they rest on."""

    adv: Decimal
    sigma: Decimal
    half_spread: Decimal
    days: int


class Reference(msgspec.Struct, frozen=True):
    """What one side of one market is judged by at one moment, in quote per base.

    `price` is clamped by the horizons, `present` is the five-minute median alone and used for the
    collar of exits. `bound` is how far the anchor lets it go; None where there is no anchor.
    """

    side: Side
    price: Decimal
    present: Decimal
    best_opposite: Decimal
    """The best price on the other side of the book; zero if that side is empty."""
    age_ns: int
    figures: Figures
    bound: Decimal | None = None

    def judging(self, is_exit: bool) -> Decimal:
        """What an order is judged by. Exits are not held by the anchor: it must not trap them."""
        return self.price if is_exit or self.bound is None else self._bounded(self.bound)

    @property
    def is_bounded(self) -> bool:
        """The market stands further from the anchor than it lets the reference go."""
        return self.bound is not None and self._bounded(self.bound) != self.price

    def _bounded(self, bound: Decimal) -> Decimal:
        return min(self.price, bound) if self.side is Side.BUY else max(self.price, bound)


class Print(msgspec.Struct, frozen=True):
    """A trade: the exchange's time, price in quote per base, quantity in base."""

    time_ms: int
    price: Decimal
    quantity: Decimal


class Spread(msgspec.Struct, frozen=True):
    """The half spread (a fraction) that stood in a book at a time."""

    time_ns: int
    half_spread: Decimal


class MissingReference(Exception):
    """There is nothing to judge by; the message says what is missing."""


class Prices:
    """What is known of one market's prices. Fed with candles and books, asked for references."""

    def __init__(self) -> None:
        self._minutes: dict[int, Candle] = {}
        self._own: dict[int, tuple[Decimal, Decimal]] = {}
        self._known: dict[int, Decimal | None] = {}
        """What a minute's trades of others came to, where that was worked out before."""
        self._book = TopOfBook(ZERO, ZERO)
        self._candles_ns = 0
        self._book_ns = 0
        self._view: _View | None = None
        self._adv, self._sigma, self._history_days = ZERO, ZERO, 0
        self._half_spread = ZERO

    def see_minutes(
        self, candles: Iterable[Candle], now_ns: int, own: Iterable[Print] = ()
    ) -> None:
        """Take in one-minute candles; newer versions of a minute replace older ones. `own` are
        the account's own prints of the last day, which are left out."""
        before, self._own = self._own, _by_minute(own)
        changed = {minute for minute, _ in before.items() ^ self._own.items()}
        for candle in candles:
            self._minutes[candle.open_ms] = candle
            changed.add(candle.open_ms)
        horizon = (now_ns - DAY) // MS
        for stale in [minute for minute in self._minutes if minute < horizon]:
            del self._minutes[stale]
            changed.add(stale)
        for minute in changed:
            self._known.pop(minute, None)
        self._candles_ns, self._view = now_ns, None

    def see_days(self, candles: Iterable[Candle]) -> None:
        """Take in daily candles, oldest first; the last one is not over and left out."""
        days = [day for day in list(candles)[:-1] if day.close > 0][-30:]
        self._history_days = len(days)
        if days:
            spans = (days[-7:], days)
            self._adv = min(_median([day.turnover for day in span]) for span in spans)
            self._sigma = max(_volatility(span) for span in spans)

    def see_book(self, book: TopOfBook, now_ns: int) -> None:
        """Take in the best prices."""
        self._book, self._book_ns = book, now_ns

    def see_spreads(self, seen: Sequence[Spread], now_ns: int) -> None:
        """Take in the half spreads that stood in the book before now; what is known counts."""
        spans = ([s.half_spread for s in seen if s.time_ns > now_ns - n * DAY] for n in (7, 30))
        self._half_spread = max((_median(span) for span in spans if span), default=ZERO)

    def book_half_spread(self) -> Decimal | None:
        """The half spread that stands in the book as a fraction; None while a side is empty."""
        bid, ask = self._book.bid, self._book.ask
        return MONEY.divide(ask - bid, ask + bid) if bid > 0 and ask > 0 else None

    def reference(self, side: Side, rules: MarketRules, value: Decimal, now_ns: int) -> Reference:
        """What orders of `side` are judged by; `value` is the account's value in quote.

        Raises:
            MissingReference: no candles, no book or no traded minute in the last day.
        """
        if not self.is_known:
            raise MissingReference("no prices have been received yet")
        view = self._seen_at(now_ns)
        if view.present is None:
            raise MissingReference("nobody else has traded here in the last day")
        figures = self.figures(rules)
        major = figures.days >= DEEP_DAYS and figures.adv > MAJOR_ADV * value
        price = view.present if major else _clamp(side, view.present, view, rules)
        opposite = self._book.ask if side is Side.BUY else self._book.bid
        age = now_ns - min(self._candles_ns, self._book_ns)
        bound = rules.bound(side, now_ns)
        return Reference(side, price, view.present, opposite, age, figures, bound)

    @property
    def is_known(self) -> bool:
        """Book, minutes and days have all been received."""
        return bool(self._candles_ns and self._book_ns and self._history_days)

    def mark(self, now_ns: int) -> Decimal | None:
        """The five-minute median, None if there is none."""
        return self._seen_at(now_ns).present

    def figures(self, rules: MarketRules) -> Figures:
        """The lower traded value and the larger volatility of the last 7 and 30 complete days.

        Volatility is the root mean square of the daily returns; the half spread is the larger
        of the 7- and 30-day medians of those seen in the book and of the present one, and at
        least the policy's.
        """
        present = self.book_half_spread() or ZERO
        half_spread = max(present, self._half_spread, rules.half_spread)
        return Figures(self._adv, self._sigma, half_spread, self._history_days)

    def _seen_at(self, now_ns: int) -> "_View":
        """What the candles say; made anew when they or the minute have changed."""
        minute = now_ns // MINUTE
        if self._view is None or self._view.minute != minute:
            self._view = self._look(minute, now_ns)
        return self._view

    def _look(self, minute: int, now_ns: int) -> "_View":
        start, hour_ago = (now_ns - DAY) // MS, (now_ns - HOUR) // MS
        minutes = sorted(opened for opened in self._minutes if opened >= start)
        prices = ((opened, self._price_of_others(opened)) for opened in minutes)
        traded = [(opened, price) for opened, price in prices if price is not None]
        latest = [price for _, price in traded[-MEDIAN_MINUTES:]]
        return _View(
            minute,
            _median(latest) if latest else None,
            sorted(price for opened, price in traded if opened >= hour_ago),
            sorted(price for _, price in traded),
        )

    def _price_of_others(self, minute: int) -> Decimal | None:
        if minute not in self._known:
            self._known[minute] = self._work_out(minute)
        return self._known[minute]

    def _work_out(self, minute: int) -> Decimal | None:
        candle = self._minutes[minute]
        if minute not in self._own:
            return candle.average
        own_volume, own_turnover = self._own[minute]
        return average_price(candle.turnover - own_turnover, candle.volume - own_volume)


class _View(msgspec.Struct, frozen=True):
    """Minutes' prices as seen in one minute: the median of the latest, and those of the last
    hour and day in rising order."""

    minute: int
    present: Decimal | None
    hour: list[Decimal]
    day: list[Decimal]


def is_deep(figures: Figures, value: Decimal) -> str:
    """Why a market listed as deep is not, by its figures; empty if it is."""
    if figures.days < DEEP_DAYS:
        return f"{figures.days} days of history are known, {DEEP_DAYS} are needed"
    if figures.adv <= 0 or figures.adv < DEEP_ADV * value:
        return f"it trades {figures.adv:.4f} a day, {DEEP_ADV * value:.4f} are needed"
    if figures.half_spread > DEEP_HALF_SPREAD:
        return f"half its spread is {figures.half_spread:.5f}, {DEEP_HALF_SPREAD} is the most"
    if figures.sigma > DEEP_SIGMA:
        return f"it moves {figures.sigma:.4f} a day, {DEEP_SIGMA} is the most"
    return ""


def _clamp(side: Side, present: Decimal, view: _View, rules: MarketRules) -> Decimal:
    """The present price, followed no further than the horizons allow."""
    if side is Side.BUY:
        limits = [quantile(view.day, Decimal("0.10")) * (1 + rules.drift_24h)]
        if view.hour:
            limits.append(quantile(view.hour, Decimal("0.25")) * (1 + rules.drift_1h))
        return min(present, *limits)
    limits = [quantile(view.day, Decimal("0.90")) * (1 - rules.drift_24h)]
    if view.hour:
        limits.append(quantile(view.hour, Decimal("0.75")) * (1 - rules.drift_1h))
    return max(present, *limits)


def quantile(rising: list[Decimal], share: Decimal) -> Decimal:
    """The smallest of the values, given in rising order, that at least `share` of them do not
    exceed (type 1 of Hyndman and Fan: always one of the values, so that it stays exact)."""
    rank = int((share * len(rising)).to_integral_value(ROUND_CEILING))
    return rising[max(rank, 1) - 1]


def _by_minute(prints: Iterable[Print]) -> dict[int, tuple[Decimal, Decimal]]:
    """Volume and turnover of the minutes in which there are prints."""
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for trade in prints:
        minute = trade.time_ms // _MINUTE_MS * _MINUTE_MS
        volume, turnover = sums.get(minute, (ZERO, ZERO))
        sums[minute] = (volume + trade.quantity, turnover + trade.price * trade.quantity)
    return sums


def _median(values: list[Decimal]) -> Decimal:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def _volatility(days: list[Candle]) -> Decimal:
    returns = [after.close / before.close - 1 for before, after in itertools.pairwise(days)]
    if not returns:
        return ZERO
    return MONEY.sqrt(sum((r * r for r in returns), ZERO) / len(returns))
