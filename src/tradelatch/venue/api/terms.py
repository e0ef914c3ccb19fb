"""What a request to place an order asks for: parameters read into commands.

Each order type has its own mandatory parameters and no others, as
https://developers.binance.com/docs/binance-spot-api-docs/rest-api (new order) lists them.
"""

import enum
from functools import partial

from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.api.endpoint import Call, names
from tradelatch.venue.api.parameters import CLIENT_ID, Parameters
from tradelatch.venue.engine.commands import Place, PlaceList
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.order import LOSSES, STOPS, SelfTradePrevention
from tradelatch.venue.engine.refusal import Refused, filter_failure, missing, not_required
from tradelatch.venue.engine.trading import Trading

_NEEDED = {
    OrderType.LIMIT: ("timeInForce", "quantity", "price"),
    OrderType.LIMIT_MAKER: ("quantity", "price"),
    OrderType.MARKET: (),
    OrderType.STOP_LOSS: ("quantity", "stopPrice"),
    OrderType.STOP_LOSS_LIMIT: ("timeInForce", "quantity", "price", "stopPrice"),
    OrderType.TAKE_PROFIT: ("quantity", "stopPrice"),
    OrderType.TAKE_PROFIT_LIMIT: ("timeInForce", "quantity", "price", "stopPrice"),
}
_OCO_TYPES = frozenset({*STOPS, OrderType.LIMIT_MAKER})
_TERMS = ("timeInForce", "quantity", "quoteOrderQty", "price", "stopPrice")
_NOT_HERE = ("icebergQty", "trailingDelta")
_NO_DETAIL = partial(Refused, -1100, "Invalid newOrderRespType.")
_NO_SIDE = partial(Refused, -1117, "Invalid side.")
_NO_TYPE = partial(Refused, -1116, "Invalid orderType.")
_NO_TIF = partial(Refused, -1115, "Invalid timeInForce.")
_NO_PREVENTION = partial(Refused, -1108, "Parameter 'selfTradePreventionMode' was invalid.")
_STRATEGY = (0, 10**9)
_LEAST_TYPE = 1_000_000
"""Strategy types below are Binance's own."""

ORDER = names(
    "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId newOrderRespType "
    "stopPrice icebergQty trailingDelta strategyId strategyType selfTradePreventionMode"
)
_LEG = names(
    "Type ClientOrderId IcebergQty Price StopPrice TrailingDelta TimeInForce StrategyId "
    "StrategyType"
)
OCO = names(
    "symbol listClientOrderId side quantity newOrderRespType selfTradePreventionMode"
) | frozenset(side + name for side in ("above", "below") for name in _LEG)
OLD_OCO = names(
    "symbol listClientOrderId side quantity limitClientOrderId price limitIcebergQty "
    "limitStrategyId limitStrategyType stopClientOrderId stopPrice stopLimitPrice stopIcebergQty "
    "stopLimitTimeInForce stopStrategyId stopStrategyType trailingDelta newOrderRespType "
    "selfTradePreventionMode"
)


class Detail(enum.StrEnum):
    """How much the answer to a new order tells."""

    ACK = "ACK"
    RESULT = "RESULT"
    FULL = "FULL"


def detail_of(asked: Parameters, usual: Detail = Detail.FULL) -> Detail:
    """The detail asked for."""
    return asked.word("newOrderRespType", Detail, _NO_DETAIL) or usual


def detail_for(kind: OrderType) -> Detail:
    """What an order of that type is answered with if nothing was asked for."""
    plain = kind in (OrderType.LIMIT, OrderType.MARKET)
    return Detail.FULL if plain else Detail.ACK


def read_order(call: Call, trading: Trading) -> Place:
    """The command that a request to place an order means.

    Raises:
        Refused: a parameter is missing, is not of this type of order, or breaks a step.
    """
    return _read_leg(call, trading, call.parameters, "newClientOrderId")


def read_oco(call: Call, trading: Trading) -> PlaceList:
    """The command that a request to place an OCO means, in today's form.

    Raises:
        Refused: as for an order; or the types do not make an OCO.
    """
    asked = call.parameters
    legs = []
    for prefix in ("above", "below"):
        values = {
            name[0].lower() + name[1:]: text
            for name in _LEG
            if (text := asked.text(prefix + name)) is not None
        }
        if "type" not in values:
            raise missing(f"{prefix}Type")
        if values["type"] not in _OCO_TYPES:
            raise Refused(-1158, "Order type not supported in OCO.")
        legs.append(_leg(call, trading, values))
    _check_sides(legs[0], legs[1])
    return _list(call, trading, legs)


def _check_sides(above: Place, below: Place) -> None:
    """Stop-losses go with the price, profits against it: each has its own side."""
    if above.type is below.type is OrderType.LIMIT_MAKER:
        raise Refused(-1168, "At least one OCO order must be contingent.")
    with_the_price, against_it = (above, below) if above.side is Side.BUY else (below, above)
    if against_it.type in LOSSES:
        raise _wrong_side("stop loss", above.side, -1196, -1197)
    if with_the_price.type is OrderType.LIMIT_MAKER:
        raise _wrong_side("limit", above.side, -1165, -1166)
    if with_the_price.type not in LOSSES:
        raise _wrong_side("take profit", above.side, -1198, -1199)


def _wrong_side(kind: str, side: Side, bought: int, sold: int) -> Refused:
    rises = (kind == "stop loss") is (side is Side.BUY)
    place = "above" if rises else "below"
    code = bought if side is Side.BUY else sold
    return Refused(code, f"A {kind} order in a {side.lower()} OCO must be {place}.")


def read_old_oco(call: Call, trading: Trading) -> PlaceList:
    """The command that a request to place an OCO means, in its older form: a limit maker and a
    stop-loss, with a limit where there is a ``stopLimitPrice``.

    Raises:
        Refused: as for an order.
    """
    asked = call.parameters
    for name in ("price", "stopPrice"):
        asked.required(name)
    stop_limit = asked.text("stopLimitPrice")
    if stop_limit is not None and asked.text("stopLimitTimeInForce") is None:
        raise missing("stopLimitTimeInForce")
    profit = {
        "type": OrderType.LIMIT_MAKER.value,
        "price": asked.text("price"),
        "clientOrderId": asked.text("limitClientOrderId"),
        "icebergQty": asked.text("limitIcebergQty"),
        "strategyId": asked.text("limitStrategyId"),
        "strategyType": asked.text("limitStrategyType"),
    }
    loss = {
        "type": (OrderType.STOP_LOSS_LIMIT if stop_limit else OrderType.STOP_LOSS).value,
        "price": stop_limit,
        "stopPrice": asked.text("stopPrice"),
        "timeInForce": asked.text("stopLimitTimeInForce"),
        "clientOrderId": asked.text("stopClientOrderId"),
        "icebergQty": asked.text("stopIcebergQty"),
        "trailingDelta": asked.text("trailingDelta"),
        "strategyId": asked.text("stopStrategyId"),
        "strategyType": asked.text("stopStrategyType"),
    }
    legs = [
        _leg(call, trading, {name: text for name, text in leg.items() if text is not None})
        for leg in (profit, loss)
    ]
    return _list(call, trading, legs)


def _leg(call: Call, trading: Trading, values: dict[str, str]) -> Place:
    """One order of a list: its own values and what it shares with the other."""
    shared = ("symbol", "side", "quantity", "selfTradePreventionMode")
    for name in shared:
        text = call.parameters.text(name)
        if text is not None:
            values[name] = text
    return _read_leg(call, trading, Parameters(values, frozenset(values)), "clientOrderId")


def _list(call: Call, trading: Trading, legs: list[Place]) -> PlaceList:
    return PlaceList(
        call.now,
        call.account.name,
        trading.listing.name,
        (legs[0], legs[1]),
        call.parameters.text("listClientOrderId", CLIENT_ID) or "",
    )


def _read_leg(call: Call, trading: Trading, asked: Parameters, client_id: str) -> Place:
    listing = trading.listing
    side = asked.word("side", Side, _NO_SIDE)
    kind = asked.word("type", OrderType, _NO_TYPE)
    if side is None or kind is None:
        raise missing("side" if side is None else "type")
    _check_terms(asked, kind)
    tif = asked.word("timeInForce", TimeInForce, _NO_TIF)
    return Place(
        call.now,
        call.account.name,
        listing.name,
        side,
        kind,
        lots_of(asked.amount("quantity") or 0, listing),
        _ticks(asked.amount("price") or 0, listing),
        asked.amount("quoteOrderQty") or 0,
        tif or TimeInForce.GTC,
        asked.text(client_id, CLIENT_ID) or "",
        _ticks(asked.amount("stopPrice") or 0, listing),
        asked.word("selfTradePreventionMode", SelfTradePrevention, _NO_PREVENTION)
        or SelfTradePrevention.NONE,
        _strategy(asked),
    )


def _check_terms(asked: Parameters, kind: OrderType) -> None:
    """See that what the type needs is there and nothing else is."""
    needed = _NEEDED[kind]
    if kind is OrderType.MARKET:
        given = [name for name in ("quantity", "quoteOrderQty") if asked.text(name) is not None]
        if not given:
            raise missing("quantity")
        if len(given) > 1:
            raise not_required("quoteOrderQty")
        needed = (given[0],)
    for name in needed:
        if asked.text(name) is None:
            raise missing(name)
    for name in (*_TERMS, *_NOT_HERE):
        if name not in needed and asked.text(name) is not None:
            raise not_required(name)


def _strategy(asked: Parameters) -> tuple[int | None, int | None] | None:
    number, kind = (
        asked.integer("strategyId", *_STRATEGY),
        asked.integer("strategyType", *_STRATEGY),
    )
    if kind is not None and kind < _LEAST_TYPE:
        raise Refused(-1134, f"strategyType was less than {_LEAST_TYPE}.")
    return None if number is None and kind is None else (number, kind)


def lots_of(amount: int, listing: Listing) -> int:
    """An amount in lots of a market.

    Raises:
        Refused: it is not a whole number of them.
    """
    return _steps(amount, listing.lot, "LOT_SIZE")


def _ticks(price: int, listing: Listing) -> int:
    return _steps(price, listing.tick, "PRICE_FILTER")


def _steps(amount: int, step: int, name: str) -> int:
    count, rest = divmod(amount, step)
    if rest:
        raise filter_failure(name)
    return count
