"""How this face says no: KuCoin's codes and texts (https://www.kucoin.com/docs/basic-info/errors-code,
spot errors) for what the engine, which knows Binance's, refuses.

KuCoin answers a refused order with HTTP 200 and the code in the body.
"""

from collections.abc import Callable
from typing import Any

from tradelatch.venue.api.limits import TooMany
from tradelatch.venue.engine.orders import DUPLICATE
from tradelatch.venue.engine.refusal import (
    DISABLED,
    INSUFFICIENT_BALANCE,
    WOULD_MATCH,
    WOULD_TRIGGER,
    Refused,
)


class Declined(Refused):
    """A request is turned away in KuCoin's own words."""

    def __init__(self, code: int, msg: str, status: int = 200) -> None:
        super().__init__(code, msg, status)


def unsuitable(msg: str) -> Declined:
    """A parameter is missing, or is none of what it may be."""
    return Declined(400100, msg)


def no_such_url() -> Declined:
    """There is no such endpoint."""
    return Declined(404000, "Url Not Found", 404)


def no_such_pair() -> Declined:
    """No market is called that."""
    return unsuitable("Unsupported trading pair.")


def no_such_order() -> Declined:
    """A query names an order that is not there to be told of."""
    return unsuitable("order not exist.")


def not_cancelled() -> Declined:
    """A cancellation names an order that is not open."""
    return unsuitable("order_not_exist_or_not_allow_to_cancel")


_TEXTS = {
    DISABLED: (411100, "User are frozen."),
    INSUFFICIENT_BALANCE: (200004, "Balance insufficient!"),
    DUPLICATE: (400100, "validation.createOrder.clientOidDuplicated"),
    WOULD_MATCH: (
        300000,
        "The order is post only and would trade at once.",
    ),
    WOULD_TRIGGER: (300000, "The stop price is reached already."),
    "Invalid quantity.": (400100, "The quantity is below the minimum requirement."),
    "Invalid price.": (400100, "Price increment invalid."),
    "Filter failure: PRICE_FILTER": (300000, "Order price invalid."),
    "Filter failure: LOT_SIZE": (300000, "Order size invalid."),
    "Filter failure: MARKET_LOT_SIZE": (300000, "Order size invalid."),
    "Filter failure: PERCENT_PRICE_BY_SIDE": (
        400330,
        "The order price is too far from the average price.",
    ),
    "Filter failure: NOTIONAL": (
        600101,
        "The order funds are below the least or above the most of this market.",
    ),
    "Filter failure: MAX_NUM_ORDERS": (200003, "Number of orders breached the limit."),
    "Filter failure: MAX_NUM_ALGO_ORDERS": (200003, "Number of orders breached the limit."),
    "Filter failure: MAX_POSITION": (400350, "The upper limit for holding is reached."),
}
"""What KuCoin says in the place of the engine's text."""
_CODES: dict[int, Callable[[], Declined]] = {
    -1121: no_such_pair,
    -2011: not_cancelled,
    -2013: no_such_order,
    -4026: lambda: Declined(260100, "account.noBalance"),
}
"""The same, where the engine's code tells enough."""


def told(refused: Refused, headers: dict[str, int]) -> tuple[int, Any]:
    """Status and body of the answer to what was refused, by whomever; `headers` gets what they
    tell of it."""
    if isinstance(refused, TooMany):
        headers["gw-ratelimit-reset"] = max(refused.retry_at - refused.now, 0)
    declined = _in_own_words(refused)
    return declined.status, {"code": str(declined.code), "msg": declined.msg}


def _in_own_words(refused: Refused) -> Declined:
    if isinstance(refused, Declined):
        return refused
    if isinstance(refused, TooMany):
        return Declined(429000, "Too many requests. Please try again later.", 429)
    if refused.status >= 500:
        return Declined(500000, "Internal Server Error", refused.status)
    if refused.msg in _TEXTS:
        return Declined(*_TEXTS[refused.msg])
    if refused.code in _CODES:
        return _CODES[refused.code]()
    return Declined(400100, refused.msg, refused.status if refused.status == 413 else 200)
