"""From a bot's request in Binance's words to what it means."""

import enum
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TypeVar

from msgspec import structs

from tradelatch.exchanges.binance import calls, levered
from tradelatch.exchanges.binance.endpoints import ENDPOINTS, SIGNING, name_of, unlisted
from tradelatch.exchanges.binance.symbols import unified
from tradelatch.exchanges.kit.endpoints import Endpoint, Kind
from tradelatch.exchanges.kit.forms import parse_form
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import (
    AmendOrder,
    AnyIntent,
    CancelOrder,
    FollowAccount,
    PlaceOrder,
    ReadAccount,
    ReadMarket,
    UnfollowAccount,
)
from tradelatch.model.money import ZERO, BadAmount, parse_amount
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
        ("aboveType belowType cancelReplaceMode", _WORD),
        ("aboveTimeInForce belowTimeInForce stopLimitTimeInForce", _WORD),
        ("abovePrice aboveStopPrice belowPrice belowStopPrice stopLimitPrice", _AMOUNT),
        ("aboveClientOrderId belowClientOrderId", _CLIENT_ID),
        (
            "limitClientOrderId stopClientOrderId listClientOrderId cancelOrigClientOrderId",
            _CLIENT_ID,
        ),
        ("cancelOrderId orderListId subscriptionId", _WHOLE),
        ("preventedMatchId fromPreventedMatchId fromAllocationId fromExecutionId", _WHOLE),
        ("symbols", rf'\["{_SYMBOL}"(,"{_SYMBOL}")*\]'),
        ("side type timeInForce symbolStatus", _WORD),
        ("newOrderRespType", r"ACK|RESULT|FULL"),
        ("quantity quoteOrderQty price stopPrice newQty", _AMOUNT),
        ("newClientOrderId origClientOrderId", _CLIENT_ID),
        ("orderId fromId startTime endTime limit offset status", _WHOLE),
        ("omitZeroBalances showPermissionSets", _TRUTH),
        ("permissions", rf'{_WORD}|\["{_WORD}"(,"{_WORD}")*\]'),
        ("interval windowSize", r"[1-9][0-9]?[smhdwM]"),
        ("timeZone", r"[+-]?[0-9]{1,2}(:[0-9]{2})?"),
        ("coin", r"[A-Z0-9]{1,40}"),
    )
    for name in names.split()
}

_PLACES = frozenset({Kind.PLACE, Kind.TEST, Kind.REPLACE, Kind.PAIR})
_OLD_LEGS = {
    "limit": {"price": "price", "newClientOrderId": "limitClientOrderId"},
    "stop": {
        "stopPrice": "stopPrice",
        "price": "stopLimitPrice",
        "timeInForce": "stopLimitTimeInForce",
        "newClientOrderId": "stopClientOrderId",
    },
}
"""What the legs of the older form of a pair are called."""


_SHAPE = frozenset({"quantity", "quoteOrderQty", "price", "timeInForce", "stopPrice"})
"""What orders of different types are made of."""
_SHARED = ("symbol", "side", "quantity", "listClientOrderId", "newOrderRespType")
_IN_PAIRS = frozenset({OrderType.LIMIT_MAKER} | {kind for kind in OrderType if kind.waits})


def read(request: Request) -> tuple[AnyIntent, ...]:
    """What the request means.

    Raises:
        Refusal: BAD_PARAMETER for what is not understood. What is beyond that in an order is among
            what is `unbounded` of it.
    """
    if calls.is_call(request):
        call = calls.read_call(request)
        return _meant(call.method, call.path, call.own)
    return levered.read(request) or _meant(request.method, request.path, request)


def _meant(method: str, path: str, told: Request | dict[str, str]) -> tuple[AnyIntent, ...]:
    endpoint = ENDPOINTS.get((method, path))
    if endpoint is None:
        return (unlisted(method, path),)
    if isinstance(told, Request):
        told = parse_form(told.query, told.body.decode("latin-1"))
    sent = dict(told)
    if endpoint.kind is not Kind.MARKET:
        for name in SIGNING:
            sent.pop(name, None)
    more: tuple[str, ...] = ()
    if endpoint.kind in _PLACES:
        more = tuple(f"parameter {n[:40]!r}" for n in sent if n not in endpoint.parameters)
        sent = {n: value for n, value in sent.items() if n in endpoint.parameters}
    _check(sent, endpoint)
    if endpoint.kind is Kind.REPLACE:
        meant = _replacing(sent)
    elif endpoint.kind is Kind.PAIR:
        meant = _pair(sent)
    else:
        meant = (_intent(endpoint, sent),)
    return tuple(_with(intent, more) for intent in meant) if more else meant


def _with(intent: AnyIntent, more: tuple[str, ...]) -> AnyIntent:
    return structs.replace(intent, unbounded=more) if isinstance(intent, PlaceOrder) else intent


def _intent(endpoint: Endpoint, sent: dict[str, str]) -> AnyIntent:
    if read_change := _CHANGES.get(endpoint.kind):
        return read_change(sent)
    if endpoint.kind in (Kind.FOLLOW, Kind.UNFOLLOW):
        return _following(endpoint, sent)
    understood = tuple((name, sent[name]) for name in endpoint.parameters if name in sent)
    if endpoint.kind is Kind.ACCOUNT:
        return ReadAccount(name_of(endpoint), understood)
    return ReadMarket(name_of(endpoint), understood)


def _following(endpoint: Endpoint, sent: dict[str, str]) -> AnyIntent:
    if endpoint.kind is Kind.FOLLOW:
        return FollowAccount()
    number = sent.get("subscriptionId")
    return UnfollowAccount(None if number is None else int(number))


def _check(sent: dict[str, str], endpoint: Endpoint) -> None:
    for name, value in sent.items():
        if name not in endpoint.parameters:
            text = f"Parameter '{name[:40]}' was sent but is not understood here."
            raise Refusal(Reason.BAD_PARAMETER, text, -1104)
        if not _PATTERNS[name].fullmatch(value):
            text = f"Illegal characters found in parameter '{name}': {value[:40]!r}."
            raise Refusal(Reason.BAD_PARAMETER, text)


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
        listed=sent.get("listClientOrderId"),
        response=sent.get("newOrderRespType"),
        test=test,
    )


def _replacing(sent: dict[str, str]) -> tuple[AnyIntent, ...]:
    """A cancel, and the order that takes its place."""
    mode = _needed(sent, "cancelReplaceMode")
    if mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
        raise Refusal(Reason.BAD_PARAMETER, f"Invalid cancelReplaceMode: {mode!r}.", -1130)
    names = {"symbol": "symbol", "orderId": "cancelOrderId"}
    names["origClientOrderId"] = "cancelOrigClientOrderId"
    cancel = _cancel({name: sent[theirs] for name, theirs in names.items() if theirs in sent})
    placed = {name: value for name, value in sent.items() if not name.startswith("cancel")}
    return structs.replace(cancel, mode=mode), _order(placed, test=False)


def _pair(sent: dict[str, str]) -> tuple[AnyIntent, ...]:
    """Two orders of which one cancels the other, the upper one first."""
    legs = (_leg(sent, "above"), _leg(sent, "below"))
    if "aboveType" not in sent and "belowType" not in sent:  # the older form
        limit, stop = (_old_leg(sent, name) for name in ("limit", "stop"))
        stop["type"] = "STOP_LOSS_LIMIT" if "price" in stop else "STOP_LOSS"
        limit["type"] = "LIMIT_MAKER"
        legs = (limit, stop) if sent.get("side") == "SELL" else (stop, limit)
    shared = {name: sent[name] for name in _SHARED if name in sent}
    above, below = (_order(leg | shared, test=False) for leg in legs)
    if above.client_order_id is not None and above.client_order_id == below.client_order_id:
        raise Refusal(Reason.BAD_PARAMETER, "Two orders cannot have one client order id.")
    for leg in (above, below):
        if leg.type not in _IN_PAIRS:
            text = f"Invalid type of an order in a list: {leg.type}."
            raise Refusal(Reason.BAD_PARAMETER, text, -1116)
    return above, below


def _leg(sent: dict[str, str], leg: str) -> dict[str, str]:
    """One leg of a pair in the words of a single order."""
    mine = {name.removeprefix(leg): value for name, value in sent.items() if name.startswith(leg)}
    words = {name[0].lower() + name[1:]: value for name, value in mine.items()}
    return {("newClientOrderId" if n == "clientOrderId" else n): v for n, v in words.items()}


def _old_leg(sent: dict[str, str], leg: str) -> dict[str, str]:
    return {name: sent[theirs] for name, theirs in _OLD_LEGS[leg].items() if theirs in sent}


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
    number, name = _either(sent, "orderId", "origClientOrderId")
    return CancelOrder(unified(_needed(sent, "symbol")), number, name)


def _cancel_all(sent: dict[str, str]) -> CancelOrder:
    return CancelOrder(unified(_needed(sent, "symbol")))


def _cancel_list(sent: dict[str, str]) -> CancelOrder:
    number, name = _either(sent, "orderListId", "listClientOrderId")
    return CancelOrder(unified(_needed(sent, "symbol")), list_id=number, listed=name)


def _amend(sent: dict[str, str]) -> AmendOrder:
    number, name = _either(sent, "orderId", "origClientOrderId")
    if sent.get("newClientOrderId", name) != name:
        text = "An order keeps its client order id: send newClientOrderId as origClientOrderId is"
        raise Refusal(Reason.BAD_PARAMETER, f"{text}, or leave it out.", -1130)
    _needed(sent, "newQty")
    quantity = _amount(sent, "newQty") or ZERO
    return AmendOrder(unified(_needed(sent, "symbol")), quantity, number, name)


_CHANGES: dict[Kind, Callable[[dict[str, str]], AnyIntent]] = {
    Kind.PLACE: partial(_order, test=False),
    Kind.TEST: partial(_order, test=True),
    Kind.CANCEL: _cancel,
    Kind.CANCEL_ALL: _cancel_all,
    Kind.CANCEL_LIST: _cancel_list,
    Kind.AMEND: _amend,
}
"""What is one intent, read so."""


def _either(sent: dict[str, str], number: str, name: str) -> tuple[int | None, str | None]:
    """The number and the name of an order or a list. Without either it would be another intent:
    to cancel everything, say."""
    if number not in sent and name not in sent:
        text = f"Param '{name}' or '{number}' must be sent, but both were empty/null!"
        raise Refusal(Reason.BAD_PARAMETER, text, -1102)
    return int(sent[number]) if number in sent else None, sent.get(name)


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
