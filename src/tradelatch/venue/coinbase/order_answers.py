"""Orders and fills in Coinbase's JSON.

As https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/get-order and
list-fills have them. Fees are in the quote asset there, and there alone.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tradelatch.model.orders import OrderStatus, OrderType, Side, TimeInForce
from tradelatch.venue.coinbase import answers, ids
from tradelatch.venue.coinbase.terms import DOWN, FOK, IOC, LIMIT, MARKET, STOP, UP
from tradelatch.venue.engine.accounts import Account, Trade
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.order import STOPS, Order
from tradelatch.venue.engine.units import SCALE

_STATUS = {
    OrderStatus.NEW: "OPEN",
    OrderStatus.PARTIALLY_FILLED: "OPEN",
    OrderStatus.FILLED: "FILLED",
}
"""Whatever else ends an order is called the same."""
_CANCELLED = "CANCELLED"
_LASTING = {
    TimeInForce.GTC: "GOOD_UNTIL_CANCELLED",
    TimeInForce.IOC: "IMMEDIATE_OR_CANCEL",
    TimeInForce.FOK: "FILL_OR_KILL",
}


def status_of(order: Order) -> str:
    """OPEN, FILLED or CANCELLED."""
    return _STATUS.get(order.status, _CANCELLED)


def type_of(order: Order) -> str:
    """MARKET, LIMIT or STOP_LIMIT."""
    if order.type in STOPS:
        return "STOP_LIMIT"
    return "MARKET" if order.type is OrderType.MARKET else "LIMIT"


def fills_of(account: Account, orders: Iterable[Order]) -> dict[int, list[tuple[Trade, bool]]]:
    """The trades of these orders, by their numbers, each with whether the account bought."""
    placed = {order.id: order.at for order in orders}
    found: dict[int, list[tuple[Trade, bool]]] = {number: [] for number in placed}
    first = min(placed.values(), default=0)
    for trade, bought in reversed(account.trades):
        if trade.at < first:
            break
        mine = found.get(trade.buy_order if bought else trade.sell_order)
        if mine is not None:
            mine.append((trade, bought))
    return {number: mine[::-1] for number, mine in found.items()}


def commission(listing: Listing, trade: Trade, bought: bool) -> int:
    """What one side of a trade was charged, in quote units; a fee in base, as an order has that
    was not placed here, is reckoned at the trade's price."""
    if not bought:
        return trade.seller_fee
    if trade.buyer_fee_in_quote:
        return trade.buyer_fee
    return trade.buyer_fee * trade.ticks * listing.tick // SCALE


def order(
    listing: Listing, found: Order, account: Account, fills: list[tuple[Trade, bool]]
) -> dict[str, Any]:
    """An order as queries report it; `fills` are all of its own."""
    fees = sum(commission(listing, trade, bought) for trade, bought in fills)
    bought, status = found.side is Side.BUY, status_of(found)
    after = found.spent + fees if bought else found.spent - fees
    return {
        "order_id": ids.order_id(found.id),
        "product_id": answers.product_id(listing),
        "user_id": account.owner,
        "retail_portfolio_id": ids.portfolio_id(account.uid),
        "order_configuration": configuration(listing, found),
        "side": found.side,
        "client_order_id": found.client_id,
        "status": status,
        "time_in_force": _LASTING[_tif(found)],
        "created_time": answers.instant(found.at),
        "last_fill_time": answers.instant(fills[-1][0].at) if fills else None,
        "last_update_time": answers.instant(found.updated),
        "completion_percentage": _completion(found),
        "filled_size": answers.size(listing, found.filled),
        "average_filled_price": answers.ratio(found.spent, found.filled * listing.lot),
        "fee": "",
        "number_of_fills": str(len(fills)),
        "filled_value": answers.plain(found.spent),
        "pending_cancel": False,
        "size_in_quote": bool(found.quote),
        "total_fees": answers.plain(fees),
        "size_inclusive_of_fees": bool(found.quote),
        "total_value_after_fees": answers.plain(after),
        "trigger_status": _trigger(found),
        "order_type": type_of(found),
        "reject_reason": "REJECT_REASON_UNSPECIFIED",
        "reject_message": "",
        "cancel_message": "",
        "settled": status == "FILLED",
        "product_type": "SPOT",
        "order_placement_source": "RETAIL_ADVANCED",
        "outstanding_hold_amount": answers.plain(found.locked),
        "is_liquidation": False,
        "leverage": "",
        "margin_type": "UNKNOWN_MARGIN_TYPE",
        "originating_order_id": "",
        "attached_order_id": "",
        "attached_order_configuration": None,
        "edit_history": [],
    }


def configuration(listing: Listing, found: Order) -> dict[str, Mapping[str, Any]]:
    """What the order was placed with."""
    if found.type is OrderType.MARKET:
        if found.quote:
            return {MARKET: {"quote_size": answers.plain(found.quote)}}
        return {MARKET: {"base_size": answers.size(listing, found.lots)}}
    priced = {
        "base_size": answers.size(listing, found.lots),
        "limit_price": answers.price(listing, found.ticks),
    }
    if found.type in STOPS:
        stop = answers.price(listing, found.stop_ticks)
        return {STOP: {**priced, "stop_price": stop, "stop_direction": UP if found.rises else DOWN}}
    if found.tif is TimeInForce.GTC:
        return {LIMIT: {**priced, "post_only": found.type is OrderType.LIMIT_MAKER}}
    return {(IOC if found.tif is TimeInForce.IOC else FOK): priced}


def fill(
    listing: Listing, trade: Trade, bought: bool, market: int, account: Account
) -> dict[str, Any]:
    """A trade as one of its two parties sees it; `market` is its market's place in the list."""
    name = ids.trade_id(market, trade.id)
    return {
        "entry_id": name.replace("-", ""),
        "trade_id": name,
        "order_id": ids.order_id(trade.buy_order if bought else trade.sell_order),
        "trade_time": answers.instant(trade.at),
        "trade_type": "FILL",
        "price": answers.price(listing, trade.ticks),
        "size": answers.size(listing, trade.lots),
        "commission": answers.plain(commission(listing, trade, bought)),
        "product_id": answers.product_id(listing),
        "sequence_timestamp": answers.instant(trade.at),
        "liquidity_indicator": "TAKER" if trade.taker_bought is bought else "MAKER",
        "size_in_quote": False,
        "user_id": account.owner,
        "side": Side.BUY if bought else Side.SELL,
        "retail_portfolio_id": ids.portfolio_id(account.uid),
    }


def _tif(found: Order) -> TimeInForce:
    return TimeInForce.IOC if found.type is OrderType.MARKET else found.tif


def _completion(found: Order) -> str:
    if found.quote:
        return answers.ratio(100 * found.spent, found.quote)
    return answers.ratio(100 * found.filled, found.lots)


def _trigger(found: Order) -> str:
    if found.type not in STOPS:
        return "INVALID_ORDER_TYPE"
    return "STOP_PENDING" if found.is_waiting else "STOP_TRIGGERED"
