"""The loss accounts of one account: what its orders have cost, and what they still may.

A state machine in exact arithmetic. `reserve` takes an order on, `fill` and `close` settle it;
`used` tells how much of each amount is taken, per window. Nothing here decides: rules do.

Three things are accounted apart (docs/loss-budget.md):

* **B**, deep assets: price losses and fees of fills, realised losses of lots bought within the
  window, the haircut on what orders bought and still hold, and for open orders the most they
  can add to that together.
* **X**, thin assets: money spent less money received for units that orders bought, above its
  lowest point in the window. What was bought counts as worth nothing.
* **E**, exits: the price losses and fees of sells that are marked as exits, and of sells of thin
  assets that were held before. Those of exits that the owner released are counted apart from E.

All amounts are in the accounting asset; every market is quoted in it. Each asset has a book of
its own, X is counted over all of them. Sums are kept unrounded and rounded up once, when they
are told, so that filling an order in a million parts costs no more than filling it in one.
"""

from collections.abc import Collection
from decimal import Decimal, localcontext

import msgspec

from tradelatch.model.markets import split_symbol
from tradelatch.model.money import MONEY, ZERO, round_up
from tradelatch.model.orders import Side
from tradelatch.policy.book import Book
from tradelatch.policy.judged import Judged
from tradelatch.policy.windows import LONGEST_NS, WINDOWS, Level, Used, Window

__all__ = ["Accounts", "Used", "Window"]


class Accounts:
    """The loss accounts of one account, over all its grants."""

    def __init__(self) -> None:
        self._books: dict[str, Book] = {}
        self._assets: dict[str, str] = {}
        self._spent = Level(ZERO)

    # Commands

    def reserve(self, order_id: str, order: Judged) -> None:
        """Take an order on with its whole quantity."""
        self._assets[order_id] = order.asset
        self._book(order.asset).reserve(order_id, order)

    def fill(
        self,
        order_id: str,
        quantity: Decimal,
        price: Decimal,
        fee: Decimal,
        now_ns: int,
        reference: Decimal | None = None,
    ) -> None:
        """Settle a fill; `fee` in units, `reference` the one at the fill if there is one."""
        with localcontext(MONEY):
            book = self._books[self._assets[order_id]]
            order = book.open[order_id]
            left = max(order.quantity - quantity, ZERO)
            book.reserve(order_id, msgspec.structs.replace(order, quantity=left))
            order = order.at_worse(reference)
            self._pay(order, quantity, price, fee)
            spent = book.fill(order, quantity, price, fee, now_ns)
            if spent:
                self._spent.set(self._spent.value + spent, now_ns)

    def rejudge(self, order_id: str, reference: Decimal) -> None:
        """Judge an open order by another reference."""
        book = self._books[self._assets[order_id]]
        order = msgspec.structs.replace(book.open[order_id], reference=reference)
        book.reserve(order_id, order)

    def amend(self, order_id: str, quantity: Decimal) -> None:
        """An open order is for less: at most `quantity` is left to be filled."""
        book = self._books[self._assets[order_id]]
        order = book.open[order_id]
        left = min(order.quantity, quantity)
        book.reserve(order_id, msgspec.structs.replace(order, quantity=left))

    def part(self, order_id: str) -> None:
        """The order beside it is gone: it trades a quantity of its own now."""
        book = self._books[self._assets[order_id]]
        book.reserve(order_id, msgspec.structs.replace(book.open[order_id], twin=False))

    def close(self, order_id: str) -> None:
        """Release what the order still reserved: no further fill can follow."""
        asset = self._assets.pop(order_id, None)
        if asset is not None:
            self._books[asset].close(order_id)

    def hold(self, asset: str, quantity: Decimal) -> None:
        """Reconcile: the account holds `quantity` of `asset`, whatever orders did. To be told
        only while no order on the asset is open, since those were judged by what was known.

        What is gone (a fee taken in it, a withdrawal, or a lie) is taken from where it helps no
        thief (`Book.hold`); what was charged for holding it stays charged.
        """
        with localcontext(MONEY):
            self._book(asset).hold(quantity)

    def forget(self, now_ns: int) -> None:
        """Drop what no window that ends now or later can see; no answer changes by it."""
        self._spent.forget(now_ns - LONGEST_NS)
        for book in self._books.values():
            book.forget(now_ns)

    # Questions

    @property
    def open_count(self) -> int:
        """How many orders may still be filled."""
        return len(self._assets)

    @property
    def open_value(self) -> Decimal:
        """What open orders would come to, were all of them filled."""
        books = self._books.values()
        return sum((order.value for book in books for order in book.open.values()), ZERO)

    def held(self, asset: str, freed: Decimal = ZERO) -> Decimal:
        """What the account holds of an asset by this ledger, less open sells but for `freed`."""
        book = self._books.get(asset)
        return max(book.held - book.selling + freed, ZERO) if book else ZERO

    def holdings(self) -> dict[str, Decimal]:
        """All assets with what is held of each, open sells included."""
        return {asset: book.held for asset, book in self._books.items()}

    def used(
        self,
        window: Window,
        now_ns: int,
        extra: Judged | None = None,
        without: Collection[str] = (),
    ) -> Used:
        """What is taken of the three amounts, were `extra` one more open order and those in
        `without` closed."""
        return self.used_by_window(now_ns, extra, without)[window]

    def used_by_window(
        self, now_ns: int, extra: Judged | None = None, without: Collection[str] = ()
    ) -> dict[Window, Used]:
        """The same for every window at once."""
        books = dict(self._books)
        if extra and extra.asset not in books:
            books[extra.asset] = Book()
        with localcontext(MONEY):
            parts = [
                book.used(now_ns, extra if extra and extra.asset == asset else None, without)
                for asset, book in books.items()
            ]
            # X is the rise over all markets together, not the sum of theirs.
            return _together(parts, self._spent, now_ns)

    def asset_used(
        self, asset: str, now_ns: int, extra: Judged | None = None
    ) -> dict[Window, Used]:
        """What one asset's orders take, were `extra` one more open order on it."""
        book = self._books.get(asset) or Book()
        with localcontext(MONEY):
            return _together([book.used(now_ns, extra)], book.spent, now_ns)

    @property
    def has_lost(self) -> bool:
        """Whether there is anything that `lost` could tell of."""
        return any(book.has_lost for book in self._books.values())

    def lost(self, window: Window, now_ns: int) -> tuple[Decimal, Decimal]:
        """What fills have cost of B and of E: without what open orders reserve, and without the
        haircut on what is still held."""
        budget = exits = ZERO
        with localcontext(MONEY):
            for book in self._books.values():
                budget += book.lost(window.length_ns, now_ns)
                exits += book.exits(window.length_ns, now_ns)
            return round_up(budget), round_up(exits)

    def released(self, window: Window, now_ns: int) -> Decimal:
        """What exits that the owner released have cost, the open ones included."""
        with localcontext(MONEY):
            parts = (book.released(window.length_ns, now_ns) for book in self._books.values())
            return round_up(sum(parts, ZERO))

    def _pay(self, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        """Book the other side of a fill, so that what the account is worth stays known."""
        money = -quantity * price if order.side is Side.BUY else quantity * price - fee
        self._book(split_symbol(order.symbol)[1]).pay(money)

    def _book(self, asset: str) -> Book:
        return self._books.setdefault(asset, Book())


def _together(parts: list[dict[Window, Used]], spent: Level, now_ns: int) -> dict[Window, Used]:
    """The sums of what books take and the rise of the money that went into thin assets."""
    totals = {}
    for window in WINDOWS:
        budget = exits = ZERO
        thin = spent.rise(now_ns - window.length_ns)
        for part in parts:
            used = part[window]
            budget += used.budget
            thin += used.allocation
            exits += used.exit_budget
        totals[window] = Used(round_up(budget), round_up(thin), round_up(exits))
    return totals
