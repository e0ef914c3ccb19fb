"""A market's filters: what a new order may not be.

Steps are checked where text becomes ticks and lots (`api`); here are the limits, which also
depend on the market's average price and on what the account has open. The house's own agents
are held to PRICE_FILTER and LOT_SIZE alone.
"""

from tradelatch.model.orders import OrderType
from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.commands import Place, PlaceList
from tradelatch.venue.engine.order import LOSSES, PRICED, STOPS
from tradelatch.venue.engine.refusal import Refused, filter_failure, rejected
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import PPM
from tradelatch.venue.engine.words import BUY


def check(order: Place, account: Account, trading: Trading) -> None:
    """Let a new order pass or not.

    Raises:
        Refused: with Binance's code and text for the first filter that fails.
    """
    _check_prices(order, trading)
    _check_lots(order, trading)
    if account.house:
        return
    if order.ticks:
        _check_band(order, trading)
    _check_notional(order, trading)
    _check_counts((order,), account, trading)
    if trading.listing.max_position and order.side is BUY:
        _check_position(order, account, trading)


def check_amended(order: Place, account: Account, trading: Trading) -> None:
    """Let an open order become this one, which is for less, or not.

    Raises:
        Refused: as for a new one; what counts orders, or looks at the price, is not asked again.
    """
    _check_lots(order, trading)
    if not account.house:
        _check_notional(order, trading)


def check_list(command: PlaceList, account: Account, trading: Trading) -> None:
    """Let an order list pass or not; its legs are checked one by one besides.

    Raises:
        Refused: the legs do not belong together, their prices lie on the wrong sides of the
            last, or there are too many lists.
    """
    profit, loss = sorted(command.legs, key=lambda leg: leg.type in LOSSES)
    if profit.type in LOSSES or loss.type not in LOSSES:
        raise Refused(-1013, "Invalid orderType.")
    if (profit.side, profit.lots) != (loss.side, loss.lots):
        raise Refused(-1013, "Invalid quantity.")
    target, stop = profit.stop_ticks or profit.ticks, loss.stop_ticks
    below, above = (target, stop) if profit.side is BUY else (stop, target)
    if below >= above or (trading.last and not below < trading.last < above):
        raise rejected("The relationship of the prices for the orders is not correct.")
    at_work = sum(one.market == command.market for one in account.open_lists())
    if at_work >= trading.listing.max_order_lists:
        raise filter_failure("MAX_NUM_ORDER_LISTS")
    _check_counts(command.legs, account, trading)


def _check_prices(order: Place, trading: Trading) -> None:
    kind = order.type
    for ticks, wanted in ((order.ticks, kind in PRICED), (order.stop_ticks, kind in STOPS)):
        if ticks < 0 or (ticks > 0) is not wanted:
            raise Refused(-1013, "Invalid price.")
        if ticks > trading.listing.max_ticks:
            raise filter_failure("PRICE_FILTER")


def _check_lots(order: Place, trading: Trading) -> None:
    if order.quote:
        if order.lots or order.type is not OrderType.MARKET:
            raise Refused(-1013, "Invalid quantity.")
        return
    if order.lots <= 0:
        raise Refused(-1013, "Invalid quantity.")
    if order.lots > trading.listing.max_lots:
        raise filter_failure("LOT_SIZE")
    if not order.ticks and order.lots > trading.listing.max_market_lots:
        raise filter_failure("MARKET_LOT_SIZE")


def _check_band(order: Place, trading: Trading) -> None:
    average = trading.average.ticks(order.at)
    if average == 0:
        return
    band = trading.listing.band(order.side)
    if not average * band.down <= order.ticks * PPM <= average * band.up:
        raise filter_failure("PERCENT_PRICE_BY_SIDE")


def _check_notional(order: Place, trading: Trading) -> None:
    listing = trading.listing
    if order.quote:
        value = order.quote
    else:
        ticks = order.ticks or trading.average.ticks(order.at)
        # A market that never had a price has nothing to value a market order's quantity by.
        value = listing.value(ticks, order.lots) if ticks else listing.min_notional
    if value < listing.min_notional or (order.ticks and value > listing.max_notional):
        raise filter_failure("NOTIONAL")


def _check_counts(fresh: tuple[Place, ...], account: Account, trading: Trading) -> None:
    listing = trading.listing
    present = account.open_in(listing.name)
    if len(present) + len(fresh) > listing.max_orders:
        raise filter_failure("MAX_NUM_ORDERS")
    if stops := sum(order.stop_ticks > 0 for order in fresh):
        waiting = sum(one.is_waiting for one in present.values())
        if waiting + stops > listing.max_algo_orders:
            raise filter_failure("MAX_NUM_ALGO_ORDERS")


def _check_position(order: Place, account: Account, trading: Trading) -> None:
    listing = trading.listing
    balance = account.balances.get(listing.base)
    held = balance.total if balance else 0
    held += sum(
        one.remaining * listing.lot
        for one in account.open_in(order.market).values()
        if one.side is BUY
    )
    if held + order.lots * listing.lot > listing.max_position:
        raise filter_failure("MAX_POSITION")
