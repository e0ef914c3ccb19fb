"""Orders, from the command that places one to its end."""

from tradelatch.model.orders import OrderStatus, OrderType
from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.book import Order
from tradelatch.venue.engine.commands import Cancel, CancelAll, Place
from tradelatch.venue.engine.events import Change, Event, OrderChanged, Traded
from tradelatch.venue.engine.filters import check
from tradelatch.venue.engine.matching import Matcher, check_funds, held
from tradelatch.venue.engine.refusal import UNKNOWN_ORDER, rejected
from tradelatch.venue.engine.register import Register
from tradelatch.venue.engine.trading import Trading


class Orders:
    """Carries out the commands about orders."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._matcher = Matcher(register.accounts, register.fees)

    def judge(self, command: Place) -> Order:
        """The order that `command` would become, unplaced.

        Raises:
            Refused: it fails a filter, lacks funds or repeats an open order's client id.
        """
        account = self._register.account(command.account)
        trading = self._register.trading(command.market)
        check(command, account, trading)
        order = Order(self._register.next_order, command)
        twin = account.by_client_id.get((command.market, command.client_id))
        if twin is not None and not twin.status.is_final:
            raise rejected("Duplicate order sent.")
        check_funds(trading, account, order)
        return order

    def place(self, command: Place) -> list[Event]:
        """Take a new order, trade it as far as it goes and rest what is left."""
        order = self.judge(command)
        account = self._register.accounts[command.account]
        trading = self._register.markets[command.market]
        self._register.next_order += 1
        if not order.client_id and not account.house:
            order.client_id = f"v{order.id:021d}"
        account.open[order.id] = order
        if not account.house:
            account.orders[order.id] = order
            account.by_client_id[(order.market, order.client_id)] = order
        if order.type is OrderType.LIMIT:
            self._lock(trading, order, 1)
        events: list[Event] = [OrderChanged(order, Change.NEW)]
        for trade, maker in self._matcher.run(trading, order, command.at):
            events.append(Traded(trade, order, maker))
            if maker.status is OrderStatus.FILLED:
                del self._register.accounts[maker.account].open[maker.id]
        if order.status is OrderStatus.EXPIRED:
            events.append(OrderChanged(order, Change.EXPIRED))
        self._settle(trading, account, order)
        account.updated = command.at
        return events

    def cancel(self, command: Cancel) -> list[Event]:
        """Take one order out of the book."""
        trading = self._register.trading(command.market)
        order = self._register.account(command.account).open.get(command.order)
        if order is None or order.market != command.market:
            raise UNKNOWN_ORDER
        return [self._take_out(trading, order, command.at)]

    def cancel_all(self, command: CancelAll) -> list[Event]:
        """Take all of an account's orders of one market out of the book."""
        trading = self._register.trading(command.market)
        account = self._register.account(command.account)
        orders = [order for order in account.open.values() if order.market == command.market]
        if not orders:
            raise UNKNOWN_ORDER
        return [self._take_out(trading, order, command.at) for order in orders]

    def _settle(self, trading: Trading, account: Account, order: Order) -> None:
        """Rest what is left of a new order, or release what it held."""
        if not order.status.is_final:
            trading.book.side(order.side).add(order)
            return
        del account.open[order.id]
        if order.type is OrderType.LIMIT and order.remaining:
            self._lock(trading, order, -1)

    def _take_out(self, trading: Trading, order: Order, at: int) -> Event:
        account = self._register.accounts[order.account]
        trading.book.side(order.side).remove(order)
        self._lock(trading, order, -1)
        del account.open[order.id]
        order.status = OrderStatus.CANCELED
        order.updated = account.updated = at
        return OrderChanged(order, Change.CANCELED)

    def _lock(self, trading: Trading, order: Order, sign: int) -> None:
        asset, amount = held(trading.listing, order)
        balance = self._register.accounts[order.account].balance(asset)
        balance.free -= sign * amount
        balance.locked += sign * amount
