"""hummingbot's Binance connector, unmodified, trades a whole session in the market ETH/BTC.

It runs in hummingbot's environment, beside a `settings.py` that holds what `client-config` prints.
The connector is driven as hummingbot drives it: by a clock, within its application, and it tells by
events. Prints what was refused, as JSON.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hummingbot.client.config.client_config_map import ClientConfigMap
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.exchange.binance.binance_exchange import BinanceExchange
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.event.event_logger import EventLogger
from hummingbot.core.event.events import (
    BuyOrderCompletedEvent,
    BuyOrderCreatedEvent,
    MarketEvent,
    MarketOrderFailureEvent,
    OrderCancelledEvent,
    OrderFilledEvent,
    SellOrderCompletedEvent,
)
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.core.rate_oracle.sources.binance_rate_source import (
    BinanceRateSource,
)
from hummingbot.user.user_balances import UserBalances
from settings import keys

PAIR, BASE, QUOTE = "ETH-BTC", "ETH", "BTC"
AT_FIRST = Decimal(1_000)
FEE = Decimal("0.001")
PATIENCE = 30
"""Seconds to wait for what comes."""
QUIET = 15
"""Seconds in which nothing more may come; hummingbot's own loops turn every five."""


class Session:
    """The connector, and what it tells."""

    def __init__(self) -> None:
        self.connector = BinanceExchange(**keys, trading_pairs=[PAIR])
        self.logger = EventLogger()
        for tag in MarketEvent:
            self.connector.add_listener(tag, self.logger)

    def told(self, kind: type, order: str) -> list[Any]:
        """All events of one kind about an order."""
        events = self.logger.event_log
        return [event for event in events if isinstance(event, kind) and event.order_id == order]

    async def until_told(self, kind: type, order: str) -> Any:
        """The only event of one kind about an order."""
        await until(lambda: self.told(kind, order), f"{kind.__name__}: {self.logger.event_log}")
        (event,) = self.told(kind, order)
        return event

    def place(self, side: str, kind: OrderType, amount: str, price: Decimal | None = None) -> str:
        """Its client order id."""
        how = getattr(self.connector, side)
        return str(how(PAIR, Decimal(amount), kind, Decimal("NaN") if price is None else price))

    def balances(self) -> tuple[Decimal, ...]:
        """What there is of both assets, and what is free of it."""
        every = self.connector.get_all_balances()
        free = self.connector.available_balances
        return every[BASE], free[BASE], every[QUOTE], free[QUOTE]


async def until(holds: Callable[[], object], what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not in {PATIENCE} s: {what}"
        await asyncio.sleep(0.05)


async def connects() -> None:
    """Its application, which takes the connector's warnings, finds the keys good."""
    config = ClientConfigAdapter(ClientConfigMap())
    HummingbotApplication.main_application(config, headless_mode=True)
    balances = UserBalances.instance()
    assert await balances.add_exchange("binance", config, **keys) is None  # `connect binance`
    wrong = dict.fromkeys(keys, "wrong")
    assert "-2014" in (await balances.add_exchange("binance", config, **wrong) or "")


async def connected(session: Session) -> None:
    """It is connected and ready, with balances, rules and an order book."""
    connector = session.connector
    await until(lambda: connector.network_status is NetworkStatus.CONNECTED, "connected")
    await until(lambda: connector.ready, f"ready: {connector.status_dict}")
    assert connector.get_price(PAIR, True) > connector.get_price(PAIR, False) > 0
    assert session.balances() == (AT_FIRST,) * 4
    assert connector.trading_rules[PAIR].min_price_increment == Decimal("0.00001")
    rates = await BinanceRateSource().get_prices()  # hummingbot's own, without a key
    assert abs(rates[PAIR] / bid(session) - 1) < Decimal("0.01")


async def rest(session: Session) -> tuple[str, Decimal]:
    """An order that rests: its client order id, and its price."""
    price = session.connector.quantize_order_price(PAIR, bid(session) * Decimal("0.98"))
    order = session.place("buy", OrderType.LIMIT, "0.5", price)
    assert (await session.until_told(BuyOrderCreatedEvent, order)).exchange_order_id
    return order, price


async def rests_and_cancels(session: Session) -> None:
    """An order rests, in its order book too, what it holds is not free, and it is cancelled."""
    order, price = await rest(session)
    held = AT_FIRST - price / 2
    await until(lambda: session.balances() == (AT_FIRST,) * 3 + (held,), "it holds BTC")
    bids = session.connector.get_order_book(PAIR).bid_entries
    await until(lambda: any(row.price == float(price) for row in bids()), "the book holds it")
    session.connector.cancel(PAIR, order)
    await session.until_told(OrderCancelledEvent, order)
    await until(lambda: session.balances() == (AT_FIRST,) * 4, "all is free again")
    await until(lambda: all(row.price != float(price) for row in bids()), "the book does not")


async def comes_back(clock: Clock, before: Session) -> Session:
    """Started again, it hears by REST what became of an order while it was away."""
    order, _ = await rest(before)
    remembered = before.connector.tracking_states
    before.connector.cancel(PAIR, order)
    await before.until_told(OrderCancelledEvent, order)
    clock.remove_iterator(before.connector)
    session = Session()
    session.connector.restore_tracking_states(remembered)
    clock.add_iterator(session.connector)
    await connected(session)
    await session.until_told(OrderCancelledEvent, order)
    return session


async def fills(session: Session, side: str, done: type) -> None:
    """A market order is filled; fills, fees and balances are told to the last unit."""
    had = session.balances()
    order = session.place(side, OrderType.MARKET, "0.5")
    completed = await session.until_told(done, order)
    filled: list[OrderFilledEvent] = session.told(OrderFilledEvent, order)
    amount = sum((event.amount for event in filled), Decimal(0))
    value = sum((event.amount * event.price for event in filled), Decimal(0))
    assert (amount, value) == (Decimal("0.5"), completed.quote_asset_amount)
    fees = [fee for event in filled for fee in event.trade_fee.flat_fees]
    assert {fee.token for fee in fees} == {BASE if side == "buy" else QUOTE}
    fee = sum((fee.amount for fee in fees), Decimal(0))
    assert abs(fee / (amount if side == "buy" else value) - FEE) < Decimal("1e-5")
    base, quote = (amount - fee, -value) if side == "buy" else (-amount, value - fee)
    has = (had[0] + base, had[1] + base, had[2] + quote, had[3] + quote)
    await until(lambda: session.balances() == has, f"{has}, not {session.balances()}")


async def by_its_stream_alone(session: Session) -> None:
    """With its polling off, nothing but the user stream tells of an order."""
    polling = session.connector._status_polling_task
    polling.cancel()
    await asyncio.wait([polling])
    await fills(session, "sell", SellOrderCompletedEvent)


async def denied(session: Session) -> dict[str, str]:
    """An order far below the market fails once, and is not placed again."""
    had = session.balances()
    order = session.place("sell", OrderType.LIMIT, "1", bid(session) / 2)
    failure = await session.until_told(MarketOrderFailureEvent, order)
    await asyncio.sleep(QUIET)
    about = [event for event in session.logger.event_log if event.order_id == order]
    assert about == [failure], about
    assert not session.connector.in_flight_orders
    assert session.balances() == had
    return {"id": order, "message": failure.error_message}


def bid(session: Session) -> Decimal:
    """The best bid."""
    return session.connector.get_price(PAIR, False)


async def main() -> None:
    """One session."""
    await connects()
    session = Session()
    with Clock(ClockMode.REALTIME, tick_size=0.5) as clock:
        clock.add_iterator(session.connector)
        ticking = asyncio.create_task(clock.run())
        try:
            await connected(session)
            await rests_and_cancels(session)
            session = await comes_back(clock, session)
            await fills(session, "buy", BuyOrderCompletedEvent)
            await by_its_stream_alone(session)
            refused = await denied(session)
        finally:
            ticking.cancel()
            await asyncio.wait([ticking])
    await session.connector.stop_network()
    print(json.dumps({"denied": refused}))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    asyncio.run(main())
