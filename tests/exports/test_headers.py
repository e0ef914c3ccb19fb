"""Headers as exchanges write them, and what spreadsheets make of their files.

Headers are those that tools which import such files know: BittyTax (``conv/parsers`` of 2026-07),
and the tests of others for Binance's of 2025.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from tradelatch.exports.reading import file_bytes, read
from tradelatch.exports.refusal import Refused
from tradelatch.exports.settings import settings_of
from tradelatch.model.orders import Side

AT = 1_666_173_600
"""2022-10-19 10:00:00 UTC."""
KUCOIN_ORDERS = (
    "UID,Account Type,Order ID,Order Time(UTC+02:00),Symbol,Side,Order Type,Order Price,"
    "Order Amount,Avg. Filled Price,Filled Amount,Filled Volume,Filled Volume (USDT),"
    "Filled Time(UTC+02:00),Fee,Fee Currency,Tax,Status\n"
)
COINBASE = "Transactions\nUser,V,8a1b\nID,Timestamp,Transaction Type,Asset,Quantity Transacted,"
BITTREX = "Uuid,Exchange,Closed (UTC),Opened (UTC),Type,Time In Force,Bid/Ask,Quantity,Remaining,"
KNOWN = {
    "Binance's orders": (
        "Date(UTC),OrderNo,Pair,Type,Order Price,Order Amount,AvgTrading Price,Filled,Total,status"
        "\n2022-10-19 10:00:00,5001,ETHUSDT,BUY,0,2,1500.5,2,3001,Filled\n",
        ["quote=USDT"],
    ),
    "Binance's orders of 2024": (
        "Date(UTC),OrderNo,Pair,Type,Side,Order Price,Order Amount,Time,Executed,Average Price,"
        "Trading total,Status\n2022-10-19 10:00:00,5001,ETHUSDT,LIMIT,BUY,1600,2ETH,"
        "2022-10-19 10:00:00,2ETH,1500.5,3001USDT,FILLED\n",
        [],
    ),
    "Binance's trades of 2025": (
        "Time,Pair,Side,Price,Executed,Amount,Fee\n"
        "22-10-19 10:00:00,ETHUSDT,BUY,1500.5,2ETH,3001USDT,0.001BNB\n",
        ["zone=UTC"],
    ),
    "Binance's in Chinese": (
        "时间,交易对,基准货币,计价货币,类型,价格,数量,成交额,手续费,手续费结算币种\n"
        "2022-10-19 10:00:00,ETHUSDT,ETH,USDT,买入,1500.5,2,3001,0.001,BNB\n",
        ["zone=UTC"],
    ),
    "KuCoin's orders": (
        f"{KUCOIN_ORDERS}1,main,62f,2022-10-19 11:59:00,ETH-USDT,BUY,LIMIT,1600,3,1500.5,2,3001,"
        "3001,2022-10-19 12:00:00,3,USDT,,deal\n",
        [],
    ),
    "KuCoin's of 2019": (
        "uid,symbol,direction,deal_price,amount,deal_value,created_at\n"
        "77,ETH-USDT,BUY,1500.5,2,3001,2022-10-19 18:00:00\n",
        ["zone=+08:00"],
    ),
    "Coinbase's": (
        f"{COINBASE}Price Currency,Price at Transaction,Subtotal,Total (inclusive of fees and/or "
        "spread),Fees and/or Spread,Notes\n63,2022-10-19 10:00:00 UTC,Advanced Trade Buy,ETH,2,"
        'USDT,$1500.50,$3001.00,$3016.00,$15.00,"Bought 2 ETH"\n',
        [],
    ),
    "Coinbase's of 2022": (
        f"{COINBASE.replace('ID,', '')}Spot Price Currency,Spot Price at Transaction,Subtotal,Total"
        " (inclusive of fees),Fees,Notes\n2022-10-19T10:00:00Z,Buy,ETH,2,USDT,1500.5,3001,3016,15,"
        "Bought\n",
        [],
    ),
    "Bittrex's of 2020": (
        f"{BITTREX}Price,Avg. Price per Share\n0c1d,USDT-ETH,2022-10-19 10:00:00,"
        "2022-10-19 09:00:00,LIMIT_BUY,GTC,1600,5,3,3001,1500.5\n",
        [],
    ),
    "Bittrex's of 2022": (
        "TXID,Time (UTC),Transaction,Order Type,Market,Base,Quote,Price,Quantity (Base),"
        "Fees (Quote),Total (Quote),Approx Value (USD),Time In Force,Notes\n0c1d,"
        "2022-10-19 10:00:00,Bought,LIMIT,ETHUSDT,ETH,USDT,1500.5,2,7.5,3001,3001,GTC,\n",
        [],
    ),
    "divided by a pipe, full-width digits": (
        "time|market|side|price|quantity\n2022-10-19T10:00:00Z|ETH/USDT|buy|１５００．５|２\n",
        [],
    ),
    "numbers that a spreadsheet holds as text": (
        "time,market,side,price,quantity\n'2022-10-19 10:00:00Z,ETH/USDT,buy,'1500.5,'2\n",
        [],
    ),
    "Binance's in Turkish": (
        "Tarih(UTC);Çift;Yön;Fiyat;Gerçekleşen;Tutar;Komisyon\n"
        "19.10.2022 10:00:00;ETHUSDT;AL;1500,5;2ETH;3001USDT;0,001BNB\n",
        ["encoding=cp1254"],
    ),
}


@pytest.mark.parametrize("form", KNOWN)
def test_a_header_is_known(form: str) -> None:
    text, settings = KNOWN[form]
    encoding = "cp1254" if "encoding=cp1254" in settings else "utf-8"
    export = read(text.encode(encoding), "a.csv", settings_of(settings))
    [trade] = export.trades
    assert (trade.time_ns, trade.symbol, trade.side) == (AT * 10**9, "ETH/USDT", Side.BUY)
    assert (trade.price, trade.quantity) == (Decimal("1500.5"), Decimal(2))
    assert trade.amount in (None, 3001)
    assert not export.rejected


def test_the_turkish_encoding_is_found_by_the_header() -> None:
    text, _ = KNOWN["Binance's in Turkish"]
    export = read(text.encode("cp1254"), "a.csv")
    assert len(export.trades) == 1
    assert "read as cp1254 (--set encoding= for another)" in export.notes


def test_coinbases_sales_are_below_zero_and_what_is_no_trade_is_left_out() -> None:
    text, _ = KNOWN["Coinbase's"]
    line = text.splitlines()[-1]
    sale = line.replace("Trade Buy,ETH,2", "Trade Sell,ETH,-2")
    export = read(f"{text}{sale}\n{line.replace('Advanced Trade Buy', 'Send')}\n".encode(), "a.csv")
    assert [(one.side, one.quantity) for one in export.trades] == [
        (Side.BUY, Decimal(2)),
        (Side.SELL, Decimal(2)),
    ]
    assert [one.reason for one in export.rejected] == ["'Send' is neither buy nor sell"]


def test_coinbases_price_is_what_was_paid_a_piece_and_not_the_rounded_one() -> None:
    text, _ = KNOWN["Coinbase's of 2022"]
    data = text.replace("2,USDT,1500.5,3001", "1000,USDT,0.07,72.35").encode()
    [trade] = read(data, "a.csv").trades
    assert (trade.price, trade.amount) == (Decimal("0.07235"), Decimal("72.35"))
    assert trade.is_average
    data = text.replace("2,USDT,1500.5,3001", "3,USDT,0.33,1").encode()
    [trade] = read(data, "a.csv").trades
    assert trade.price == Decimal("0.333333333333333333")


@pytest.mark.parametrize("status", ["Canceled", "EXPIRED", "New", "Partially Filled", "已撤销"])
def test_an_order_that_was_not_filled_is_no_trade(status: str) -> None:
    head = "time,market,side,price,quantity,status\n"
    row = "2022-10-19T10:00:00Z,ETH/USDT,buy,1500.5,2,"
    export = read(f"{head}{row}Filled\n{row}{status}\n".encode(), "a.csv")
    assert [one.line for one in export.trades] == [2]
    assert export.rejected[0].reason.startswith(f"its status is {status!r}, and no column")
    head = head.replace("quantity", "filled")  # which tells how much, whatever became of the rest
    assert len(read(f"{head}{row}{status}\n".encode(), "a.csv").trades) == 1


def test_pairs_of_several_quote_assets_are_told_apart_by_a_list_of_them() -> None:
    head = "Date(UTC),Market,Type,Price,Amount,Total,Fee,Fee Coin\n"
    rows = "".join(
        f"2022-10-19 10:00:00,{pair},BUY,1,2,2,0.1,BNB\n"
        for pair in ("ETHBTC", "BTCUSDT", "XRPBUSD", "BTC")
    )
    data = (head + rows).encode()
    export = read(data, "a.csv", settings_of(["quote=usdt, btc"]))
    assert [one.symbol for one in export.trades] == ["ETH/BTC", "BTC/USDT"]
    assert [one.reason for one in export.rejected] == [
        "'XRPBUSD' is not quoted in USDT or BTC",
        "'BTC' is not quoted in USDT or BTC",
    ]
    twice = read(data, "a.csv", settings_of(["quote=USD,BUSD,BTC"])).rejected
    assert "'XRPBUSD' may be quoted in USD or in BUSD: name only one" in [o.reason for o in twice]


def test_what_is_missing_is_told_and_no_more() -> None:
    with pytest.raises(Refused) as caught:
        read(b"time,market,price,quantity\n2022-10-19T10:00:00Z,A/B,1,2\n", "a.csv")
    assert "name what is missing with --map side=COLUMN (it has:" in str(caught.value)


@pytest.mark.parametrize("cell", ["44853.4166666667", "1.66617E+12", "44853,4166666667"])
def test_a_spreadsheets_own_number_of_a_moment_is_told(cell: str) -> None:
    data = f'time;market;side;price;quantity\n{cell};A/B;buy;"1.5";2\n'.encode()
    with pytest.raises(Refused, match="a spreadsheet's own number: show the column as date"):
        read(data, "a.csv")


def test_an_export_that_says_that_it_is_empty() -> None:
    data = f"{KUCOIN_ORDERS}No matching records found.{',' * 17}\n".encode()
    with pytest.raises(Refused, match="line 2: names no market"):
        read(data, "a.csv")


def test_a_file_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(Refused, match="has more than 64 MiB"):
        file_bytes(Path("/dev/zero"))
