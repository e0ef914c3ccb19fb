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
        ("quantity quoteOrderQty price", _AMOUNT),
        ("newClientOrderId origClientOrderId", _CLIENT_ID),
        ("orderId fromId startTime endTime limit offset status", _WHOLE),
        ("omitZeroBalances showPermissionSets", _TRUTH),
        ("permissions", rf'{_WORD}|\["{_WORD}"(,"{_WORD}")*\]'),
        ("interval windowSize", r"[1-9][0-9]?[smhdwM]"),
        ("coin", r"[A-Z0-9]{1,40}"),
    )
    for name in names.split()
}

_BOUNDED_TYPES = frozenset({OrderType.LIMIT, OrderType.MARKET})
_UNBOUNDED = (
    "stopPrice",
    "trailingDelta",
    "icebergQty",
    "pegPriceType",
    "pegOffsetType",
    "pegOffsetValue",
)


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
    kind = sent.get("type")
    if kind is not None and kind not in _BOUNDED_TYPES:
        text = f"Order type {kind[:40]!r}: only LIMIT and MARKET have a stated bound"
        raise Refusal(Reason.ORDER_DENIED, text)
    for name in _UNBOUNDED:
        if name in sent:
            text = f"Orders with {name} have no stated bound; send a plain LIMIT or MARKET order"
            raise Refusal(Reason.ORDER_DENIED, text)


def _order(sent: dict[str, str], test: bool) -> PlaceOrder:
    kind = OrderType(_needed(sent, "type"))
    needed: tuple[str, ...]
    extra: tuple[str, ...]
    if kind is OrderType.LIMIT:
        needed, extra = ("timeInForce", "quantity", "price"), ("quoteOrderQty",)
    elif "quantity" in sent:
        needed, extra = ("quantity",), ("quoteOrderQty", "price", "timeInForce")
    else:
        needed, extra = ("quoteOrderQty",), ("price", "timeInForce")
    for name in needed:
        _needed(sent, name)
    for name in extra:
        _refuse_extra(sent, name)
    return PlaceOrder(
        symbol=unified(_needed(sent, "symbol")),
        side=_word(sent, "side", Side, -1117),
        type=kind,
        quantity=_amount(sent, "quantity"),
        quote_quantity=_amount(sent, "quoteOrderQty"),
        price=_amount(sent, "price"),
        time_in_force=(
            _word(sent, "timeInForce", TimeInForce, -1115) if kind is OrderType.LIMIT else None
        ),
        client_order_id=sent.get("newClientOrderId"),
        response=sent.get("newOrderRespType"),
        test=test,
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
