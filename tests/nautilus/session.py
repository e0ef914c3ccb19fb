"""A strategy in a live node of NautilusTrader: market data, orders of every kind that its Binance
Spot adapter sends, and one that the policy denies.

`settings` is what `client-config` prints, as a module. The last line written is JSON: what the
strategy was told of each of its orders, by name, and what it then owned.
"""

import json
from collections.abc import Callable, Generator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from nautilus_trader.model.currencies import BTC, ETH
from nautilus_trader.model.data import Bar, BarType, OrderBookDeltas, QuoteTick, TradeTick
from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.events import (
    OrderAccepted,
    OrderCanceled,
    OrderEvent,
    OrderRejected,
)
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Currency
from nautilus_trader.model.orders import Order
from nautilus_trader.trading.strategy import Strategy
from settings import node

MARKET = InstrumentId.from_str("ETHBTC.BINANCE")
BUY, SELL = OrderSide.BUY, OrderSide.SELL
DATA = (Bar, TradeTick, OrderBookDeltas, QuoteTick)
RESTART = Path("restart")
"""A file by which the signer is asked to be started again; it is gone when that is done."""
Steps = Generator[Callable[[object], bool], object, None]


def told(order: Order, wanted: type[OrderEvent]) -> Callable[[object], bool]:
    def is_told(news: object) -> bool:
        return isinstance(news, wanted) and news.client_order_id == order.client_order_id

    return is_told


class Session(Strategy):
    """One step after the other: each names the news that it waits for."""

    def on_start(self) -> None:
        self.events: dict[str, list[OrderEvent]] = {}
        self.names: dict[str, str] = {}
        self.data: set[type] = set()
        self.is_over = False
        self.market = self.cache.instrument(MARKET)
        self.steps = self.session()
        self.awaited = next(self.steps)
        self.subscribe_quote_ticks(MARKET)
        self.subscribe_trade_ticks(MARKET)
        self.subscribe_order_book_deltas(MARKET)
        since = self.clock.utc_now() - timedelta(hours=1)
        self.request_bars(BarType.from_str(f"{MARKET}-1-MINUTE-LAST-EXTERNAL"), since)

    def news(self, news: object) -> None:
        if not self.is_over and not self.steps.gi_running and self.awaited(news):
            try:
                self.awaited = self.steps.send(news)
            except StopIteration:
                self.is_over = True
                self.shutdown_system("the session is over")

    def on_data_of_any_kind(self, data: object) -> None:
        self.data |= {kind for kind in DATA if isinstance(data, kind)}
        self.news(data)

    on_quote_tick = on_trade_tick = on_data_of_any_kind
    on_order_book_deltas = on_historical_data = on_data_of_any_kind

    def on_order_event(self, event: OrderEvent) -> None:
        self.events.setdefault(self.names[event.client_order_id.value], []).append(event)
        self.news(event)

    def send(self, name: str, order: Order) -> Order:
        self.names[order.client_order_id.value] = name
        self.submit_order(order)
        return order

    def limit(self, side: OrderSide, quantity: str, price: Decimal, **more: object) -> Order:
        amounts = self.market.make_qty(quantity), self.market.make_price(price)
        return self.order_factory.limit(MARKET, side, *amounts, **more)

    def owned(self, asset: Currency) -> Decimal:
        return self.portfolio.account(MARKET.venue).balance_total(asset).as_decimal()

    def session(self) -> Steps:
        quote = yield lambda news: isinstance(news, QuoteTick)
        bid = quote.bid_price.as_decimal()

        order = self.send("cancelled", self.limit(BUY, "0.1", bid * Decimal("0.99")))
        yield told(order, OrderAccepted)
        self.cancel_order(order)
        yield told(order, OrderCanceled)

        order = self.send("kept", self.limit(BUY, "0.1", bid * Decimal("0.99")))
        yield told(order, OrderAccepted)
        RESTART.touch()
        yield lambda news: not RESTART.exists()
        self.cancel_order(order)
        yield told(order, OrderCanceled)

        # On Spot the adapter amends nothing: who moves an order cancels it and sends another.
        order = self.send("moved", self.limit(BUY, "0.1", bid * Decimal("0.98")))
        yield told(order, OrderAccepted)
        self.cancel_all_orders(MARKET)
        yield told(order, OrderCanceled)

        quantity = self.market.make_qty("0.5")
        order = self.send("bought", self.order_factory.market(MARKET, BUY, quantity))
        yield lambda news: self.owned(ETH) == Decimal("1000.4995") and order.is_closed

        price = bid * Decimal("0.99")
        order = self.send("sold", self.limit(SELL, "0.5", price, time_in_force=TimeInForce.IOC))
        yield lambda news: self.owned(ETH) == Decimal("999.9995") and order.is_closed

        prices = (self.market.make_price(bid * Decimal(share)) for share in ("0.975", "0.98"))
        stop = self.order_factory.stop_limit(MARKET, SELL, self.market.make_qty("0.3"), *prices)
        order = self.send("stop", stop)
        yield told(order, OrderAccepted)

        order = self.send("denied", self.limit(SELL, "1", bid * Decimal("0.5")))
        yield told(order, OrderRejected)

        maker = self.limit(BUY, "0.1", bid * Decimal("0.99"), post_only=True)
        order = self.send("after", maker)
        yield told(order, OrderAccepted)
        for order in self.cache.orders_open():
            self.cancel_order(order)
            yield told(order, OrderCanceled)

    def report(self) -> str:
        return json.dumps(
            {
                "over": self.is_over,
                "events": {n: [type(e).__name__ for e in es] for n, es in self.events.items()},
                "data": sorted(kind.__name__ for kind in self.data),
                "names": self.names,
                "reasons": [
                    event.reason
                    for events in self.events.values()
                    for event in events
                    if isinstance(event, OrderRejected)
                ],
                "balances": {str(asset): str(self.owned(asset)) for asset in (BTC, ETH)},
            }
        )


session = Session()
node.trader.add_strategy(session)
node.build()
try:
    node.run()
    print("\n" + session.report())
finally:
    node.dispose()
