"""What a request to place an order asks for: Coinbase's order configurations read into commands.

As https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/create-order has
them. Orders that end at a time, brackets and those that are attached to another are not known here,
nor are margin and leverage.
"""

from typing import Any, TypeVar

import msgspec

from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.coinbase.amounts import units_of
from tradelatch.venue.coinbase.call import Call
from tradelatch.venue.coinbase.errors import Denied, invalid
from tradelatch.venue.coinbase.order_refusals import OrderRefused, Reason
from tradelatch.venue.engine.commands import Place
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import DIGITS

MARKET, LIMIT, IOC, FOK, STOP = (
    "market_market_ioc",
    "limit_limit_gtc",
    "sor_limit_ioc",
    "limit_limit_fok",
    "stop_limit_stop_limit_gtc",
)
UP, DOWN = "STOP_DIRECTION_STOP_UP", "STOP_DIRECTION_STOP_DOWN"
_LONGEST_ID = 128
_Kind = TypeVar("_Kind")


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class NewOrder(_Body, frozen=True):
    """The body of a request to place an order, or to preview one. What this exchange has not got
    may be named, but has to be empty."""

    product_id: str
    side: str
    order_configuration: dict[str, dict[str, Any]]
    client_order_id: str = ""
    retail_portfolio_id: str = ""
    leverage: str = ""
    margin_type: str = ""
    preview_id: str = ""
    self_trade_prevention_id: str = ""
    attached_order_configuration: dict[str, Any] = {}


class _Market(_Body, frozen=True):
    base_size: str = ""
    quote_size: str = ""


class _Limit(_Body, frozen=True):
    base_size: str
    limit_price: str
    post_only: bool = False


class _Fleeting(_Body, frozen=True):
    base_size: str
    limit_price: str


class _Stop(_Body, frozen=True):
    base_size: str
    limit_price: str
    stop_price: str
    stop_direction: str


def read_order(call: Call, wanted: NewOrder) -> tuple[Place, Trading]:
    """The command that a request to place an order means, and the order's market.

    Raises:
        OrderRefused: what is asked for is not to be had.
        Denied: the key may not trade there, or a configuration lacks something.
    """
    trading = _market(call, wanted.product_id)
    call.check_may_trade(trading)
    if wanted.side not in (Side.BUY, Side.SELL):
        raise OrderRefused(Reason.SIDE, "side is BUY or SELL")
    if _asks_too_much(wanted) or len(wanted.order_configuration) != 1:
        raise _unsupported()
    if len(wanted.client_order_id) > _LONGEST_ID or not wanted.client_order_id.isprintable():
        raise invalid(f"client_order_id has at most {_LONGEST_ID} printable characters")
    place = Place(
        call.now,
        call.account.name,
        trading.listing.name,
        Side(wanted.side),
        OrderType.LIMIT,
        client_id=wanted.client_order_id,
        quote_fee=True,
    )
    (name, values), *_ = wanted.order_configuration.items()
    return _configured(place, trading.listing, name, values), trading


def _market(call: Call, product: str) -> Trading:
    try:
        return call.market(product)
    except Denied as denied:
        raise OrderRefused(Reason.PRODUCT, denied.msg) from denied


def _asks_too_much(wanted: NewOrder) -> bool:
    return bool(
        wanted.leverage not in ("", "1")
        or wanted.margin_type
        or wanted.self_trade_prevention_id
        or wanted.attached_order_configuration
    )


def _configured(place: Place, listing: Listing, name: str, values: dict[str, Any]) -> Place:
    """The same command with an order's configuration in it."""
    terms: dict[str, Any]
    if name == MARKET:
        terms = _market_terms(place.side, listing, _as(_Market, values))
    elif name == LIMIT:
        limit = _as(_Limit, values)
        kind = OrderType.LIMIT_MAKER if limit.post_only else OrderType.LIMIT
        terms = {"type": kind, **_priced(listing, limit)}
    elif name in (IOC, FOK):
        tif = TimeInForce.IOC if name == IOC else TimeInForce.FOK
        terms = {"tif": tif, **_priced(listing, _as(_Fleeting, values))}
    elif name == STOP:
        terms = _stop_terms(place.side, listing, _as(_Stop, values))
    else:
        raise _unsupported()
    return msgspec.structs.replace(place, **terms)


def _market_terms(side: Side, listing: Listing, asked: _Market) -> dict[str, Any]:
    if bool(asked.base_size) is bool(asked.quote_size):
        raise invalid("a market order has either a base_size or a quote_size")
    if asked.base_size:
        return {"type": OrderType.MARKET, "lots": _lots(listing, asked.base_size)}
    if side is Side.SELL:
        raise OrderRefused(Reason.UNSUPPORTED, "a market order that sells has a base_size")
    quote = _units(asked.quote_size, Reason.SIZE_PRECISION)
    if not quote:
        raise OrderRefused(Reason.VALUE_TOO_SMALL, "quote_size is zero")
    return {"type": OrderType.MARKET, "quote": quote}


def _priced(listing: Listing, asked: _Limit | _Fleeting | _Stop) -> dict[str, Any]:
    return {
        "lots": _lots(listing, asked.base_size),
        "ticks": _ticks(listing, asked.limit_price),
    }


def _stop_terms(side: Side, listing: Listing, asked: _Stop) -> dict[str, Any]:
    """A stop that goes with the price is a stop-loss, one against it takes profit."""
    if asked.stop_direction not in (UP, DOWN):
        raise OrderRefused(Reason.UNSUPPORTED, f"stop_direction is {UP} or {DOWN}")
    rises = asked.stop_direction == UP
    loses = rises is (side is Side.BUY)
    kind = OrderType.STOP_LOSS_LIMIT if loses else OrderType.TAKE_PROFIT_LIMIT
    stop = _ticks(listing, asked.stop_price)
    return {"type": kind, "stop_ticks": stop, **_priced(listing, asked)}


def _as(kind: type[_Kind], values: dict[str, Any]) -> _Kind:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise invalid(f"order_configuration: {error}") from error


def _lots(listing: Listing, text: str) -> int:
    return lots_of(listing, text, Reason.SIZE_PRECISION)


def _ticks(listing: Listing, text: str) -> int:
    count, rest = divmod(_units(text, Reason.PRICE_PRECISION), listing.tick)
    if rest:
        raise OrderRefused(Reason.PRICE_PRECISION, "the price is no multiple of price_increment")
    return count


def lots_of(listing: Listing, text: str, reason: Reason) -> int:
    """A size in lots of its market.

    Raises:
        OrderRefused: for that reason, if it is not a whole number of them.
        Denied: it is no number.
    """
    count, rest = divmod(_units(text, reason), listing.lot)
    if rest:
        raise OrderRefused(reason, "the size is no multiple of base_increment")
    return count


def _units(text: str, reason: Reason) -> int:
    units = units_of(text)
    if units is None:
        raise OrderRefused(reason, f"there are at most {DIGITS} decimals")
    return units


def _unsupported() -> OrderRefused:
    return OrderRefused(Reason.UNSUPPORTED, "this order configuration is not supported")
