"""Accounts: what they hold, which keys open them, which orders and trades they had."""

from collections.abc import Iterator, Mapping

import msgspec

from tradelatch.venue.engine.order import ListStatus, Order, OrderList, SelfTradePrevention

_NOTHING: Mapping[int, Order] = {}


class Balance:
    """Units of one asset: `free` to be used, `locked` in open orders."""

    __slots__ = ("free", "locked")

    def __init__(self) -> None:
        self.free = 0
        self.locked = 0

    @property
    def total(self) -> int:
        """Free and locked together."""
        return self.free + self.locked


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One execution between two orders. Fees in units of what each side received, the buyer's in
    quote units where it says so; `quote` is what was paid, in quote units."""

    id: int
    market: str
    at: int
    ticks: int
    lots: int
    quote: int
    taker_bought: bool
    buyer: str
    seller: str
    buy_order: int
    sell_order: int
    buyer_fee: int
    seller_fee: int
    buyer_fee_in_quote: bool = False


class PreventedMatch(msgspec.Struct, frozen=True, gc=False):
    """Two orders of one account that would have met, and did not: `prevented` are the lots that
    the taker still wanted, or the maker still offered, where that one was ended (else zero)."""

    id: int
    market: str
    at: int
    ticks: int
    taker_order: int
    maker_order: int
    mode: SelfTradePrevention
    taker_prevented: int
    maker_prevented: int


class Amendment(msgspec.Struct, frozen=True, gc=False):
    """An order's quantity was lowered by the `command` of that number, and the order renamed."""

    command: int
    market: str
    at: int
    order: int
    old_lots: int
    lots: int
    old_client_id: str
    client_id: str


class Transfer(msgspec.Struct, frozen=True):
    """A deposit, a withdrawal or a transfer. `amount` in units; `address` is empty for deposits
    from outside; `other` is the account on the other side where that is one of this venue."""

    id: str
    at: int
    asset: str
    amount: int
    address: str = ""
    network: str = ""
    reference: str = ""
    other: str = ""


class Account:
    """One customer, or one of the venue's own agents (`house`)."""

    def __init__(
        self,
        name: str,
        owner: str,
        uid: int,
        house: bool,
        maker_fee: int | None,
        taker_fee: int | None,
    ) -> None:
        self.name = name
        self.owner = owner
        self.uid = uid
        self.house = house
        self.maker_fee = maker_fee
        self.taker_fee = taker_fee
        self.balances: dict[str, Balance] = {}
        self.open: dict[str, dict[int, Order]] = {}
        """Open orders by market and id."""
        self.orders: dict[int, Order] = {}
        self.by_client_id: dict[tuple[str, str], Order] = {}
        self.lists: dict[int, OrderList] = {}
        self.prevented: list[PreventedMatch] = []
        self.amendments: list[Amendment] = []
        self.trades: list[tuple[Trade, bool]] = []
        """Each with whether this account was the buyer; house accounts keep none."""
        self.deposits: list[Transfer] = []
        self.withdrawals: list[Transfer] = []
        self.transfers: list[Transfer] = []
        """To and from other accounts of the owner; what left is negative."""
        self.updated = 0
        self.frozen = False
        """Cancel-only."""

    def balance(self, asset: str) -> Balance:
        """The balance of one asset, empty if there never was any."""
        found = self.balances.get(asset)
        if found is None:
            found = self.balances[asset] = Balance()
        return found

    def open_in(self, market: str) -> Mapping[int, Order]:
        """Open orders of one market, by id."""
        return self.open.get(market, _NOTHING)

    def open_orders(self) -> Iterator[Order]:
        """Open orders of all markets."""
        return (order for orders in self.open.values() for order in orders.values())

    def open_lists(self) -> list[OrderList]:
        """Order lists at work, of all markets. They are found by their open orders, of which
        there are few however many lists there were."""
        found = (order.list for order in self.open_orders() if order.list is not None)
        at_work = {one.id: one for one in found if one.status is ListStatus.EXECUTING}
        return [at_work[number] for number in sorted(at_work)]
