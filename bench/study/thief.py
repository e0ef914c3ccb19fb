"""Two thieves as pure replays on tapes: one trades against himself with the victim's account, the
other first pushes the price that the victim is judged by."""

from decimal import Decimal
from typing import NamedTuple

from bench.study.bots import EXIT
from bench.study.days import figures
from bench.study.desk import Desk
from bench.study.tape import DAY_MS, MINUTE_MS, Tape, Trade
from tradelatch.model.money import ZERO, round_down, round_up
from tradelatch.model.orders import Side
from tradelatch.policy.references import DEEP_ADV

ROUNDS = 200
PUSHES = tuple(map(Decimal, ("0.05", "0.10", "0.20")))
_MARGIN = Decimal("0.8")
"""The account is so much smaller than a deep market allows: a push makes it worth more."""
_LEAST = Decimal("0.001")
"""A thief stops at orders of this share of the account."""


class Take(NamedTuple):
    """What the victim lost as shares of the account: at the five-minute median before anything
    was pushed, and with what the thief sold him in a thin market counted as worthless; and orders
    tried."""

    tape: str
    at_market: float
    worthless: float
    orders: int


class Terms(NamedTuple):
    """The policy a thief meets; amounts as shares of the account."""

    depth: str
    collar: Decimal
    drift: Decimal = Decimal("0.05")
    budget: Decimal = Decimal("0.005")
    allocation: Decimal = ZERO
    exit_budget: Decimal = Decimal("0.01")

    def text(self, symbol: str, worth: Decimal) -> str:
        """The policy of an account worth so much."""
        return f"""
version = 1
unit = "BTC"
budget = "{self.budget * worth}"
allocation = "{self.allocation * worth}"
exit_budget = "{self.exit_budget * worth}"
[markets."{symbol}"]
depth = "{self.depth}"
collar = "{self.collar}"
drift_1h = "{self.drift}"
drift_24h = "{3 * self.drift}"
"""


def contra(tape: Tape, at_ms: int, terms: Terms, shown: Tape | None = None) -> Take | None:
    """Buy from the thief at the collar, sell back to him at the other collar, again and again,
    then dump what is left to him as exits; None where the market could not be deep.

    In a thin market what was bought stays with the victim (exit liquidity), and where the thief
    has pushed what is `shown`, too.
    """
    known = figures(tape, at_ms)
    if known is None or known[0] <= 0 or known[1] > Decimal("0.1"):
        return None
    worth = known[0] / DEEP_ADV * _MARGIN
    unpushed = Desk(tape, terms.text(tape.market.symbol, worth), {"BTC": worth}, at_ms)
    reference = unpushed.reference(Side.BUY)
    if reference is None:
        return None
    fair = reference.present
    half = round_down(worth / 2 / fair, tape.market.lot)
    held = {"BTC": worth - half * fair, tape.market.base: half}
    desk = Desk(shown or tape, terms.text(tape.market.symbol, worth), held, at_ms)
    before = desk.account.losses.holdings()
    keeps = shown or terms.depth == "thin"
    for _ in range(ROUNDS):
        bought = _trade(desk, Side.BUY, worth)
        sold = ZERO if keeps else _trade(desk, Side.SELL, worth)
        if not bought and not sold:
            break
    if not keeps:
        while _trade(desk, Side.SELL, worth, EXIT):
            pass
    after = desk.account.losses.holdings()
    cash = before["BTC"] - after["BTC"]
    coins = after.get(tape.market.base, ZERO) - half
    return Take(
        tape.name,
        float((cash - coins * fair) / worth),
        float((cash - min(coins, ZERO) * fair) / worth),
        desk.placed,
    )


def _trade(desk: Desk, side: Side, worth: Decimal, mark: str = "") -> Decimal:
    """The largest order at the worst limit that the rules let through, by halving, filled by the
    thief; how much it was."""
    reference, market = desk.reference(side), desk.tape.market
    if reference is None:
        return ZERO
    collar = desk.account.policy.markets[desk.symbol].collar
    if side is Side.BUY:
        price = round_down(reference.price * (1 + collar), market.tick)
        most = desk.account.losses.holdings()["BTC"] / price
    else:
        worst = (reference.present if mark else reference.price) * (1 - collar)
        price = round_up(worst, market.tick)
        most = desk.account.losses.held(market.base)
    quantity = round_down(most, market.lot)
    while quantity * price > _LEAST * worth:
        order = desk.place(side, quantity, price, mark)
        if order:
            desk.fill(order.id, quantity, price)
            return quantity
        quantity = round_down(quantity / 2, market.lot)
    return ZERO


def pushed(tape: Tape, at_ms: int, push: Decimal) -> Tape:
    """The tape with wash trades on both sides in the three minutes before `at_ms`, each of a
    hundredth of a day's trade, at a price pushed by a fraction."""
    days = [day.turnover for day in tape.days if day.open_ms < at_ms]
    known = tape.between(at_ms - 40 * DAY_MS, at_ms)
    last = at_ms // MINUTE_MS * MINUTE_MS
    price = known[-1].price * (1 + push)
    quantity = sum(days, ZERO) / len(days) / 100 / price
    wash = [
        Trade(last - minute * MINUTE_MS + MINUTE_MS // 2, bought, price, quantity)
        for minute in (3, 2, 1)
        for bought in (True, False)
    ]
    trades = sorted([*known, *wash], key=lambda trade: trade.time_ms)
    return Tape(tape.name, tape.market, trades, tape.pump_ms)
