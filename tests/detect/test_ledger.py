"""Trades with numbers for names."""

from bench.washing.plain import Trade
from tests.detect.tables import PRICE, ledger_of, table_of
from tradelatch.detect.ledger import read_ledger

TRADES = [
    Trade(2, "U/ETH", "Z", "A", 3),
    Trade(1, "T/ETH", "A", "Z", 1),
    Trade(1, "T/ETH", "Ä", "A", 2),
]


def test_names_are_numbered_in_their_order() -> None:
    ledger = ledger_of(TRADES)
    assert (ledger.accounts, ledger.symbols) == (["A", "Z", "Ä"], ["T/ETH", "U/ETH"])
    assert ledger.row.tolist() == [2, 3, 1]
    assert ledger.seller.tolist() == [0, 2, 1]
    assert ledger.buyer.tolist() == [1, 0, 0]
    assert ledger.value.tolist() == [1 * PRICE, 2 * PRICE, 3 * PRICE]
    assert ledger.quote(0) == "ETH"


def test_the_table_holds_the_same_with_its_places() -> None:
    ledger = ledger_of(TRADES)
    rows = ledger.table.order_by("place").to_pyarrow().to_pylist()
    assert [row["place"] for row in rows] == [0, 1, 2]
    for name in ("row", "time", "symbol", "buyer", "seller", "amount", "value"):
        assert [row[name] for row in rows] == getattr(ledger, name).tolist()


def test_tokens_that_are_not_divided_need_no_amount() -> None:
    ledger = read_ledger(table_of(TRADES).drop("amount"))
    assert ledger.amount.tolist() == [1.0] * 3
    assert ledger.value.tolist() == [PRICE] * 3


def test_ids_decide_at_one_moment_as_numbers_first() -> None:
    assert ledger_of(TRADES, id=["1", "10", "9"]).row.tolist() == [3, 2, 1]
    assert ledger_of(TRADES, id=["1", "10", "a"]).row.tolist() == [2, 3, 1]
    assert ledger_of(TRADES, id=["1", "b", "a"]).row.tolist() == [3, 2, 1]
    assert ledger_of(TRADES, id=["1", None, "a"]).row.tolist() == [3, 2, 1]
    assert ledger_of(TRADES, id=["1", "a", "a"]).row.tolist() == [2, 3, 1]
