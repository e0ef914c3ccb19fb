"""Price-time priority: what an arriving order trades with, and what that moves.

A resting order's money is locked: sells lock their base, buys lock price times quantity rounded
up, and with it the highest fee where that is in quote. Executions are paid with broken units
dropped, so that what is locked always suffices; what is left over returns to the owner.
"""

from collections.abc import Callable, Iterator

from tradelatch.model.orders import Side
from tradelatch.venue.engine.accounts import Account, PreventedMatch, Trade
from tradelatch.venue.engine.events import Change, Event, OrderChanged, Traded
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.order import Order, SelfTradePrevention
from tradelatch.venue.engine.refusal import INSUFFICIENT_BALANCE, rejected
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import PPM
from tradelatch.venue.engine.words import (
    BUY,
    EXPIRED,
    EXPIRED_IN_MATCH,
    FILLED,
    FOK,
    GTC,
    PARTIALLY_FILLED,
)

_ENDS_MAKER = (SelfTradePrevention.EXPIRE_MAKER, SelfTradePrevention.EXPIRE_BOTH)


def need_of(listing: Listing, order: Order) -> int:
    """What an order that rests or waits has to keep locked: base units of a sell, quote units
    of a buy. A buy without a limit price is reckoned at its stop price."""
    if order.side is BUY:
        value = listing.value_up(order.ticks or order.stop_ticks, order.lots - order.filled)
        return _with_fee(order, value) if order.fee_ppm else value
    return (order.lots - order.filled) * listing.lot


def _with_fee(order: Order, value: int) -> int:
    """What a buy costs at most where its fee is in quote."""
    return value - (-value * order.fee_ppm // PPM)


def affordable(listing: Listing, order: Order, ticks: int) -> int:
    """The most lots that what a market order has left of its quote units pays for, fee and all."""
    left = order.quote - order.spent - order.charged
    return listing.lots_for(ticks, left * PPM // (PPM + order.fee_ppm))


def asset_of(listing: Listing, side: Side) -> str:
    """What an order of one side pays with."""
    return listing.quote if side is BUY else listing.base


def check_funds(trading: Trading, account: Account, order: Order) -> int:
    """See that the account can pay for the worst that an order may do, besides what the order
    has locked already; what that comes to, in units of what it pays with.

    Raises:
        Refused: it cannot.
    """
    listing = trading.listing
    if order.ticks or order.is_waiting:
        need = need_of(listing, order)
    elif order.side is BUY:
        need = order.quote or _with_fee(order, cost_of(trading, order))
    else:
        need = (order.lots or lots_worth(trading, order)) * listing.lot
    balance = account.balances.get(asset_of(listing, order.side))
    if need > (balance.free if balance else 0) + order.locked:
        raise rejected(INSUFFICIENT_BALANCE)
    return need


def reachable(trading: Trading, order: Order) -> Iterator[tuple[int, int]]:
    """What the book holds for an order, best first, as (ticks, lots): up to its limit, and with
    its own account's orders left out or ending it, as its self-trade prevention says."""
    own = order.account
    prevents = order.prevention is not SelfTradePrevention.NONE
    skips = order.prevention is SelfTradePrevention.EXPIRE_MAKER
    for level in trading.book.against(order.side).levels():
        if not order.accepts(level.ticks):
            return
        if not prevents:
            yield level.ticks, level.lots
            continue
        for maker in level:
            if maker.account != own:
                yield level.ticks, maker.remaining
            elif not skips:
                return


def cost_of(trading: Trading, order: Order) -> int:
    """At least what a market buy of a quantity costs, in quote units, as far as the book goes."""
    listing, lots, cost = trading.listing, order.lots, 0
    for ticks, offered in reachable(trading, order):
        taken = min(lots, offered)
        cost += listing.value_up(ticks, taken)
        lots -= taken
        if lots == 0:
            break
    return cost


def lots_worth(trading: Trading, order: Order) -> int:
    """The most lots that a market sell gives for its quote units, as far as the book goes."""
    listing, quote, lots = trading.listing, order.quote, 0
    for ticks, wanted in reachable(trading, order):
        affordable = listing.lots_for(ticks, quote)
        lots += min(wanted, affordable)
        if affordable <= wanted:
            break
        quote -= listing.value(ticks, wanted)
    return lots


def can_fill(trading: Trading, order: Order) -> bool:
    """Whether the book holds all of `order` at its price or better."""
    wanted = order.remaining
    for _, lots in reachable(trading, order):
        wanted -= lots
        if wanted <= 0:
            return True
    return False


class Matcher:
    """Executes orders; `accounts` finds an order's owner, `fees` gathers what was charged, and
    `engage` is called before an order that belongs to an order list trades."""

    def __init__(
        self,
        accounts: dict[str, Account],
        fees: dict[str, int],
        engage: Callable[[Order, int, list[Event]], None],
    ) -> None:
        self._accounts = accounts
        self._fees = fees
        self._engage = engage

    def run(self, trading: Trading, order: Order, at: int, events: list[Event]) -> None:
        """Trade `order` as far as it goes, and tell `events`.

        The order's own end state is set here too, except that of one which has to rest: that
        stays NEW or PARTIALLY_FILLED.
        """
        if order.tif is not FOK or can_fill(trading, order):
            self._take(trading, order, at, events)
        if order.status is EXPIRED_IN_MATCH:
            return
        if not order.ticks:
            _end_market(trading, order)
        elif order.filled == order.lots:
            order.status = FILLED
        elif order.tif is not GTC:
            order.status = EXPIRED
        elif order.filled:
            order.status = PARTIALLY_FILLED

    def _take(self, trading: Trading, order: Order, at: int, events: list[Event]) -> None:
        against = trading.book.against(order.side)
        while (level := against.best()) is not None and order.accepts(level.ticks):
            wanted = self._wanted(trading.listing, order, level.ticks)
            maker = level.first
            if wanted == 0 or maker is None:
                break
            if maker.account == order.account and order.prevention is not SelfTradePrevention.NONE:
                if self._prevent(trading, order, maker, at, events):
                    break
                continue
            if maker.list is not None:
                self._engage(maker, at, events)
            lots = min(wanted, maker.lots - maker.filled)
            events.append(self._execute(trading, maker, order, lots, at))
            level.lots -= lots
            if maker.filled == maker.lots:
                maker.status = FILLED
                against.remove(maker)
                self._accounts[maker.account].open[maker.market].pop(maker.id)
            else:
                maker.status = PARTIALLY_FILLED

    def _wanted(self, listing: Listing, order: Order, ticks: int) -> int:
        if not order.quote:
            return order.lots - order.filled
        wanted = affordable(listing, order, ticks)
        if order.side is BUY:
            return wanted
        # Broken units dropped by many small fills can add up to a lot more than was checked.
        free = self._accounts[order.account].balance(listing.base).free
        return min(wanted, free // listing.lot)

    def _execute(self, trading: Trading, maker: Order, taker: Order, lots: int, at: int) -> Event:
        listing, ticks = trading.listing, maker.ticks
        quote, base = listing.value(ticks, lots), lots * listing.lot
        bought = taker.side is BUY
        buy, sell = (taker, maker) if bought else (maker, taker)
        buyer, seller = self._accounts[buy.account], self._accounts[sell.account]
        in_quote = buy.fee_ppm > 0
        buyer_fee = (quote if in_quote else base) * _rate(listing, buyer, bought) // PPM
        seller_fee = quote * _rate(listing, seller, not bought) // PPM

        for order in (buy, sell):
            order.filled += lots
            order.spent += quote
            order.updated = at
        on_top = buyer_fee if in_quote else 0
        buy.charged += on_top
        _pay(listing, buyer, buy, quote + on_top)
        _pay(listing, seller, sell, base)
        buyer.balance(listing.base).free += base - (buyer_fee - on_top)
        seller.balance(listing.quote).free += quote - seller_fee
        self._fees[listing.base] = self._fees.get(listing.base, 0) + buyer_fee - on_top
        self._fees[listing.quote] = self._fees.get(listing.quote, 0) + seller_fee + on_top
        buyer.updated = seller.updated = at

        trade = Trade(
            trading.next_trade,
            maker.market,
            at,
            ticks,
            lots,
            quote,
            bought,
            buyer.name,
            seller.name,
            buy.id,
            sell.id,
            buyer_fee,
            seller_fee,
            in_quote,
        )
        trading.record(trade)
        for account, is_buyer in ((buyer, True), (seller, False)):
            if not account.house:
                account.trades.append((trade, is_buyer))
        return Traded(trade, taker, maker, taker.filled, taker.spent, maker.filled, maker.spent)

    def _prevent(
        self, trading: Trading, taker: Order, maker: Order, at: int, events: list[Event]
    ) -> bool:
        """Two orders of one account meet: end those that the taker's mode says. Returns whether
        the taker is among them."""
        account, listing = self._accounts[taker.account], trading.listing
        ends_maker = taker.prevention in _ENDS_MAKER
        ends_taker = taker.prevention is not SelfTradePrevention.EXPIRE_MAKER
        match = PreventedMatch(
            trading.next_prevented,
            listing.name,
            at,
            maker.ticks,
            taker.id,
            maker.id,
            taker.prevention,
            taker.remaining if ends_taker else 0,
            maker.remaining if ends_maker else 0,
        )
        trading.next_prevented += 1
        if not account.house:
            account.prevented.append(match)
        taker.prevented = maker.prevented = match.id
        if ends_maker:
            if maker.list is not None:
                self._engage(maker, at, events)
            trading.book.remove(maker)
            del account.open[maker.market][maker.id]
            _expire_in_match(listing, account, maker, at, events)
        if ends_taker:
            _expire_in_match(listing, account, taker, at, events)
        return ends_taker


def _expire_in_match(
    listing: Listing, account: Account, order: Order, at: int, events: list[Event]
) -> None:
    order.status = EXPIRED_IN_MATCH
    order.updated = at
    release(listing, account, order)
    events.append(OrderChanged(order, Change.TRADE_PREVENTION))


def lock(listing: Listing, account: Account, order: Order, amount: int) -> None:
    """Let an order keep `amount` ready, whatever it kept before."""
    balance = account.balance(asset_of(listing, order.side))
    change = amount - order.locked
    balance.free -= change
    balance.locked += change
    order.locked = amount


def release(listing: Listing, account: Account, order: Order) -> None:
    """Give back what an order kept ready."""
    if order.locked:
        lock(listing, account, order, 0)


def highest_rate(listing: Listing, account: Account) -> int:
    """The higher of an account's two fees in a market, ppm."""
    return max(_rate(listing, account, taking) for taking in (False, True))


def _rate(listing: Listing, account: Account, taking: bool) -> int:
    own = account.taker_fee if taking else account.maker_fee
    if own is not None:
        return own
    return listing.taker_fee if taking else listing.maker_fee


def _pay(listing: Listing, account: Account, order: Order, amount: int) -> None:
    """Take `amount` from what the order holds ready, or from what is free if it holds nothing.
    Called after the order's filled quantity has grown."""
    balance = account.balance(asset_of(listing, order.side))
    if not order.locked:
        balance.free -= amount
        return
    left = need_of(listing, order)
    released = order.locked - left
    order.locked = left
    balance.locked -= released
    balance.free += released - amount


def _end_market(trading: Trading, order: Order) -> None:
    if order.quote:
        best = trading.book.against(order.side).best()
        enough = best is None or affordable(trading.listing, order, best.ticks) > 0
        order.status = EXPIRED if enough else FILLED
        if best is None and order.quote == order.spent + order.charged:
            order.status = FILLED
        order.lots = order.filled
        return
    order.status = EXPIRED if order.remaining else FILLED
