"""Trade histories: Binance, KuCoin, Coinbase Pro, Bittrex, and plain tables of anybody."""

from decimal import Decimal

from tradelatch.exports import words
from tradelatch.exports.layout import Layout
from tradelatch.exports.records import Traded
from tradelatch.exports.refusal import BadCell, shown
from tradelatch.exports.sheet import Row
from tradelatch.model.clock import MS
from tradelatch.model.money import ZERO

_MOST = 15
"""Powers of ten: no trade is of so much in any quote asset, and sums of such are exact."""
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
    },
    (*_NEEDED, "amount", "fee"),
    _NUMBERS,
    ("time",),
    zone="UTC",
    order="ymd",
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
    },
    (*_NEEDED, "amount", "fee"),
    _NUMBERS,
    ("time",),
    zone="UTC",
    order="ymd",
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
        "side": ("ordertype",),
        "limit": ("limit",),
        "quantity": ("quantity",),
        "left": ("quantityremaining",),
        "fee": ("commission", "commissionpaid"),
        "amount": ("price",),
        "price": ("priceperunit",),
        "order": ("uuid", "orderuuid"),
    },
    (*_NEEDED, "fee", "order"),
    _NUMBERS,
    ("time",),
    zone="UTC",
    order="mdy",
)
"""``Uuid,Exchange,TimeStamp,OrderType,Limit,Quantity,QuantityRemaining,Commission,Price,
PricePerUnit,...`` below three lines; markets have the quote first, ``Price`` is the total."""
PLAIN = Layout(
    "trades",
    {
        **BINANCE.columns,
        "order": ("order", "order id", "client order id", "orderid"),
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
    "plain": PLAIN,
}


def traded(row: Row, quote_asset: str = "") -> Traded:
    """The trade in a row of one of these layouts; `quote_asset` is that of pairs that do not
    tell.

    Raises:
        BadCell: it holds none.
    """
    base, quote = _pair(row, quote_asset)
    side, price = words.side_of(row.text("side")), row.number("price")
    quantity = row.number("quantity", base)
    if row.has("left"):
        quantity -= row.number("left")
    check_amounts(price, quantity)
    fee_asset = _fee_asset(row, base, quote)
    fee = abs(row.number("fee", fee_asset)) if row.has("fee") else ZERO
    return Traded(
        row.ms("time") * MS,
        f"{base}/{quote}",
        side,
        price,
        quantity,
        fee,
        fee_asset,
        row.text("order"),
        row.number("limit") if row.has("limit") else None,
        row.text("id"),
        _amount(row, quote, fee),
        row.line,
        _may_be_average(row),
    )


def _may_be_average(row: Row) -> bool:
    """Whether the price may be an average: the export says so, is one of orders, or is anybody's
    and has no ids of trades."""
    found = row.sheet.found
    price = found.names[found.columns["price"]]
    is_of_orders = found.layout is BITTREX or price.startswith(("avg", "average"))
    return is_of_orders or (found.layout is PLAIN and not row.has("id"))


def _pair(row: Row, quote_asset: str) -> tuple[str, str]:
    """Base and quote; a pair without a mark between them is told apart by the unit of the amount,
    or by what stands in columns of their own."""
    pair = row.text("symbol").upper().replace(" ", "")
    for mark in "/-_:":
        if mark in pair:
            first, _, second = pair.partition(mark)
            names = (second, first) if row.sheet.layout is BITTREX else (first, second)
            break
    else:
        quote = row.text("quote") or row.unit("amount") or quote_asset
        quote = quote.upper()
        if not quote:
            raise BadCell(f"{shown(pair)} does not tell its quote asset: --set quote=USDT says it")
        if not pair.endswith(quote):
            raise BadCell(f"{shown(pair)} is not quoted in {quote}")
        names = (pair.removesuffix(quote), quote)
    return market_names(*names)


def check_amounts(price: Decimal, quantity: Decimal) -> None:
    """Raises:
    BadCell: no trade has these.
    """
    if price <= 0 or quantity < 0:
        raise BadCell("prices are above zero, and quantities not below")
    if quantity and (price * quantity).adjusted() >= _MOST:
        raise BadCell("price times quantity is more than there is of any money")


def market_names(base: str, quote: str) -> tuple[str, str]:
    """Both, if they can name a market's assets.

    Raises:
        BadCell: they cannot.
    """
    if base == quote or not all(one.isalnum() and len(one) <= 20 for one in (base, quote)):
        raise BadCell(f"{shown(f'{base}/{quote}')} is not a market")
    return base, quote


def _fee_asset(row: Row, base: str, quote: str) -> str:
    """Of base and quote the longer one that the fee ends with: ``0.05USDT`` is no T."""
    if row.has("fee_asset"):
        return row.text("fee_asset").upper()
    unit = row.unit("fee").upper()
    if unit in (base, quote):
        return unit
    # A name that begins with digits, such as 1INCH, cannot be told from the number before it.
    fee = row.text("fee").upper()
    digits = (one for one in (base, quote) if one[0].isdecimal() and fee.endswith(one))
    return next(digits, unit or quote)


def _amount(row: Row, quote: str, fee: Decimal) -> Decimal | None:
    if row.has("amount"):
        return abs(row.number("amount", quote))
    if row.has("total"):
        total = row.number("total")
        return -total - fee if total < 0 else total + fee
    return None
