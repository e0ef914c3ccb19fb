"""Editing an open order, as far as the engine can: its size, and to less.

As https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/edit-order has it;
Coinbase takes another price and a larger size too.
"""

from typing import Any

import msgspec

from tradelatch.venue.coinbase import answers, ids
from tradelatch.venue.coinbase.call import Call, Endpoint, Table
from tradelatch.venue.coinbase.errors import forbidden
from tradelatch.venue.coinbase.order_refusals import UNKNOWN_PREVIEW, OrderRefused, Reason
from tradelatch.venue.coinbase.terms import lots_of
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import Amend
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.refusal import Refused

_NOT_FOUND, _REJECTED = "ORDER_NOT_FOUND", "COMMANDER_REJECTED_EDIT_ORDER"
_SIZE, _FILLED = "INVALID_EDITED_SIZE", "CANNOT_EDIT_TO_BELOW_FILLED_SIZE"


class _Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    order_id: str
    size: str = ""
    price: str = ""


def edit(call: Call) -> Any:
    """Lower the size of an order, which keeps its id and its place in the book."""
    wanted = call.read(_Edit)
    order = call.account.orders.get(ids.order_number(wanted.order_id) or 0)
    if order is None:
        return _refused(_NOT_FOUND)
    if call.signer.symbols and order.market not in call.signer.symbols:
        raise forbidden()
    failure = _edit(call, order, wanted)
    if failure is not None:
        return _refused(failure)
    return {"success": True, "success_response": {"order_id": wanted.order_id}, "errors": []}


def _edit(call: Call, order: Order, wanted: _Edit) -> str | None:
    """Edit an order; why that failed, or None."""
    listing = call.house.engine.markets[order.market].listing
    if wanted.price and wanted.price != answers.price(listing, order.ticks):
        return _REJECTED
    try:
        lots = lots_of(listing, wanted.size, Reason.SIZE_PRECISION)
        client_id = order.client_id
        command = Amend(call.now, order.account, order.market, order.id, lots, client_id)
        call.house.submit(command)
    except OrderRefused:
        return _SIZE
    except Refused:
        return _FILLED if lots <= order.filled else _REJECTED
    return None


def _refused(failure: str) -> dict[str, Any]:
    reasons = {"edit_failure_reason": failure, "preview_failure_reason": UNKNOWN_PREVIEW}
    return {"success": False, "errors": [reasons]}


TABLE: Table = {
    ("POST", "/api/v3/brokerage/orders/edit"): Endpoint(edit, right=Right.TRADE),
}
