"""Variants of the accounting that are broken on purpose, each in one way; the tests have to notice
every one of them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.policy.world import World
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side
from tradelatch.policy import accounting, ceilings, rules
from tradelatch.policy.accounting import Accounts, Window
from tradelatch.policy.book import Book, _Lot
from tradelatch.policy.document import Policy
from tradelatch.policy.haircut import Impact
from tradelatch.policy.house import House
from tradelatch.policy.judged import Judged
from tradelatch.policy.references import Reference
from tradelatch.policy.windows import Charges, Level, Used
from tradelatch.signer.clocks import SteadyClock
from tradelatch.signer.records import AccountAdded, Closed
from tradelatch.signer.state import State

Break = Callable[[pytest.MonkeyPatch], None]


def _no_haircut(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Impact, "loss", lambda self, holding: ZERO)


def _haircut_per_order(patch: pytest.MonkeyPatch) -> None:
    def alone(self: Judged) -> Decimal:
        haircut = self.impact.loss(self.quantity) if self.impact else ZERO
        return self.worst_cost(self.quantity) + haircut

    patch.setattr(Judged, "whole_cost", property(alone))
    patch.setattr(Book, "_haircut_rise", lambda self, open_: ZERO)
    never = property(lambda self: ZERO, lambda self, units: None)
    patch.setattr(Book, "_holding", never, raising=False)


def _no_realised_loss(patch: pytest.MonkeyPatch) -> None:
    add = Book._add_lot

    def free(self: Book, lot: _Lot) -> None:
        lot.entry = ZERO
        add(self, lot)

    patch.setattr(Book, "_add_lot", free)


def _no_realisable_reserved(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Book, "_realisable", lambda self, open_, start_ns: ZERO)


def _released_on_partial_fill(patch: pytest.MonkeyPatch) -> None:
    fill = Accounts.fill

    def release(self: Accounts, order_id: str, *rest: object) -> None:
        fill(self, order_id, *rest)  # type: ignore[arg-type]
        book = self._books[self._assets[order_id]]
        book.reserve(order_id, msgspec.structs.replace(book.open[order_id], quantity=ZERO))

    patch.setattr(Accounts, "fill", release)


def _gains_refill(patch: pytest.MonkeyPatch) -> None:
    def signed(self: Judged, price: Decimal) -> Decimal:
        return price - self.reference if self.side is Side.BUY else self.reference - price

    patch.setattr(Judged, "price_loss", signed)


def _windows_do_not_nest(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Window.WEEK, "days_worth", 7)
    patch.setattr(Window.MONTH, "days_worth", 30)


def _short_windows(patch: pytest.MonkeyPatch) -> None:
    for window in Window:
        patch.setattr(window, "length_ns", window.length_ns // 2)


def _no_fees(patch: pytest.MonkeyPatch) -> None:
    fill = Book.fill

    def free(
        self: Book, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> Decimal:
        return fill(self, order, quantity, price, ZERO, now_ns)

    patch.setattr(Book, "fill", free)


def _rule_off(name: str) -> Break:
    def off(patch: pytest.MonkeyPatch) -> None:
        rest = tuple(rule for rule in rules.ORDER_RULES if rule.__name__ != name)
        assert len(rest) < len(rules.ORDER_RULES)
        patch.setattr(rules, "ORDER_RULES", rest)

    return off


def _held_before_lowers_thin_money(patch: pytest.MonkeyPatch) -> None:
    def all_lowers(
        self: Book, order: Judged, quantity: Decimal, price: Decimal, fee: Decimal, now_ns: int
    ) -> Decimal:
        self._take_lots(quantity)
        return fee - quantity * price

    patch.setattr(Book, "_sold_thin", all_lowers)


def _thin_sales_refill(patch: pytest.MonkeyPatch) -> None:
    """The level at the window's start is taken for its lowest."""

    class Naive(Level):
        def __init__(self, value: Decimal) -> None:
            super().__init__(value)
            self.past: list[tuple[int, Decimal]] = []

        def set(self, value: Decimal, now_ns: int) -> None:
            self.past.append((now_ns, self.value))
            super().set(value, now_ns)

        def lowest(self, start_ns: int) -> Decimal:
            return next((value for until, value in self.past if until > start_ns), self.value)

    patch.setattr("tradelatch.policy.accounting.Level", Naive)


def _thin_lowest_of_all_time(patch: pytest.MonkeyPatch) -> None:
    """Too strict: the allocation would never renew."""
    patch.setattr(Level, "lowest", lambda self, start_ns: ZERO)


def _no_reservation(patch: pytest.MonkeyPatch) -> None:
    used = Book.used

    def alone(self: Book, now_ns: int, extra: Judged | None = None, without: object = ()) -> object:
        return used(self, now_ns, extra, self.open.keys())

    patch.setattr(Book, "used", alone)


def _coarse_rounding(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(accounting, "round_up", lambda amount: round(amount, 1))


def _never_released(patch: pytest.MonkeyPatch) -> None:
    """Too strict: what was cancelled stays reserved."""
    patch.setattr(Accounts, "close", lambda self, order_id: None)


def _first_come_exits(patch: pytest.MonkeyPatch) -> None:
    def in_turn(self: Book, sells: list[Judged]) -> Decimal:
        left, total = self.held_before, ZERO
        for order in sells:
            part = min(order.quantity, left)
            left, total = left - part, total + order.worst_cost(part)
        return total

    patch.setattr(Book, "_thin_exits", in_turn)


def _stale_sums(patch: pytest.MonkeyPatch) -> None:
    """What was charged once counts for ever."""
    total = Charges.total

    def ever(self: Charges, length_ns: int, now_ns: int) -> Decimal:
        return total(self, 10**20, now_ns)

    patch.setattr(Charges, "total", ever)


class _PerGrant(Accounts):
    """Every grant has loss accounts of its own; grants take turns."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = Accounts(), Accounts()
        self.turn = 0

    def reserve(self, order_id: str, order: Judged) -> None:
        super().reserve(order_id, order)
        self.parts[self.turn].reserve(order_id, order)
        self.turn = 1 - self.turn

    def fill(self, order_id: str, *rest: Any) -> None:
        super().fill(order_id, *rest)
        next(part for part in self.parts if order_id in part._assets).fill(order_id, *rest)

    def close(self, order_id: str) -> None:
        super().close(order_id)
        for part in self.parts:
            part.close(order_id)

    def used_by_window(self, now_ns: int, *rest: Any) -> dict[Window, Used]:
        return self.parts[self.turn].used_by_window(now_ns, *rest)


def _budget_per_grant(patch: pytest.MonkeyPatch) -> None:
    add = State._account_added

    def apart(self: State, record: AccountAdded) -> None:
        add(self, record)
        self.accounts[record.account].losses = _PerGrant()

    patch.setattr(State, "_account_added", apart)
    patch.setattr(World, "_must_not_rise", lambda *ignored: None)


def _no_reservation_on_amend(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(World, "KEEPS_AMENDED", False)


def _released_before_it_is_for_less(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(World, "HEARS_OF_LESS", False)


def _released_on_time_out(patch: pytest.MonkeyPatch) -> None:
    silence = World.silence

    def give_up(self: World, which: int) -> None:
        silence(self, which)
        for order in [o for o in self.open if o.silent and o.id in self.state.orders]:
            self.note(Closed(self.told_ns, order.id, "no answer came"))

    patch.setattr(World, "silence", give_up)


def _float_rounding(patch: pytest.MonkeyPatch) -> None:
    """A running total in floats, from which is taken what leaves the window."""

    def total(self: Charges, length_ns: int, now_ns: int) -> Decimal:
        running = 0.0
        for _, amount in self._entries:
            running += float(amount)
        for since, amount in self._entries:
            running -= float(amount) if since <= now_ns - length_ns else 0.0
        return Decimal(running)

    patch.setattr(Charges, "total", total)


def _window_by_wall_clock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SteadyClock, "now_ns", lambda self: self._clock.now_ns())


def _clock_never_doubted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SteadyClock, "doubt", lambda self: "")


def _restart_forgets_what_rests(patch: pytest.MonkeyPatch) -> None:
    replayed = World.replayed

    def emptied(self: World) -> State:
        state = replayed(self)
        for account in state.accounts.values():
            for order in account.live:
                account.losses.close(str(order))
        return state

    patch.setattr(World, "replayed", emptied)


def _share_of_the_present_value(patch: pytest.MonkeyPatch) -> None:
    def present(
        policy: Policy, worth: Level | None, value: Decimal | None, now_ns: int
    ) -> dict[Window, Used] | None:
        return ceilings.ceilings(policy, Level(value or ZERO), value, now_ns)

    patch.setattr("tradelatch.policy.rules.amounts.ceilings", present)


def _anchor_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Reference, "judging", lambda self, is_exit: self.price)


def _reports_lower_what_was_signed(patch: pytest.MonkeyPatch) -> None:
    closed = State._closed

    def lowered(self: State, record: Closed) -> None:
        order = self.orders[record.order]
        account = self.accounts[order.account]
        closed(self, record)
        account.activity.signed(-order.judged.exposure, record.time_ns)

    patch.setattr(State, "_closed", lowered)


def _house_of_one(patch: pytest.MonkeyPatch) -> None:
    used = House.used

    def alone(self: House, unit: str, symbol: str | None, now_ns: int, *rest: Any) -> object:
        everybody, self._members = self._members, {unit: list(rest[:1])}
        try:
            return used(self, unit, symbol, now_ns, *rest)
        finally:
            self._members = everybody

    patch.setattr(House, "used", alone)


def _house_markets_ignored(patch: pytest.MonkeyPatch) -> None:
    limits = House.limits
    patch.setattr(House, "limits", lambda self, *of: list(limits(self, *of))[:1])


BROKEN: dict[str, Break] = {
    "no haircut": _no_haircut,
    "haircut per order": _haircut_per_order,
    "no charge for realised losses": _no_realised_loss,
    "realised losses not reserved": _no_realisable_reserved,
    "released on partial fill": _released_on_partial_fill,
    "gains refill": _gains_refill,
    "windows do not nest": _windows_do_not_nest,
    "windows of half the length": _short_windows,
    "fees dropped": _no_fees,
    "exits free": _rule_off("exit_budget"),
    "exits of more than is held": _rule_off("exit_holding"),
    "collar off": _rule_off("price_collar"),
    "allocation off": _rule_off("allocation"),
    "budget off": _rule_off("budget"),
    "held before lowers thin money": _held_before_lowers_thin_money,
    "sales refill the allocation": _thin_sales_refill,
    "allocation never renews": _thin_lowest_of_all_time,
    "no reservation": _no_reservation,
    "amounts rounded coarsely": _coarse_rounding,
    "cancelled orders never released": _never_released,
    "thin exits in the order of placing": _first_come_exits,
    "charges never leave the window": _stale_sums,
    "budget per grant": _budget_per_grant,
    "no reservation on amend": _no_reservation_on_amend,
    "release before it is for less": _released_before_it_is_for_less,
    "release on time-out": _released_on_time_out,
    "float rounding": _float_rounding,
    "window by wall clock": _window_by_wall_clock,
    "clocks never doubted": _clock_never_doubted,
    "restarts forget what rests": _restart_forgets_what_rests,
    "shares of the present value": _share_of_the_present_value,
    "anchor ignored": _anchor_ignored,
    "reports lower what was signed": _reports_lower_what_was_signed,
    "signed exposure off": _rule_off("signed_exposure"),
    "house off": _rule_off("house"),
    "house's exits off": _rule_off("house_exit_budget"),
    "house counts each account alone": _house_of_one,
    "house's markets ignored": _house_markets_ignored,
}
