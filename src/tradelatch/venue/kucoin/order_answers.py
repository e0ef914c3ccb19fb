"""Orders and fills as KuCoin tells them
(https://www.kucoin.com/docs-new/rest/spot-trading/orders/get-order-by-orderld)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from tradelatch.model.orders import OrderStatus, OrderType, Side
from tradelatch.venue.api.answers import commission
from tradelatch.venue.api.wallet import fee_rates
from tradelatch.venue.engine.accounts import Account, Trade
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.order import Order, SelfTradePrevention
from tradelatch.venue.engine.register import Register
from tradelatch.venue.kucoin.names import id_of, plain, price, rate, size, symbol_of, trade_id

_PREVENTIONS = {
    SelfTradePrevention.NONE: "",
    SelfTradePrevention.EXPIRE_TAKER: "CN",
    SelfTradePrevention.EXPIRE_MAKER: "CO",
    SelfTradePrevention.EXPIRE_BOTH: "CB",
}
_UNFINISHED = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED)
_NS = 1_000_000


class Fill(NamedTuple):
    """One trade of an account, from its side: the `number` of its own in order of time."""

    number: int
    trade: Trade
    bought: bool

    @property
    def order(self) -> int:
        """The account's order."""
        return self.trade.buy_order if self.bought else self.trade.sell_order


class Teller:
    """Tells of one account's orders and fills, with the fees of the given orders."""

    def __init__(self, register: Register, account: Account, orders: Iterable[Order] = ()) -> None:
        self._register = register
        self._account = account
        self._fees = _fees(account, list(orders))

    def order(self, order: Order) -> dict[str, Any]:
        """An order in the words of the classic endpoints."""
        return {**self._shared(order), "isActive": not order.status.is_final}

    def hf_order(self, order: Order) -> dict[str, Any]:
        """The same in the words of the high-frequency endpoints."""
        listing = self._register.markets[order.market].listing
        at_work = not order.status.is_final
        rest = size(listing, order.remaining)
        left = plain(order.quote - order.spent - order.charged if order.quote else 0)
        return {
            **self._shared(order),
            "active": at_work,
            "inOrderBook": at_work and not order.is_waiting,
            "cancelledSize": "0" if at_work or order.quote else rest,
            "cancelledFunds": "0" if at_work else left,
            "remainSize": rest if at_work else "0",
            "remainFunds": left if at_work else "0",
            "lastUpdatedAt": order.updated,
            "tax": "0",
        }

    def stop_order(self, order: Order) -> dict[str, Any]:
        """An order that waits for its stop price, or did."""
        listing = self._register.markets[order.market].listing
        maker, taker = fee_rates(self._account, listing)
        triggered = order.working_at >= 0
        state = "CANCELLED" if order.status.is_final else "NEW"
        return {
            **self._terms(order),
            "userId": id_of(self._account.uid),
            "status": "TRIGGERED" if triggered else state,
            "relatedNo": None,
            "orderTime": order.at * _NS,
            "domainId": "kucoin",
            "tradeSource": "USER",
            "takerFeeRate": rate(taker),
            "makerFeeRate": rate(maker),
            "stopTriggerTime": order.working_at if triggered else None,
        }

    def fill(self, fill: Fill) -> dict[str, Any]:
        """A trade as one of its two parties sees it."""
        trade, bought = fill.trade, fill.bought
        listing = self._register.markets[trade.market].listing
        order = self._account.orders[fill.order]
        is_taker = trade.taker_bought is bought
        maker, taker = fee_rates(self._account, listing)
        return {
            "id": fill.number,
            "symbol": symbol_of(listing),
            "tradeId": trade_id(self._register, trade.market, trade.id),
            "orderId": id_of(order.id),
            "counterOrderId": id_of(trade.sell_order if bought else trade.buy_order),
            "side": order.side.lower(),
            "liquidity": "taker" if is_taker else "maker",
            "forceTaker": False,
            "price": price(listing, trade.ticks),
            "size": size(listing, trade.lots),
            "funds": plain(trade.quote),
            "fee": plain(_fee(trade, bought)),
            "feeRate": rate(taker if is_taker else maker),
            "feeCurrency": commission(listing, trade, bought)[1],
            "stop": _stop(order),
            "tradeType": "TRADE",
            "type": "limit" if order.type.has_limit else "market",
            "createdAt": trade.at,
        }

    def _shared(self, order: Order) -> dict[str, Any]:
        listing = self._register.markets[order.market].listing
        return {
            **self._terms(order),
            "opType": "DEAL",
            "dealSize": size(listing, order.filled),
            "dealFunds": plain(order.spent),
            "fee": plain(self._fees.get(order.id, 0)),
            "stopTriggered": order.stop_ticks > 0 and order.working_at >= 0,
            "cancelExist": order.status not in _UNFINISHED,
        }

    def _terms(self, order: Order) -> dict[str, Any]:
        """What was asked for."""
        listing = self._register.markets[order.market].listing
        return {
            "id": id_of(order.id),
            "clientOid": order.client_id,
            "symbol": symbol_of(listing),
            "type": "limit" if order.type.has_limit else "market",
            "side": order.side.lower(),
            "price": price(listing, order.ticks),
            "size": size(listing, 0 if order.quote else order.lots),
            "funds": plain(order.quote),
            "feeCurrency": _fee_asset(listing, order),
            "stp": _PREVENTIONS[order.prevention],
            "stop": _stop(order),
            "stopPrice": price(listing, order.stop_ticks),
            "timeInForce": order.tif,
            "postOnly": order.type is OrderType.LIMIT_MAKER,
            "hidden": False,
            "iceberg": False,
            "visibleSize": "0",
            "cancelAfter": 0,
            "channel": "API",
            "remark": None,
            "tags": None,
            "tradeType": "TRADE",
            "createdAt": order.at,
        }


def _stop(order: Order) -> str:
    if not order.stop_ticks:
        return ""
    return "entry" if order.rises else "loss"


def _fee_asset(listing: Listing, order: Order) -> str:
    """What an order is charged in: quote, but for a buy by another face."""
    return listing.quote if order.side is Side.SELL or order.fee_ppm else listing.base


def _fee(trade: Trade, bought: bool) -> int:
    return trade.buyer_fee if bought else trade.seller_fee


def _fees(account: Account, orders: list[Order]) -> dict[int, int]:
    """What these orders have cost in fees, by number, in units of what each is
    charged in."""
    found = dict.fromkeys((order.id for order in orders if order.filled), 0)
    since = min((order.at for order in orders if order.filled), default=0)
    if not found:
        return found
    for trade, bought in reversed(account.trades):
        if trade.at < since:
            break
        number = trade.buy_order if bought else trade.sell_order
        if number in found:
            found[number] += _fee(trade, bought)
    return found
