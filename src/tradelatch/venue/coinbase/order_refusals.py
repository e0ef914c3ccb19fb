"""Why an order is not taken. Coinbase tells it with status 200, in the answer's ``error_response``.

Words as https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/create-order
lists them (``new_order_failure_reason``, ``preview_failure_reason``).
"""

import enum
from typing import Any

from tradelatch.venue.engine.refusal import (
    DISABLED,
    INSUFFICIENT_BALANCE,
    WOULD_MATCH,
    WOULD_TRIGGER,
    Refused,
)

UNKNOWN_FAILURE = "UNKNOWN_FAILURE_REASON"
UNKNOWN_PREVIEW = "UNKNOWN_PREVIEW_FAILURE_REASON"


class Reason(enum.Enum):
    """What is wrong with an order: the failure reason, and the one that a preview has for it."""

    UNSUPPORTED = ("UNSUPPORTED_ORDER_CONFIGURATION", "PREVIEW_INVALID_ORDER_CONFIG")
    SIDE = ("INVALID_SIDE", "PREVIEW_INVALID_SIDE")
    PRODUCT = ("INVALID_PRODUCT_ID", "PREVIEW_INVALID_PRODUCT_ID")
    SIZE_PRECISION = ("INVALID_SIZE_PRECISION", "PREVIEW_INVALID_SIZE_PRECISION")
    PRICE_PRECISION = ("INVALID_PRICE_PRECISION", "PREVIEW_INVALID_PRICE_PRECISION")
    FUNDS = ("INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND")
    DISABLED = ("ORDER_ENTRY_DISABLED", UNKNOWN_PREVIEW)
    POST_ONLY = ("INVALID_LIMIT_PRICE_POST_ONLY", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY")
    LIMIT_PRICE = ("INVALID_LIMIT_PRICE", "PREVIEW_BREACHED_PRICE_LIMIT")
    SIZE_TOO_LARGE = ("INVALID_REQUEST", "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE")
    SIZE_TOO_SMALL = ("INVALID_REQUEST", "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL")
    VALUE_TOO_LARGE = ("INVALID_REQUEST", "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE")
    VALUE_TOO_SMALL = ("INVALID_REQUEST", "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL")
    STOP_ABOVE = (UNKNOWN_FAILURE, "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE")
    STOP_BELOW = (UNKNOWN_FAILURE, "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE")
    REJECTED = ("COMMANDER_REJECTED_NEW_ORDER", UNKNOWN_PREVIEW)

    @property
    def failure(self) -> str:
        """What an order that is refused for it is told."""
        return self.value[0]

    @property
    def preview(self) -> str:
        """What a preview tells."""
        return self.value[1]


_BY_TEXT = {
    INSUFFICIENT_BALANCE: Reason.FUNDS,
    DISABLED: Reason.DISABLED,
    WOULD_MATCH: Reason.POST_ONLY,
    "Invalid quantity.": Reason.SIZE_TOO_SMALL,
    "Invalid price.": Reason.LIMIT_PRICE,
    "Filter failure: LOT_SIZE": Reason.SIZE_TOO_LARGE,
    "Filter failure: MARKET_LOT_SIZE": Reason.SIZE_TOO_LARGE,
    "Filter failure: PRICE_FILTER": Reason.LIMIT_PRICE,
    "Filter failure: PERCENT_PRICE_BY_SIDE": Reason.LIMIT_PRICE,
}
_NO_FUNDS = "Insufficient balance in source account"


class OrderRefused(Exception):
    """A new order is not taken, and nothing has changed."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message

    def told(self, configuration: Any) -> dict[str, Any]:
        """The answer to a new order that was asked for with that configuration."""
        return {
            "success": False,
            "error_response": {
                "error": self.reason.failure,
                "message": self.message,
                "error_details": "",
                "preview_failure_reason": self.reason.preview,
                "new_order_failure_reason": self.reason.failure,
            },
            "order_configuration": configuration,
        }


def in_words(refused: Refused, falls: bool, is_small: bool) -> OrderRefused:
    """The engine's refusal of an order in Coinbase's words. `falls` is whether it waits for a
    price that falls to its stop price, `is_small` whether it is worth less than its market takes.
    """
    if refused.msg == INSUFFICIENT_BALANCE:
        return OrderRefused(Reason.FUNDS, _NO_FUNDS)
    if refused.msg == WOULD_TRIGGER:
        reason = Reason.STOP_ABOVE if falls else Reason.STOP_BELOW
    elif refused.msg == "Filter failure: NOTIONAL":
        reason = Reason.VALUE_TOO_SMALL if is_small else Reason.VALUE_TOO_LARGE
    else:
        reason = _BY_TEXT.get(refused.msg, Reason.REJECTED)
    return OrderRefused(reason, refused.msg)
