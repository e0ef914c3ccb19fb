"""What exports hold: trades, and movements of an account's balances."""

from decimal import Decimal

import msgspec

from tradelatch.exports.refusal import Rejected
from tradelatch.model.markets import split_symbol
from tradelatch.model.orders import Side


class Traded(msgspec.Struct, frozen=True):
    """One trade of an account.

    Attributes:
        time_ns: ns since 1970, UTC.
        symbol: ``BASE/QUOTE``.
        side: the account's.
        price, quantity: in quote, in base.
        fee: in `fee_asset`, zero or more.
        order: the order's id, where the export names it; `trade_id` the trade's.
        limit: the order's, where the export names it.
        amount: price * quantity in quote as the export states it, where it does.
        line: in the file, from 1.
        is_average: whether the row is, or may be, a whole order: then its price is an average of
            fills, and its time that of the order.
    """

    time_ns: int
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    order: str = ""
    limit: Decimal | None = None
    trade_id: str = ""
    amount: Decimal | None = None
    line: int = 0
    is_average: bool = False

    @property
    def fee_in_quote(self) -> Decimal | None:
        """The fee in the quote asset; None where it was paid in a third one."""
        base, quote = split_symbol(self.symbol)
        if self.fee_asset == quote:
            return self.fee
        return self.fee * self.price if self.fee_asset == base else None


class Moved(msgspec.Struct, frozen=True):
    """One line of an account's history: `change` of `asset`, negative if it left; `balance` after
    it where the export tells it; `kind` in the exchange's own word; `account` is its part (Spot,
    a portfolio)."""

    time_ns: int
    account: str
    kind: str
    asset: str
    change: Decimal
    balance: Decimal | None = None
    trade_id: str = ""
    line: int = 0


class Export(msgspec.Struct, frozen=True):
    """A file as it was read.

    Attributes:
        name: the file's.
        form: its kind, such as ``binance trades``; `exchange` is "" where that is not told.
        trades, movements: in the order of time; it holds one of them.
        rejected: the rows that are left out, with the reason.
        notes: what was recognised or repaired, a sentence each.
    """

    name: str
    form: str
    exchange: str
    trades: tuple[Traded, ...]
    movements: tuple[Moved, ...]
    rejected: tuple[Rejected, ...]
    notes: tuple[str, ...]
