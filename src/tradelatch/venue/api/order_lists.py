"""The signed endpoints about order lists: OCO in both its forms, query and cancel."""

import secrets
from typing import Any

from tradelatch.venue.api import order_answers as answers
from tradelatch.venue.api.endpoint import Call, Endpoint, Table, names
from tradelatch.venue.api.orders import FUTURE, time_range
from tradelatch.venue.api.parameters import CLIENT_ID
from tradelatch.venue.api.signing import SIGNED
from tradelatch.venue.api.terms import OCO, OLD_OCO, detail_of, read_oco, read_old_oco
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import CancelList, PlaceList
from tradelatch.venue.engine.events import ListChanged
from tradelatch.venue.engine.order import OrderList
from tradelatch.venue.engine.refusal import Refused


def place_oco(call: Call) -> Any:
    """An OCO: one order above the price and one below."""
    return _submit(call, read_oco(call, call.trading))


def place_old_oco(call: Call) -> Any:
    """An OCO in its older form."""
    return _submit(call, read_old_oco(call, call.trading))


def query(call: Call) -> Any:
    """One order list by its number or its own client id."""
    asked, account = call.parameters, call.account
    number = asked.integer("orderListId", 0, FUTURE)
    name = asked.text("origClientOrderId")
    if number is None and name is None:
        raise Refused(
            -1102,
            "Param 'origClientOrderId' or 'orderListId' must be sent, but both were empty/null!",
        )
    found = account.lists.get(number) if number is not None else _by_name(call, name or "")
    if found is None or (name is not None and found.client_id != name):
        raise Refused(-2018, "Order list does not exist.")
    return answers.order_list(found)


def all_lists(call: Call) -> Any:
    """Order lists, the last ones or from a number on."""
    asked = call.parameters
    first = asked.integer("fromId", 0, FUTURE)
    if first is not None and (asked.has("startTime") or asked.has("endTime")):
        raise Refused(-1128, "Combination of optional parameters invalid.")
    start, end, limit = time_range(asked)
    found = [
        one
        for one in call.account.lists.values()
        if (first is None or one.id >= first) and start <= one.at <= end
    ]
    from_start = first is not None or asked.has("startTime")
    return [answers.order_list(one) for one in (found[:limit] if from_start else found[-limit:])]


def open_lists(call: Call) -> Any:
    """Order lists at work."""
    return [answers.order_list(one) for one in call.account.open_lists()]


def cancel(call: Call) -> Any:
    """Take all orders of a list out."""
    asked, trading = call.parameters, call.trading
    number = asked.integer("orderListId", 0, FUTURE)
    name = asked.text("listClientOrderId", CLIENT_ID)
    client_id = asked.text("newClientOrderId", CLIENT_ID) or secrets.token_hex(11)
    if number is None and name is None:
        raise Refused(
            -1102,
            "Param 'orderListId' or 'listClientOrderId' must be sent, but both were empty/null!",
        )
    found = call.account.lists.get(number) if number is not None else _by_name(call, name or "")
    if found is None or (name is not None and found.client_id != name):
        raise Refused(-2011, "Unknown order list sent.")
    command = CancelList(call.now, call.account.name, trading.listing.name, found.id, client_id)
    call.house.submit(command)
    reports = [answers.cancelled(trading.listing, order, client_id) for order in found.orders]
    return answers.order_list_with(found, reports)


def _submit(call: Call, command: PlaceList) -> Any:
    call.check_count()
    detail = detail_of(call.parameters)
    listing = call.trading.listing
    events = call.house.submit(command)
    found = next(event.order_list for event in events if isinstance(event, ListChanged))
    reports = [answers.placed(listing, order, (), detail) for order in found.orders]
    return answers.order_list_with(found, reports)


def _by_name(call: Call, name: str) -> OrderList | None:
    """The latest list of that client id."""
    lists = reversed(call.account.lists.values())
    return next((one for one in lists if one.client_id == name), None)


TABLE: Table = {
    ("POST", "/api/v3/orderList/oco"): Endpoint(place_oco, SIGNED | OCO, Right.TRADE, places=True),
    ("POST", "/api/v3/order/oco"): Endpoint(
        place_old_oco, SIGNED | OLD_OCO, Right.TRADE, places=True
    ),
    ("GET", "/api/v3/orderList"): Endpoint(
        query, SIGNED | names("orderListId origClientOrderId"), Right.READ, weight=4
    ),
    ("GET", "/api/v3/allOrderList"): Endpoint(
        all_lists, SIGNED | names("fromId startTime endTime limit"), Right.READ, weight=20
    ),
    ("GET", "/api/v3/openOrderList"): Endpoint(open_lists, SIGNED, Right.READ, weight=6),
    ("DELETE", "/api/v3/orderList"): Endpoint(
        cancel,
        SIGNED | names("symbol orderListId listClientOrderId newClientOrderId"),
        Right.TRADE,
    ),
}
