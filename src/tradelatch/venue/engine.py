"""The exchange as a pure state machine: commands in, events out, no I/O, time handed in.

A command that is refused has changed nothing and is not logged. Replaying the accepted ones in
order gives the same state, byte for byte (`state.dump`).
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from tradelatch.model.orders import OrderStatus, OrderType
from tradelatch.venue.accounts import Account, ApiKey, Trade, Transfer
from tradelatch.venue.book import Order
from tradelatch.venue.commands import (
    Cancel,
    CancelAll,
    Command,
    Deposit,
    Genesis,
    IssueKey,
    ListMarket,
    OpenAccount,
    Place,
    StandStill,
    Withdraw,
)
from tradelatch.venue.filters import check
from tradelatch.venue.matching import Matcher, check_funds, held
from tradelatch.venue.refusal import BAD_SYMBOL, UNKNOWN_ORDER, Refused, rejected
from tradelatch.venue.trading import Trading


class OrderChanged(msgspec.Struct, frozen=True):
    """An order was accepted, filled, cancelled or has expired; it shows its present state."""

    order: Order


class Traded(msgspec.Struct, frozen=True):
    """Two orders met."""

    trade: Trade


class Moved(msgspec.Struct, frozen=True):
    """Money arrived or left."""

    transfer: Transfer


Event: TypeAlias = OrderChanged | Traded | Moved


class Engine:
    """All markets and all accounts."""

    def __init__(self) -> None:
        self.now = 0
        self.genesis: Genesis | None = None
        self.markets: dict[str, Trading] = {}
        self.accounts: dict[str, Account] = {}
        self.keys: dict[str, ApiKey] = {}
        self.deposited: dict[str, int] = {}
        self.withdrawn: dict[str, int] = {}
        self.fees: dict[str, int] = {}
        self.next_order = 1
        self.applied = 0
        self._stood_ms = 0
        self._still_since: int | None = None
        self._matcher = Matcher(self.accounts, self.fees)
        self._handlers: dict[type, Callable[[Any], list[Event]]] = {
            Genesis: self._begin,
            ListMarket: self._list,
            OpenAccount: self._open_account,
            IssueKey: self._issue_key,
            Deposit: self._deposit,
            Withdraw: self._withdraw,
            Place: self._place,
            Cancel: self._cancel,
            CancelAll: self._cancel_all,
            StandStill: self._stand_still,
        }

    def apply(self, command: Command) -> list[Event]:
        """Carry out one command; an answer's events begin with the order it was about.

        Raises:
            Refused: the command is not valid now; nothing has changed.
        """
        if command.at < self.now:
            raise Refused(-1000, "time does not go back")
        if (self.genesis is None) != isinstance(command, Genesis):
            raise Refused(-1000, "the first command, and only that, is the genesis")
        events = self._handlers[type(command)](command)
        self.now = command.at
        self.applied += 1
        return events

    def walk_ms(self, at: int) -> int:
        """The time by which fair prices walk: it stands still where they were told to."""
        end = at if self._still_since is None else self._still_since
        return end - self._stood_ms

    @property
    def is_still(self) -> bool:
        """Whether fair prices stand still."""
        return self._still_since is not None

    @property
    def assets(self) -> list[str]:
        """Every asset that some market trades, in order of listing."""
        names = (name for m in self.markets.values() for name in (m.listing.base, m.listing.quote))
        return list(dict.fromkeys(names))

    def trading(self, market: str) -> Trading:
        """One market.

        Raises:
            Refused: there is no such market.
        """
        found = self.markets.get(market)
        if found is None:
            raise BAD_SYMBOL
        return found

    def account(self, name: str) -> Account:
        """One account.

        Raises:
            Refused: there is no such account.
        """
        found = self.accounts.get(name)
        if found is None:
            raise Refused(-1000, f"there is no account {name!r}")
        return found

    def judge(self, command: Place) -> Order:
        """The order that `command` would become, unplaced.

        Raises:
            Refused: it fails a filter, lacks funds or repeats an open order's client id.
        """
        account, trading = self.account(command.account), self.trading(command.market)
        check(command, account, trading)
        order = Order(self.next_order, command)
        twin = account.by_client_id.get((command.market, command.client_id))
        if twin is not None and not twin.status.is_final:
            raise rejected("Duplicate order sent.")
        check_funds(trading, account, order)
        return order

    def _begin(self, command: Genesis) -> list[Event]:
        self.genesis = command
        return []

    def _list(self, command: ListMarket) -> list[Event]:
        listing = command.listing
        if listing.name in self.markets:
            raise Refused(-1000, f"{listing.name} is already listed")
        self.markets[listing.name] = Trading(listing, command.at, self.walk_ms(command.at))
        return []

    def _open_account(self, command: OpenAccount) -> list[Event]:
        if command.account in self.accounts:
            raise Refused(-1000, f"the account {command.account!r} exists")
        self.accounts[command.account] = Account(
            command.account, command.house, command.maker_fee, command.taker_fee
        )
        return []

    def _issue_key(self, command: IssueKey) -> list[Event]:
        self.account(command.account)
        if command.key in self.keys:
            raise Refused(-1000, "that key exists")
        self.keys[command.key] = ApiKey(
            command.key, command.secret, command.account, frozenset(command.rights), command.at
        )
        return []

    def _deposit(self, command: Deposit) -> list[Event]:
        account = self.account(command.account)
        self._check_amount(command.asset, command.amount)
        account.balance(command.asset).free += command.amount
        account.updated = command.at
        self.deposited[command.asset] = self.deposited.get(command.asset, 0) + command.amount
        transfer = Transfer(self._transfer_id(), command.at, command.asset, command.amount)
        account.deposits.append(transfer)
        return [Moved(transfer)]

    def _withdraw(self, command: Withdraw) -> list[Event]:
        account = self.account(command.account)
        self._check_amount(command.asset, command.amount)
        balance = account.balances.get(command.asset)
        if balance is None or balance.free < command.amount:
            raise Refused(-4026, "The user has insufficient balance available.")
        balance.free -= command.amount
        account.updated = command.at
        self.withdrawn[command.asset] = self.withdrawn.get(command.asset, 0) + command.amount
        transfer = Transfer(
            self._transfer_id(),
            command.at,
            command.asset,
            command.amount,
            command.address,
            command.network,
            command.reference,
        )
        account.withdrawals.append(transfer)
        return [Moved(transfer)]

    def _place(self, command: Place) -> list[Event]:
        order = self.judge(command)
        account, trading = self.accounts[command.account], self.markets[command.market]
        self.next_order += 1
        if not order.client_id and not account.house:
            order.client_id = f"v{order.id:021d}"
        account.open[order.id] = order
        if not account.house:
            account.orders[order.id] = order
            account.by_client_id[(order.market, order.client_id)] = order
        if order.type is OrderType.LIMIT:
            self._lock(trading, order, 1)
        makers: list[Order] = []
        trades = self._matcher.run(trading, order, command.at, makers.append)
        events: list[Event] = [OrderChanged(order)]
        events += [Traded(trade) for trade in trades]
        for maker in makers:
            del self.accounts[maker.account].open[maker.id]
            events.append(OrderChanged(maker))
        self._settle(trading, account, order)
        account.updated = command.at
        return events

    def _settle(self, trading: Trading, account: Account, order: Order) -> None:
        """Rest what is left of a new order, or release what it held."""
        if not order.status.is_final:
            trading.book.side(order.side).add(order)
            return
        del account.open[order.id]
        if order.type is OrderType.LIMIT and order.remaining:
            self._lock(trading, order, -1)

    def _cancel(self, command: Cancel) -> list[Event]:
        trading = self.trading(command.market)
        order = self.account(command.account).open.get(command.order)
        if order is None or order.market != command.market:
            raise UNKNOWN_ORDER
        return [self._take_out(trading, order, command.at)]

    def _cancel_all(self, command: CancelAll) -> list[Event]:
        trading = self.trading(command.market)
        account = self.account(command.account)
        orders = [order for order in account.open.values() if order.market == command.market]
        if not orders:
            raise UNKNOWN_ORDER
        return [self._take_out(trading, order, command.at) for order in orders]

    def _take_out(self, trading: Trading, order: Order, at: int) -> Event:
        account = self.accounts[order.account]
        trading.book.side(order.side).remove(order)
        self._lock(trading, order, -1)
        del account.open[order.id]
        order.status = OrderStatus.CANCELED
        order.updated = account.updated = at
        return OrderChanged(order)

    def _stand_still(self, command: StandStill) -> list[Event]:
        if command.still and self._still_since is None:
            self._still_since = command.at
        elif not command.still and self._still_since is not None:
            self._stood_ms += command.at - self._still_since
            self._still_since = None
        return []

    def _lock(self, trading: Trading, order: Order, sign: int) -> None:
        asset, amount = held(trading.listing, order)
        balance = self.accounts[order.account].balance(asset)
        balance.free -= sign * amount
        balance.locked += sign * amount

    def _check_amount(self, asset: str, amount: int) -> None:
        if asset not in self.assets:
            raise Refused(-1000, f"no market here trades {asset!r}")
        if amount <= 0:
            raise Refused(-1000, "an amount has to be above zero")

    def _transfer_id(self) -> str:
        return f"{self.applied:032x}"
