"""The trade in a row of a trade history."""

from decimal import Decimal, localcontext

from tradelatch.exports import words
from tradelatch.exports.histories import BITTREX, COINBASE, PLAIN
from tradelatch.exports.records import Traded
from tradelatch.exports.refusal import BadCell, shown
from tradelatch.exports.sheet import Row
from tradelatch.model.clock import MS
from tradelatch.model.money import ZERO

_DIGITS = 18
"""Of a price that is not told but reckoned."""
_MOST = 15
"""Powers of ten: no trade is of so much in any quote asset, and sums of such are exact."""


def traded(row: Row, quote_asset: str = "") -> Traded:
    """The trade in a row of one of these layouts; `quote_asset` is that of pairs that do not
    tell.

    Raises:
        BadCell: it holds none.
    """
    _check_status(row)
    base, quote = _pair(row, quote_asset)
    side, price = words.side_of(row.text("side")), row.number("price")
    quantity = row.number("quantity", base)
    if row.sheet.layout is COINBASE:
        price, quantity = _of_coinbase(row, price, quantity)
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
    is_of_orders = found.layout in (BITTREX, COINBASE) or price.startswith(("avg", "average"))
    return is_of_orders or (found.layout is PLAIN and not row.has("id"))


def _of_coinbase(row: Row, price: Decimal, quantity: Decimal) -> tuple[Decimal, Decimal]:
    """What was paid a piece, which the subtotal tells: the price in the row is the market's, and
    rounded. Sales are of less than zero."""
    quantity = abs(quantity)
    if not quantity or not row.has("amount"):
        return price, quantity
    with localcontext(prec=_DIGITS):
        return abs(row.number("amount")) / quantity, quantity


def _check_status(row: Row) -> None:
    """Of an order that was not filled its quantity is none of a trade; a column of what was
    filled tells itself."""
    found = row.sheet.found
    is_filled = found.column("quantity") in words.FILLED or "left" in found.columns
    status = row.text("status")
    if status and not is_filled and not words.is_traded(status):
        raise BadCell(f"its status is {shown(status)}, and no column tells how much was filled")


def _pair(row: Row, quote_asset: str) -> tuple[str, str]:
    """Base and quote; a pair without a mark between them is told apart by the unit of the amount,
    or by what stands in columns of their own."""
    pair = row.text("symbol").upper().replace(" ", "")
    if row.sheet.layout is COINBASE:
        return market_names(row.text("base").upper(), row.text("quote").upper())
    if not pair:
        raise BadCell("names no market")
    for mark in "/-_:":
        if mark in pair:
            first, _, second = pair.partition(mark)
            names = (second, first) if row.sheet.layout is BITTREX else (first, second)
            break
    else:
        told = row.text("quote") or row.unit("amount")
        names = _told_apart(pair, told.upper() or quote_asset.upper())
    return market_names(*names)


def _told_apart(pair: str, quotes: str) -> tuple[str, str]:
    """A pair without a mark, by the one of several quote assets (``USDT,BTC``) that ends it."""
    if not quotes:
        raise BadCell(
            f"{shown(pair)} does not tell its quote asset: --set quote=USDT says it, or "
            "quote=USDT,BTC,ETH of several"
        )
    known = [one.strip() for one in quotes.split(",")]
    fitting = [one for one in known if one and pair.endswith(one) and pair != one]
    if not fitting:
        raise BadCell(f"{shown(pair)} is not quoted in {' or '.join(known)}")
    if len(fitting) > 1:
        raise BadCell(f"{shown(pair)} may be quoted in {' or in '.join(fitting)}: name only one")
    return pair.removesuffix(fitting[0]), fitting[0]


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
