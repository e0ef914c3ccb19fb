"""A bot whose exchange is the test: it says what happens, and sees what is sent and stored."""

from decimal import Decimal
from typing import Any

import msgspec

from tradelatch.bots.bot import Bot
from tradelatch.bots.deals import Deal
from tradelatch.bots.desk import Batch, Cancel, Desk, Note, Place
from tradelatch.bots.events import Bar, Event, Price, Report, Traded
from tradelatch.bots.orders import Fill, Order, OrderState
from tradelatch.bots.strategy import Settings, Strategy
from tradelatch.model.markets import Candle, Market
from tradelatch.model.orders import Side

D = Decimal
ETH = Market("ETH", "USDT", D("0.01"), D("0.0001"), D(5))
XRP = Market("XRP", "USDT", D("0.0001"), D("0.1"), D(5))


class Rows:
    """What is stored of a bot, as bytes: nothing in it changes but by being saved again."""

    def __init__(self) -> None:
        self.deals: dict[int, bytes] = {}
        self.orders: dict[str, bytes] = {}
        self.trades: dict[str, set[str]] = {}
        self.memory = b"{}"

    def save(self, bot: Bot, batch: Batch) -> None:
        for deal in batch.deals:
            self.deals[deal.number] = msgspec.json.encode(deal)
        for order in batch.orders:
            self.orders[order.client_id] = msgspec.json.encode(order)
        for order, fill in batch.fills:
            self.trades.setdefault(order.client_id, set()).add(fill.trade_id)
        self.memory = bot.memory() or self.memory

    def restored(self, kind: type[Strategy[Any]], old: Bot, desk: Desk, settings: Settings) -> Bot:
        """A new bot at a new desk that goes on; bars and the owner's stop come from elsewhere."""
        deals = [msgspec.json.decode(row, type=Deal) for row in self.deals.values()]
        orders = [msgspec.json.decode(row, type=Order) for row in self.orders.values()]
        live = [(one, self.trades.get(one.client_id, set())) for one in orders if not one.is_over]
        desk.adopt([deal for deal in deals if deal.is_open], live)
        desk.next_deal = max(self.deals, default=0) + 1
        desk.bars = {key: list(bars) for key, bars in old.desk.bars.items()}
        memory = msgspec.json.decode(self.memory, type=kind.memory_type)
        bot = Bot(old.name, kind(desk, old.strategy.symbols, settings, memory))
        bot.strategy.is_stopping = old.strategy.is_stopping
        return bot


class Hand:
    """Deals by hand. Fees are taken of what is received, at 0.1 %."""

    def __init__(
        self,
        kind: type[Strategy[Any]],
        settings: Settings,
        price: str,
        markets: tuple[Market, ...] = (ETH,),
    ) -> None:
        self.kind, self.settings = kind, settings
        self.markets = {market.symbol: market for market in markets}
        self.now_ms, self.number = 1_000_000, 0
        self.prices = {symbol: D(price) for symbol in self.markets}
        self.rows = Rows()
        self.notes: list[Note] = []
        self.placed: list[Order] = []
        self.cancels: list[Order] = []
        strategy = kind(self._desk(), tuple(self.markets), settings, kind.memory_type())
        self.bot = Bot("bot", strategy)
        self.bot.start()
        self.take()

    def _desk(self) -> Desk:
        return Desk(self.markets, D("0.001"), lambda: self.now_ms, self._id, self.prices.get)

    def _id(self) -> str:
        self.number += 1
        return f"o-{self.number}"

    def restart(self, settings: Settings | None = None) -> None:
        """Nothing but what is stored is known afterwards."""
        self.settings = settings or self.settings
        self.bot = self.rows.restored(self.kind, self.bot, self._desk(), self.settings)
        self.bot.start()
        self.take()

    def take(self) -> Batch:
        batch = self.bot.desk.take()
        self.rows.save(self.bot, batch)
        self.notes += batch.notes
        self.placed += [one.order for one in batch.commands if isinstance(one, Place)]
        self.cancels += [one.order for one in batch.commands if isinstance(one, Cancel)]
        return batch

    # What happens.

    def tell(self, event: Event) -> None:
        self.bot.handle(event)
        self.take()

    def at(self, price: str, symbol: str = "ETH/USDT") -> None:
        """The market trades there."""
        self.prices[symbol] = D(price)
        self.tell(Price(symbol, D(price)))

    def later(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)
        self.bot.due(self.now_ms)
        self.take()

    def bar(self, close: str, symbol: str = "ETH/USDT", minutes: int = 60) -> None:
        """One closes now."""
        length, price = minutes * 60_000, D(close)
        self.now_ms += length
        candle = Candle(self.now_ms - length, price, price, price, price, D(1), price)
        self.prices[symbol] = price
        self.tell(Bar(symbol, length, candle))

    def accept(self, *tags: str) -> None:
        for tag in tags:
            self.tell(Report(self.live(tag).client_id, OrderState.OPEN))

    def fill(self, tag: str, quantity: str = "", price: str = "", symbol: str = "") -> None:
        """All of what is left of an order, or so much, at its price or another."""
        order = self.live(tag, symbol)
        much = D(quantity) if quantity else order.left
        at = D(price) if price else order.price or self.prices[order.symbol]
        base, quote = order.symbol.split("/")
        got = much if order.side is Side.BUY else much * at
        self.number += 1
        fee_asset = base if order.side is Side.BUY else quote
        trade = (at, much, got * D("0.001"), fee_asset, much * at)
        fill = Fill(f"t-{self.number}", self.now_ms, *trade)
        self.tell(Traded(order.client_id, fill))

    def cancelled(self, order: Order) -> None:
        self.tell(Report(order.client_id, OrderState.CANCELLED, order.filled))

    def all_cancelled(self) -> None:
        """Every cancel that was asked for has been carried out."""
        while asked := [one for one in self.bot.desk.live.values() if one.is_cancelling]:
            self.cancelled(asked[0])

    def denied(self, tag: str, reason: str = "over the budget") -> None:
        self.tell(Report(self.live(tag).client_id, OrderState.DENIED, reason=reason))

    # What is to be seen.

    def live(self, tag: str, symbol: str = "") -> Order:
        """The order of that tag."""
        orders = self.bot.desk.live.values()
        found = [one for one in orders if one.tag == tag and symbol in ("", one.symbol)]
        assert len(found) == 1, f"{tag}: {[one.tag for one in self.bot.desk.live.values()]}"
        return found[0]

    @property
    def book(self) -> dict[str, tuple[str, str]]:
        """What stands and is not being cancelled: price and quantity left, by tag."""
        return {
            one.tag: (f"{one.price}", f"{one.left}")
            for one in self.bot.desk.live.values()
            if not one.is_cancelling
        }

    @property
    def deals(self) -> list[Deal]:
        """All that there were."""
        return [msgspec.json.decode(row, type=Deal) for row in self.rows.deals.values()]

    @property
    def states(self) -> list[str]:
        return [deal.state for deal in self.deals]

    def says(self, kind: str) -> list[str]:
        return [note.says for note in self.notes if note.kind == kind]
