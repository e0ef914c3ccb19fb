"""What is read of a live run, and what cannot be compared."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tradelatch.bots.backtest.drift.live import NothingLive, read_live
from tradelatch.bots.conditions import Rsi
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.kinds import load_kind
from tradelatch.store import rows
from tradelatch.store.store import Store, open_store

D = Decimal
PLAIN = DcaSettings(base_order_volume=D(10), take_profit=D(1))
BY_BARS = msgspec.structs.replace(PLAIN, start_conditions=(Rsi(D(30)),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'bots.sqlite'}")
    for name, settings in (("plain", PLAIN), ("bars", BY_BARS)):
        encoded = msgspec.json.encode(settings)
        opened.add_bot(rows.Bot(name, "dca", "me", ("ETH/USDT",), encoded, 0))
    yield opened
    opened.close()


def _deal(number: int, opened_ms: int, closed_ms: int | None) -> rows.Deal:
    return rows.Deal("plain", number, "ETH/USDT", "long", opened_ms, closed_ms=closed_ms)


def _order(deal: int, created_ms: int) -> rows.Order:
    wish = ("base", "ETH/USDT", "BUY", D(1), None, created_ms)
    return rows.Order(f"tl-{deal}", "plain", deal, *wish, state="filled", is_over=True)


def _read(store: Store, name: str, since_ms: int = 0) -> object:
    return read_live(store, name, lambda kind: load_kind(kind, Path()), since_ms, 10_000)


@pytest.mark.parametrize(("name", "says"), [("plain", "placed no order"), ("bars", "by bars")])
def test_what_cannot_be_compared_is_told(store: Store, name: str, says: str) -> None:
    with pytest.raises(NothingLive, match=says):
        _read(store, name)


def test_a_deal_that_was_open_before_is_told(store: Store) -> None:
    deals = [_deal(1, 1_000, 5_000), _deal(2, 3_000, None)]
    store.save(rows.Changes(deals=deals, orders=[_order(1, 1_000), _order(2, 3_000)]))
    with pytest.raises(NothingLive, match="deal 1 of plain was open when deal 2 began"):
        _read(store, "plain", since_ms=2_000)


def test_deals_of_the_time_are_read(store: Store) -> None:
    deals = [_deal(1, 1_000, 2_000), _deal(2, 3_000, None)]
    store.save(rows.Changes(deals=deals, orders=[_order(1, 1_000), _order(2, 3_000)]))
    live = read_live(store, "plain", lambda kind: load_kind(kind, Path()), 2_000, 10_000)
    assert (live.first, live.start_ms, list(live.telling.deals)) == (2, 3_000, [2])
    assert [tuple(key) for key in live.telling.lines] == [(2, "base", 1)]
