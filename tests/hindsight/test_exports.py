"""Exports as exchanges write them, read into trades and put back together into orders."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.exports.reading import read_trades
from tradelatch.exports.records import Traded
from tradelatch.exports.refusal import Refused
from tradelatch.hindsight.events import Asked, Filled, Held
from tradelatch.hindsight.exports import as_events, least_held
from tradelatch.model.clock import SECOND
from tradelatch.model.orders import Side

NOON = 1_666_180_800 * SECOND
EXPORTS = {
    "binance": """Date(UTC),Pair,Side,Price,Executed,Amount,Fee
2022-10-19 12:00:00,1INCHBTC,BUY,0.00003,"1,000.51INCH",0.030015BTC,0.00001BNB
""",
    "kucoin": """tradeCreatedAt,symbol,side,price,size,funds,fee,feeCurrency
2022-10-19 12:00:00,1INCH-BTC,buy,0.00003,1000.5,0.030015,0.00001,BNB
""",
    "coinbasepro": """portfolio,trade id,product,side,created at,size,size unit,price,fee,total,\
price/fee/total unit
default,1,1INCH-BTC,BUY,2022-10-19T12:00:00.000Z,1000.5,1INCH,0.00003,0.00001,-0.03,BNB
""",
    "bittrex": """name
user
2022-11-01
Uuid,Exchange,TimeStamp,OrderType,Limit,Quantity,QuantityRemaining,Commission,Price,PricePerUnit
u-1,BTC-1INCH,10/19/2022 12:00:00 PM,LIMIT_BUY,0.00004,1200.5,200,0.00001,0.030015,0.00003
""",
    "ccxt": """[{"timestamp": 1666180800000, "symbol": "1INCH/BTC", "side": "buy", "info": {},
"price": 0.00003, "amount": 1000.5, "fee": {"cost": 0.00001, "currency": "BNB"}, "order": "u-1"}]
""",
}


@pytest.mark.parametrize("form", EXPORTS)
def test_the_same_trade_is_read_from_every_exchange(form: str, tmp_path: Path) -> None:
    file = tmp_path / "trades"
    file.write_text(EXPORTS[form], encoding="utf-8-sig")
    (trade,) = read_trades(file, form)
    assert (trade.time_ns, trade.symbol, trade.side) == (NOON, "1INCH/BTC", Side.BUY)
    assert (trade.price, trade.quantity) == (Decimal("0.00003"), Decimal("1000.5"))
    assert trade.fee == Decimal("0.00001")
    assert trade.order == ("u-1" if form in ("bittrex", "ccxt") else "")
    if form != "bittrex":
        assert trade.fee_asset == "BNB"
        assert trade.fee_in_quote is None
    else:
        assert trade.limit == Decimal("0.00004")


@pytest.mark.parametrize("form", EXPORTS)
@pytest.mark.parametrize(("old", "new"), [("0.00003", "x"), ("1INCH", "")])
def test_a_damaged_line_is_told(form: str, old: str, new: str, tmp_path: Path) -> None:
    file = tmp_path / "trades"
    file.write_text(EXPORTS[form].replace(old, new))
    with pytest.raises(Refused, match=str(file)):
        read_trades(file, form)


@pytest.mark.parametrize("form", [*EXPORTS])
def test_another_file_is_told(form: str, tmp_path: Path) -> None:
    file = tmp_path / "trades"
    for content in (b"", b"a,b\n1,2\n", b"\xff\xfe", b"{}"):
        file.write_bytes(content)
        with pytest.raises(Refused):
            read_trades(file, form)
    with pytest.raises(Refused, match="cannot be read"):
        read_trades(tmp_path / "nowhere", form)


def trade(second: int, side: Side, price: str, quantity: str, order: str = "") -> Traded:
    amounts = Decimal(price), Decimal(quantity)
    return Traded(NOON + second * SECOND, "ETH/BTC", side, *amounts, Decimal(0), "BTC", order)


def test_trades_become_orders_at_the_worst_price() -> None:
    trades = [
        trade(0, Side.BUY, "0.07", "1"),
        trade(0, Side.BUY, "0.08", "2"),
        trade(0, Side.SELL, "0.06", "1"),
        trade(5, Side.SELL, "0.05", "1"),
        trade(6, Side.SELL, "0.05", "1", "named"),
        trade(9, Side.SELL, "0.04", "1", "named"),
    ]
    asked = [event.intent for event in as_events(trades) if isinstance(event, Asked)]
    told = [(i.side, i.price, i.quantity) for i in asked]
    assert told == [
        (Side.BUY, Decimal("0.08"), Decimal(3)),
        (Side.SELL, Decimal("0.06"), Decimal(1)),
        (Side.SELL, Decimal("0.05"), Decimal(1)),
        (Side.SELL, Decimal("0.04"), Decimal(2)),
    ]


SIDES = st.sampled_from(Side)
TRADES = st.lists(
    st.builds(
        lambda second, side, price, quantity: trade(second, side, str(price), str(quantity)),
        st.integers(0, 30),
        SIDES,
        st.integers(1, 9),
        st.integers(1, 9),
    ),
    min_size=1,
).map(lambda trades: sorted(trades, key=lambda t: t.time_ns))


@given(TRADES)
def test_orders_hold_all_that_was_traded_in_the_order_of_time(trades: list[Traded]) -> None:
    events = list(as_events(trades))
    assert [event.time_ns for event in events] == sorted(event.time_ns for event in events)
    filled = [event for event in events if isinstance(event, Filled)]
    assert sum(f.quantity for f in filled) == sum(t.quantity for t in trades)
    by_order = {e.order: e.intent.quantity for e in events if isinstance(e, Asked)}
    for order, quantity in by_order.items():
        assert sum(f.quantity for f in filled if f.order == order) == quantity


@given(TRADES)
def test_the_account_began_with_no_less_than_it_spent(trades: list[Traded]) -> None:
    held = least_held(trades)
    assert isinstance(next(as_events(trades)), Held)
    eth, btc = held["ETH"], held["BTC"]
    lowest = min(eth, btc)
    for t in trades:
        sign = 1 if t.side is Side.BUY else -1
        eth += sign * t.quantity
        btc -= sign * t.quantity * t.price
        lowest = min(lowest, eth, btc)
    assert lowest >= 0
