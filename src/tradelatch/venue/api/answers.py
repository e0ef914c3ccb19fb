"""The venue's nouns in Binance's JSON: numbers are text with eight decimals, names its own."""

from collections.abc import Iterable
from typing import Any

from tradelatch.model.orders import OrderType, Side
from tradelatch.venue.engine.accounts import Account, Trade
from tradelatch.venue.engine.bars import Bar
from tradelatch.venue.engine.listing import Band, Listing
from tradelatch.venue.engine.order import Order
from tradelatch.venue.engine.units import PPM, SCALE, show

_NO_PREVENTION = "NONE"


def price(listing: Listing, ticks: int) -> str:
    """A price in quote."""
    return show(ticks * listing.tick)


def quantity(listing: Listing, lots: int) -> str:
    """A quantity in base."""
    return show(lots * listing.lot)


def placed(listing: Listing, order: Order, trades: Iterable[Trade], detail: str) -> dict[str, Any]:
    """The answer to a new order; `detail` is ACK, RESULT or FULL."""
    answer: dict[str, Any] = {
        "symbol": order.market,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "transactTime": order.at,
    }
    if detail == "ACK":
        return answer
    answer |= _amounts(listing, order)
    answer["workingTime"] = order.at
    if detail == "FULL":
        answer["fills"] = [_fill(listing, order, trade) for trade in trades]
    answer["selfTradePreventionMode"] = _NO_PREVENTION
    return answer


def cancelled(listing: Listing, order: Order, client_id: str) -> dict[str, Any]:
    """The answer to a cancellation; `client_id` is the cancellation's own."""
    return {
        "symbol": order.market,
        "origClientOrderId": order.client_id,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": client_id,
        "transactTime": order.updated,
        **_amounts(listing, order),
        "selfTradePreventionMode": _NO_PREVENTION,
    }


def order_state(listing: Listing, order: Order) -> dict[str, Any]:
    """An order as queries report it."""
    return {
        "symbol": order.market,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        **_amounts(listing, order),
        "stopPrice": show(0),
        "icebergQty": show(0),
        "time": order.at,
        "updateTime": order.updated,
        "isWorking": True,
        "workingTime": order.at,
        "selfTradePreventionMode": _NO_PREVENTION,
    }


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


def _fill(listing: Listing, order: Order, trade: Trade) -> dict[str, Any]:
    bought = order.side is Side.BUY
    return {
        "price": price(listing, trade.ticks),
        "qty": quantity(listing, trade.lots),
        "commission": show(trade.buyer_fee if bought else trade.seller_fee),
        "commissionAsset": listing.base if bought else listing.quote,
        "tradeId": trade.id,
    }


def my_trade(listing: Listing, trade: Trade, bought: bool) -> dict[str, Any]:
    """A trade as one of its two parties sees it."""
    return {
        "symbol": trade.market,
        "id": trade.id,
        "orderId": trade.buy_order if bought else trade.sell_order,
        "orderListId": -1,
        "price": price(listing, trade.ticks),
        "qty": quantity(listing, trade.lots),
        "quoteQty": show(trade.quote),
        "commission": show(trade.buyer_fee if bought else trade.seller_fee),
        "commissionAsset": listing.base if bought else listing.quote,
        "time": trade.at,
        "isBuyer": bought,
        "isMaker": trade.taker_bought is not bought,
        "isBestMatch": True,
    }


def public_trade(listing: Listing, trade: Trade) -> dict[str, Any]:
    """A trade as everybody sees it."""
    return {
        "id": trade.id,
        "price": price(listing, trade.ticks),
        "qty": quantity(listing, trade.lots),
        "quoteQty": show(trade.quote),
        "time": trade.at,
        "isBuyerMaker": not trade.taker_bought,
        "isBestMatch": True,
    }


def aggregate_trade(listing: Listing, trade: Trade) -> dict[str, Any]:
    """The same in short; each trade is its own aggregate here."""
    return {
        "a": trade.id,
        "p": price(listing, trade.ticks),
        "q": quantity(listing, trade.lots),
        "f": trade.id,
        "l": trade.id,
        "T": trade.at,
        "m": not trade.taker_bought,
        "M": True,
    }


def kline(listing: Listing, bar: Bar, length: int) -> list[Any]:
    """A candle as a row."""
    return [
        bar.at,
        price(listing, bar.open),
        price(listing, bar.high),
        price(listing, bar.low),
        price(listing, bar.close),
        quantity(listing, bar.lots),
        bar.at + length - 1,
        show(bar.quote),
        bar.trades,
        quantity(listing, bar.bought_lots),
        show(bar.bought_quote),
        "0",
    ]


def account_state(
    account: Account, assets: list[str], taker: int, maker: int, omit_zero: bool
) -> dict[str, Any]:
    """Balances and what the account may do; fees in ppm."""
    held = [(asset, account.balances.get(asset)) for asset in assets]
    balances = [
        {
            "asset": asset,
            "free": show(balance.free if balance else 0),
            "locked": show(balance.locked if balance else 0),
        }
        for asset, balance in held
        if not omit_zero or (balance and balance.total)
    ]
    return {
        "makerCommission": maker * 10_000 // PPM,
        "takerCommission": taker * 10_000 // PPM,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": show(maker * SCALE // PPM),
            "taker": show(taker * SCALE // PPM),
            "buyer": show(0),
            "seller": show(0),
        },
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": account.updated,
        "accountType": "SPOT",
        "balances": balances,
        "permissions": ["SPOT"],
        "uid": 1,
    }


def exchange_symbol(listing: Listing) -> dict[str, Any]:
    """A market in exchangeInfo."""
    return {
        "symbol": listing.name,
        "status": "TRADING",
        "baseAsset": listing.base,
        "baseAssetPrecision": 8,
        "quoteAsset": listing.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": [OrderType.LIMIT, OrderType.MARKET],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "amendAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(listing),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": _NO_PREVENTION,
        "allowedSelfTradePreventionModes": [_NO_PREVENTION],
    }


def _filters(listing: Listing) -> list[dict[str, Any]]:
    lot, largest = show(listing.lot), quantity(listing, listing.max_lots)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": show(listing.tick),
            "maxPrice": price(listing, listing.max_ticks),
            "tickSize": show(listing.tick),
        },
        {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": largest, "stepSize": lot},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": show(0),
            "maxQty": largest,
            "stepSize": show(0),
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            **_band("bid", listing.bids),
            **_band("ask", listing.asks),
            "avgPriceMins": 5,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": show(listing.min_notional),
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
    ]


def _band(side: str, band: Band) -> dict[str, str]:
    def times(ppm: int) -> str:
        return f"{ppm / PPM:.4f}".rstrip("0").rstrip(".")

    return {f"{side}MultiplierUp": times(band.up), f"{side}MultiplierDown": times(band.down)}
