"""Order books that others have published, under the same commands as our engine.

Both match and do nothing else: they have no accounts, balances, fees, filters, events or log.
"""

from collections.abc import Callable
from importlib.metadata import version

from fastlob import Orderbook, OrderParams, OrderSide
from lightmatchingengine import lightmatchingengine as light

from bench.workload import MARKET, Workload, timed
from tradelatch.model.orders import Side
from tradelatch.venue.engine.commands import Cancel, Command, Place

_ANY_PRICE = {Side.BUY: 1_000_000_000, Side.SELL: 1}
_BID_OR_ASK = {Side.BUY: OrderSide.BID, Side.SELL: OrderSide.ASK}
_LIGHT_SIDES = {Side.BUY: light.Side.BUY, Side.SELL: light.Side.SELL}


def fastlob(work: Workload) -> tuple[float, int]:
    """Seconds that fastlob took for the measured commands, and the lots that rest at the end.

    Its orders are made before the clock runs, as ours are.
    """
    with Orderbook() as book:
        ids = [""]

        def act(asked: OrderParams | int) -> None:
            if isinstance(asked, int):
                book.cancel(ids[asked])
            else:
                ids.append(book.process(asked).orderid())

        took = timed(act, _orders(work.setting), _orders(work.measured))
        return took, int(book.total_volume())


def _orders(commands: list[Command]) -> list[OrderParams | int]:
    """Orders, and for cancellations the number of theirs. It has no market orders but by price."""
    found: list[OrderParams | int] = []
    for command in commands:
        if isinstance(command, Place):
            price = command.ticks or _ANY_PRICE[command.side]
            found.append(OrderParams(_BID_OR_ASK[command.side], price, command.lots))
        elif isinstance(command, Cancel):
            found.append(command.order)
    return found


def light_matching_engine(work: Workload) -> tuple[float, int]:
    """Seconds that LightMatchingEngine took, and the lots that rest at the end."""
    engine = light.LightMatchingEngine()

    def act(command: Command) -> None:
        if isinstance(command, Place):
            side = _LIGHT_SIDES[command.side]
            engine.add_order(MARKET, command.ticks, command.lots, side)
        elif isinstance(command, Cancel):
            engine.cancel_order(command.order, MARKET)

    took = timed(act, work.setting, work.measured)
    book = engine.order_books[MARKET]
    levels = [*book.bids.values(), *book.asks.values()]
    return took, sum(order.leaves_qty for level in levels for order in level)


BASELINES: dict[str, Callable[[Workload], tuple[float, int]]] = {
    f"fastlob {version('fastlob')}": fastlob,
    f"LightMatchingEngine {version('lightmatchingengine')}": light_matching_engine,
}
