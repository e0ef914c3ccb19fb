"""Orders, order lists and what came of them, in Binance's JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from tradelatch.model.orders import OrderStatus, Side
from tradelatch.venue.api.answers import commission, price, quantity
from tradelatch.venue.engine.accounts import PreventedMatch, Trade
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.order import ListStatus, Order, OrderList
from tradelatch.venue.engine.units import show

NO_LIST = -1


def placed(
    listing: Listing,
    order: Order,
    trades: Iterable[Trade],
    detail: str,
    prevented: Sequence[PreventedMatch] = (),
) -> dict[str, Any]:
    """The answer to a new order, which made `trades` and would have made those `prevented`;
    `detail` is ACK, RESULT or FULL."""
    answer: dict[str, Any] = {
        "symbol": order.market,
        "orderId": order.id,
        "orderListId": list_id(order),
        "clientOrderId": order.client_id,
        "transactTime": order.at,
    }
    if detail == "ACK":
        return answer
    answer |= _amounts(listing, order)
    answer["workingTime"] = order.working_at
    if detail == "FULL":
        answer["fills"] = [_fill(listing, order, trade) for trade in trades]
        if prevented:
            answer["preventedMatches"] = [_kept_from(listing, match) for match in prevented]
    return answer | _marks(listing, order)


def cancelled(listing: Listing, order: Order, client_id: str) -> dict[str, Any]:
    """The answer to a cancellation; `client_id` is the cancellation's own."""
    return {
        "symbol": order.market,
        "origClientOrderId": order.client_id,
        "orderId": order.id,
        "orderListId": list_id(order),
        "clientOrderId": client_id,
        "transactTime": order.updated,
        **_amounts(listing, order),
        **_marks(listing, order),
    }


def amended(listing: Listing, order: Order, former: str, execution: int) -> dict[str, Any]:
    """The answer to an amendment; `former` is what the order was called before."""
    answer: dict[str, Any] = {
        "transactTime": order.updated,
        "executionId": execution,
        "amendedOrder": {
            "symbol": order.market,
            "orderId": order.id,
            "orderListId": list_id(order),
            "origClientOrderId": former,
            "clientOrderId": order.client_id,
            "price": price(listing, order.ticks),
            "qty": quantity(listing, order.lots),
            "executedQty": quantity(listing, order.filled),
            "preventedQty": quantity(listing, 0),
            "quoteOrderQty": show(order.quote),
            "cumulativeQuoteQty": show(order.spent),
            "status": order.status,
            "timeInForce": order.tif,
            "type": order.type,
            "side": order.side,
            "workingTime": order.working_at,
            **_marks(listing, order),
        },
    }
    if order.list is None:
        return answer
    told = order_list(order.list)
    wanted = ("orderListId", "contingencyType", "listOrderStatus", "listClientOrderId", "symbol")
    return answer | {"listStatus": {**{n: told[n] for n in wanted}, "orders": told["orders"]}}


def order_state(listing: Listing, order: Order) -> dict[str, Any]:
    """An order as queries report it."""
    return {
        "symbol": order.market,
        "orderId": order.id,
        "orderListId": list_id(order),
        "clientOrderId": order.client_id,
        **_amounts(listing, order),
        "stopPrice": price(listing, order.stop_ticks),
        "icebergQty": show(0),
        "time": order.at,
        "updateTime": order.updated,
        "isWorking": not order.is_waiting,
        "workingTime": order.working_at,
        **_marks(listing, order),
    }


def list_id(order: Order) -> int:
    """The number of the order's list, -1 without one."""
    return order.list.id if order.list else NO_LIST


def _amounts(listing: Listing, order: Order) -> dict[str, Any]:
    return {
        "price": price(listing, order.ticks),
        "origQty": quantity(listing, order.lots),
        "executedQty": quantity(listing, order.filled),
        "origQuoteOrderQty": show(order.quote),
        "cummulativeQuoteQty": show(order.spent),
        "status": order.status,
        "timeInForce": order.tif,
        "type": order.type,
        "side": order.side,
    }


def _marks(listing: Listing, order: Order) -> dict[str, Any]:
    """What stands in an answer only where the order has it, and the prevention mode."""
    found: dict[str, Any] = {}
    if order.stop_ticks:
        found["stopPrice"] = price(listing, order.stop_ticks)
    if order.strategy is not None:
        marks = zip(("strategyId", "strategyType"), order.strategy, strict=True)
        found |= {name: value for name, value in marks if value is not None}
    if order.status is OrderStatus.EXPIRED_IN_MATCH:
        found["preventedMatchId"] = order.prevented
        found["preventedQuantity"] = quantity(listing, order.remaining)
    found["selfTradePreventionMode"] = order.prevention
    return found


def _fill(listing: Listing, order: Order, trade: Trade) -> dict[str, Any]:
    fee, fee_asset = commission(listing, trade, order.side is Side.BUY)
    return {
        "price": price(listing, trade.ticks),
        "qty": quantity(listing, trade.lots),
        "commission": fee,
        "commissionAsset": fee_asset,
        "tradeId": trade.id,
    }


def my_trade(listing: Listing, trade: Trade, bought: bool, list_number: int) -> dict[str, Any]:
    """A trade as one of its two parties sees it."""
    fee, fee_asset = commission(listing, trade, bought)
    return {
        "symbol": trade.market,
        "id": trade.id,
        "orderId": trade.buy_order if bought else trade.sell_order,
        "orderListId": list_number,
        "price": price(listing, trade.ticks),
        "qty": quantity(listing, trade.lots),
        "quoteQty": show(trade.quote),
        "commission": fee,
        "commissionAsset": fee_asset,
        "time": trade.at,
        "isBuyer": bought,
        "isMaker": trade.taker_bought is not bought,
        "isBestMatch": True,
    }


def order_list(found: OrderList) -> dict[str, Any]:
    """An order list without its orders' reports."""
    at_work = found.status is ListStatus.EXECUTING
    return {
        "orderListId": found.id,
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED" if at_work else "ALL_DONE",
        "listOrderStatus": found.status,
        "listClientOrderId": found.client_id,
        "transactionTime": found.updated,
        "symbol": found.market,
        "orders": [
            {"symbol": order.market, "orderId": order.id, "clientOrderId": order.client_id}
            for order in found.orders
        ],
    }


def order_list_with(found: OrderList, reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """An order list with an answer for each of its orders."""
    return {**order_list(found), "orderReports": list(reports)}


def prevented_match(listing: Listing, match: PreventedMatch) -> dict[str, Any]:
    """A match that self-trade prevention prevented. One account is its own trade group."""
    answer = {
        "symbol": match.market,
        "preventedMatchId": match.id,
        "takerOrderId": match.taker_order,
        "makerSymbol": match.market,
        "makerOrderId": match.maker_order,
        "tradeGroupId": 1,
        "selfTradePreventionMode": match.mode,
        "price": price(listing, match.ticks),
        "transactTime": match.at,
    }
    return answer | _prevented_quantities(listing, match)


def _kept_from(listing: Listing, match: PreventedMatch) -> dict[str, Any]:
    """The same in the answer to the taker."""
    return {
        "preventedMatchId": match.id,
        "makerOrderId": match.maker_order,
        "price": price(listing, match.ticks),
        **_prevented_quantities(listing, match),
    }


def _prevented_quantities(listing: Listing, match: PreventedMatch) -> dict[str, str]:
    sides = {"taker": match.taker_prevented, "maker": match.maker_prevented}
    return {
        f"{side}PreventedQuantity": quantity(listing, lots) for side, lots in sides.items() if lots
    }
