"""Price-time priority: what an arriving order trades with, and what that moves.

A resting order's money is locked: sells lock their base, buys lock price times quantity rounded
up. Executions are paid with broken units dropped, so that what is locked always suffices; what
is left over returns to the owner.
"""

from tradelatch.model.orders import OrderStatus, OrderType, Side, TimeInForce
from tradelatch.venue.engine.accounts import Account, Trade
from tradelatch.venue.engine.book import BookSide, Order
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.refusal import INSUFFICIENT_BALANCE, rejected
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import PPM


def held(listing: Listing, order: Order) -> tuple[str, int]:
    """Which asset an open limit order locks, and how much of it."""
    if order.side is Side.BUY:
        return listing.quote, listing.value_up(order.ticks, order.remaining)
    return listing.base, order.remaining * listing.lot


def check_funds(trading: Trading, account: Account, order: Order) -> None:
    """See that the account can pay for the worst that a new order may do.

    Raises:
        Refused: it cannot.
    """
    listing = trading.listing
    if order.type is OrderType.LIMIT:
        asset, need = held(listing, order)
    elif order.side is Side.BUY:
        asset = listing.quote
        against = trading.book.asks
        need = order.quote or cost_of(listing, against, order.lots)
    else:
        asset = listing.base
        lots = order.lots or lots_worth(listing, trading.book.bids, order.quote)
        need = lots * listing.lot
    balance = account.balances.get(asset)
    if need > (balance.free if balance else 0):
        raise rejected(INSUFFICIENT_BALANCE)


def cost_of(listing: Listing, side: BookSide, lots: int) -> int:
    """At least what taking `lots` from `side` costs, in quote units, as far as it reaches."""
    cost = 0
    for level in side.levels():
        taken = min(lots, level.lots)
        cost += listing.value_up(level.ticks, taken)
        lots -= taken
        if lots == 0:
            break
    return cost


def lots_worth(listing: Listing, side: BookSide, quote: int) -> int:
    """The most lots that can be taken from `side` for `quote` units, as far as it reaches."""
    lots = 0
    for level in side.levels():
        affordable = listing.lots_for(level.ticks, quote)
        lots += min(level.lots, affordable)
        if affordable <= level.lots:
            break
        quote -= listing.value(level.ticks, level.lots)
    return lots


def can_fill(trading: Trading, order: Order) -> bool:
    """Whether the book holds all of `order` at its price or better."""
    wanted = order.lots
    for level in trading.book.against(order.side).levels():
        if wanted <= 0 or not order.accepts(level.ticks):
            break
        wanted -= level.lots
    return wanted <= 0


class Matcher:
    """Executes orders; `accounts` finds an order's owner, `fees` gathers what was charged."""

    def __init__(self, accounts: dict[str, Account], fees: dict[str, int]) -> None:
        self._accounts = accounts
        self._fees = fees

    def run(self, trading: Trading, order: Order, at: int) -> list[tuple[Trade, Order]]:
        """Trade `order` as far as it goes; each trade with the resting order it met.

        The order's own end state is set here too, except that of a limit order which has to
        rest: that stays NEW or PARTIALLY_FILLED.
        """
        trades: list[tuple[Trade, Order]] = []
        if order.tif is not TimeInForce.FOK or can_fill(trading, order):
            self._take(trading, order, at, trades)
        if order.type is OrderType.MARKET:
            _end_market(trading, order)
        elif order.remaining == 0:
            order.status = OrderStatus.FILLED
        elif order.tif is not TimeInForce.GTC:
            order.status = OrderStatus.EXPIRED
        elif order.filled:
            order.status = OrderStatus.PARTIALLY_FILLED
        return trades

    def _take(
        self, trading: Trading, order: Order, at: int, trades: list[tuple[Trade, Order]]
    ) -> None:
        against = trading.book.against(order.side)
        while (level := against.best()) is not None and order.accepts(level.ticks):
            wanted = self._wanted(trading.listing, order, level.ticks)
            maker = level.first
            if wanted == 0 or maker is None:
                break
            lots = min(wanted, maker.remaining)
            trade = self._execute(trading, maker, order, lots, at)
            trades.append((trade, maker))
            level.lots -= lots
            if maker.remaining == 0:
                maker.status = OrderStatus.FILLED
                against.remove(maker)
            else:
                maker.status = OrderStatus.PARTIALLY_FILLED

    def _wanted(self, listing: Listing, order: Order, ticks: int) -> int:
        if not order.quote:
            return order.remaining
        wanted = listing.lots_for(ticks, order.quote - order.spent)
        if order.side is Side.BUY:
            return wanted
        # Broken units dropped by many small fills can add up to a lot more than was checked.
        free = self._accounts[order.account].balance(listing.base).free
        return min(wanted, free // listing.lot)

    def _execute(self, trading: Trading, maker: Order, taker: Order, lots: int, at: int) -> Trade:
        listing, ticks = trading.listing, maker.ticks
        quote, base = listing.value(ticks, lots), lots * listing.lot
        bought = taker.side is Side.BUY
        buy, sell = (taker, maker) if bought else (maker, taker)
        buyer, seller = self._accounts[buy.account], self._accounts[sell.account]
        buyer_fee = base * _rate(listing, buyer, bought) // PPM
        seller_fee = quote * _rate(listing, seller, not bought) // PPM

        _pay(listing, buyer, buy, lots, quote)
        _pay(listing, seller, sell, lots, base)
        buyer.balance(listing.base).free += base - buyer_fee
        seller.balance(listing.quote).free += quote - seller_fee
        self._fees[listing.base] = self._fees.get(listing.base, 0) + buyer_fee
        self._fees[listing.quote] = self._fees.get(listing.quote, 0) + seller_fee
        for order, account in ((buy, buyer), (sell, seller)):
            order.filled += lots
            order.spent += quote
            order.updated = account.updated = at

        trade = Trade(
            trading.next_trade,
            listing.name,
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
        )
        trading.record(trade)
        for account, is_buyer in ((buyer, True), (seller, False)):
            if not account.house:
                account.trades.append((trade, is_buyer))
        return trade


def _rate(listing: Listing, account: Account, taking: bool) -> int:
    own = account.taker_fee if taking else account.maker_fee
    if own is not None:
        return own
    return listing.taker_fee if taking else listing.maker_fee


def _pay(listing: Listing, account: Account, order: Order, lots: int, amount: int) -> None:
    """Take `amount` from what the order holds ready, or from what is free if it is a market
    order. Called before the order's filled quantity grows by `lots`."""
    if order.type is OrderType.MARKET:
        asset = listing.quote if order.side is Side.BUY else listing.base
        account.balance(asset).free -= amount
        return
    asset, before = held(listing, order)
    balance = account.balance(asset)
    if order.side is Side.BUY:
        released = before - listing.value_up(order.ticks, order.remaining - lots)
    else:
        released = amount
    balance.locked -= released
    balance.free += released - amount


def _end_market(trading: Trading, order: Order) -> None:
    if order.quote:
        best = trading.book.against(order.side).best()
        left = order.quote - order.spent
        enough = best is None or trading.listing.lots_for(best.ticks, left) > 0
        order.status = OrderStatus.EXPIRED if enough else OrderStatus.FILLED
        if best is None and left == 0:
            order.status = OrderStatus.FILLED
        order.lots = order.filled
        return
    order.status = OrderStatus.EXPIRED if order.remaining else OrderStatus.FILLED
