"""What orders are made of: each type of what it needs, and of nothing else."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelatch.exchanges.kit.shapes import (
    OWN_UUIDS,
    UUID,
    own_uuid,
    shaped,
    time_in_force,
    waiting,
)
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.orders import OrderType, Side, TimeInForce

ONE = Decimal(1)


def test_of_all_there_could_be_each_type_has_one_shape() -> None:
    """Amounts in base and quote, a limit and a stop price, there or not."""
    for kind in OrderType:
        right = []
        for base, quote, price, stop in product((None, ONE), repeat=4):
            order = PlaceOrder(
                "A/B", Side.BUY, kind, base, quote_quantity=quote, price=price, stop_price=stop
            )
            try:
                assert shaped(order) is order
            except Refusal as refused:
                assert refused.reason is Reason.BAD_PARAMETER  # noqa: PT017
            else:
                right.append((base, quote, price, stop))
        price, stop = (ONE if has else None for has in (kind.has_limit, kind.waits))
        shapes: list[tuple[Decimal | None, ...]] = [(ONE, None, price, stop)]
        if not kind.has_limit:
            shapes.append((None, ONE, price, stop))
        assert sorted(map(str, right)) == sorted(map(str, shapes)), kind


def test_only_what_has_a_limit_and_may_take_lasts() -> None:
    for kind in OrderType:
        lasts = kind.has_limit and kind is not OrderType.LIMIT_MAKER
        assert time_in_force(kind, None) == (TimeInForce.GTC if lasts else None)
        for told in TimeInForce:
            assert time_in_force(kind, told) == (told if lasts else None)


@pytest.mark.parametrize(
    ("kind", "is_stop_loss", "means"),
    [
        (OrderType.LIMIT, True, OrderType.STOP_LOSS_LIMIT),
        (OrderType.LIMIT, False, OrderType.TAKE_PROFIT_LIMIT),
        (OrderType.MARKET, True, OrderType.STOP_LOSS),
        (OrderType.MARKET, False, OrderType.TAKE_PROFIT),
    ],
)
def test_what_waits(kind: OrderType, is_stop_loss: bool, means: OrderType) -> None:
    found = waiting(kind, is_stop_loss=is_stop_loss)
    assert found is means
    assert found.waits
    assert found.has_limit is kind.has_limit


@given(st.integers(0, 2**45), st.integers(0, 10**12), st.integers(0, 10**12))
def test_uuids_of_the_signers_own(now_ms: int, one: int, two: int) -> None:
    name = own_uuid(now_ms, one)
    assert UUID.fullmatch(name)
    assert name.startswith(OWN_UUIDS)
    assert (own_uuid(now_ms, two) == name) is (one == two)
    assert own_uuid(now_ms + 1, one) != name
