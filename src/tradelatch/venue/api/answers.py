"""The venue's nouns in Binance's JSON: numbers are text with eight decimals, names its own."""

from typing import Any

from tradelatch.model.orders import OrderType
from tradelatch.venue.engine.accounts import Account, Trade
from tradelatch.venue.engine.bars import Bar
from tradelatch.venue.engine.listing import Band, Listing
from tradelatch.venue.engine.order import SelfTradePrevention
from tradelatch.venue.engine.units import PPM, SCALE, show


def price(listing: Listing, ticks: int) -> str:
    """A price in quote."""
    return show(ticks * listing.tick)


def quantity(listing: Listing, lots: int) -> str:
    """A quantity in base."""
    return show(lots * listing.lot)


def commission(listing: Listing, trade: Trade, bought: bool) -> tuple[str, str]:
    """What one side of a trade was charged: the amount, and of which asset."""
    if not bought:
        return show(trade.seller_fee), listing.quote
    return show(trade.buyer_fee), listing.quote if trade.buyer_fee_in_quote else listing.base


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
        "canTrade": not account.frozen,
        "canWithdraw": not account.frozen,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": account.updated,
        "accountType": "SPOT",
        "balances": balances,
        "permissions": ["SPOT"],
        "uid": account.uid,
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
        "orderTypes": list(OrderType),
        "icebergAllowed": False,
        "ocoAllowed": True,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "opoAllowed": False,
        "amendAllowed": True,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(listing),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": SelfTradePrevention.NONE,
        "allowedSelfTradePreventionModes": list(SelfTradePrevention),
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
            "maxQty": quantity(listing, listing.max_market_lots),
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
            "maxNotional": show(listing.max_notional),
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": listing.max_orders},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": listing.max_algo_orders},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": listing.max_order_lists},
        *_position(listing),
    ]


def _position(listing: Listing) -> list[dict[str, Any]]:
    if not listing.max_position:
        return []
    return [{"filterType": "MAX_POSITION", "maxPosition": show(listing.max_position)}]


def _band(side: str, band: Band) -> dict[str, str]:
    def times(ppm: int) -> str:
        return f"{ppm / PPM:.4f}".rstrip("0").rstrip(".")

    return {f"{side}MultiplierUp": times(band.up), f"{side}MultiplierDown": times(band.down)}
