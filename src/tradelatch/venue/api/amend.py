"""Amending an open order in place (``amend/keepPriority``), and what was amended of one.

As https://developers.binance.com/docs/binance-spot-api-docs/faqs/order_amend_keep_priority tells:
only the quantity changes, to less; the order keeps its number and its place in the queue, and gets
another client id unless it is sent its own.
"""

import secrets
from typing import Any

from tradelatch.venue.api import order_answers as answers
from tradelatch.venue.api.answers import quantity
from tradelatch.venue.api.endpoint import Call, Endpoint, Table, names
from tradelatch.venue.api.orders import FUTURE, NAMED, named
from tradelatch.venue.api.parameters import CLIENT_ID
from tradelatch.venue.api.signing import SIGNED
from tradelatch.venue.api.terms import lots_of
from tradelatch.venue.api.user_data import execution
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import Amend
from tradelatch.venue.engine.refusal import missing, not_amended


def amend(call: Call) -> Any:
    """Lower an order's quantity."""
    asked, trading = call.parameters, call.trading
    amount = asked.amount("newQty")
    if amount is None:
        raise missing("newQty")
    order = named(call)
    if order is None or order.status.is_final:
        raise not_amended("Unknown order sent.")
    former = order.client_id
    client_id = asked.text("newClientOrderId", CLIENT_ID) or secrets.token_hex(11)
    lots = lots_of(amount, trading.listing)
    call.house.submit(Amend(call.now, order.account, order.market, order.id, lots, client_id))
    number = execution(call.house.engine.applied)
    return answers.amended(trading.listing, order, former, number)


def amendments(call: Call) -> Any:
    """What was amended of one order, the oldest first."""
    asked, listing = call.parameters, call.trading.listing
    number = asked.integer("orderId", 0, FUTURE)
    if number is None:
        raise missing("orderId")
    first = asked.integer("fromExecutionId", 0, FUTURE) or 0
    limit = asked.integer("limit", 1, 1_000) or 500
    found = [
        {
            "symbol": one.market,
            "orderId": one.order,
            "executionId": execution(one.command),
            "origClientOrderId": one.old_client_id,
            "newClientOrderId": one.client_id,
            "origQty": quantity(listing, one.old_lots),
            "newQty": quantity(listing, one.lots),
            "time": one.at,
        }
        for one in call.account.amendments
        if (one.market, one.order) == (listing.name, number) and execution(one.command) >= first
    ]
    return found[:limit]


TABLE: Table = {
    ("PUT", "/api/v3/order/amend/keepPriority"): Endpoint(
        amend, NAMED | names("newClientOrderId newQty"), Right.TRADE, weight=4
    ),
    ("GET", "/api/v3/order/amendments"): Endpoint(
        amendments, SIGNED | names("symbol orderId fromExecutionId limit"), Right.READ, weight=4
    ),
}
