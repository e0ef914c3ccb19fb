"""Cancel an order and place another in its stead (``cancelReplace``).

Two commands follow one another in the log, as the exchange whose protocol this is describes it:
a cancellation that succeeded stays, whatever becomes of the new order. Filters and the count of
orders come before both.
"""

import enum
import secrets
from functools import partial
from typing import Any

from tradelatch.venue.api import order_answers as answers
from tradelatch.venue.api.endpoint import Call, Endpoint, Table, names
from tradelatch.venue.api.limits import TooMany
from tradelatch.venue.api.orders import cancel_named, named, submit
from tradelatch.venue.api.parameters import CLIENT_ID
from tradelatch.venue.api.signing import SIGNED
from tradelatch.venue.api.terms import ORDER, detail_for, detail_of, read_order
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.refusal import Refused, illegal, missing

_NO_MODE = partial(Refused, -1102, "Invalid cancelReplaceMode.")
_NO_BEYOND = partial(illegal, "orderRateLimitExceededMode", "^(DO_NOTHING|CANCEL_ONLY)$")


class _Mode(enum.StrEnum):
    STOP_ON_FAILURE = "STOP_ON_FAILURE"
    ALLOW_FAILURE = "ALLOW_FAILURE"


class _Beyond(enum.StrEnum):
    """What an account gets that has placed too many orders: nothing, or the cancellation."""

    DO_NOTHING = "DO_NOTHING"
    CANCEL_ONLY = "CANCEL_ONLY"


class _Result(enum.StrEnum):
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"


def cancel_replace(call: Call) -> Any:
    """Cancel, then place; what came of both.

    Raises:
        Refused: -2022 if both or the first of them failed, -2021 if one did, with both answers.
    """
    asked = call.parameters
    mode = asked.word("cancelReplaceMode", _Mode, _NO_MODE)
    if mode is None:
        raise missing("cancelReplaceMode")
    command = read_order(call, call.trading)
    detail = detail_of(asked, detail_for(command.type))
    client_id = asked.text("cancelNewClientOrderId", CLIENT_ID) or secrets.token_hex(11)
    order = named(call, "cancelOrderId", "cancelOrigClientOrderId")
    call.house.engine.sift(command)
    beyond = _beyond(call)

    cancelling, cancelled = _Result.SUCCESS, None
    placing, placed = _Result.NOT_ATTEMPTED, None
    try:
        gone = cancel_named(call, order, client_id)
        cancelled = answers.cancelled(call.trading.listing, gone, client_id)
    except Refused as refused:
        cancelling, cancelled = _Result.FAILURE, refused.body()
    if cancelling is _Result.SUCCESS or mode is _Mode.ALLOW_FAILURE:
        try:
            if beyond is not None:
                raise beyond
            placing, placed = _Result.SUCCESS, submit(call, command, detail)
        except Refused as refused:
            placing, placed = _Result.FAILURE, refused.body()

    data = {
        "cancelResult": cancelling,
        "newOrderResult": placing,
        "cancelResponse": cancelled,
        "newOrderResponse": placed,
    }
    if cancelling is placing is _Result.SUCCESS:
        return data
    turned_away = beyond is not None and mode is _Mode.STOP_ON_FAILURE
    if _Result.SUCCESS in (cancelling, placing):
        text = "Order cancel-replace partially failed."
        raise Refused(-2021, text, 429 if turned_away else 409, data)
    raise Refused(-2022, "Order cancel-replace failed.", 429 if turned_away else 400, data)


def _beyond(call: Call) -> TooMany | None:
    """Why the account may not place another order, where it wants to cancel nevertheless.

    Raises:
        TooMany: it may not, and does not want that.
    """
    wanted = call.parameters.word("orderRateLimitExceededMode", _Beyond, _NO_BEYOND)
    try:
        call.check_count()
    except TooMany as refused:
        if wanted is _Beyond.CANCEL_ONLY:
            return refused
        raise
    return None


TABLE: Table = {
    ("POST", "/api/v3/order/cancelReplace"): Endpoint(
        cancel_replace,
        SIGNED
        | ORDER
        | names(
            "cancelReplaceMode cancelNewClientOrderId cancelOrigClientOrderId cancelOrderId "
            "cancelRestrictions orderRateLimitExceededMode"
        ),
        Right.TRADE,
        places=True,
    ),
}
