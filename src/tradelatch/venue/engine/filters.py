"""A market's filters: PRICE_FILTER, PERCENT_PRICE_BY_SIDE, LOT_SIZE and NOTIONAL.

Steps are checked where text becomes ticks and lots (`parameters`); here are the limits, which
also depend on the market's average price.
"""

from tradelatch.model.orders import OrderType
from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.commands import Place
from tradelatch.venue.engine.refusal import Refused, filter_failure
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import PPM


def check(order: Place, account: Account, trading: Trading) -> None:
    """Let a new order pass or not.

    Raises:
        Refused: with Binance's code and text for the first filter that fails.
    """
    if order.type is OrderType.LIMIT:
        _check_limit(order, account, trading)
    else:
        _check_market(order, account, trading)


def _check_limit(order: Place, account: Account, trading: Trading) -> None:
    listing = trading.listing
    if order.ticks <= 0:
        raise Refused(-1013, "Invalid price.")
    if order.ticks > listing.max_ticks:
        raise filter_failure("PRICE_FILTER")
    if not account.house:
        _check_band(order, trading)
    _check_lots(order, trading)
    if not account.house and listing.value(order.ticks, order.lots) < listing.min_notional:
        raise filter_failure("NOTIONAL")


def _check_market(order: Place, account: Account, trading: Trading) -> None:
    listing = trading.listing
    if bool(order.lots) == bool(order.quote):
        raise Refused(-1013, "Invalid quantity.")
    if order.quote:
        value = order.quote
    else:
        _check_lots(order, trading)
        average = trading.average.ticks(order.at)
        # A market that never had a price has nothing to value a quantity by.
        value = listing.value(average, order.lots) if average else listing.min_notional
    if not account.house and value < listing.min_notional:
        raise filter_failure("NOTIONAL")


def _check_lots(order: Place, trading: Trading) -> None:
    if order.lots <= 0:
        raise Refused(-1013, "Invalid quantity.")
    if order.lots > trading.listing.max_lots:
        raise filter_failure("LOT_SIZE")


def _check_band(order: Place, trading: Trading) -> None:
    average = trading.average.ticks(order.at)
    if average == 0:
        return
    band = trading.listing.band(order.side)
    if not average * band.down <= order.ticks * PPM <= average * band.up:
        raise filter_failure("PERCENT_PRICE_BY_SIDE")
