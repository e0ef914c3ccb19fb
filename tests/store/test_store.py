"""What was saved is what is read, on both databases."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.samples import BTC, begin, bot, deal, fill, order, step
from tests.store.test_columns import amounts
from tradelatch.bots import deals as bots_deals
from tradelatch.bots import orders as bots_orders
from tradelatch.model.orders import Side
from tradelatch.store import rows
from tradelatch.store.errors import LeaseLost, StoreError
from tradelatch.store.rows import Answer, Balances, BotState, Changes, Deal, Lease, Note, Profit
from tradelatch.store.store import Store


def test_a_bot_is_kept_as_it_was_made(store: Store) -> None:
    store.add_bot(bot("b", "other"))
    store.add_bot(bot("a"))
    assert store.bots() == [bot("a"), bot("b", "other")]
    assert store.bots("other") == [bot("b", "other")]
    assert store.bot("a") == bot("a")


@pytest.mark.parametrize("name", ["", "A", "-a", "a b", "a" * 41, "ä", "a\n"])
def test_a_name_that_is_none_is_refused(store: Store, name: str) -> None:
    with pytest.raises(StoreError, match="no name of a bot"):
        store.add_bot(bot(name))


def test_a_name_is_taken_once(store: Store) -> None:
    store.add_bot(bot("a"))
    with pytest.raises(StoreError, match="there is a bot 'a' already"):
        store.add_bot(bot("a", "other"))
    assert store.bots() == [bot("a")]


def test_what_is_not_there_is_said(store: Store) -> None:
    for missing in (
        lambda: store.bot("x"),
        lambda: store.edit_bot("x", wanted="running"),
        lambda: store.ask("x", "stop", 5),
    ):
        with pytest.raises(StoreError, match="there is no bot 'x'"):
            missing()
    assert store.deal("x", 1) is None
    assert store.request(1) is None
    assert store.balances("x", "start") is None
    assert store.lease("x") is None


def test_owner_and_runner_change_their_own_parts_of_a_bot(store: Store) -> None:
    store.add_bot(bot("a"))
    store.edit_bot("a", wanted="running")
    store.save(Changes(bots=[BotState("a", "failed", "It has no money.", b'{"x":1}', 7)]))
    store.edit_bot("a", settings=b'{"step":"2"}')
    kept = store.bot("a")
    assert (kept.wanted, kept.settings) == ("running", b'{"step":"2"}')
    assert (kept.state, kept.state_says) == ("failed", "It has no money.")
    assert (kept.memory, kept.next_deal) == (b'{"x":1}', 7)


def test_an_order_is_replaced_by_what_is_known_of_it_later(store: Store) -> None:
    begin(store)
    store.save(Changes(orders=[order("a"), order("b")]))
    later = order("a", state="filled", is_over=True, executed=Decimal(1), filled=Decimal(1))
    store.save(Changes(orders=[later]))
    assert store.open_orders("first") == [order("b")]
    assert list(store.orders("first", 1)) == [later, order("b")]
    assert list(store.orders("first", 2)) == []


def test_a_known_fill_is_added_once_and_said_to_be_known(store: Store) -> None:
    begin(store)
    store.save(Changes(orders=[order("a"), order("b")]))
    first, second = fill("a", "1"), fill("b", "2", time_ms=4_001)
    assert store.save(Changes(fills=[first])) == [first]
    assert store.save(Changes(fills=[second, first, second])) == [second]
    elsewhere = fill("b", "1", symbol="ETH/USDT", time_ms=4_002)
    assert store.save(Changes(fills=[elsewhere])) == [elsewhere]
    assert list(store.fills(account="main")) == [first, second, elsewhere]
    assert list(store.fills(client_id="a")) == [first]
    assert list(store.fills(bot="first", deal=1, since_ms=4_001, until_ms=4_002)) == [second]
    assert list(store.fills(deal=2)) == list(store.fills(account="other")) == []


def test_changes_are_written_together_or_not_at_all(store: Store) -> None:
    begin(store)
    of_nobody = fill("unknown", "9")
    with pytest.raises(StoreError):
        store.save(msgspec.structs.replace(step(1), fills=[*step(1).fills, of_nobody]))
    assert not [*store.orders("first"), *store.fills(), *store.notes()]


batches = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.integers(1, 3),
            st.sampled_from(["pending", "open", "filled"]),
            st.integers(0, 5),
        ),
        max_size=4,
    ),
    min_size=1,
    max_size=6,
)
"""Batches of orders: each one's name, deal, state and a trade of it."""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(batches)
def test_after_any_batches_the_last_word_counts(
    store: Store, told: list[list[tuple[str, int, str, int]]]
) -> None:
    name = f"bot-{len(store.bots())}"
    store.add_bot(bot(name))
    orders: dict[str, rows.Order] = {}
    deals: dict[int, Deal] = {}
    fills: dict[tuple[str, str], rows.Fill] = {}
    for moment, batch in enumerate(told):
        of_batch, of_deals, traded = {}, {}, []
        for which, number, state, trade in batch:
            client_id = f"{name}-{number}-{which}"
            is_over = state == "filled"
            of_batch[client_id] = order(client_id, number, name, state=state, is_over=is_over)
            of_deals[number] = deal(number, name, bought=Decimal(moment), state=state)
            traded.append(fill(client_id, f"{name}-{trade}", time_ms=moment))
        new = store.save(
            Changes(deals=[*of_deals.values()], orders=[*of_batch.values()], fills=traded)
        )
        unknown: dict[tuple[str, str], rows.Fill] = {}
        for one in traded:
            if (one.trade_id, one.client_id) not in fills:
                unknown.setdefault((one.trade_id, one.client_id), one)
        assert new == [*unknown.values()]
        orders |= of_batch
        deals |= of_deals
        fills |= unknown
    assert {one.client_id: one for one in store.orders(name)} == orders
    assert store.open_orders(name) == sorted(
        (one for one in orders.values() if not one.is_over), key=lambda one: one.client_id
    )
    assert {one.number: one for one in store.deals(bot=name)} == deals
    assert {(one.trade_id, one.client_id): one for one in store.fills(bot=name)} == fills


def test_deals_are_found_by_what_applies_to_them(store: Store) -> None:
    begin(store)
    begin(store, "second", "other")
    closed = deal(2, state="completed", closed_ms=9_000, profit_quote=Decimal(1))
    eth = deal(3, symbol="ETH/USDT")
    store.save(Changes(deals=[eth, closed]))
    assert store.open_deals("first") == [deal(1), eth]
    assert list(store.deals(bot="first")) == [eth, closed, deal(1)]
    assert list(store.deals(account="other")) == [deal(1, "second")]
    assert list(store.deals(symbol="ETH/USDT")) == [eth]
    assert list(store.deals(state="completed")) == list(store.deals(is_open=False)) == [closed]
    assert list(store.deals(since_ms=2_002, until_ms=2_003)) == [closed]
    assert list(store.deals(limit=1)) == [eth]
    assert store.deal("first", 2) == closed


def test_an_iterator_may_be_left_before_its_end(store: Store) -> None:
    begin(store)
    store.save(step(1, orders=1_200))
    for _ in range(20):  # more than there are connections
        assert next(store.fills()).account == "main"
    assert sum(1 for _ in store.fills()) == 1_200


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(st.tuples(amounts, amounts, amounts | st.none()), max_size=12))
def test_profits_are_exact_sums_of_closed_deals(
    store: Store, closed: list[tuple[Decimal, Decimal, Decimal | None]]
) -> None:
    name = f"bot-{len(store.bots())}"
    begin(store, name)  # its open deal does not count
    for number, (profit, fees, told) in enumerate(closed, 2):
        reporting = {"reporting": None if told is None else "EUR", "profit_reporting": told}
        sums = {"profit_quote": profit, "fees_value": fees, "closed_ms": 9_000}
        store.save(Changes(deals=[deal(number, name, **sums, **reporting)]))
    expected = set()
    for currency in ("EUR", None):
        some = [one for one in closed if (one[2] is None) is (currency is None)]
        if some:
            with_rate = sum(_scaled(one[2]) for one in some) if currency else None
            expected.add(
                (
                    currency,
                    len(some),
                    sum(_scaled(one[0]) for one in some),
                    sum(_scaled(one[1]) for one in some),
                    with_rate,
                )
            )
    assert {_integers(one) for one in store.profits(name)} == expected


def _scaled(amount: Decimal | None) -> int:
    """In units of 1e-18, exactly, whatever the precision of decimals is."""
    assert amount is not None
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    number = int("".join(map(str, digits))) * int(10 ** (exponent + 18))
    return -number if sign else number


def _integers(one: Profit) -> tuple[str | None, int, int, int, int | None]:
    told = None if one.profit_reporting is None else _scaled(one.profit_reporting)
    return one.reporting, one.deals, _scaled(one.profit_quote), _scaled(one.fees_value), told


def test_requests_wait_until_they_are_answered(store: Store) -> None:
    begin(store)
    begin(store, "second", "other")
    stop = store.ask("first", "stop", 5)
    close = store.ask("first", "close", 6, deal=1, arguments=b'{"at":"market"}')
    store.ask("second", "stop", 7)
    waiting = store.requests("main")
    assert [(one.id, one.what, one.deal) for one in waiting] == [
        (stop, "stop", None),
        (close, "close", 1),
    ]
    assert waiting[1].arguments == b'{"at":"market"}'
    store.save(Changes(answers=[Answer(stop, 8, "It has stopped.")]))
    assert [one.id for one in store.requests("main")] == [close]
    answered = store.request(stop)
    assert answered is not None
    assert (answered.done_ms, answered.answer) == (8, "It has stopped.")


def test_notes_go_on_where_they_were_left(store: Store) -> None:
    begin(store)
    begin(store, "second")
    said = [("first", "one"), (None, "of the runner"), ("second", "two"), ("first", "three")]
    for moment, (whose, says) in enumerate(said):
        store.save(Changes(notes=[Note(whose, moment, "info", says)]))
    everything = list(store.notes())
    assert [(one.bot, one.says) for one in everything] == said
    assert list(store.notes(after=everything[1].id)) == everything[2:]
    assert [one.says for one in store.notes("first", since_ms=1)] == ["three"]
    assert [one.says for one in store.last_notes("first", 2)] == ["one", "three"]
    assert [one.says for one in store.last_notes("first", 1)] == ["three"]


def test_balances_are_written_under_a_label_once(store: Store) -> None:
    first = Balances("main", "start", 5, {"BTC": Decimal("0.5"), "USDT": Decimal(100)})
    assert store.write_balances(first)
    assert not store.write_balances(Balances("main", "start", 6, {"ETH": Decimal(1)}))
    assert store.balances("main", "start") == first
    assert store.write_balances(Balances("other", "start", 6, {"ETH": Decimal(1)}))


def test_one_runner_owns_an_account(store: Store) -> None:
    mine, yours = Lease("main", "me", 100), Lease("main", "you", 200)
    begin(store)
    assert store.take(mine, 0)
    assert not store.take(yours, 99)
    assert store.take(Lease("other", "you", 200), 99)
    store.save(msgspec.structs.replace(step(1), lease=mine))
    assert store.take(mine, 100)  # nobody took it meanwhile
    assert store.take(yours, 100)
    assert store.lease("main") == yours
    with pytest.raises(LeaseLost, match="another runner, you, owns the account main"):
        store.save(msgspec.structs.replace(step(2), lease=mine))
    assert [one.says for one in store.notes()] == ["1"]
    store.release(mine)
    assert store.lease("main") == yours
    store.release(yours)
    with pytest.raises(LeaseLost, match="nobody owns"):
        store.save(msgspec.structs.replace(step(2), lease=yours))
    assert store.take(mine, 0)


def test_the_bots_own_nouns_go_in_and_come_out(store: Store) -> None:
    store.add_bot(bot("a"))
    trade = bots_orders.Fill(
        "7", 4, Decimal(30_000), Decimal("0.1"), Decimal("0.5"), "BNB", Decimal(3_000)
    )
    entry = bots_orders.Order("x", 3, "entry", BTC, Side.BUY, Decimal("0.1"), None, 4)
    entry.state, entry.executed = bots_orders.OrderState.FILLED, Decimal("0.1")
    dealt = bots_deals.Deal(3, BTC, bots_deals.Direction.SHORT, 4)
    dealt.add(Side.BUY, trade)
    asdict = msgspec.structs.asdict
    order_row = rows.Order(bot="a", is_over=entry.is_over, **asdict(entry))
    fill_row = rows.Fill(account="main", symbol=BTC, client_id="x", **asdict(trade))
    store.save(
        Changes(deals=[Deal(bot="a", **asdict(dealt))], orders=[order_row], fills=[fill_row])
    )

    def noun(row: msgspec.Struct, kind: type) -> object:
        return msgspec.convert(row, kind, from_attributes=True)

    assert noun(store.open_deals("a")[0], bots_deals.Deal) == dealt
    assert noun(store.open_orders("a")[0], bots_orders.Order) == entry
    assert noun(next(store.fills()), bots_orders.Fill) == trade
