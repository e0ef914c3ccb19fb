"""Whatever fills, cancels, denials, restarts and prices come: orders come to rest, nothing that is
not there is sold, and what could leave is not forgotten."""

import random
from decimal import Decimal

import pytest

from tests.bots.hand import Hand
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.dca.strategy import Dca
from tradelatch.bots.deals import Direction
from tradelatch.bots.events import Report
from tradelatch.bots.grid.settings import GridSettings
from tradelatch.bots.grid.strategy import Grid
from tradelatch.bots.orders import OrderState
from tradelatch.model.markets import Market
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side

D = Decimal
ENDED = ("completed", "stop_loss_finished", "panic_sold", "closed")


def begun(chance: random.Random) -> Hand:
    pick = chance.choice
    lot = pick([D("0.0001"), D("0.01"), D("0.1")])
    market = Market("ETH", "USDT", pick([D("0.01"), D(1)]), lot, pick([D(0), D(5), D(10)]))
    dca = DcaSettings(
        base_order_volume=D(pick([30, 100, 1_000])),
        safety_order_volume=D(pick([30, 200])),
        max_safety_orders=pick([0, 3]),
        take_profit=D(2),
        trailing_deviation=D(pick([0, 0, 1])),
        stop_loss_percentage=D(pick([0, 10])),
        start_order_type=pick(["market", "limit"]),
        strategy=pick([Direction.LONG, Direction.SHORT]),
        cooldown=1,
    )
    grid = GridSettings(
        upper_price=D(120),
        lower_price=D(80),
        grids_quantity=pick([3, 9]),
        quantity_per_grid=D(pick(["0.5", "3"])),
        max_active_sell_lines=pick([0, 1]),
        lower_stop_price=D(pick([0, 70])),
        lower_stop_action="stop_bot_and_sell",
    )
    kind, settings = pick([(Dca, dca), (Grid, grid)])
    return Hand(kind, settings, "100", (market,))


def step(hand: Hand, chance: random.Random) -> None:
    """Something happens."""
    live, (market,) = list(hand.bot.desk.live.values()), hand.markets.values()
    order = chance.choice(live) if live else None
    match chance.randrange(8):
        case 0 | 1 if order:
            hand.fill(order.tag)
        case 2 | 3 if order:
            lots = chance.randint(1, int(order.left / market.lot))
            hand.fill(order.tag, str(lots * market.lot))
        case 4 if order:
            states = [OrderState.CANCELLED, OrderState.OPEN]
            more = [OrderState.DENIED] if order.state is OrderState.PENDING else []
            state = chance.choice([*states, *more])
            hand.tell(Report(order.client_id, state, order.filled, "no"))
        case 5:
            hand.restart()
        case 6:
            hand.at(f"{(100 + chance.randint(-30, 30)):.0f}")
        case _:
            hand.later(chance.choice([1, 60, 1_000]))


def settle(hand: Hand) -> None:
    """The exchange does what it was asked."""
    for _ in range(50):
        asked = len(hand.placed), len(hand.cancels)
        hand.all_cancelled()
        for order in list(hand.bot.desk.live.values()):
            if order.state is OrderState.PENDING:
                hand.tell(Report(order.client_id, OrderState.OPEN))
        if asked == (len(hand.placed), len(hand.cancels)):
            return
    pytest.fail("it goes on for ever")


@pytest.mark.parametrize("seed", range(200))
def test_orders_come_to_rest(seed: int) -> None:
    chance = random.Random(seed)
    hand = begun(chance)
    (market,) = hand.markets.values()
    for _ in range(60):
        step(hand, chance)
        if chance.random() < 0.5:
            settle(hand)
    settle(hand)
    for deal in hand.deals:
        if deal.direction is Direction.LONG:
            orders = [one for one in hand.bot.desk.live.values() if one.deal == deal.number]
            selling = sum((one.left for one in orders if one.side is Side.SELL), ZERO)
            assert selling <= max(deal.base, ZERO)
        if deal.state in ENDED:
            left = abs(deal.base)
            assert left <= max(market.lot * 2, market.min_notional / 50)
