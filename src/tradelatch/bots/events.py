"""What happens to a bot: prices, candles, and what the exchange says of its orders."""

from decimal import Decimal
from typing import TypeAlias

import msgspec

from tradelatch.bots.orders import Fill, OrderState
from tradelatch.model.markets import Candle, TopOfBook
from tradelatch.model.money import ZERO


class Bar(msgspec.Struct, frozen=True):
    """A candle that has closed; nobody hears of one before."""

    symbol: str
    interval_ms: int
    candle: Candle


class Price(msgspec.Struct, frozen=True):
    """The market has traded at this price (quote per base)."""

    symbol: str
    price: Decimal


class Book(msgspec.Struct, frozen=True):
    """The best prices have changed."""

    symbol: str
    top: TopOfBook


class Report(msgspec.Struct, frozen=True):
    """What is known of an order now: its state, never `PENDING`, and the base quantity that was
    filled in all. `reason` says why it was denied or ended, in one sentence, `rule` which rule of
    the gate's policy refused it, if one did."""

    client_id: str
    state: OrderState
    executed: Decimal = ZERO
    reason: str = ""
    rule: str = ""


class Traded(msgspec.Struct, frozen=True):
    """One of the bot's orders was filled, wholly or in part."""

    client_id: str
    fill: Fill


class Timer(msgspec.Struct, frozen=True):
    """A time that the strategy asked for has come."""

    name: str


Event: TypeAlias = Bar | Price | Book | Report | Traded | Timer
