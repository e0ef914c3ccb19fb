"""Orders, from the command that places one to its end."""

from tradelatch.model.orders import OrderStatus
from tradelatch.venue.engine.accounts import Account, Amendment
from tradelatch.venue.engine.commands import (
    Amend,
    Cancel,
    CancelAll,
    CancelList,
    Place,
    PlaceList,
)
from tradelatch.venue.engine.events import Change, Event, ListChanged, OrderChanged
from tradelatch.venue.engine.filters import check, check_amended, check_list
from tradelatch.venue.engine.matching import (
    Matcher,
    asset_of,
    check_funds,
    highest_rate,
    lock,
    need_of,
    release,
)
from tradelatch.venue.engine.order import ListStatus, Order, OrderList
from tradelatch.venue.engine.refusal import (
    DISABLED,
    INSUFFICIENT_BALANCE,
    WOULD_MATCH,
    WOULD_TRIGGER,
    Refused,
    not_amended,
    rejected,
    unknown_order,
)
from tradelatch.venue.engine.register import Register
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.words import BUY, CANCELED, EXPIRED, LIMIT_MAKER

DUPLICATE = "Duplicate order sent."
_ACCEPTED, _CANCELLED = Change.NEW, Change.CANCELED


class Orders:
    """Carries out the commands about orders and order lists."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._matcher = Matcher(register.accounts, register.fees, self._engage)

    def sift(self, command: Place) -> None:
        """Hold an order against its market's filters, and nothing else.

        Raises:
            Refused: it fails one.
        """
        account = self._register.account(command.account)
        check(command, account, self._register.trading(command.market))

    def judge(self, command: Place) -> Order:
        """The order that `command` would become, unplaced.

        Raises:
            Refused: it fails a filter, lacks funds, would trade or trigger at once where it may
                not, or repeats an open order's client id.
        """
        account = self._register.account(command.account)
        trading = self._register.trading(command.market)
        return self._judge(command, account, trading)[0]

    def _judge(self, command: Place, account: Account, trading: Trading) -> tuple[Order, int]:
        """The order, and what it needs."""
        _check_thawed(account)
        order = self._draft(command, account, trading)
        return order, check_funds(trading, account, order)

    def _draft(self, command: Place, account: Account, trading: Trading) -> Order:
        check(command, account, trading)
        order = Order(self._register.next_order, command)
        if command.quote_fee and command.side is BUY:
            order.fee_ppm = highest_rate(trading.listing, account)
        if command.client_id:
            twin = account.by_client_id.get((command.market, command.client_id))
            if twin is not None and not twin.status.is_final:
                raise rejected(DUPLICATE)
        if order.is_waiting:
            if _is_due(order, trading.last):
                raise rejected(WOULD_TRIGGER)
        elif order.type is LIMIT_MAKER:
            best = trading.book.against(order.side).best()
            if best is not None and order.accepts(best.ticks):
                raise rejected(WOULD_MATCH)
        return order

    def place(self, command: Place) -> list[Event]:
        """Take a new order, trade it as far as it goes and rest what is left."""
        account = self._register.account(command.account)
        trading = self._register.trading(command.market)
        order, need = self._judge(command, account, trading)
        self._admit(account, order)
        events: list[Event] = [OrderChanged(order, _ACCEPTED)]
        if order.ticks or order.is_waiting:
            lock(trading.listing, account, order, need)
        if order.is_waiting:
            trading.book.add(order)
        else:
            self._run(trading, account, order, command.at, events)
            if order.filled:
                self._trigger(trading, command.at, events)
        account.updated = command.at
        return events

    def place_list(self, command: PlaceList) -> list[Event]:
        """Take two orders of which one cancels the other.

        Raises:
            Refused: as for a single order, or their prices lie on the wrong sides.
        """
        account = self._register.account(command.account)
        trading = self._register.trading(command.market)
        _check_thawed(account)
        first, second = command.legs
        check_list(command, account, trading)
        orders = self._draft(first, account, trading), self._draft(second, account, trading)
        if first.client_id and first.client_id == second.client_id:
            raise rejected(DUPLICATE)
        if any(one.client_id == command.client_id for one in account.open_lists()):
            raise rejected(DUPLICATE)
        # One of the two at most is ever paid for.
        needs = [need_of(trading.listing, order) for order in orders]
        asset = asset_of(trading.listing, first.side)
        balance = account.balances.get(asset)
        if max(needs) > (balance.free if balance else 0):
            raise rejected(INSUFFICIENT_BALANCE)
        for order in orders:
            order.id = self._register.next_order
            self._admit(account, order)
        dearer = orders[0] if needs[0] >= needs[1] else orders[1]
        lock(trading.listing, account, dearer, max(needs))
        name = command.client_id or f"v{self._register.next_list:021d}"
        found = OrderList(self._register.next_list, name, orders)
        self._register.next_list += 1
        account.lists[found.id] = found
        account.updated = command.at
        for order in orders:
            trading.book.add(order)
        placed: list[Event] = [OrderChanged(order, Change.NEW) for order in orders]
        return [ListChanged(found), *placed]

    def cancel(self, command: Cancel) -> list[Event]:
        """Take one order out, with what is left of its list.

        Raises:
            Refused: there is no such open order.
        """
        trading = self._register.trading(command.market)
        account = self._register.account(command.account)
        order = account.open_in(command.market).get(command.order)
        if order is None:
            raise unknown_order()
        return self._cancel(trading, account, [order], command.at, command.client_id)

    def cancel_list(self, command: CancelList) -> list[Event]:
        """Take all orders of a list out.

        Raises:
            Refused: there is no such list at work.
        """
        trading = self._register.trading(command.market)
        account = self._register.account(command.account)
        found = account.lists.get(command.order_list)
        if (
            found is None
            or found.market != command.market
            or found.status is not ListStatus.EXECUTING
        ):
            raise unknown_order()
        return self._cancel(trading, account, [found.orders[0]], command.at, command.client_id)

    def cancel_all(self, command: CancelAll) -> list[Event]:
        """Take all of an account's orders of one market out.

        Raises:
            Refused: there are none.
        """
        trading = self._register.trading(command.market)
        account = self._register.account(command.account)
        orders = list(account.open_in(command.market).values())
        if not orders:
            raise unknown_order()
        return self._cancel(trading, account, orders, command.at, "")

    def amend(self, command: Amend) -> list[Event]:
        """Let an open order, and the others of its list, be for less.

        Raises:
            Refused: there is no such open order, or it may not be for so much; it stays as it is.
        """
        trading = self._register.trading(command.market)
        account = self._register.account(command.account)
        order = account.open_in(command.market).get(command.order)
        if order is None:
            raise not_amended("Unknown order sent.")
        _check_amendable(command, account, order)
        check_amended(_amended(command, order), account, trading)
        old_lots, old_name = order.lots, order.client_id
        self._rename(account, order, command.client_id)
        events: list[Event] = []
        for one in (order, *(order.list.others(order) if order.list else ())):
            trading.book.shrink(one, command.lots)
            if one.locked:
                lock(trading.listing, account, one, need_of(trading.listing, one))
            one.updated = command.at
            former = old_name if one is order else one.client_id
            events.append(OrderChanged(one, Change.REPLACED, former))
        account.updated = command.at
        if not account.house:
            amended = (command.market, command.at, order.id, old_lots, command.lots)
            names = (old_name, order.client_id)
            number = self._register.applied + 1
            account.amendments.append(Amendment(number, *amended, *names))
        if order.list is not None and old_name != order.client_id:
            events.append(ListChanged(order.list, is_renaming=True))
        return events

    def _rename(self, account: Account, order: Order, client_id: str) -> None:
        names = account.by_client_id
        if names.get((order.market, order.client_id)) is order:
            del names[order.market, order.client_id]
            names[order.market, client_id] = order
        order.client_id = client_id

    def _cancel(
        self, trading: Trading, account: Account, orders: list[Order], at: int, client_id: str
    ) -> list[Event]:
        """Cancel open orders; where one belongs to a list, the list's others go with it."""
        events: list[Event] = []
        for order in orders:
            if order.status.is_final:
                continue  # it went with another of its list
            together = [order, *(order.list.others(order) if order.list else ())]
            for one in together:
                self._take_out(trading, account, one, CANCELED, at)
                events.append(OrderChanged(one, _CANCELLED, client_id))
            if order.list is not None and order.list.status is ListStatus.EXECUTING:
                events.append(_done(order.list, at))
        account.updated = at
        return events

    def _admit(self, account: Account, order: Order) -> None:
        """Give an order its name and its places in the account."""
        self._register.next_order += 1
        account.open.setdefault(order.market, {})[order.id] = order
        if account.house:
            return
        if not order.client_id:
            order.client_id = f"v{order.id:021d}"
        account.orders[order.id] = order
        account.by_client_id[(order.market, order.client_id)] = order

    def _run(
        self, trading: Trading, account: Account, order: Order, at: int, events: list[Event]
    ) -> None:
        """Trade an order, and rest what is left of it or release what it held."""
        self._matcher.run(trading, order, at, events)
        if not order.status.is_final:
            trading.book.add(order)
            return
        del account.open[order.market][order.id]
        release(trading.listing, account, order)
        if order.status is EXPIRED:
            events.append(OrderChanged(order, Change.EXPIRED))

    def _trigger(self, trading: Trading, at: int, events: list[Event]) -> None:
        """Let the stops go that the last price has reached, and those that these reach in turn.

        All that are due leave together: a price that comes back does not call them back.
        """
        due = trading.book.due(trading.last)
        for order in due:  # grows while it is walked
            if order.status.is_final:
                continue
            self._activate(trading, order, at, events)
            due += trading.book.due(trading.last)

    def _activate(self, trading: Trading, order: Order, at: int, events: list[Event]) -> None:
        """A stop comes to the book: as a limit order, or as a market order that is paid for by
        what it has locked and what else is free. Where that is not enough, or the account is
        frozen meanwhile, it expires."""
        account = self._register.accounts[order.account]
        order.is_waiting = False
        order.working_at = order.updated = account.updated = at
        if order.list is not None:
            self._engage(order, at, events)
        events.append(OrderChanged(order, Change.TRIGGERED))
        if account.frozen or (not order.ticks and not _can_pay(trading, account, order)):
            self._end(account, trading, order, EXPIRED, at)
            events.append(OrderChanged(order, Change.EXPIRED))
            return
        if not order.ticks:
            release(trading.listing, account, order)
        self._run(trading, account, order, at, events)

    def _engage(self, order: Order, at: int, events: list[Event]) -> None:
        """One order of a list begins to trade: the others expire, and what was locked for the
        list serves this one."""
        found = order.list
        if found is None or found.status is ListStatus.ALL_DONE:
            return
        account = self._register.accounts[order.account]
        trading = self._register.markets[order.market]
        for other in found.others(order):
            self._take_out(trading, account, other, EXPIRED, at)
            events.append(OrderChanged(other, Change.EXPIRED))
        lock(trading.listing, account, order, need_of(trading.listing, order))
        events.append(_done(found, at))

    def _take_out(
        self, trading: Trading, account: Account, order: Order, status: OrderStatus, at: int
    ) -> None:
        """End an order that rests or waits."""
        if order.level is not None:  # a stop that is due has left its place already
            trading.book.remove(order)
        self._end(account, trading, order, status, at)

    def _end(
        self, account: Account, trading: Trading, order: Order, status: OrderStatus, at: int
    ) -> None:
        del account.open[order.market][order.id]
        release(trading.listing, account, order)
        order.status = status
        order.updated = at


def _can_pay(trading: Trading, account: Account, order: Order) -> bool:
    try:
        check_funds(trading, account, order)
    except Refused:
        return False
    return True


def _check_thawed(account: Account) -> None:
    if account.frozen:
        raise rejected(DISABLED)


def _check_amendable(command: Amend, account: Account, order: Order) -> None:
    if account.frozen:
        raise not_amended(DISABLED)
    if command.lots == order.lots:
        raise not_amended("The requested action would change no state; rejecting")
    if command.lots > order.lots:
        raise not_amended("Order amend (quantity increase) is not supported.")
    if command.lots <= order.filled:
        raise not_amended("Invalid quantity.")
    namesake = account.by_client_id.get((command.market, command.client_id))
    if namesake not in (None, order) and not namesake.status.is_final:
        raise not_amended(DUPLICATE)


def _amended(command: Amend, order: Order) -> Place:
    """The order as one of its new size would be placed."""
    return Place(
        command.at,
        command.account,
        command.market,
        order.side,
        order.type,
        command.lots,
        order.ticks,
        stop_ticks=order.stop_ticks,
    )


def _is_due(order: Order, last: int) -> bool:
    if not last:
        return False
    return order.stop_ticks <= last if order.rises else order.stop_ticks >= last


def _done(order_list: OrderList, at: int) -> Event:
    order_list.status = ListStatus.ALL_DONE
    order_list.updated = at
    return ListChanged(order_list)
