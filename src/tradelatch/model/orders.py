"""Orders and fills, in the words of the trade."""

import enum
from decimal import Decimal
from typing import TypeAlias

import msgspec

Number: TypeAlias = int | str
"""How an exchange numbers its orders and trades: most by texts."""
EXIT_MARK = "exit-"
"""A sell whose client order id starts so is an exit, as a stop-loss is: at the gate its loss draws
on E, and B never refuses it."""


class Side(enum.StrEnum):
    """Which way an order trades the base asset."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(enum.StrEnum):
    """How an order is priced, and what it waits for.

    A limit maker never takes; stop-loss and take-profit orders wait until the market trades at
    their stop price and become market orders then, the ``_LIMIT`` kinds limit orders.
    """

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    LIMIT_MAKER = "LIMIT_MAKER"
    STOP_LOSS = "STOP_LOSS"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"

    def __init__(self, word: str) -> None:
        self.waits = word.startswith(("STOP_LOSS", "TAKE_PROFIT"))
        """It stands in no book until the market has traded at its stop price."""
        self.is_stop_loss = word.startswith("STOP_LOSS")
        self.has_limit = word.startswith("LIMIT") or word.endswith("_LIMIT")


class TimeInForce(enum.StrEnum):
    """How long an order stands: until cancelled, immediate or cancel, fill or kill."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderStatus(enum.StrEnum):
    """What an exchange says of an order."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"
    """Self-trade prevention ended it."""
    REJECTED = "REJECTED"

    def __init__(self, word: str) -> None:
        self.is_final = word not in ("NEW", "PARTIALLY_FILLED")
        """No further fill can follow."""


class Fill(msgspec.Struct, frozen=True):
    """One execution. `price` is in quote per base, `fee` in units of `fee_asset`; `time_ms` is
    the exchange's."""

    trade_id: Number
    time_ms: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str


class OrderReport(msgspec.Struct, frozen=True):
    """What an exchange reports of one order on `symbol` (unified): its state and the fills the
    answer carries.

    `executed` is the base quantity filled so far; `fills` may cover less of it (an answer
    need not list them), the rest is asked for separately. `quantity` is what the order is for in
    all, in base; None where the answer does not tell.
    """

    symbol: str
    order_id: Number
    client_order_id: str
    status: OrderStatus
    executed: Decimal
    fills: tuple[Fill, ...] = ()
    side: Side | None = None
    """None where the answer does not tell."""
    created_ms: int = 0
    """When the exchange took it; 0 where the answer does not tell."""
    quantity: Decimal | None = None
