"""The signed endpoints about orders: place, test, replace, query, cancel, and what came of
them."""

import itertools
import secrets
from typing import Any

from tradelatch.venue.api import order_answers as answers
from tradelatch.venue.api import weights
from tradelatch.venue.api.endpoint import Call, Endpoint, Table, names
from tradelatch.venue.api.parameters import CLIENT_ID, Parameters
from tradelatch.venue.api.signing import SIGNED
from tradelatch.venue.api.terms import ORDER, Detail, detail_for, detail_of, read_order
from tradelatch.venue.api.wallet import fee_table
from tradelatch.venue.engine.accounts import PreventedMatch
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import Cancel, CancelAll, Place
from tradelatch.venue.engine.events import OrderChanged, Traded
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.refusal import Refused, no_such_order, unknown_order

FUTURE = 10**15
_DAY_MS = 86_400_000


def place(call: Call) -> Any:
    """A new order."""
    call.check_count()
    command = read_order(call, call.trading)
    return submit(call, command, detail_of(call.parameters, detail_for(command.type)))


def submit(call: Call, command: Place, detail: Detail) -> dict[str, Any]:
    """Place an order; the answer to it."""
    first = call.trading.next_prevented
    events = call.house.submit(command)
    # What follows may be another's stop that this order set off.
    order = next(event.order for event in events if isinstance(event, OrderChanged))
    trades = [event.trade for event in events if isinstance(event, Traded) and event.taker is order]
    prevented = [match for match in _prevented_since(call, first) if match.taker_order == order.id]
    return answers.placed(call.trading.listing, order, trades, detail, prevented)


def _prevented_since(call: Call, first: int) -> list[PreventedMatch]:
    """The account's prevented matches of one market from a number on."""
    name = call.trading.listing.name
    recent = itertools.takewhile(
        lambda match: match.market == name and match.id >= first, reversed(call.account.prevented)
    )
    return list(recent)[::-1]


def test(call: Call) -> Any:
    """Check a new order and do not place it."""
    command = read_order(call, call.trading)
    call.house.engine.judge(command)
    if not call.parameters.flag("computeCommissionRates"):
        return {}
    return fee_table(call.account, call.trading.listing, "ForOrder")


def query(call: Call) -> Any:
    """One order, open or not."""
    order, asked = named(call), call.parameters
    if order is None and asked.has("orderId") and asked.has("origClientOrderId"):
        raise Refused(-2039, "Client order ID is not correct for this order ID.")
    if order is None:
        raise no_such_order()
    return answers.order_state(call.trading.listing, order)


def cancel(call: Call) -> Any:
    """Take one order out; with it goes the other of its list."""
    client_id = call.parameters.text("newClientOrderId", CLIENT_ID) or secrets.token_hex(11)
    order = cancel_named(call, named(call), client_id)
    return answers.cancelled(call.trading.listing, order, client_id)


def cancel_named(call: Call, order: Order | None, client_id: str) -> Order:
    """Cancel an open order of the account.

    Raises:
        Refused: it is not open, or not in the state that the request restricts itself to.
    """
    only = call.parameters.text("cancelRestrictions")
    if only not in (None, "ONLY_NEW", "ONLY_PARTIALLY_FILLED"):
        raise Refused(
            -1145, "cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED."
        )
    if order is None or order.status.is_final:
        raise unknown_order()
    if only and only != f"ONLY_{order.status}":
        raise Refused(-2011, "Order was not canceled due to cancel restrictions.")
    call.house.submit(Cancel(call.now, order.account, order.market, order.id, client_id))
    return order


def cancel_all(call: Call) -> Any:
    """Take all open orders of one market out; lists come whole."""
    listing = call.trading.listing
    events = call.house.submit(CancelAll(call.now, call.account.name, listing.name))
    gone = [event.order for event in events if isinstance(event, OrderChanged)]
    found = []
    for order in gone:
        report = answers.cancelled(listing, order, secrets.token_hex(11))
        if order.list is None:
            found.append(report)
        elif order is order.list.orders[0]:
            rest = [
                answers.cancelled(listing, one, secrets.token_hex(11))
                for one in order.list.orders[1:]
            ]
            found.append(answers.order_list_with(order.list, [report, *rest]))
    return found


def open_orders(call: Call) -> Any:
    """Open orders, of one market or of all."""
    engine, account = call.house.engine, call.account
    if call.parameters.has("symbol"):
        orders = list(account.open_in(call.trading.listing.name).values())
    else:
        orders = list(account.open_orders())
    return [answers.order_state(engine.markets[o.market].listing, o) for o in orders]


def all_orders(call: Call) -> Any:
    """Orders of one market, whatever became of them: the last ones, or from an id on."""
    listing, asked = call.trading.listing, call.parameters
    first = asked.integer("orderId", 0, FUTURE)
    start, end, limit = time_range(asked)
    found = [
        order
        for order in call.account.orders.values()
        if order.market == listing.name
        and (first is None or order.id >= first)
        and start <= order.at <= end
    ]
    from_start = first is not None or asked.has("startTime")
    chosen = found[:limit] if from_start else found[-limit:]
    return [answers.order_state(listing, order) for order in chosen]


def my_trades(call: Call) -> Any:
    """The account's trades of one market: the last ones, or from an id or time on."""
    listing, asked, account = call.trading.listing, call.parameters, call.account
    order = asked.integer("orderId", 0, FUTURE)
    first = asked.integer("fromId", 0, FUTURE)
    start, end, limit = time_range(asked)
    found = [
        (trade, bought, trade.buy_order if bought else trade.sell_order)
        for trade, bought in account.trades
        if trade.market == listing.name
        and (first is None or trade.id >= first)
        and start <= trade.at <= end
    ]
    if order is not None:
        found = [one for one in found if one[2] == order]
    from_start = first is not None or asked.has("startTime")
    chosen = found[:limit] if from_start else found[-limit:]
    return [
        answers.my_trade(listing, trade, bought, answers.list_id(account.orders[number]))
        for trade, bought, number in chosen
    ]


def prevented_matches(call: Call) -> Any:
    """What self-trade prevention kept from trading."""
    listing, asked = call.trading.listing, call.parameters
    one = asked.integer("preventedMatchId", 0, FUTURE)
    order = asked.integer("orderId", 0, FUTURE)
    first = asked.integer("fromPreventedMatchId", 0, FUTURE) or 0
    limit = asked.integer("limit", 1, 1_000) or 500
    if one is None and order is None:
        raise Refused(-1128, "Combination of optional parameters invalid.")
    found = [
        match
        for match in call.account.prevented
        if match.market == listing.name
        and match.id >= first
        and one in (None, match.id)
        and order in (None, match.taker_order, match.maker_order)
    ]
    return [answers.prevented_match(listing, match) for match in found[:limit]]


def time_range(asked: Parameters) -> tuple[int, int, int]:
    """``startTime``, ``endTime`` (ms) and ``limit``, with what they are if they are not sent.

    Raises:
        Refused: the two times are more than a day apart.
    """
    start, end = asked.moment("startTime"), asked.moment("endTime")
    limit = asked.integer("limit", 1, 1_000) or 500
    if start is not None and end is not None and end - start > _DAY_MS:
        raise Refused(-1127, "More than 24 hours between startTime and endTime.")
    return start or 0, FUTURE if end is None else end, limit


def named(
    call: Call, number: str = "orderId", client_id: str = "origClientOrderId"
) -> Order | None:
    """The account's order that the request names by either id, in parameters of these names.

    Raises:
        Refused: neither is there.
    """
    asked, account, market = call.parameters, call.account, call.trading.listing.name
    wanted, name = asked.integer(number, 0, FUTURE), asked.text(client_id)
    if wanted is not None:
        order = account.orders.get(wanted)
    elif name is not None:
        order = account.by_client_id.get((market, name))
    else:
        raise Refused(
            -1102, f"Param '{client_id}' or '{number}' must be sent, but both were empty/null!"
        )
    if order is None or order.market != market:
        return None
    # Where both ids are sent they have to be of the same order.
    return order if name in (None, order.client_id) else None


NAMED = SIGNED | names("symbol orderId origClientOrderId")
_CANCEL = NAMED | names("newClientOrderId cancelRestrictions")
_RANGE = names("startTime endTime limit")

TABLE: Table = {
    ("POST", "/api/v3/order"): Endpoint(place, SIGNED | ORDER, Right.TRADE, places=True),
    ("POST", "/api/v3/order/test"): Endpoint(
        test,
        SIGNED | ORDER | names("computeCommissionRates"),
        Right.TRADE,
        weight=weights.order_test,
    ),
    ("GET", "/api/v3/order"): Endpoint(query, NAMED, Right.READ, weight=4),
    ("DELETE", "/api/v3/order"): Endpoint(cancel, _CANCEL, Right.TRADE),
    ("GET", "/api/v3/openOrders"): Endpoint(
        open_orders, SIGNED | names("symbol"), Right.READ, weight=weights.one_or(80, one=6)
    ),
    ("DELETE", "/api/v3/openOrders"): Endpoint(cancel_all, SIGNED | names("symbol"), Right.TRADE),
    ("GET", "/api/v3/allOrders"): Endpoint(
        all_orders, SIGNED | _RANGE | names("symbol orderId"), Right.READ, weight=20
    ),
    ("GET", "/api/v3/myTrades"): Endpoint(
        my_trades,
        SIGNED | _RANGE | names("symbol orderId fromId"),
        Right.READ,
        weight=weights.one_or(20, name="orderId", one=5),
    ),
    ("GET", "/api/v3/myPreventedMatches"): Endpoint(
        prevented_matches,
        SIGNED | names("symbol preventedMatchId orderId fromPreventedMatchId limit"),
        Right.READ,
        weight=weights.one_or(2, name="orderId", one=20),
    ),
}
