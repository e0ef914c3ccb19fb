"""What is put in comes out again, to the last digit, whatever it is."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.samples import begin, deal, order
from tradelatch.store.errors import StoreError
from tradelatch.store.rows import Balances, BotState, Changes, Note
from tradelatch.store.store import Store

_MOMENTS = itertools.count()
_SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)

amounts = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(-(10**38) + 1, 10**38 - 1),
    st.integers(0, 18),
).filter(lambda amount: abs(amount) < 10**20)
"""Up to 20 digits before the point and 18 after it; some with an exponent."""


@_SHARED
@given(st.dictionaries(st.text("ABC", min_size=1), amounts, min_size=1))
def test_amounts_are_exact(store: Store, assets: dict[str, Decimal]) -> None:
    label = str(next(_MOMENTS))
    assert store.write_balances(Balances("main", label, 5, assets))
    assert store.balances("main", label) == Balances("main", label, 5, assets)


@_SHARED
@given(amounts)
def test_amounts_within_a_deal_are_exact(store: Store, amount: Decimal) -> None:
    if not store.bots():
        begin(store)
    kept = deal(spent=amount, profit_quote=amount, other_fees={"BNB": amount})
    store.save(Changes(deals=[kept]))
    assert store.open_deals("first") == [kept]


@pytest.mark.parametrize("text", ["1E+5", "-0", "0E-18", "1.500"])
def test_any_way_to_write_an_amount_is_its_value(store: Store, text: str) -> None:
    store.write_balances(Balances("main", text, 5, {"BTC": Decimal(text)}))
    kept = store.balances("main", text)
    assert kept is not None
    assert kept.amounts == {"BTC": Decimal(text)}


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_amount_is_not_kept(store: Store, text: str) -> None:
    with pytest.raises(StoreError, match="no amount"):
        store.write_balances(Balances("main", "x", 5, {"BTC": Decimal(text)}))


@_SHARED
@given(st.text() | st.text(st.characters(categories=["Cs", "Cc", "Lu"])))
def test_whatever_an_exchange_says_can_be_kept(store: Store, says: str) -> None:
    if not store.bots():
        begin(store)
    store.save(Changes(orders=[order("a", reason=says)], notes=[Note("first", 1, "denial", says)]))
    kept = store.open_orders("first")[0].reason
    assert kept == store.last_notes("first", 1)[0].says
    if "\0" not in says and says.isprintable():
        assert kept == says


@_SHARED
@given(st.binary() | st.text().map(str.encode))
def test_json_is_the_same_bytes(store: Store, raw: bytes) -> None:
    if not store.bots():
        begin(store)
    memory = b'{"x":"' + raw.hex().encode() + b'\xc3\xa9"}'
    store.save(Changes(bots=[BotState("first", "running", memory=memory)]))
    assert store.bot("first").memory == memory
