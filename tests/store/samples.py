"""Rows to test with."""

from decimal import Decimal
from typing import Any

from tradelatch.store.rows import Bot, Changes, Deal, Fill, Note, Order
from tradelatch.store.store import Store

BTC = "BTC/USDT"


def bot(name: str = "first", account: str = "main", **fields: Any) -> Bot:
    """A bot of an account."""
    return Bot(name, "dca", account, (BTC,), b'{"step":"1"}', 1_000, **fields)


def deal(number: int = 1, bot: str = "first", **fields: Any) -> Deal:
    """A deal that is open unless said otherwise."""
    return Deal(bot, number, fields.pop("symbol", BTC), "long", 2_000 + number, **fields)


def order(client_id: str, deal: int = 1, bot: str = "first", **fields: Any) -> Order:
    """An order that was written down and not sent."""
    given: dict[str, Any] = {"price": Decimal("30000.1"), "state": "pending", "is_over": False}
    given |= {"quantity": Decimal("0.015"), "created_ms": 3_000} | fields
    return Order(client_id, bot, deal, "entry", BTC, "BUY", **given)


def fill(client_id: str, trade_id: str, **fields: Any) -> Fill:
    """The whole of an order."""
    fields = {"account": "main", "symbol": BTC, "time_ms": 4_000, "fee_asset": "BTC"} | fields
    fields = {"fee": Decimal("0.000015"), "quantity": Decimal("0.015")} | fields
    fields = {"value": Decimal("450.0015")} | fields
    return Fill(client_id=client_id, trade_id=trade_id, price=Decimal("30000.1"), **fields)


def begin(store: Store, name: str = "first", account: str = "main") -> None:
    """A bot with one open deal."""
    store.add_bot(bot(name, account))
    store.save(Changes(deals=[deal(bot=name)]))


def step(number: int, name: str = "first", orders: int = 1) -> Changes:
    """An order or more, with a fill each, and a note, that belong together."""
    ids = [f"{name}-{number}-{which}" for which in range(orders)]
    return Changes(
        orders=[order(client_id, bot=name) for client_id in ids],
        fills=[fill(client_id, client_id) for client_id in ids],
        notes=[Note(name, 5_000, "info", str(number))],
    )
