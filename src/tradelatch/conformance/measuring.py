"""What is counted: how many requests of an exchange are verified, and how their orders are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from tradelatch.conformance.cases import Case
from tradelatch.conformance.comparing import Compared, compare, orders_in
from tradelatch.conformance.doors import is_a_door
from tradelatch.conformance.exchange import Exchange
from tradelatch.conformance.proving import prove
from tradelatch.conformance.rewriting import why_not_rewritten
from tradelatch.conformance.wire import numbers, request_of, signature_span
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import AnyIntent, ManageKeys, MoveFunds, Unknown

Read: TypeAlias = tuple[AnyIntent, ...] | Refusal

ACCEPTED, WRONG = "accepted wrongly", "wrong"
UNVERIFIED, REFUSED, NOT_REWRITTEN = "not verified", "refused", "not written anew"
DOUBTFUL = "the folder says otherwise"
KINDS = (ACCEPTED, WRONG, UNVERIFIED, REFUSED, NOT_REWRITTEN, DOUBTFUL)
"""Kinds of misses, the worst first. The first two should never be; the last counts as right."""


@dataclass
class Row:
    """The figures of one exchange, or of all.

    Attributes:
        requests: those that carry a signature.
        verified: of these, those proven to be signed with their key, and with nothing else.
        orders: orders asked for: each of a batch, and each edit.
        right: of these, those read as they stand in the request.
        refused: those of which no intent was read, each for a reason.
        wrong: all other orders, and other requests read as what they must never be.
        rewritten: of the right ones that are bounded, those that read the same when written anew.
        moved_funds: requests read as moving funds or managing keys.
        unknown: requests read as unknown, or refused as such.
    """

    requests: int = 0
    verified: int = 0
    orders: int = 0
    right: int = 0
    refused: int = 0
    wrong: int = 0
    rewritten: int = 0
    moved_funds: int = 0
    unknown: int = 0


class Miss(NamedTuple):
    """One thing that is not as it should be: what was `sent`, `read` and `meant`, and `why`."""

    kind: str
    exchange: str
    client: str
    tag: str
    sent: str
    read: str
    meant: str
    why: str


@dataclass
class Measured:
    """One exchange's figures and misses."""

    row: Row = field(default_factory=Row)
    misses: list[Miss] = field(default_factory=list)


def measure(exchange: Exchange, case: Case, into: Measured) -> None:
    """Verify, read and write one request, and count what came of it. An exchange's file that raises
    what it must not is wrong."""
    try:
        _Measuring(exchange, case, into).measure()
    except Exception as error:
        into.row.wrong += 1
        why = f"{type(error).__name__} was raised: {error}"
        into.misses.append(_missed(WRONG, case, "nothing", why))


class _Measuring:
    """One request on its way."""

    def __init__(self, exchange: Exchange, case: Case, into: Measured) -> None:
        self._exchange, self._case, self._into = exchange, case, into
        self._request = request_of(case, exchange.prefix(case.url))
        self._read = _read(exchange, self._request)

    def measure(self) -> None:
        self._prove()
        row = self._into.row
        intents = () if isinstance(self._read, Refusal) else self._read
        row.moved_funds += any(isinstance(one, MoveFunds | ManageKeys) for one in intents)
        row.unknown += _is_unknown(self._read)
        if self._case.asked:
            self._orders()
        elif is_a_door(self._case) and _is_let_through(intents):
            row.wrong += 1
            self._miss(WRONG, "value leaves by it, or it manages keys, and it is read as harmless")

    def _prove(self) -> None:
        if (signature := signature_span(self._request)) is None:
            return
        row = self._into.row
        row.requests += 1
        proof = prove(self._exchange, self._case, self._request, signature)
        row.verified += proof.is_good
        if not proof.is_good:
            self._miss(UNVERIFIED if proof.refused else ACCEPTED, proof.refused or proof.accepted)

    def _orders(self) -> None:
        row, asked = self._into.row, self._case.asked
        row.orders += len(asked)
        if why := _why_refused(self._read):
            row.refused += len(asked)
            self._miss(REFUSED, why)
            return
        assert not isinstance(self._read, Refusal)
        stated = numbers(self._request)
        words = f"{self._request.query}{self._request.body.decode('latin-1')}".lower()
        compared = compare(asked, self._read, stated, words)
        for one in compared:
            row.wrong += bool(one.wrong)
            row.right += not one.wrong
            if one.wrong or one.doubt:
                self._miss(WRONG if one.wrong else DOUBTFUL, one.wrong or one.doubt)
        self._rewrite(self._read, compared)

    def _rewrite(self, intents: Sequence[AnyIntent], compared: Sequence[Compared]) -> None:
        orders = orders_in(intents)
        if not orders or any(getattr(one, "unbounded", ()) for one in orders):
            return  # understood and denied: it is never written
        if any(one.wrong for one in compared):
            return
        if why := why_not_rewritten(self._exchange, self._case.key, intents):
            self._miss(NOT_REWRITTEN, why)
        else:
            self._into.row.rewritten += len(orders)

    def _miss(self, kind: str, why: str) -> None:
        miss = _missed(kind, self._case, _told(self._read), why)
        if not any(_is_same(miss, other) for other in self._into.misses[-_NEAR:]):
            self._into.misses.append(miss)


def _missed(kind: str, case: Case, read: str, why: str) -> Miss:
    tag = f"{case.category} {case.tag}".strip()
    return Miss(kind, case.exchange, case.client, tag, _shown(case), read, _meant(case), why)


_NEAR = 4
"""The same request signed with the other key, or the other order of a batch, is told once."""


def _is_same(miss: Miss, other: Miss) -> bool:
    return miss[:4] == other[:4] and miss[5:] == other[5:]


def _read(exchange: Exchange, request: Request) -> Read:
    try:
        return exchange.file.read(request)
    except Refusal as refusal:
        return refusal


def _why_refused(read: Read) -> str:
    """Why no order was read; empty if one may have been."""
    if isinstance(read, Refusal):
        return f"{read.reason.value}: {read.text}"
    unknown = [one.what for one in read if isinstance(one, Unknown)]
    return f"unknown: {unknown[0]}" if unknown else ""


def _is_unknown(read: Read) -> bool:
    if isinstance(read, Refusal):
        return read.reason is Reason.UNKNOWN_ENDPOINT
    return any(isinstance(one, Unknown) for one in read)


def _is_let_through(intents: Sequence[AnyIntent]) -> bool:
    return any(not isinstance(one, MoveFunds | ManageKeys | Unknown) for one in intents)


def _shown(case: Case) -> str:
    return f"{case.method} {case.url.partition('://')[2]} {case.body}".strip()


def _told(read: Read) -> str:
    return "nothing" if isinstance(read, Refusal) else "; ".join(map(_short, read))


def _short(intent: AnyIntent) -> str:
    """An intent's name and whatever it says."""
    fields = ((name, getattr(intent, name)) for name in intent.__struct_fields__)
    said = ", ".join(f"{name} {value}" for name, value in fields if value not in (None, (), False))
    return f"{type(intent).__name__}({said})"


def _meant(case: Case) -> str:
    return ", ".join(f"{name} {value}" for name, value in case.meant.items() if value is not None)


def total(rows: Sequence[Row]) -> Row:
    """All of them together."""
    return Row(*(sum(column) for column in zip(*map(_figures, rows), strict=True)))


def _figures(row: Row) -> tuple[int, ...]:
    return tuple(vars(row).values())
