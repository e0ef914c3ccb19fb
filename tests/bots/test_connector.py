"""The connector at the venue and through a whole house: what it asks and what it says."""

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bots.ground import LOT, SYMBOL, TICK, WAYS, Ground, order_of
from tradelatch.bots.connector import Connector
from tradelatch.bots.orders import OrderState
from tradelatch.bots.port import Port, Refused
from tradelatch.model.money import plain
from tradelatch.model.orders import Side

MINUTE = 60_000


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_a_connector_is_a_port() -> None:
    port: Port = Connector("binance", "key", "secret")
    assert isinstance(port, Connector)


def test_markets_have_their_steps(ground: Ground, way: str) -> None:
    async def ask(port: Connector) -> None:
        (market,) = (await port.markets([SYMBOL])).values()
        assert (market.symbol, market.tick, market.lot) == (SYMBOL, TICK, LOT)
        assert market.min_notional == Decimal("0.0001")
        with pytest.raises(Refused, match="binance does not trade ABC/BTC"):
            await port.markets([SYMBOL, "ABC/BTC"])

    ground.using(way, ask)


def test_holdings_are_exact_and_what_is_not_there_is_left_out(ground: Ground, way: str) -> None:
    price = ground.low

    async def ask(port: Connector) -> None:
        order = order_of("0.7", price)
        before = await port.holdings()
        await port.place(order)
        after = await port.holdings()
        await port.cancel(order)
        locked = Decimal("0.7") * price
        assert after["BTC"].locked - before["BTC"].locked == locked
        assert before["BTC"].free - after["BTC"].free == locked
        assert all(held.free or held.locked for held in after.values())

    ground.using(way, ask)


@pytest.mark.parametrize("count", [1, 5])
def test_candles_have_closed_and_follow_each_other(ground: Ground, way: str, count: int) -> None:
    async def ask(port: Connector) -> None:
        await port.price(SYMBOL)
        found = await port.candles(SYMBOL, MINUTE, count)
        now = time.time_ns() // 1_000_000
        assert 1 <= len(found) <= count
        assert [c.open_ms for c in found] == [
            found[0].open_ms + n * MINUTE for n in range(len(found))
        ]
        # The last one is the last that has closed, not the one before it.
        assert found[-1].open_ms + MINUTE <= now < found[-1].open_ms + 3 * MINUTE
        assert all(c.low <= min(c.open, c.close) <= max(c.open, c.close) <= c.high for c in found)

    ground.using(way, ask)


def test_more_candles_than_one_answer_holds(ground: Ground) -> None:
    async def ask(port: Connector) -> None:
        found = await port.candles(SYMBOL, MINUTE, 2_500)
        assert len({c.open_ms for c in found}) == len(found)
        assert [c.open_ms for c in found] == sorted(c.open_ms for c in found)
        with pytest.raises(Refused, match="no candles of 61000 ms"):
            await port.candles(SYMBOL, 61_000, 1)

    ground.using("venue", ask)


def test_an_order_rests_is_found_and_is_cancelled(ground: Ground, way: str) -> None:
    order = order_of("0.5", ground.low)

    async def trade(port: Connector) -> None:
        assert await port.look(order) is None
        assert await port.cancel(order) is None
        assert await port.fills(order) == []
        placed = await port.place(order)
        assert (placed.client_id, placed.state, placed.executed) == (
            order.client_id,
            OrderState.OPEN,
            Decimal(0),
        )
        assert await port.look(order) == placed
        assert await port.fills(order) == []
        cancelled = await port.cancel(order)
        assert cancelled
        assert cancelled.state is OrderState.CANCELLED
        assert await port.cancel(order) is None
        assert (await port.look(order)) == cancelled

    ground.using(way, trade)


@pytest.mark.parametrize("side", Side)
def test_a_market_order_is_filled_and_its_fills_are_the_venues(
    ground: Ground, way: str, side: Side
) -> None:
    order = order_of("0.3", None, side)

    async def trade(port: Connector) -> None:
        placed = await port.place(order)
        assert (placed.state, placed.executed) == (OrderState.FILLED, Decimal("0.3"))
        fills = await port.fills(order)
        number = (await ground.known_to_venue(order) or {})["orderId"]
        trades = await ground.trades_at_venue(number)
        assert [
            (f.trade_id, plain(f.price), plain(f.quantity), f.fee, f.fee_asset, f.time_ms)
            for f in fills
        ] == [
            (
                str(one["id"]),
                plain(Decimal(one["price"])),
                plain(Decimal(one["qty"])),
                Decimal(one["commission"]),
                one["commissionAsset"],
                one["time"],
            )
            for one in trades
        ]
        assert sum(fill.quantity for fill in fills) == Decimal("0.3")
        # Another connector, which did not place it, finds them too.
        fresh = ground.connector(way)
        assert await fresh.fills(order) == fills
        await fresh.close()

    ground.using(way, trade)


@settings(max_examples=15)
@given(lots=st.integers(200, 29_999), ticks=st.integers(5_500, 6_900))
def test_what_was_asked_for_is_what_arrives(ground: Ground, lots: int, ticks: int) -> None:
    order = order_of(plain(lots * LOT), ticks * TICK)

    async def trade(port: Connector) -> None:
        report = await port.place(order)
        assert report.state is OrderState.OPEN, report
        known = await ground.known_to_venue(order) or {}
        assert (Decimal(known["origQty"]), Decimal(known["price"])) == (
            order.quantity,
            order.price,
        )
        assert (known["type"], known["timeInForce"]) == ("LIMIT", "GTC")
        await port.cancel(order)

    ground.using("venue", trade)


@pytest.mark.parametrize(
    ("quantity", "price", "says"),
    [
        ("0.50005", "0.06", "the quantity 0.50005 does not fit the steps of ETH/BTC"),
        ("0.00005", "0.06", "the quantity 0.00005 does not fit"),
        ("0.5", "0.060001", "the price 0.060001 does not fit"),
        ("0", "0.06", "the quantity 0 does not fit"),
    ],
)
def test_nothing_is_rounded_in_secret(
    ground: Ground, way: str, quantity: str, price: str, says: str
) -> None:
    order = order_of(quantity, price)

    async def trade(port: Connector) -> None:
        report = await port.place(order)
        assert report.state is OrderState.DENIED
        assert says in report.reason
        assert await ground.known_to_venue(order) is None

    ground.using(way, trade)


def test_a_denial_by_policy_names_its_rule_in_a_sentence(ground: Ground) -> None:
    order = order_of("1", "0.5")

    async def trade(port: Connector) -> None:
        report = await port.place(order)
        assert (report.state, report.rule) == (OrderState.DENIED, "price_collar")
        assert "denied by policy" in report.reason
        assert "{" not in report.reason
        assert await ground.known_to_venue(order) is None

    ground.using("gate", trade)


def test_a_denial_by_the_exchange_is_one_too(ground: Ground, way: str) -> None:
    order = order_of("9000", ground.low, Side.SELL)

    async def trade(port: Connector) -> None:
        report = await port.place(order)
        assert report.state is OrderState.DENIED
        assert report.reason
        assert "{" not in report.reason
        assert await ground.known_to_venue(order) is None

    ground.using(way, trade)


def test_who_is_not_known_is_refused_and_no_secret_is_told(ground: Ground, way: str) -> None:
    order = order_of("0.5", "0.06")

    async def trade() -> None:
        access = ground.site.grant if way == "gate" else ground.direct
        port = Connector("binance", access.key, "wrong" * 8, access.url, is_gate=way == "gate")
        try:
            with pytest.raises(Refused) as caught:
                await port.holdings()
            report = await port.place(order)
            assert report.state is OrderState.DENIED
            for told in (repr(caught.value), str(caught.value), report.reason, repr(port)):
                assert "wrongwrong" not in told
                assert "signature=" not in told
        finally:
            await port.close()

    ground.run(trade())


def test_a_bad_setting_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="'nowhere' is not supported; use binance"):
        Connector("nowhere", "", "")
    with pytest.raises(ValueError, match="is no base URL"):
        Connector("binance", "", "", "localhost:80")
    with pytest.raises(ValueError, match="recv_window_ms is 1 to 60000"):
        Connector("binance", "", "", recv_window_ms=0)
