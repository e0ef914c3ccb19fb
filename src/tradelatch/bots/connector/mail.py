"""What streams tell on its way to the bots: of prices only the last, of orders and fills all."""

import asyncio
from collections import deque

from tradelatch.bots.events import Book, Price, Report, Traded
from tradelatch.bots.port import Heard

News = Price | Book | Report | Traded


class Mail:
    """Prices that were not fetched yet give way to later ones of the same market, so that what
    waits is bounded by the number of markets and of orders' own events."""

    def __init__(self) -> None:
        self._prices: dict[tuple[type, str], Price | Book] = {}
        self._orders: deque[Report | Traded] = deque()
        self._woken = asyncio.Event()

    def put(self, news: News) -> None:
        """Never waits."""
        if isinstance(news, Price | Book):
            self._prices[type(news), news.symbol] = news
        else:
            self._orders.append(news)
        self._woken.set()

    async def deliver(self, hear: Heard) -> None:
        """Tell everything, orders and fills first, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._orders:
                hear(self._orders.popleft())
            prices, self._prices = self._prices, {}
            for news in prices.values():
                hear(news)
            await asyncio.sleep(0)
