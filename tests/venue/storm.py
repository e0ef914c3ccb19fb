"""Seeded commands of every kind, dense enough that orders meet, stops go off and lists engage."""

import random
from collections.abc import Iterator

from tests.venue.floor import TRADERS, Floor
from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.engine.commands import (
    Amend,
    Cancel,
    CancelAll,
    CancelList,
    Command,
    Place,
    PlaceList,
)
from tradelatch.venue.engine.order import PRICED, STOPS, SelfTradePrevention
from tradelatch.venue.engine.refusal import Refused

MARKET = "FINEBTC"
_MIDDLE, _REACH = 7_000, 12
_PROFITS = (OrderType.LIMIT_MAKER, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT)
_LOSSES = (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)


class Storm:
    """Makes commands that suit what a floor looks like at the moment."""

    def __init__(self, seed: int, floor: Floor) -> None:
        self._random = random.Random(seed)
        self._floor = floor

    def commands(self, count: int) -> Iterator[Command]:
        """That many, each made only when it is asked for; many will be refused."""
        makers = (self._limit, self._limit, self._limit, self._market, self._stop, self._list)
        for _ in range(count):
            self._floor.now += self._random.choice((0, 0, 1, 1_000, 100_000))
            draw = self._random.random()
            if draw < 0.2:
                yield self._cancel()
            elif draw < 0.3:
                yield self._amend()
            else:
                yield self._random.choice(makers)()

    def rage(self, count: int) -> Iterator[Command]:
        """Carry them out; gives those that were accepted."""
        for command in self.commands(count):
            try:
                self._floor.do(command)
            except Refused:
                continue
            yield command

    def _price(self) -> int:
        last = self._floor.engine.markets[MARKET].last or _MIDDLE
        return max(1, last + self._random.randint(-_REACH, _REACH))

    def _place(self, kind: OrderType, account: str, side: Side, lots: int) -> Place:
        return Place(
            self._floor.now,
            account,
            MARKET,
            side,
            kind,
            lots=lots,
            ticks=self._price() if kind in PRICED else 0,
            stop_ticks=self._price() if kind in STOPS else 0,
            tif=self._random.choice((TimeInForce.GTC, *TimeInForce)),
            prevention=self._random.choice(list(SelfTradePrevention)),
            quote_fee=self._random.random() < 0.5,
        )

    def _draw(self) -> tuple[str, Side, int]:
        lots = self._random.choice((self._random.randint(1, 40), self._random.randint(1, 10**6)))
        return self._random.choice(TRADERS), self._random.choice(list(Side)), lots

    def _limit(self) -> Command:
        kind = self._random.choice((OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT_MAKER))
        return self._place(kind, *self._draw())

    def _market(self) -> Command:
        account, side, lots = self._draw()
        if self._random.random() < 0.5:
            return self._place(OrderType.MARKET, account, side, lots)
        quote = self._random.randint(1, 10**9)
        return Place(self._floor.now, account, MARKET, side, OrderType.MARKET, quote=quote)

    def _stop(self) -> Command:
        return self._place(self._random.choice(sorted(STOPS)), *self._draw())

    def _list(self) -> Command:
        account, side, lots = self._draw()
        legs = tuple(
            self._place(self._random.choice(kinds), account, side, lots)
            for kinds in (_PROFITS, _LOSSES)
        )
        return PlaceList(self._floor.now, account, MARKET, (legs[0], legs[1]))

    def _amend(self) -> Command:
        """To less as a rule; now and then to no less, or to less than is filled."""
        name = self._random.choice(TRADERS)
        present = list(self._floor.engine.accounts[name].open_in(MARKET).values())
        if not present:
            return self._cancel()
        order = self._random.choice(present)
        lots = self._random.randint(0, order.lots + 1)
        client_id = self._random.choice((order.client_id, f"{self._random.randint(0, 99)}"))
        return Amend(self._floor.now, name, MARKET, order.id, lots, client_id)

    def _cancel(self) -> Command:
        name, now = self._random.choice(TRADERS), self._floor.now
        account = self._floor.engine.accounts[name]
        if self._random.random() < 0.1:
            return CancelAll(now, name, MARKET)
        if account.lists and self._random.random() < 0.3:
            return CancelList(now, name, MARKET, self._random.choice(list(account.lists)))
        present = list(account.open_in(MARKET)) or [1]
        return Cancel(now, name, MARKET, self._random.choice(present))
