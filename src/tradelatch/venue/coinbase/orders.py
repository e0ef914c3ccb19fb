"""The endpoints that change orders: place, cancel, edit, and try each without doing it.

As https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/create-order and
its neighbours have them.
"""

from typing import Any

import msgspec

from tradelatch.model.orders import OrderStatus, Side
from tradelatch.venue.api.wallet import fee_rates
from tradelatch.venue.coinbase import answers, ids
from tradelatch.venue.coinbase.call import Call, Endpoint, Table
from tradelatch.venue.coinbase.errors import invalid
from tradelatch.venue.coinbase.order_refusals import OrderRefused, in_words
from tradelatch.venue.coinbase.terms import NewOrder, read_order
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import Cancel, Place
from tradelatch.venue.engine.events import OrderChanged
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.trading import Trading
from tradelatch.venue.engine.units import PPM

_MOST_CANCELS = 100


def place(call: Call) -> Any:
    """A new order, or the one that bears the same client order id already."""
    wanted = call.read(NewOrder)
    if not wanted.client_order_id:
        raise invalid("client_order_id is missing")
    _check_portfolio(call, wanted)
    earlier = _namesake(call, wanted.client_order_id)
    if earlier is not None:
        return _placed(call, earlier, wanted)
    call.check_count()
    try:
        command, trading = read_order(call, wanted)
        order = _submit(call, command, trading)
    except OrderRefused as refused:
        return refused.told(wanted.order_configuration)
    return _placed(call, order, wanted)


def _submit(call: Call, command: Place, trading: Trading) -> Order:
    try:
        events = call.house.submit(command)
    except Refused as refused:
        raise _worded(refused, command, trading) from refused
    # What follows may be another's stop that this order set off.
    return next(event.order for event in events if isinstance(event, OrderChanged))


def _worded(refused: Refused, command: Place, trading: Trading) -> OrderRefused:
    listing = trading.listing
    ticks = command.ticks or trading.last
    value = command.quote or listing.value(ticks, command.lots)
    falls = command.stop_ticks > 0 and not Order(0, command).rises
    return in_words(refused, falls, value < listing.min_notional)


def _placed(call: Call, order: Order, wanted: NewOrder) -> dict[str, Any]:
    listing = call.house.engine.markets[order.market].listing
    return {
        "success": True,
        "success_response": {
            "order_id": ids.order_id(order.id),
            "product_id": answers.product_id(listing),
            "side": order.side,
            "client_order_id": order.client_id,
            "attached_order_id": "",
        },
        "order_configuration": wanted.order_configuration,
    }


def _namesake(call: Call, client_id: str) -> Order | None:
    """The account's order of that client order id, in whatever market."""
    names = call.account.by_client_id
    for market in call.house.engine.markets:
        found = names.get((market, client_id))
        if found is not None:
            return found
    return None


def _check_portfolio(call: Call, wanted: NewOrder) -> None:
    if wanted.retail_portfolio_id not in ("", ids.portfolio_id(call.account.uid)):
        raise invalid("retail_portfolio_id is not the key's portfolio")


def preview(call: Call) -> Any:
    """What would become of a new order, which is not placed."""
    wanted = call.read(NewOrder)
    _check_portfolio(call, wanted)
    try:
        command, trading = read_order(call, wanted)
        _judge(call, command, trading)
    except OrderRefused as refused:
        return {"errs": [refused.reason.preview]}
    return _previewed(call, command, trading)


def _judge(call: Call, command: Place, trading: Trading) -> None:
    try:
        call.house.engine.judge(command)
    except Refused as refused:
        raise _worded(refused, command, trading) from refused


def _previewed(call: Call, command: Place, trading: Trading) -> dict[str, Any]:
    listing, bid, ask = trading.listing, trading.book.bids.best(), trading.book.asks.best()
    best = ask if command.side is Side.BUY else bid
    ticks = command.ticks or (best.ticks if best else trading.last)
    value = command.quote or listing.value(ticks, command.lots)
    fee = value * fee_rates(call.account, listing)[1] // PPM
    return {
        "order_total": answers.plain(value + fee if command.side is Side.BUY else value - fee),
        "commission_total": answers.plain(fee),
        "errs": [],
        "warning": [],
        "base_size": answers.size(listing, command.lots),
        "quote_size": answers.plain(value),
        "best_bid": answers.price(listing, bid.ticks) if bid else "",
        "best_ask": answers.price(listing, ask.ticks) if ask else "",
        "is_max": False,
        "leverage": "",
    }


class _Cancels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    order_ids: list[str]


def cancel(call: Call) -> Any:
    """Take orders out, each with its own outcome."""
    named = call.read(_Cancels).order_ids
    if not 0 < len(named) <= _MOST_CANCELS:
        raise invalid(f"order_ids has 1 to {_MOST_CANCELS} ids")
    return {"results": [_cancelled(call, name) for name in named]}


def _cancelled(call: Call, name: str) -> dict[str, Any]:
    failure = _cancel(call, name)
    return {
        "success": failure is None,
        "failure_reason": failure or "UNKNOWN_CANCEL_FAILURE_REASON",
        "order_id": name,
    }


def _cancel(call: Call, name: str) -> str | None:
    """Cancel one order; why that failed, or None."""
    order = call.account.orders.get(ids.order_number(name) or 0)
    if order is None:
        return "UNKNOWN_CANCEL_ORDER"
    if order.status.is_final:
        filled = order.status is OrderStatus.FILLED
        return "ORDER_IS_FULLY_FILLED" if filled else "INVALID_CANCEL_REQUEST"
    if call.signer.symbols and order.market not in call.signer.symbols:
        return "NOT_ALLOWED_TO_CANCEL"
    call.house.submit(Cancel(call.now, order.account, order.market, order.id))
    return None


_ORDERS = "/api/v3/brokerage/orders"

TABLE: Table = {
    ("POST", _ORDERS): Endpoint(place, right=Right.TRADE),
    ("POST", f"{_ORDERS}/preview"): Endpoint(preview, right=Right.TRADE),
    ("POST", f"{_ORDERS}/batch_cancel"): Endpoint(cancel, right=Right.TRADE),
}
