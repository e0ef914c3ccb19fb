"""How trade histories look: Binance, KuCoin, Coinbase, Bittrex, and plain tables of anybody."""

from tradelatch.exports import words
from tradelatch.exports.layout import Layout

_NUMBERS = ("price", "quantity", "amount", "fee", "left", "limit", "total")
_NEEDED = ("time", "symbol", "side", "price", "quantity")

BINANCE = Layout(
    "binance trades",
    {
        "time": words.TIME,
        "symbol": words.PAIR,
        "side": words.SIDE,
        "price": words.PRICE,
        "quantity": (*words.QUANTITY, *words.EITHER),
        "amount": (*words.AMOUNT, *words.EITHER),
        "fee": words.FEE,
        "fee_asset": words.FEE_ASSET,
        "base": words.BASE,
        "quote": words.QUOTE,
        "status": words.STATUS,
    },
    (*_NEEDED, "amount", "fee"),
    _NUMBERS,
    ("time",),
    order="ymd",
    zone_hint="Binance exports in the zone that was chosen: --set zone=+02:00 for one",
)
"""``Date(UTC),Pair,Side,Price,Executed,Amount,Fee`` with units behind the amounts, and
``Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin``; in the languages of `words`."""
KUCOIN = Layout(
    "kucoin trades",
    {
        "time": ("tradecreatedat", "filled time", "createddate"),
        "symbol": ("symbol",),
        "side": ("side", "direction"),
        "price": ("price", "avg. filled price", "dealprice"),
        "quantity": ("size", "filled amount", "amount"),
        "amount": ("funds", "filled volume", "dealvalue"),
        "fee": ("fee",),
        "fee_asset": ("feecurrency", "fee currency"),
        "order": ("orderid", "order id", "oid"),
        "status": words.STATUS,
    },
    (*_NEEDED, "amount", "fee"),
    _NUMBERS,
    ("time",),
    order="ymd",
    zone_hint="KuCoin's own day is that of UTC+8: --set zone=+08:00, if it is so",
)
"""``tradeCreatedAt,symbol,side,price,size,funds,fee,feeCurrency``, and the later ``UID,Account
Type,Order ID,Symbol,Side,...,Filled Time(UTC+08:00),Fee,...``."""
COINBASE_PRO = Layout(
    "coinbasepro fills",
    {
        "time": ("created at",),
        "symbol": ("product",),
        "side": ("side",),
        "price": ("price",),
        "quantity": ("size",),
        "total": ("total",),
        "fee": ("fee",),
        "fee_asset": ("price/fee/total unit",),
        "id": ("trade id",),
    },
    (*_NEEDED, "total", "fee", "fee_asset"),
    _NUMBERS,
    ("time",),
    zone="UTC",
    order="ymd",
)
"""``portfolio,trade id,product,side,created at,size,size unit,price,fee,total,price/fee/total
unit``; the total is with the fee."""
BITTREX = Layout(
    "bittrex orders",
    {
        "time": ("timestamp", "closed"),
        "symbol": ("exchange",),
        "side": ("ordertype", "type"),
        "limit": ("limit", "bid/ask"),
        "quantity": ("quantity",),
        "left": ("quantityremaining", "remaining"),
        "fee": ("commission", "commissionpaid"),
        "amount": ("price",),
        "price": ("priceperunit", "avg. price per share"),
        "order": ("uuid", "orderuuid"),
    },
    (*_NEEDED, "left", "order"),
    _NUMBERS,
    ("time",),
    zone="UTC",
    order="mdy",
)
"""``Uuid,Exchange,TimeStamp,OrderType,Limit,Quantity,QuantityRemaining,Commission,Price,
PricePerUnit,...`` below three lines, and ``Uuid,Exchange,Closed (UTC),Opened (UTC),Type,...,
Bid/Ask,Quantity,Remaining,Price,Avg. Price per Share``; markets have the quote first, ``Price`` is
the total."""
COINBASE = Layout(
    "coinbase transactions",
    {
        "time": ("timestamp",),
        "side": ("transaction type",),
        "base": ("asset",),
        "quantity": ("quantity transacted",),
        "quote": ("price currency", "spot price currency"),
        "price": ("price at transaction", "spot price at transaction"),
        "amount": ("subtotal",),
        "fee": ("fees and/or spread", "fees"),
        "id": ("id",),
    },
    ("time", "side", "base", "quantity", "quote", "price", "amount"),
    _NUMBERS,
    ("time",),
    zone="UTC",
    order="ymd",
)
"""``ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,
Subtotal,...`` below three lines, of Coinbase and its Advanced Trade; rows that are no purchase or
sale (``Send``, ``Reward Income``) are left out. The price is the market's, rounded; what was paid
is the subtotal."""
PLAIN = Layout(
    "trades",
    {
        **BINANCE.columns,
        "order": ("order", "order id", "client order id", "orderid", "orderno", "txid"),
        "id": ("id", "trade id", "tradeid", "tid"),
    },
    _NEEDED,
    _NUMBERS,
    ("time",),
)
"""Any table with a time, a market, a side, a price and a quantity."""

LAYOUTS = {
    "binance": BINANCE,
    "kucoin": KUCOIN,
    "coinbasepro": COINBASE_PRO,
    "bittrex": BITTREX,
    "coinbase": COINBASE,
    "plain": PLAIN,
}
