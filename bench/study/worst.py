"""The ten worst hours of the tapes: what becomes of a stop-loss or a panic sell in each."""

from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from bench.study.bots import EXIT
from bench.study.days import CAPITAL_SHARE, WORTH, default_collar, figures, kind_of, policy_text
from bench.study.desk import Desk
from bench.study.tape import DAY_MS, HOUR_MS, KNOWN_DAYS, MINUTE_MS, Tape
from tradelatch.model.money import ZERO, round_down
from tradelatch.model.orders import Side
from tradelatch.policy.accounting import Window
from tradelatch.policy.document import Depth

HOURS = 10
TRIGGER = Decimal("0.08")
"""A stop-loss is set off when the price has fallen so far since the hour began."""


class Hour(NamedTuple):
    """An hour in which the price fell by `fall` (a fraction) from its start to its lowest, on the
    tape of that name."""

    fall: Decimal
    start_ms: int
    tape: str


class Sale(NamedTuple):
    """One sell in a worst hour: `charged` to E and `cost` against the price that set it off, as
    shares of the sale; `missed` is what takers sold below its limits, the same."""

    tape: str
    start_ms: int
    fall: float
    what: str
    orders: int
    refused: dict[str, int]
    minutes: int | None
    missed: float
    charged: float
    cost: float


def worst_hour(tape: Tape) -> Hour:
    """The hour in which the price fell furthest, a week known before it."""
    since = tape.times[0] + KNOWN_DAYS * DAY_MS
    minutes = [candle for candle in tape.minutes if candle.open_ms >= since]
    worst = Hour(ZERO, since, tape.name)
    window: deque[tuple[int, Decimal]] = deque()
    for candle in minutes:
        while window and window[0][0] < candle.open_ms - HOUR_MS:
            window.popleft()
        while window and window[-1][1] <= candle.close:
            window.pop()
        window.append((candle.open_ms, candle.close))
        highest_ms, highest = window[0]
        fall = 1 - candle.close / highest
        if fall > worst.fall:
            worst = Hour(fall, highest_ms + MINUTE_MS, tape.name)
    return worst


def sales(hours: Iterable[Hour], read: Callable[[str], Tape]) -> list[Sale]:
    """Both kinds of sells in the worst of these hours, one hour a tape; `read` reads a tape by
    its name."""
    # Two tapes of one coin may hold the same hour.
    each = {(hour.tape.partition("_")[0], hour.start_ms): hour for hour in hours}
    chosen = sorted(each.values(), key=lambda hour: hour.fall, reverse=True)[:HOURS]
    kinds = ("panic sell of coins held before", "stop-loss of coins bought by orders")
    found = []
    for hour in chosen:
        tape = read(hour.tape)
        found += [_sale(hour, tape, what) for what in kinds]
    return found


def _sale(hour: Hour, tape: Tape, what: str) -> Sale:
    start_ms = hour.start_ms
    known = figures(tape, start_ms)
    assert known, "a worst hour has trades before it"
    adv, sigma = known
    capital = CAPITAL_SHARE * adv
    text = policy_text(tape, Depth.THIN, default_collar(kind_of(sigma)), capital * 2)
    desk = Desk(tape, text, {"BTC": WORTH}, start_ms)
    quantity = round_down(capital / desk.mark, tape.market.lot)
    if what.startswith("panic"):
        desk.hold({tape.market.base: quantity})
    else:
        reference = desk.reference(Side.BUY)
        assert reference, "a worst hour has trades before it"
        price = round_down(min(desk.mark, reference.price), tape.market.tick)
        bought = desk.place(Side.BUY, quantity, price)
        assert bought, "the stop-loss needs something to sell"
        desk.fill(bought.id, quantity, price)
    begun = desk.mark
    while desk.mark > begun * (1 - TRIGGER):
        desk.step(desk.now_ms + MINUTE_MS)
    return _sell(hour, what, desk, quantity)


def _sell(hour: Hour, what: str, desk: Desk, quantity: Decimal) -> Sale:
    """Market sells marked as exits, every minute with what is left, for a day at most."""
    at, at_ms, whole = desk.mark, desk.now_ms, quantity
    before, received, orders = desk.used()[Window.DAY], ZERO, 0
    desk.refused.clear()
    end_ms = min(at_ms + DAY_MS, desk.tape.times[-1])
    while quantity > 0 and desk.now_ms < end_ms:
        orders += 1
        desk.place(Side.SELL, quantity, None, EXIT)
        for _, part, price in desk.step(desk.now_ms + MINUTE_MS):
            quantity -= part
            received += part * price * (1 - desk.account.policy.fee_rate)
    charged = desk.used()[Window.DAY].exit_budget - before.exit_budget
    cost = (whole - quantity) * at - received
    return Sale(
        hour.tape,
        hour.start_ms,
        float(hour.fall),
        what,
        orders,
        dict(desk.refused),
        None if quantity > 0 else (desk.now_ms - at_ms) // MINUTE_MS,
        float(desk.missed / whole),
        float(charged / (whole * at)),
        float(cost / (whole * at)),
    )
