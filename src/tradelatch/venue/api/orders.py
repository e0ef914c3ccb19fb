"""The signed endpoints about orders: place, test, query, cancel, and what came of them."""

import enum
import secrets
from typing import Any

from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.api import answers
from tradelatch.venue.api.endpoint import Call, Endpoint, Table, names
from tradelatch.venue.api.parameters import CLIENT_ID, Parameters
from tradelatch.venue.api.signing import SIGNED
from tradelatch.venue.engine.commands import Cancel, CancelAll, Place, Right
from tradelatch.venue.engine.events import OrderChanged, Traded
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.refusal import (
    NO_SUCH_ORDER,
    UNKNOWN_ORDER,
    Refused,
    filter_failure,
    missing,
    not_required,
)
from tradelatch.venue.engine.trading import Trading

_FUTURE = 10**15
_NOT_HERE = ("stopPrice", "icebergQty", "trailingDelta")


class _Detail(enum.StrEnum):
    ACK = "ACK"
    RESULT = "RESULT"
    FULL = "FULL"


def place(call: Call) -> Any:
    """A new order."""
    command, detail = _read(call)
    events = call.house.submit(command)
    order = next(event.order for event in events if isinstance(event, OrderChanged))
    trades = [event.trade for event in events if isinstance(event, Traded)]
    listing = call.house.engine.trading(command.market).listing
    return answers.placed(listing, order, trades, detail)


def test(call: Call) -> Any:
    """Check a new order and do not place it."""
    command, _ = _read(call)
    call.house.engine.judge(command)
    return {}


def query(call: Call) -> Any:
    """One order, open or not."""
    trading = _trading(call)
    order = _named(call, trading)
    if order is None:
        raise NO_SUCH_ORDER
    return answers.order_state(trading.listing, order)


def cancel(call: Call) -> Any:
    """Take one order out of the book."""
    trading = _trading(call)
    client_id = call.parameters.text("newClientOrderId", CLIENT_ID) or secrets.token_hex(11)
    only = call.parameters.text("cancelRestrictions", "^(ONLY_NEW|ONLY_PARTIALLY_FILLED)$")
    order = _named(call, trading)
    if order is None or order.status.is_final:
        raise UNKNOWN_ORDER
    if only and only != f"ONLY_{order.status}":
        raise Refused(-2011, "Order was not canceled due to cancel restrictions.")
    call.house.submit(Cancel(call.now, call.account.name, order.market, order.id))
    return answers.cancelled(trading.listing, order, client_id)


def cancel_all(call: Call) -> Any:
    """Take all open orders of one market out of the book."""
    trading = _trading(call)
    events = call.house.submit(CancelAll(call.now, call.account.name, trading.listing.name))
    return [
        answers.cancelled(trading.listing, event.order, secrets.token_hex(11))
        for event in events
        if isinstance(event, OrderChanged)
    ]


def open_orders(call: Call) -> Any:
    """Orders in the book, of one market or of all."""
    engine = call.house.engine
    market = _trading(call).listing.name if call.parameters.has("symbol") else None
    return [
        answers.order_state(engine.markets[order.market].listing, order)
        for order in call.account.open_orders()
        if market is None or order.market == market
    ]


def all_orders(call: Call) -> Any:
    """Orders of one market, whatever became of them: the last ones, or from an id on."""
    trading, asked = _trading(call), call.parameters
    first = asked.integer("orderId", 0, _FUTURE)
    start, end, limit = _range(asked)
    found = [
        order
        for order in call.account.orders.values()
        if order.market == trading.listing.name
        and (first is None or order.id >= first)
        and start <= order.at <= end
    ]
    chosen = found[-limit:] if first is None else found[:limit]
    return [answers.order_state(trading.listing, order) for order in chosen]


def my_trades(call: Call) -> Any:
    """The account's trades of one market: the last ones, or from an id or time on."""
    trading, asked = _trading(call), call.parameters
    order = asked.integer("orderId", 0, _FUTURE)
    first = asked.integer("fromId", 0, _FUTURE)
    start, end, limit = _range(asked)
    found = [
        (trade, bought)
        for trade, bought in call.account.trades
        if trade.market == trading.listing.name
        and (order is None or order == (trade.buy_order if bought else trade.sell_order))
        and (first is None or trade.id >= first)
        and start <= trade.at <= end
    ]
    from_start = first is not None or asked.has("startTime")
    chosen = found[:limit] if from_start else found[-limit:]
    return [answers.my_trade(trading.listing, trade, bought) for trade, bought in chosen]


def _range(asked: Parameters) -> tuple[int, int, int]:
    start = asked.integer("startTime", 0, _FUTURE)
    end = asked.integer("endTime", 0, _FUTURE)
    limit = asked.integer("limit", 1, 1_000) or 500
    return start or 0, _FUTURE if end is None else end, limit


def _trading(call: Call) -> Trading:
    return call.house.engine.trading(call.parameters.symbol())


def _named(call: Call, trading: Trading) -> Order | None:
    """The account's order that the request names by either id."""
    asked, account = call.parameters, call.account
    number = asked.integer("orderId", 0, _FUTURE)
    client_id = asked.text("origClientOrderId")
    if number is not None:
        order = account.orders.get(number)
    elif client_id is not None:
        order = account.by_client_id.get((trading.listing.name, client_id))
    else:
        raise Refused(
            -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
        )
    if order is None or order.market != trading.listing.name:
        return None
    # Where both ids are sent they have to be of the same order.
    return order if client_id in (None, order.client_id) else None


def _read(call: Call) -> tuple[Place, _Detail]:
    """The command that a request to place an order means, and the detail asked for."""
    asked = call.parameters
    trading = _trading(call)
    side = asked.word("side", Side, Refused(-1117, "Invalid side."))
    kind = asked.word("type", OrderType, Refused(-1116, "Invalid orderType."))
    if side is None or kind is None:
        raise missing("side" if side is None else "type")
    detail = asked.word("newOrderRespType", _Detail, Refused(-1100, "Invalid newOrderRespType."))
    for name in _NOT_HERE:
        if asked.text(name) is not None:
            raise not_required(name)
    if asked.text("selfTradePreventionMode") not in (None, "NONE"):
        raise Refused(-1013, "This symbol does not allow the specified self-trade prevention mode.")
    lots, ticks, quote, tif = (
        _limit_terms(asked, trading.listing)
        if kind is OrderType.LIMIT
        else _market_terms(asked, trading.listing)
    )
    client_id = asked.text("newClientOrderId", CLIENT_ID) or ""
    command = Place(
        call.now,
        call.account.name,
        trading.listing.name,
        side,
        kind,
        lots,
        ticks,
        quote,
        tif,
        client_id,
    )
    return command, detail or _Detail.FULL


def _limit_terms(asked: Parameters, listing: Listing) -> tuple[int, int, int, TimeInForce]:
    tif = asked.word("timeInForce", TimeInForce, Refused(-1115, "Invalid timeInForce."))
    amount, price = asked.amount("quantity"), asked.amount("price")
    for name, value in (("timeInForce", tif), ("quantity", amount), ("price", price)):
        if value is None:
            raise missing(name)
    if asked.text("quoteOrderQty") is not None:
        raise not_required("quoteOrderQty")
    ticks = _steps(price or 0, listing.tick, "PRICE_FILTER")
    return _lots(amount or 0, listing), ticks, 0, tif or TimeInForce.GTC


def _market_terms(asked: Parameters, listing: Listing) -> tuple[int, int, int, TimeInForce]:
    for name in ("timeInForce", "price"):
        if asked.text(name) is not None:
            raise not_required(name)
    amount, quote = asked.amount("quantity"), asked.amount("quoteOrderQty")
    if amount is not None and quote is not None:
        raise not_required("quoteOrderQty")
    if amount is None and quote is None:
        raise missing("quantity")
    return _lots(amount or 0, listing), 0, quote or 0, TimeInForce.GTC


def _lots(amount: int, listing: Listing) -> int:
    return _steps(amount, listing.lot, "LOT_SIZE")


def _steps(amount: int, step: int, name: str) -> int:
    count, rest = divmod(amount, step)
    if rest:
        raise filter_failure(name)
    return count


_PLACE = SIGNED | names(
    "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId newOrderRespType "
    "stopPrice icebergQty trailingDelta strategyId strategyType selfTradePreventionMode"
)
_NAMED = SIGNED | names("symbol orderId origClientOrderId")

TABLE: Table = {
    ("POST", "/api/v3/order"): Endpoint(place, _PLACE, Right.TRADE),
    ("POST", "/api/v3/order/test"): Endpoint(test, _PLACE, Right.TRADE),
    ("GET", "/api/v3/order"): Endpoint(query, _NAMED, Right.READ),
    ("DELETE", "/api/v3/order"): Endpoint(
        cancel, _NAMED | names("newClientOrderId cancelRestrictions"), Right.TRADE
    ),
    ("GET", "/api/v3/openOrders"): Endpoint(open_orders, SIGNED | names("symbol"), Right.READ),
    ("DELETE", "/api/v3/openOrders"): Endpoint(cancel_all, SIGNED | names("symbol"), Right.TRADE),
    ("GET", "/api/v3/allOrders"): Endpoint(
        all_orders, SIGNED | names("symbol orderId startTime endTime limit"), Right.READ
    ),
    ("GET", "/api/v3/myTrades"): Endpoint(
        my_trades, SIGNED | names("symbol orderId fromId startTime endTime limit"), Right.READ
    ),
}
