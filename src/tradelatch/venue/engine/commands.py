"""Everything that can change the venue, as it stands in the command log.

Each command carries its time (`at`, ms since 1970), so that replaying the log is deterministic.
Amounts are in units of 1e-8, prices in ticks, quantities in lots.
"""

from typing import TypeAlias

import msgspec

from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.engine.api_keys import KeyRules, Right
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.order import SelfTradePrevention


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
    """Open an account of an `owner` (empty: of its own name). A house account belongs to the
    venue's own agents: exempt from price bands and least notional, and without a history of its
    orders. Fees of None are the market's."""

    account: str
    house: bool = False
    maker_fee: int | None = None
    taker_fee: int | None = None
    owner: str = ""


class FreezeAccount(_Command, frozen=True, tag="freeze"):
    """Make an account cancel-only, or thaw it."""

    account: str
    frozen: bool


class IssueKey(_Command, frozen=True, tag="key"):
    """Give an account an API key: HMAC with a `secret`, or with a `public` key, Ed25519 (raw, in
    hex) or P-256 (compressed point, in hex). `addresses` are IP addresses and networks,
    `third_party` whom the customer gave the key to, `expires` when it ends (ms; 0: never),
    `passphrase` what it asks for beside a signature by its secret."""

    account: str
    key: str
    rights: tuple[Right, ...]
    secret: str = ""
    public: str = ""
    addresses: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    label: str = ""
    third_party: str = ""
    expires: int = 0
    passphrase: str = ""


class SetKeyRules(_Command, frozen=True, tag="key-rules"):
    """Change what the exchange does about keys."""

    rules: KeyRules


class NoteUse(_Command, frozen=True, tag="key-used"):
    """A key was used; recorded once in a while."""

    key: str


class NoteLapse(_Command, frozen=True, tag="key-lapsed"):
    """By its age, idleness or expiry a key may do less from now on."""

    key: str


class RevokeKeys(_Command, frozen=True, tag="revoke"):
    """Switch off one key, or every key that was given to one third party."""

    key: str = ""
    third_party: str = ""


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


class TransferFunds(_Command, frozen=True, tag="transfer"):
    """Money moves between two accounts of one owner."""

    account: str
    to: str
    asset: str
    amount: int


class Place(_Command, frozen=True, tag="place"):
    """A new order: those with a limit price with `ticks`, `lots` and `tif`; market orders with
    either `lots` or `quote`, the quote units to spend or receive; stops with `stop_ticks`.
    `strategy` is the customer's own mark (id and type), told back and nothing else. With
    `quote_fee` a buy is charged its fee in quote, on top of what it pays; else a fee is taken from
    what is received. The `quote` of a market order includes it."""

    account: str
    market: str
    side: Side
    type: OrderType
    lots: int = 0
    ticks: int = 0
    quote: int = 0
    tif: TimeInForce = TimeInForce.GTC
    client_id: str = ""
    stop_ticks: int = 0
    prevention: SelfTradePrevention = SelfTradePrevention.NONE
    strategy: tuple[int | None, int | None] | None = None
    quote_fee: bool = False


class PlaceList(_Command, frozen=True, tag="place-list"):
    """Two orders of one side and quantity, of which one cancels the other; `legs` are whole
    commands of their own. `client_id` is the list's."""

    account: str
    market: str
    legs: tuple[Place, Place]
    client_id: str = ""


class Cancel(_Command, frozen=True, tag="cancel"):
    """Take one open order out, and the other of its list with it. `client_id` is the
    cancellation's own."""

    account: str
    market: str
    order: int
    client_id: str = ""


class CancelList(_Command, frozen=True, tag="cancel-list"):
    """Take all orders of an order list out."""

    account: str
    market: str
    order_list: int
    client_id: str = ""


class CancelAll(_Command, frozen=True, tag="cancel-all"):
    """Take all of an account's open orders of one market out of the book."""

    account: str
    market: str


class Amend(_Command, frozen=True, tag="amend"):
    """Lower the quantity of an open order, which keeps its place in the book; the orders of a list
    have one quantity. `client_id` is what the order is called from then on."""

    account: str
    market: str
    order: int
    lots: int
    client_id: str


class StandStill(_Command, frozen=True, tag="still"):
    """Stop (or let go on) the clock of the fair prices' walk."""

    still: bool


class NoteTime(_Command, frozen=True, tag="time"):
    """Time has passed. Recorded where the venue's time is ahead of the machine's, and nothing else
    would tell after a restart how far it had come."""


Command: TypeAlias = (
    Genesis
    | ListMarket
    | OpenAccount
    | FreezeAccount
    | IssueKey
    | SetKeyRules
    | NoteUse
    | NoteLapse
    | RevokeKeys
    | Deposit
    | Withdraw
    | TransferFunds
    | Place
    | PlaceList
    | Cancel
    | CancelList
    | CancelAll
    | Amend
    | StandStill
    | NoteTime
)
