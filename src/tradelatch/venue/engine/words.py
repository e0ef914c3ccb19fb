"""The words that every order is compared with, under names of their own: Python 3.11 looks a
member up in its enumeration by a call, and such look-ups were an eighth of the engine's work."""

from typing import Final

from tradelatch.model.orders import OrderStatus, OrderType, Side, TimeInForce

BUY: Final = Side.BUY
LIMIT_MAKER: Final = OrderType.LIMIT_MAKER
GTC: Final = TimeInForce.GTC
FOK: Final = TimeInForce.FOK
NEW: Final = OrderStatus.NEW
PARTIALLY_FILLED: Final = OrderStatus.PARTIALLY_FILLED
FILLED: Final = OrderStatus.FILLED
CANCELED: Final = OrderStatus.CANCELED
EXPIRED: Final = OrderStatus.EXPIRED
EXPIRED_IN_MATCH: Final = OrderStatus.EXPIRED_IN_MATCH
