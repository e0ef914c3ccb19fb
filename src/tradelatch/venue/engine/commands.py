"""Everything that can change the venue, as it stands in the command log.

Each command carries its time (`at`, ms since 1970), so that replaying the log is deterministic.
Amounts are in units of 1e-8, prices in ticks, quantities in lots.
"""

import enum
from typing import TypeAlias

import msgspec

from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.engine.listing import Listing


class Right(enum.StrEnum):
    """What an API key may do."""

    READ = "read"
    TRADE = "trade"
    WITHDRAW = "withdraw"


class _Command(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="do"):
    at: int


class Genesis(_Command, frozen=True, tag="genesis"):
    """The first record: the seed of everything generated; its time is the venue's epoch."""

    seed: int
    version: int = 1


class ListMarket(_Command, frozen=True, tag="list"):
    """Open a market."""

    listing: Listing


class OpenAccount(_Command, frozen=True, tag="account"):
    """Open an account. A house account belongs to the venue's own agents: exempt from price
    bands and least notional, and without a history of its orders. Fees of None are the
    market's."""

    account: str
    house: bool = False
    maker_fee: int | None = None
    taker_fee: int | None = None


class IssueKey(_Command, frozen=True, tag="key"):
    """Give an account an API key."""

    account: str
    key: str
    secret: str
    rights: tuple[Right, ...]


class Deposit(_Command, frozen=True, tag="deposit"):
    """Money arrives."""

    account: str
    asset: str
    amount: int


class Withdraw(_Command, frozen=True, tag="withdraw"):
    """Money leaves the venue for an address outside."""

    account: str
    asset: str
    amount: int
    address: str
    network: str = ""
    reference: str = ""


class Place(_Command, frozen=True, tag="place"):
    """A new order: limit orders with `ticks`, `lots` and `tif`; market orders with either
    `lots` or `quote`, the quote units to spend or receive."""

    account: str
    market: str
    side: Side
    type: OrderType
    lots: int = 0
    ticks: int = 0
    quote: int = 0
    tif: TimeInForce = TimeInForce.GTC
    client_id: str = ""


class Cancel(_Command, frozen=True, tag="cancel"):
    """Take one open order out of the book."""

    account: str
    market: str
    order: int


class CancelAll(_Command, frozen=True, tag="cancel-all"):
    """Take all of an account's open orders of one market out of the book."""

    account: str
    market: str


class StandStill(_Command, frozen=True, tag="still"):
    """Stop (or let go on) the clock of the fair prices' walk."""

    still: bool


Command: TypeAlias = (
    Genesis
    | ListMarket
    | OpenAccount
    | IssueKey
    | Deposit
    | Withdraw
    | Place
    | Cancel
    | CancelAll
    | StandStill
)
