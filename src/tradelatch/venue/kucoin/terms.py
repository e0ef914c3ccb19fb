"""What a request to place an order asks for: parameters read into a command
(https://www.kucoin.com/docs-new/rest/spot-trading/orders/add-order and add-stop-order)."""

import re
from collections.abc import Mapping
from typing import TypeVar

from tradelatch.model.orders import OrderType, Side, TimeInForce
from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.engine.commands import Place
from tradelatch.venue.engine.order import SelfTradePrevention
from tradelatch.venue.kucoin.endpoint import Call
from tradelatch.venue.kucoin.refusals import unsuitable

CLIENT_OID = re.compile(r"^[A-Za-z0-9_-]{1,40}$", re.ASCII)
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_TIFS = {word.value: word for word in TimeInForce}
_PREVENTIONS = {
    "CN": SelfTradePrevention.EXPIRE_TAKER,
    "CO": SelfTradePrevention.EXPIRE_MAKER,
    "CB": SelfTradePrevention.EXPIRE_BOTH,
}
"""Cancel newest, oldest, both; decrease and cancel (DC) is not offered."""
_IS_LIMIT = {"limit": True, "market": False}
_RISES = {"entry": True, "loss": False}
"""Which way the last price has to come to a stop price."""
_STOPS = {
    (True, True): OrderType.STOP_LOSS_LIMIT,
    (True, False): OrderType.STOP_LOSS,
    (False, True): OrderType.TAKE_PROFIT_LIMIT,
    (False, False): OrderType.TAKE_PROFIT,
}
"""The engine's type by whether it goes with the price, and whether it has a limit."""

_Word = TypeVar("_Word")


def read_order(call: Call) -> Place:
    """The command that a request to place an order means.

    Raises:
        Refused: a parameter is missing, cannot be read, or asks for what is not offered here.
    """
    is_limit = _word(call.parameters, "type", _IS_LIMIT, "limit")
    post_only = call.parameters.flag("postOnly") or False
    if post_only and is_limit and _tif(call.parameters) is not TimeInForce.GTC:
        raise unsuitable("postOnly and timeInForce IOC or FOK exclude each other.")
    maker = OrderType.LIMIT_MAKER if post_only else OrderType.LIMIT
    return _read(call, maker if is_limit else OrderType.MARKET, is_limit, 0)


def read_stop_order(call: Call) -> Place:
    """The same for an order that waits for a stop price."""
    asked = call.parameters
    if asked.flag("postOnly"):
        raise unsuitable("A stop order cannot be postOnly here.")
    if asked.has("funds"):
        raise unsuitable("A stop order takes size and not funds here.")
    is_limit = _word(asked, "type", _IS_LIMIT, "limit")
    rises = _word(asked, "stop", _RISES, "loss")
    is_buy = _word(asked, "side", _SIDES) is Side.BUY
    stop = _steps(_amount(asked, "stopPrice"), call.trading.listing.tick, "Stop price")
    return _read(call, _STOPS[rises is is_buy, is_limit], is_limit, stop)


def client_oid(asked: Parameters) -> str:
    """The client's own id of an order, empty where there is none."""
    return asked.text("clientOid", CLIENT_OID) or ""


def _read(call: Call, kind: OrderType, is_limit: bool, stop_ticks: int) -> Place:
    asked, listing = call.parameters, call.trading.listing
    _check_offered(asked)
    call.check_market(listing.name)
    funds = 0 if is_limit else asked.amount("funds") or 0
    if funds and asked.has("size"):
        raise unsuitable("size and funds exclude each other.")
    size = 0 if funds else _amount(asked, "size")
    price = _amount(asked, "price") if is_limit else 0
    return Place(
        call.now,
        call.account.name,
        listing.name,
        _word(asked, "side", _SIDES),
        kind,
        _steps(size, listing.lot, "Order size"),
        _steps(price, listing.tick, "Price"),
        funds,
        _tif(asked) if is_limit else TimeInForce.GTC,
        client_oid(asked),
        stop_ticks,
        _word(asked, "stp", _PREVENTIONS) if asked.text("stp") else SelfTradePrevention.NONE,
        quote_fee=True,
    )


def _check_offered(asked: Parameters) -> None:
    if (asked.text("tradeType") or "TRADE") != "TRADE":
        raise unsuitable("Margin trading is not offered here, tradeType can be TRADE alone.")
    for name in ("hidden", "iceberg"):
        if asked.flag(name):
            raise unsuitable(f"Orders that are {name} are not offered here.")


def _tif(asked: Parameters) -> TimeInForce:
    return _word(asked, "timeInForce", _TIFS, "GTC")


def _word(
    asked: Parameters, name: str, words: Mapping[str, _Word], usual: str | None = None
) -> _Word:
    """One of a fixed set of words.

    Raises:
        Refused: it is another, or missing where nothing is usual.
    """
    text = asked.text(name) or usual or ""
    if text not in words:
        raise unsuitable(f"{name} is one of {', '.join(words)}.")
    return words[text]


def _amount(asked: Parameters, name: str) -> int:
    amount = asked.amount(name)
    if amount is None:
        raise unsuitable(f"{name} is missing.")
    return amount


def _steps(amount: int, step: int, what: str) -> int:
    count, rest = divmod(amount, step)
    if rest:
        raise unsuitable(f"{what} increment invalid.")
    return count
