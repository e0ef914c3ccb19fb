"""Orders of all kinds, for hypothesis."""

from decimal import Decimal

from hypothesis import strategies as st

from tradelatch.model.intents import PlaceOrder
from tradelatch.model.orders import OrderType, Side, TimeInForce

SYMBOLS = st.tuples(
    st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True), st.sampled_from(["BTC", "USDC", "EUR"])
).map("/".join)
AMOUNTS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(1, 10**18),
    st.integers(0, 18),
)


def limits(names: st.SearchStrategy[str | None]) -> st.SearchStrategy[PlaceOrder]:
    """Orders with a limit."""
    return st.builds(
        PlaceOrder,
        SYMBOLS,
        st.sampled_from(Side),
        st.just(OrderType.LIMIT),
        quantity=AMOUNTS,
        price=AMOUNTS,
        time_in_force=st.sampled_from(TimeInForce),
        client_order_id=names,
    )


def makers(names: st.SearchStrategy[str | None]) -> st.SearchStrategy[PlaceOrder]:
    """Orders that never take."""
    return st.builds(
        PlaceOrder,
        SYMBOLS,
        st.sampled_from(Side),
        st.just(OrderType.LIMIT_MAKER),
        quantity=AMOUNTS,
        price=AMOUNTS,
        client_order_id=names,
    )


def takers(names: st.SearchStrategy[str | None]) -> st.SearchStrategy[PlaceOrder]:
    """Market orders, by an amount in base or in quote."""
    common = {"type": st.just(OrderType.MARKET), "client_order_id": names}
    return st.one_of(
        st.builds(PlaceOrder, SYMBOLS, st.sampled_from(Side), quantity=AMOUNTS, **common),
        st.builds(PlaceOrder, SYMBOLS, st.sampled_from(Side), quote_quantity=AMOUNTS, **common),
    )
