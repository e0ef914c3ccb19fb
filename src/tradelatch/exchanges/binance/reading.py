"""From a bot's request in Binance's words to what it means."""

import enum
import re
from decimal import Decimal
from typing import TypeVar

from tradelatch.exchanges.binance.endpoints import ENDPOINTS, SIGNING, Endpoint, Kind, unlisted
from tradelatch.exchanges.binance.symbols import unified
from tradelatch.exchanges.forms import parse_form
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import AnyIntent, CancelOrder, PlaceOrder, ReadAccount, ReadMarket
from tradelatch.model.money import BadAmount, parse_amount
from tradelatch.model.orders import OrderType, Side, TimeInForce

_Words = TypeVar("_Words", bound=enum.StrEnum)

_SYMBOL = r"[A-Z0-9._-]{1,40}"
_WORD = r"[A-Z_]{1,40}"
_WHOLE = r"0|[1-9][0-9]{0,18}"
_AMOUNT = r"[0-9.]{1,39}"
_TRUTH = r"true|false"
_CLIENT_ID = r"[A-Za-z0-9.:/_-]{1,36}"

# A name means the same on every endpoint, so one pattern each.
_PATTERNS = {
    name: re.compile(pattern)
    for names, pattern in (
        ("symbol pair", _SYMBOL),
        ("symbols", rf'\["{_SYMBOL}"(,"{_SYMBOL}")*\]'),
        ("side type timeInForce symbolStatus", _WORD),
        ("newOrderRespType", r"ACK|RESULT|FULL"),
        ("quantity quoteOrderQty price stopPrice", _AMOUNT),
        ("newClientOrderId origClientOrderId", _CLIENT_ID),
        ("orderId fromId startTime endTime limit offset status", _WHOLE),
        ("omitZeroBalances showPermissionSets", _TRUTH),
        ("permissions", rf'{_WORD}|\["{_WORD}"(,"{_WORD}")*\]'),
        ("interval windowSize", r"[1-9][0-9]?[smhdwM]"),
        ("coin", r"[A-Z0-9]{1,40}"),
    )
    for name in names.split()
}

_UNBOUNDED = (
    "trailingDelta",
    "icebergQty",
    "pegPriceType",
    "pegOffsetType",
    "pegOffsetValue",
)


_SHAPE = frozenset({"quantity", "quoteOrderQty", "price", "timeInForce", "stopPrice"})
"""What orders of different types are made of."""


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood whole, ORDER_DENIED for an order of a
            kind that has no stated bound.
    """
    endpoint = ENDPOINTS.get((request.method, request.path))
    if endpoint is None:
        return (unlisted(request.method, request.path),)
    sent = parse_form(request.query, request.body.decode("latin-1"))
    if endpoint.kind is not Kind.MARKET:
        for name in SIGNING:
            sent.pop(name, None)
    if endpoint.kind in (Kind.PLACE, Kind.TEST):
        _deny_unbounded(sent)
    _check(sent, endpoint)
    return (_intent(endpoint, sent),)


def _intent(endpoint: Endpoint, sent: dict[str, str]) -> AnyIntent:
    match endpoint.kind:
        case Kind.PLACE | Kind.TEST:
            return _order(sent, test=endpoint.kind is Kind.TEST)
        case Kind.CANCEL:
            return _cancel(sent)
        case Kind.CANCEL_ALL:
            return CancelOrder(unified(_needed(sent, "symbol")))
    understood = tuple((name, sent[name]) for name in endpoint.parameters if name in sent)
    if endpoint.kind is Kind.ACCOUNT:
        return ReadAccount(endpoint.what, understood)
    return ReadMarket(endpoint.what, understood)


def _check(sent: dict[str, str], endpoint: Endpoint) -> None:
    for name, value in sent.items():
        if name not in endpoint.parameters:
            text = f"Parameter '{name[:40]}' was sent but is not understood here."
            raise Refusal(Reason.BAD_PARAMETER, text, -1104)
        if not _PATTERNS[name].fullmatch(value):
            text = f"Illegal characters found in parameter '{name}': {value[:40]!r}."
            raise Refusal(Reason.BAD_PARAMETER, text)


def _deny_unbounded(sent: dict[str, str]) -> None:
    for name in _UNBOUNDED:
        if name in sent:
            text = f"Orders with {name} have no stated bound; send the order without it"
            raise Refusal(Reason.ORDER_DENIED, text)


def _order(sent: dict[str, str], test: bool) -> PlaceOrder:
    kind = _word(sent, "type", OrderType, -1116)
    needed = _needs(kind, sent)
    for name in needed:
        _needed(sent, name)
    for name in _SHAPE - needed:
        _refuse_extra(sent, name)
    return PlaceOrder(
        symbol=unified(_needed(sent, "symbol")),
        side=_word(sent, "side", Side, -1117),
        type=kind,
        quantity=_amount(sent, "quantity"),
        quote_quantity=_amount(sent, "quoteOrderQty"),
        price=_amount(sent, "price"),
        time_in_force=(
            _word(sent, "timeInForce", TimeInForce, -1115) if "timeInForce" in needed else None
        ),
        stop_price=_amount(sent, "stopPrice"),
        client_order_id=sent.get("newClientOrderId"),
        response=sent.get("newOrderRespType"),
        test=test,
    )


def _needs(kind: OrderType, sent: dict[str, str]) -> set[str]:
    """What an order of that type is made of, besides market, side and type; nothing else may be
    sent with it."""
    if kind is OrderType.MARKET:
        return {"quantity" if "quantity" in sent else "quoteOrderQty"}
    is_maker = kind is OrderType.LIMIT_MAKER
    return (
        {"quantity"}
        | ({"price"} if kind.has_limit else set())
        | ({"timeInForce"} if kind.has_limit and not is_maker else set())
        | ({"stopPrice"} if kind.waits else set())
    )


def _cancel(sent: dict[str, str]) -> CancelOrder:
    # Without either id this would be another intent: cancel everything.
    number, name = sent.get("orderId"), sent.get("origClientOrderId")
    if number is None and name is None:
        text = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
        raise Refusal(Reason.BAD_PARAMETER, text, -1102)
    symbol = unified(_needed(sent, "symbol"))
    return CancelOrder(symbol, None if number is None else int(number), name)


def _needed(sent: dict[str, str], name: str) -> str:
    if name not in sent:
        text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
        raise Refusal(Reason.BAD_PARAMETER, text, -1102)
    return sent[name]


def _refuse_extra(sent: dict[str, str], name: str) -> None:
    if name in sent:
        raise Refusal(Reason.BAD_PARAMETER, f"Parameter '{name}' sent when not required.", -1106)


def _word(sent: dict[str, str], name: str, words: type[_Words], code: int) -> _Words:
    value = _needed(sent, name)
    if value not in words.__members__:
        raise Refusal(Reason.BAD_PARAMETER, f"Invalid {name}: {value!r}.", code)
    return words(value)


def _amount(sent: dict[str, str], name: str) -> Decimal | None:
    if name not in sent:
        return None
    try:
        amount = parse_amount(sent[name])
    except BadAmount as error:
        raise Refusal(Reason.BAD_PARAMETER, f"Parameter '{name}': {error}.") from None
    if not amount:
        raise Refusal(Reason.BAD_PARAMETER, f"Parameter '{name}' must be more than zero.", -1013)
    return amount
