"""The plan in vectorbt, in its own environment: ``python vectorbt_dca.py PLAN``. Its portfolio
takes one order a candle from a function that is compiled; when a resting order is filled, and
where, is for that function to say, and is told here as Tradelatch does it."""

import math

import numpy
import pandas
import vectorbt
from numba import njit
from plan import Deal, Laps, asked, tell
from vectorbt.portfolio.enums import Direction
from vectorbt.portfolio.nb import order_nb, order_nothing_nb

PLAN = asked()
TICK, LOT, FEE = PLAN.tick, PLAN.lot, PLAN.fee
BASE_VOLUME, SAFETY_VOLUME, FACTOR = PLAN.base_volume, PLAN.safety_volume, PLAN.volume_factor
SAFETY_ORDERS, STEP, TAKE_PROFIT = PLAN.safety_orders, PLAN.step, PLAN.take_profit
BUYS, FIRST, PAID, HELD, NEXT, NEXT_AMOUNT, TARGET, IS_NEW = range(8)
"""What is known of the deal: buys, the base order's price with its fee, quote paid, base held, the
next safety order, the take profit, and whether both arrive only now."""


@njit
def down(amount, step):
    return math.floor(amount / step + 1e-6) * step


@njit
def up(amount, step):
    return math.ceil(amount / step - 1e-6) * step


@njit
def order_of(c, opens, highs, lows, closes, deal):
    """The one order of a candle."""
    i = c.i
    if i == 0:
        return order_nothing_nb()
    if deal[BUYS] == 0:
        return buy(deal, up(BASE_VOLUME / closes[i - 1], LOT), opens[i])
    is_new, deal[IS_NEW] = deal[IS_NEW], 0
    if deal[TARGET] <= opens[i]:
        return sell(deal, opens[i] if is_new else deal[TARGET])
    if deal[BUYS] <= SAFETY_ORDERS and lows[i] <= deal[NEXT]:
        price = min(opens[i], deal[NEXT]) if is_new else deal[NEXT]
        return buy(deal, deal[NEXT_AMOUNT], price)
    if highs[i] >= deal[TARGET]:
        return sell(deal, deal[TARGET])
    return order_nothing_nb()


@njit
def buy(deal, amount, price):
    if deal[BUYS] == 0:
        deal[FIRST] = price * (1 + FEE)
    deal[BUYS] += 1
    deal[PAID] += amount * price * (1 + FEE)
    deal[HELD] += amount
    number = deal[BUYS]
    deal[NEXT] = down(deal[FIRST] * (1 - STEP * number / 100), TICK)
    deal[NEXT_AMOUNT] = up(SAFETY_VOLUME * FACTOR ** (number - 1) / deal[NEXT], LOT)
    deal[TARGET] = up(deal[PAID] / deal[HELD] * (1 + TAKE_PROFIT / 100) / (1 - FEE), TICK)
    deal[IS_NEW] = 1
    return order_nb(size=amount, price=price, fees=FEE, direction=Direction.LongOnly)


@njit
def sell(deal, price):
    amount = deal[HELD]
    deal[:] = 0
    return order_nb(size=-amount, price=price, fees=FEE, direction=Direction.LongOnly)


def main() -> None:
    """Run the plan, after a short run in which everything is compiled."""
    laps = Laps()
    table = pandas.read_csv(PLAN.candles)
    load_s = laps.lap()
    run(table[:100])
    laps.lap()
    orders = run(table)
    tell(load_s, laps.lap(), deals(table["time"].to_numpy(), orders))


def run(table: pandas.DataFrame) -> pandas.DataFrame:
    """The records of its orders."""
    columns = [table[name].to_numpy() for name in ("open", "high", "low", "close")]
    portfolio = vectorbt.Portfolio.from_order_func(
        table["close"], order_of, *columns, numpy.zeros(8), init_cash=PLAN.cash, freq="1min"
    )
    return portfolio.orders.records


def deals(times: numpy.ndarray, orders: pandas.DataFrame) -> list[Deal]:
    """From one sale to the next."""
    found, buys, paid, first = [], 0, 0.0, 0
    for row in orders.itertuples():
        if row.side == 0:
            first = first if buys else row.idx
            buys, paid = buys + 1, paid + row.size * row.price + row.fees
        else:
            profit = row.size * row.price - row.fees - paid
            found.append(Deal(int(times[first]), int(times[row.idx]), buys, profit))
            buys, paid = 0, 0.0
    return found


if __name__ == "__main__":
    main()
