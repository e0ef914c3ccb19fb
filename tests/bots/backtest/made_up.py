"""A result as a DCA bot might have it, made from a seeded random walk."""

import random
from array import array
from decimal import Decimal

import msgspec

from tradelatch.bots.backtest.result import (
    DealResult,
    FillResult,
    Gap,
    Reporting,
    Result,
    thin,
)
from tradelatch.bots.deals import Direction
from tradelatch.model.markets import Candle
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side
from tradelatch.tapes.candles import Candles

START_MS = 1_704_067_200_000
HOUR_MS = 3_600_000
CENT, LOT = Decimal("0.01"), Decimal("0.00001")
FEE, ONE = Decimal("0.001"), Decimal(1)


def made_up(days: int = 180, seed: int = 1, bot: str = "eth-dips") -> Result:
    """Deals one after another: a base order, safety orders 1.5 % apart, a take-profit of 2 % and a
    stop at 8 %."""
    candles = walk(days, seed)
    walker = _Walker()
    for candle in candles:
        walker.step(candle)
    end_ms = START_MS + days * 24 * HOUR_MS
    fees = sum((fill.fee for fill in walker.fills), ZERO)
    deals = tuple(walker.deals) + ((walker.result(None),) if walker.entries else ())
    return Result(
        bot=bot,
        kind="dca",
        settings={
            "pair": "ETH/USDT",
            "base_order": "200",
            "safety_orders": 4,
            "trailing": False,
            "take_profit": [{"percent": "2", "share": "100"}],
            "stop_loss_percent": "8",
        },
        symbols=("ETH/USDT",),
        start_ms=START_MS,
        end_ms=end_ms,
        quote="USDT",
        start_equity=Decimal(2000),
        equity=tuple(walker.equity),
        exposure_ms=walker.exposure_ms,
        deals=deals,
        fills=tuple(walker.fills),
        fees={"USDT": fees},
        assumptions=(
            "A limit order is filled at its price once a candle goes through it, not when it is "
            "only touched.",
            "Where a candle reaches the take-profit and the stop, the stop is taken.",
            "Orders arrive 250 ms after they are sent.",
        ),
        warnings=("The last deal is still open: it counts at the last price.",),
        candles={"ETH/USDT": thin(columns(candles), START_MS, end_ms)},
        gaps=(Gap("ETH/USDT", START_MS + 30 * HOUR_MS, START_MS + 33 * HOUR_MS),),
        reporting=Reporting("EUR", Decimal("0.91"), Decimal("0.93")),
    )


def walk(days: int, seed: int) -> list[Candle]:
    """Hourly candles of a price that wanders."""
    dice, price, candles = random.Random(seed), 2300.0, []
    for hour in range(days * 24):
        opened = price
        steps = [price := price * (1 + dice.gauss(0.00002, 0.0035)) for _ in range(4)]
        high, low = max(opened, *steps), min(opened, *steps)
        first, top, bottom, last = (Decimal(p).quantize(CENT) for p in (opened, high, low, price))
        time = START_MS + hour * HOUR_MS
        candles.append(Candle(time, first, top, bottom, last, volume=ONE, turnover=ONE))
    return candles


def columns(candles: list[Candle], interval_ms: int = HOUR_MS) -> Candles:
    """Candles with prices in whole cents as `Candles`, without their volumes."""

    def cents(name: str) -> "array[int]":
        return array("q", [int(getattr(candle, name) / CENT) for candle in candles])

    return Candles(
        symbol="ETH/USDT",
        interval_ms=interval_ms,
        price_unit=CENT,
        volume_unit=ONE,
        times=array("q", [candle.open_ms for candle in candles]),
        opens=cents("open"),
        highs=cents("high"),
        lows=cents("low"),
        closes=cents("close"),
        volumes=array("q", bytes(8 * len(candles))),
    )


class _Walker:
    """Goes through the candles and trades in them."""

    def __init__(self) -> None:
        self.cash = Decimal(2000)
        self.deals: list[DealResult] = []
        self.fills: list[FillResult] = []
        self.equity: list[tuple[int, Decimal]] = []
        self.exposure_ms = 0
        self.entries: list[tuple[Decimal, Decimal]] = []
        self.opened_ms = self.idle = 0
        self.price = ZERO

    @property
    def held(self) -> Decimal:
        return sum((quantity for _, quantity in self.entries), ZERO)

    @property
    def cost(self) -> Decimal:
        return sum((price * quantity for price, quantity in self.entries), ZERO)

    def step(self, candle: Candle) -> None:
        self.price = candle.close
        time = candle.open_ms + HOUR_MS
        if self.entries:
            self.exposure_ms += HOUR_MS
            self._within(candle)
        elif self.idle > 5:
            self.opened_ms, self.idle = time, 0
            self._buy(time, candle.close, Decimal(200), "base")
        else:
            self.idle += 1
        self.equity.append((time, self.cash + self.held * candle.close))

    def _within(self, candle: Candle) -> None:
        time = candle.open_ms + HOUR_MS // 2
        first = self.entries[0][0]
        while len(self.entries) < 5:
            price = (first * (1 - Decimal("0.015") * len(self.entries))).quantize(CENT)
            if candle.low > price:
                break
            self._buy(time, price, Decimal(100) * 2 ** (len(self.entries) - 1), "safety")
        stop = (first * Decimal("0.92")).quantize(CENT)
        target = (self.cost / self.held * Decimal("1.021")).quantize(CENT)
        if candle.low < stop:
            self._close(time, stop, "stop_loss_finished")
        elif candle.high > target:
            self._close(time, target, "completed")

    def _buy(self, time: int, price: Decimal, worth: Decimal, tag: str) -> None:
        quantity = (worth / price).quantize(LOT)
        self.entries.append((price, quantity))
        self._fill(time, Side.BUY, price, quantity, tag)

    def _close(self, time: int, price: Decimal, state: str) -> None:
        self._fill(time, Side.SELL, price, self.held, "exit")
        self.deals.append(self.result(price, time, state))
        self.entries = []

    def _fill(self, time: int, side: Side, price: Decimal, quantity: Decimal, tag: str) -> None:
        fee = price * quantity * FEE
        self.cash += (price * quantity if side is Side.SELL else -price * quantity) - fee
        deal = len(self.deals) + 1
        self.fills.append(
            FillResult(time, deal, "ETH/USDT", side, price, quantity, fee, "USDT", tag)
        )

    def result(
        self, price: Decimal | None, time: int | None = None, state: str = "bought"
    ) -> DealResult:
        worth = self.held * (price or self.price)
        fees = self.cost * FEE + (worth * FEE if price else ZERO)
        profit = worth - self.cost - fees
        return DealResult(
            number=len(self.deals) + 1,
            symbol="ETH/USDT",
            direction=Direction.LONG,
            state=state,
            opened_ms=self.opened_ms,
            closed_ms=time,
            entries=len(self.entries),
            bought=self.held,
            sold=self.held if price else ZERO,
            average_entry=self.cost / self.held,
            average_exit=price,
            cost=self.cost,
            profit=profit,
            profit_share=profit / self.cost,
            fees_value=fees,
        )


def empty() -> Result:
    """One in which nothing happened."""
    full = made_up(days=3)
    return msgspec.structs.replace(
        full, equity=(), deals=(), fills=(), fees={}, exposure_ms=0, candles={}, gaps=()
    )
