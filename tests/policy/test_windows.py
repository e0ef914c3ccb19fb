"""Sums and lowest values in sliding windows, against the plain definition.

Times go either way: some charges count from long before they were made, as what a lot realises
does, and an operator may stand for a clock that was set back. Whatever is forgotten is gone.
"""

from decimal import ROUND_CEILING, Context, Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tradelatch.model.money import MONEY
from tradelatch.policy.windows import Charges, Level

_EXACT = Context(prec=200, rounding=ROUND_CEILING)
_FINE = Decimal("1e-24")

_times = st.integers(0, 15)
"""Few, so that many are alike, and many lie at the very edge of a window."""
_LARGE = Decimal("1e18"), Decimal("-1000000000000000000.000000000000000000000001")
"""More digits than `MONEY` has, which their sum needs not."""
_amounts = st.decimals(-10, 10, places=26) | st.sampled_from(_LARGE)
_asked = st.tuples(st.just("ask"), _times, st.sampled_from((1, 3, 8)))
_forgotten = st.tuples(st.just("forget"), _times, st.none())
_charged = st.tuples(st.just("add"), _times, _amounts)
_set = st.tuples(st.just("set"), _times, st.decimals(-10, 10, places=2))


@settings(max_examples=1_000)
@given(st.lists(_charged | _asked | _forgotten, min_size=10, max_size=30))
def test_charges_are_the_sum_over_the_window_whatever_came_before(
    steps: list[tuple[str, int, Decimal]],
) -> None:
    """Each amount is rounded up, their sum is exact and told in as many digits as `MONEY` has."""
    charges, counted = Charges(), list[tuple[int, Decimal]]()
    for what, at, value in steps:
        if what == "add":
            charges.add(at, value)
            counted.append((at, value.quantize(_FINE, context=_EXACT)))
        elif what == "forget":
            charges.forget(at)
            counted = [entry for entry in counted if entry[0] > at]
        else:
            total = Decimal(0)
            for amount in (amount for since, amount in counted if since > at - value):
                total = _EXACT.add(total, amount)
            assert charges.total(int(value), at) == MONEY.plus(total)


@settings(max_examples=1_000)
@given(st.lists(_set | _asked | _forgotten, max_size=30))
@example([("set", 9, Decimal(1)), ("set", 5, Decimal(2)), ("ask", 8, Decimal(1))])
def test_the_lowest_level_is_that_of_all_that_stood_in_the_window(
    steps: list[tuple[str, int, Decimal]],
) -> None:
    """What stood at the window's start counts too, and nothing after which it was as low."""
    level, stood, now, gone = Level(Decimal(0)), list[tuple[int, Decimal]](), Decimal(0), -100
    for what, at, value in steps:
        if what == "set":
            level.set(value, at)
            stood.append((at, now))
            now = value
        elif what == "forget":
            level.forget(at)
            gone = max(gone, at)
        else:
            start, lowest, later = max(at - int(value), gone), now, now
            for until, low in reversed(stood):
                lowest = low if until > start and low < later else lowest
                later = min(low, later)
            assert level.lowest(start) == lowest
            assert level.rise(start) == now - lowest
