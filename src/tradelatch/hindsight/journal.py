"""A journal's lines as events: intents with the references that were recorded with them.

A verdict's numbers are recorded to eight decimals. The book is not recorded: a market order is
taken to have reached as far as it then did.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from tradelatch.hindsight.events import (
    Amended,
    Asked,
    Closed,
    Event,
    Filled,
    Held,
    Rejudged,
    Unreadable,
)
from tradelatch.model.clock import SECOND
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.money import ZERO
from tradelatch.model.orders import Side
from tradelatch.policy.judged import Judged
from tradelatch.policy.references import DEEP_DAYS, Figures, Reference
from tradelatch.policy.shaping import MARKET_REACH
from tradelatch.policy.verdict import Answer, LimitOrder


class _Line(msgspec.Struct):
    """The fields of all kinds of records that matter here."""

    record: str
    time_ns: int
    account: str = ""
    id: int = 0
    intent: msgspec.Raw = msgspec.Raw(b"null")
    answers: tuple[Answer, ...] = ()
    order: LimitOrder | int | None = None
    judged: Judged | None = None
    held: dict[str, Decimal] = {}
    reference: Decimal | None = None
    quantity: Decimal = ZERO
    price: Decimal = ZERO
    left: Decimal = ZERO
    fee: Decimal = ZERO


_KINDS = ("Allowed", "Denied", "Filled", "Rejudged", "Amended", "Closed", "Holdings")


class Reader:
    """Reads one account's events; `account` may be empty where the journal has only one."""

    def __init__(self, account: str = "") -> None:
        self.account = account
        self.accounts: set[str] = set()
        self._orders: dict[int, str] = {}

    def events(self, lines: Iterable[bytes]) -> Iterator[Event]:
        """The events of a journal's lines.

        Raises:
            Unreadable: a record cannot be read, or there are several accounts and none is named.
        """
        for number, line in enumerate(lines, 1):
            try:
                kind = msgspec.json.decode(line, type=dict[str, Any])["record"]
                if kind == "AccountAdded" or kind in _KINDS:
                    yield from self._read(msgspec.json.decode(line, type=_Line))
            except (msgspec.MsgspecError, KeyError, ArithmeticError) as error:
                raise Unreadable(f"record {number} of the journal cannot be read") from error
        if self.account and self.account not in self.accounts:
            known = ", ".join(sorted(self.accounts)) or "none"
            raise Unreadable(f"the journal knows no account {self.account!r}; it has {known}")

    def _read(self, line: _Line) -> Iterator[Event]:
        if line.account:
            self.accounts.add(line.account)
        if not self.account and len(self.accounts) > 1:
            known = ", ".join(sorted(self.accounts))
            raise Unreadable(f"the journal has several accounts, name one with --account: {known}")
        if self.account and line.account not in ("", self.account):
            return
        if line.record in ("Allowed", "Denied"):
            yield from self._asked(line)
        elif line.record == "Holdings":
            yield Held(line.time_ns, line.held)
        elif isinstance(line.order, int) and line.order in self._orders:
            yield from _outcome(line, self._orders[line.order])

    def _asked(self, line: _Line) -> Iterator[Event]:
        if msgspec.json.decode(line.intent)["intent"] != "PlaceOrder":
            return
        intent = msgspec.json.decode(line.intent, type=PlaceOrder)
        name, went_out = str(line.id), line.record == "Allowed" and not intent.test
        numbers = {answer.rule: answer.numbers for answer in line.answers}
        says = {answer.rule: "" if answer.allowed else answer.says for answer in line.answers}
        value = numbers.get("depth", {}).get("account_value")
        yield Asked(
            line.time_ns,
            name,
            intent,
            _reference(line, intent, numbers, says.get("depth", "")),
            "adv" in numbers.get("depth", {}),
            Decimal(value) if value else None,
            says.get("open_for_risk", ""),
            went_out,
        )
        if went_out:
            self._orders[line.id] = name
        else:
            yield Closed(line.time_ns, name)


def _outcome(line: _Line, name: str) -> Iterator[Event]:
    if line.record == "Filled":
        yield Filled(line.time_ns, name, line.quantity, line.price, line.fee, line.reference)
    elif line.record == "Rejudged" and line.reference is not None:
        yield Rejudged(line.time_ns, name, line.reference)
    elif line.record == "Amended":
        yield Amended(line.time_ns, name, line.left)
    elif line.record == "Closed":
        yield Closed(line.time_ns, name)


def _reference(
    line: _Line, intent: PlaceOrder, numbers: dict[str, dict[str, str]], depth_says: str
) -> Reference | None:
    """The reference of back then, None if the rules had none."""
    collar, age = numbers.get("price_collar"), numbers.get("fresh_prices", {}).get("age_s")
    if not collar or age is None:
        return None
    price = line.judged.reference if line.judged else Decimal(collar["reference"])
    reach = 1 + MARKET_REACH if intent.side is Side.BUY else 1 - MARKET_REACH
    deep = numbers.get("depth", {})
    days = 0 if "days of history" in depth_says else DEEP_DAYS
    adv, sigma, half = (Decimal(deep.get(name, "0")) for name in ("adv", "sigma", "half_spread"))
    return Reference(
        side=intent.side,
        price=price,
        present=Decimal(collar["present"]),
        best_opposite=Decimal(collar["limit"]) / reach,
        age_ns=int(Decimal(age) * SECOND),
        figures=Figures(adv, sigma, half, days),
    )
