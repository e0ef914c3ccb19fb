"""freqtrade in live mode, unmodified, trades at a venue, and both keep the same books."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import lacking
from tests.freqtrade.books import BotBooks, VenueBooks, differences
from tests.freqtrade.clock import NoFasterClock, library
from tests.freqtrade.run import START, Outcome, table, trade
from tools import clients

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module", autouse=True)
def _environment() -> None:
    assert clients.main(["freqtrade"]) == 0
    try:
        library()
    except NoFasterClock as missing:
        lacking(str(missing))


def check(outcome: Outcome) -> None:
    """What holds after every run, however long."""
    print(table(outcome))
    assert outcome.differences == []
    assert outcome.complaints == []
    assert outcome.venue.fills
    assert outcome.bot.reasons
    assert outcome.kept


def test_two_hours(tmp_path: Path) -> None:
    outcome = trade(tmp_path, hours=2, speed=60, seed=7)
    check(outcome)
    for spoil in SPOILS:
        venue, bot = copy.deepcopy((outcome.venue, outcome.bot))
        spoil(venue, bot)
        assert differences(venue, bot, START), spoil.__name__


def test_a_day(tmp_path: Path) -> None:
    outcome = trade(tmp_path, hours=24, speed=60, seed=7)
    check(outcome)
    for reason in ("roi", "exit_signal", "stoploss_on_exchange"):
        assert outcome.bot.reasons[reason] > 0
    # What lay at the venue when freqtrade was killed has long been dealt with since.
    assert set(outcome.kept.values()) <= {"FILLED", "CANCELED"}


def _an_order_is_unknown(venue: VenueBooks, bot: BotBooks) -> None:
    del bot.orders[next(iter(venue.fills))]


def _a_fill_is_missing(venue: VenueBooks, bot: BotBooks) -> None:
    next(iter(venue.fills.values())).pop()


def _a_fee_is_a_unit_less(venue: VenueBooks, bot: BotBooks) -> None:
    fill = next(fill for rows in venue.fills.values() for fill in rows if not fill["isBuyer"])
    fill["commission"] = str(float(fill["commission"]) - 1e-8)


def _a_price_is_a_step_off(venue: VenueBooks, bot: BotBooks) -> None:
    order = bot.orders[next(iter(venue.fills))]
    order["average"] *= 1.000001


def _a_unit_is_gone(venue: VenueBooks, bot: BotBooks) -> None:
    venue.balances["USDT"] -= 1


def _a_stop_is_nobodys(venue: VenueBooks, bot: BotBooks) -> None:
    stop = next(row for row in venue.orders.values() if row["type"] == "STOP_LOSS_LIMIT")
    stop["status"] = "NEW"
    bot.trades[bot.orders[str(stop["orderId"])]["ft_trade_id"]]["is_open"] = False


SPOILS: tuple[Callable[[VenueBooks, BotBooks], None], ...] = (
    _an_order_is_unknown,
    _a_fill_is_missing,
    _a_fee_is_a_unit_less,
    _a_price_is_a_step_off,
    _a_unit_is_gone,
    _a_stop_is_nobodys,
)
