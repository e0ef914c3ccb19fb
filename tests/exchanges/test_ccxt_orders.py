"""A second opinion: fresh random orders of ccxt, read back, at every exchange."""

from decimal import Decimal
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.exchanges.ccxt_offline import CLIENTS, STEP, Offline
from tests.exchanges.wire import NOW_MS
from tradelatch import exchanges
from tradelatch.conformance.cases import Asked, Case
from tradelatch.conformance.comparing import compare, is_close
from tradelatch.conformance.exchange import Exchange
from tradelatch.conformance.rewriting import why_not_rewritten
from tradelatch.conformance.wire import numbers, request_of
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.intents import CancelOrder, PlaceOrder, ReadAccount, Unknown
from tradelatch.model.orders import OrderType

pytestmark = pytest.mark.parametrize("name", exchanges.NAMES)

AMOUNTS = st.integers(1, 10**15 - 1).map(lambda units: Decimal(units) * STEP)
# From such a price on, a float is written without an exponent, by all of ccxt's ways to write one.
STOPS = st.integers(10**4, 10**15 - 1).map(lambda units: Decimal(units) * STEP)
SIDES = st.sampled_from(["buy", "sell"])


@cache
def offline(name: str) -> Offline:
    return Offline(name)


@cache
def exchange(name: str) -> Exchange:
    return Exchange(name)


def ordered(name: str, case: Case) -> PlaceOrder:
    """The order that a request of ccxt places: signed by its key, read as it was asked for, and
    written anew."""
    request = request_of(case, name)
    ours = exchange(name)
    assert ours.file.key_id(request) == "k"
    assert abs(ours.verify(request, case.key, NOW_MS).timestamp_ms - NOW_MS) < 1_000
    intents = ours.file.read(request)
    words = f"{request.query}{case.body}".lower()
    (compared,) = compare(case.asked, intents, numbers(request), words)
    assert compared.wrong == ""
    *_, order = intents
    assert isinstance(order, PlaceOrder)
    assert not order.test
    if not order.unbounded:
        assert why_not_rewritten(ours, case.key, intents) == ""
    return order


def symbols(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(CLIENTS[name].markets))


def client_ids(name: str) -> st.SearchStrategy[str | None]:
    form = CLIENTS[name].client_ids
    return st.none() if form is None else st.none() | st.from_regex(form, fullmatch=True)


@given(data=st.data(), side=SIDES, amount=AMOUNTS, price=AMOUNTS)
def test_limit_orders(
    name: str, data: st.DataObject, side: str, amount: Decimal, price: Decimal
) -> None:
    symbol = data.draw(symbols(name))
    lasting = data.draw(st.none() | st.sampled_from(CLIENTS[name].lasting))
    client_id = data.draw(client_ids(name))
    extra = {"timeInForce": lasting, "clientOrderId": client_id}
    parameters = {key: value for key, value in extra.items() if value is not None}
    asked = Asked(symbol, side, "limit", (amount,), (), price, lasting=lasting)
    order = ordered(
        name,
        offline(name).case(
            "create_order", symbol, "limit", side, float(amount), float(price), parameters,
            asked=(asked,),
        ),
    )  # fmt: skip
    assert order.type is OrderType.LIMIT
    assert order.time_in_force == (lasting or "GTC")
    assert order.quantity is not None
    if client_id is not None:
        assert order.client_order_id is not None
        assert order.client_order_id.removeprefix("t-") == client_id  # Gate's ids begin so


@given(data=st.data(), side=SIDES, amount=AMOUNTS, price=AMOUNTS)
def test_orders_that_never_take(
    name: str, data: st.DataObject, side: str, amount: Decimal, price: Decimal
) -> None:
    symbol = data.draw(symbols(name))
    asked = Asked(symbol, side, "limit", (amount,), (), price)
    case = offline(name).case(
        "create_order", symbol, "limit", side, float(amount), float(price), {"postOnly": True},
        asked=(asked,),
    )  # fmt: skip
    order = ordered(name, case)
    assert (order.type, order.time_in_force) == (OrderType.LIMIT_MAKER, None)


@given(data=st.data(), side=SIDES, amount=AMOUNTS)
def test_market_orders_by_amount(
    name: str, data: st.DataObject, side: str, amount: Decimal
) -> None:
    symbol = data.draw(symbols(name))
    assume(side == "sell" or CLIENTS[name].buys_amounts)
    asked = Asked(symbol, side, "market", (amount,), (), None)
    order = ordered(
        name,
        offline(name).case("create_order", symbol, "market", side, float(amount), asked=(asked,)),
    )
    assert (order.type, order.price, order.time_in_force) == (OrderType.MARKET, None, None)
    assert order.quote_quantity is None


@given(data=st.data(), cost=AMOUNTS)
def test_market_orders_by_cost(name: str, data: st.DataObject, cost: Decimal) -> None:
    client = offline(name)
    if not client.ccxt.has["createMarketBuyOrderWithCost"]:
        pytest.skip("ccxt buys for no cost there")
    symbol = data.draw(symbols(name))
    asked = Asked(symbol, "buy", "market", (), (cost,), None, means_cost=True)
    case = client.case("create_market_buy_order_with_cost", symbol, float(cost), asked=(asked,))
    order = ordered(name, case)
    assert (order.type, order.quantity, order.price) == (OrderType.MARKET, None, None)


@given(data=st.data(), side=SIDES, amount=AMOUNTS, price=AMOUNTS, stop=STOPS)
def test_orders_that_wait_for_a_price(
    name: str, data: st.DataObject, side: str, amount: Decimal, price: Decimal, stop: Decimal
) -> None:
    about = CLIENTS[name]
    kinds = [("limit", one) for one in about.limit_stops]
    kinds += [("market", one) for one in about.market_stops if side == "sell"]
    if not kinds:
        pytest.skip("ccxt's orders there wait for no price")
    symbol = data.draw(symbols(name))
    kind, parameter = data.draw(st.sampled_from(kinds))
    limit = price if kind == "limit" else None
    asked = Asked(symbol, side, kind, (amount,), (), limit, stops=(stop,))
    case = offline(name).case(
        "create_order", symbol, kind, side, float(amount), limit and float(limit),
        {parameter: float(stop)}, asked=(asked,),
    )  # fmt: skip
    order = ordered(name, case)
    assert order.type.waits
    assert order.stop_price is not None
    assert is_close(order.stop_price, stop, numbers(request_of(case, name)))
    if parameter != "triggerPrice":
        assert order.type.is_stop_loss is (parameter == "stopLossPrice")


@given(data=st.data(), number=st.integers(1, 2**53))
def test_cancels(name: str, data: st.DataObject, number: int) -> None:
    symbol = data.draw(symbols(name))
    case = offline(name).case("cancel_order", str(number), symbol)
    request = request_of(case, name)
    exchange(name).verify(request, case.key, NOW_MS)
    (intent,) = exchange(name).file.read(request)
    assert isinstance(intent, CancelOrder)
    assert str(intent.order_id) == str(number)
    assert intent.symbol in (symbol, None)
    assert why_not_rewritten(exchange(name), case.key, [intent]) == ""


@given(data=st.data(), side=SIDES, amount=AMOUNTS, prices=st.lists(AMOUNTS, min_size=1, max_size=3))
def test_batches(
    name: str, data: st.DataObject, side: str, amount: Decimal, prices: list[Decimal]
) -> None:
    symbol = data.draw(symbols(name))
    asked = tuple(Asked(symbol, side, "limit", (amount,), (), price) for price in prices)
    rows = [
        {
            "symbol": symbol,
            "type": "limit",
            "side": side,
            "amount": float(amount),
            "price": float(price),
        }
        for price in prices
    ]
    cases = offline(name).cases("create_orders", rows, asked=asked)
    if not cases:
        pytest.skip("ccxt sends no batches there")
    check(name, cases[0])


@given(data=st.data(), side=SIDES, amount=AMOUNTS, price=AMOUNTS)
def test_edits(name: str, data: st.DataObject, side: str, amount: Decimal, price: Decimal) -> None:
    symbol = data.draw(symbols(name))
    asked = Asked(symbol, side, "limit", (amount,), (), price, is_edit=True)
    edit = ("edit_order", "1234567", symbol, "limit", side, float(amount), float(price))
    check(name, offline(name).cases(*edit, asked=(asked,))[0])


def check(name: str, case: Case) -> None:
    """Each order is read as it was asked for, or all of them are refused for a reason."""
    request = request_of(case, name)
    exchange(name).verify(request, case.key, NOW_MS)
    try:
        intents = exchange(name).file.read(request)
    except Refusal:
        return
    if any(isinstance(intent, Unknown) for intent in intents):
        return
    words = f"{request.query}{case.body}".lower()
    compared = compare(case.asked, intents, numbers(request), words)
    assert [one.wrong for one in compared] == [""] * len(case.asked)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("fetch_balance", 0),
        ("fetch_open_orders", 1),
        ("fetch_my_trades", 1),
        ("fetch_order", 2),
    ],
)
def test_what_a_bot_asks_of_its_account(name: str, call: str, arguments: int) -> None:
    symbol = min(CLIENTS[name].markets)
    told = ("1234567", symbol)[2 - arguments :]
    for case in offline(name).cases(call, *told):
        request = request_of(case, name)
        exchange(name).verify(request, case.key, NOW_MS)
        (intent,) = exchange(name).file.read(request)
        assert isinstance(intent, ReadAccount)
        assert why_not_rewritten(exchange(name), case.key, [intent]) == ""


def test_every_exchange_has_a_client(name: str) -> None:
    assert name in CLIENTS
