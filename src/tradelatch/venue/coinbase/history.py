"""The endpoints that tell of orders and fills: one, or pages of many, the newest first.

As https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/list-orders and
list-fills have them. A cursor is the place of the last that was told, so that what happens
meanwhile moves no page.
"""

from collections.abc import Callable
from typing import Any

from tradelatch.venue.coinbase import ids, order_answers
from tradelatch.venue.coinbase.call import Call, Endpoint, Query, Table, names
from tradelatch.venue.coinbase.errors import no_order
from tradelatch.venue.engine.accounts import Trade
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.order import Order

_MOST_ORDERS = 1_000
_MOST_FILLS, _FILLS = 3_000, 100
_FUTURE = 10**15


def order(call: Call) -> Any:
    """One order, open or not."""
    found = call.account.orders.get(ids.order_number(call.path["order_id"]) or 0)
    if found is None:
        raise no_order()
    return {"order": _told(call, [found])[0]}


def orders(call: Call) -> Any:
    """The account's orders that are asked for."""
    limit = call.query.limit(_MOST_ORDERS, _MOST_ORDERS)
    before, wanted = call.query.integer("cursor") or _FUTURE, _wanted_order(call)
    since, until = _span(call.query, "start_date", "end_date")
    page: list[Order] = []
    for one in reversed(call.account.orders.values()):
        if one.at < since:
            break
        if one.at < until and one.id < before and wanted(one):
            if len(page) == limit:
                return _page_of_orders(call, page, more=True)
            page.append(one)
    return _page_of_orders(call, page, more=False)


def _page_of_orders(call: Call, page: list[Order], *, more: bool) -> dict[str, Any]:
    return {
        "orders": _told(call, page),
        "sequence": "0",
        "has_next": more,
        "cursor": str(page[-1].id) if more else "",
    }


def _told(call: Call, page: list[Order]) -> list[dict[str, Any]]:
    account, markets = call.account, call.house.engine.markets
    fills = order_answers.fills_of(account, page)
    return [
        order_answers.order(markets[one.market].listing, one, account, fills[one.id])
        for one in page
    ]


def _wanted_order(call: Call) -> Callable[[Order], bool]:
    """Whether an order is among those that are asked for."""
    asked, markets = call.query, _named_markets(call)
    called, status = set(asked.texts("order_ids")), set(asked.texts("order_status"))
    kinds = set(asked.texts("order_types", "order_type"))
    side = asked.text("order_side")

    def wanted(one: Order) -> bool:
        return (
            one.market in markets
            and (not called or ids.order_id(one.id) in called)
            and (not status or order_answers.status_of(one) in status)
            and (not kinds or order_answers.type_of(one) in kinds)
            and side in (None, one.side)
        )

    return wanted if asked.text("product_type") in (None, "SPOT") else lambda one: False


def fills(call: Call) -> Any:
    """The account's fills that are asked for; a limit of none is a hundred."""
    account, limit = call.account, call.query.limit(_MOST_FILLS, _FILLS)
    wanted = _wanted_fill(call)
    since, until = _span(call.query, "start_sequence_timestamp", "end_sequence_timestamp")
    places = _places(call)
    told: list[dict[str, Any]] = []
    for place in range(min(call.query.integer("cursor") or _FUTURE, len(account.trades)), 0, -1):
        trade, bought = account.trades[place - 1]
        if trade.at < since:
            break
        if trade.at >= until or not wanted(trade, bought):
            continue
        if len(told) == limit:
            return {"fills": told, "cursor": str(place)}
        listing = call.house.engine.markets[trade.market].listing
        told.append(order_answers.fill(listing, trade, bought, places[trade.market], account))
    return {"fills": told, "cursor": ""}


def _wanted_fill(call: Call) -> Callable[[Trade, bool], bool]:
    """Whether a trade is among those that are asked for."""
    asked, markets = call.query, _named_markets(call)
    called = {ids.order_number(name) for name in asked.texts("order_id", "order_ids")}
    named = set(asked.texts("trade_ids"))
    places = _places(call)

    def wanted(trade: Trade, bought: bool) -> bool:
        return (
            trade.market in markets
            and (not called or (trade.buy_order if bought else trade.sell_order) in called)
            and (not named or ids.trade_id(places[trade.market], trade.id) in named)
        )

    return wanted


def _places(call: Call) -> dict[str, int]:
    """Every market's place in the list."""
    return {name: place for place, name in enumerate(call.house.engine.markets)}


def _named_markets(call: Call) -> set[str]:
    return {trading.listing.name for trading in call.markets()}


def _span(asked: Query, start: str, end: str) -> tuple[int, int]:
    """Two times in ms, up to but without the second; all of time where they are not sent."""
    since, until = asked.moment(start), asked.moment(end)
    return since or 0, _FUTURE if until is None else until


_PRODUCTS = names("product_id product_ids limit cursor")
_HISTORY = "/api/v3/brokerage/orders/historical"

TABLE: Table = {
    ("GET", f"{_HISTORY}/batch"): Endpoint(
        orders,
        _PRODUCTS
        | names(
            "order_ids order_status start_date end_date order_types order_type order_side "
            "product_type"
        ),
        Right.READ,
    ),
    ("GET", f"{_HISTORY}/fills"): Endpoint(
        fills,
        _PRODUCTS
        | names("order_id order_ids trade_ids start_sequence_timestamp end_sequence_timestamp"),
        Right.READ,
    ),
    ("GET", f"{_HISTORY}/{{order_id}}"): Endpoint(order, right=Right.READ),
}
