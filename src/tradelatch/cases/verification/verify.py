"""From a case's evidence to verified losses."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from decimal import localcontext

import msgspec

from tradelatch.cases.folder import VERIFIED, Case
from tradelatch.cases.keytable import Key
from tradelatch.cases.kinds import Kind
from tradelatch.cases.verification import arithmetic, copies
from tradelatch.cases.verification.confirmed import Confirmation, Recorders, confirm, contested
from tradelatch.cases.verification.controls import controls
from tradelatch.cases.verification.evidence import Evidence, open_evidence
from tradelatch.cases.verification.losses import EXACT, Valued, fees, total, value
from tradelatch.cases.verification.papers import another_account, told_otherwise, unvalued
from tradelatch.cases.verification.people import Person
from tradelatch.cases.verification.reconciling import Reconciled, reconcile
from tradelatch.cases.verification.references import References
from tradelatch.cases.verification.settings import Settings
from tradelatch.cases.verification.strays import strays
from tradelatch.cases.verified import (
    AdverseFill,
    Control,
    Doubt,
    Grade,
    LeakedList,
    RowRef,
    VerifiedCase,
    Victim,
)

_Tell = Callable[[int, int], None]


class _Checked(msgspec.Struct):
    """One victim's trades, each once, and what is found about them."""

    person: Person
    exchange: str
    valued: list[Valued]
    doubts: list[Doubt]
    confirmed: Confirmation
    reconciled: Reconciled | None

    @property
    def sound(self) -> list[Valued]:
        """The trades that are not forged."""
        forged = {row for doubt in self.doubts if doubt.is_forgery for row in doubt.rows}
        return [valued for valued in self.valued if valued.row not in forged]

    def key(self, evidence: Evidence) -> Key | None:
        """The victim's key in the exchange's table."""
        return evidence.keys.get(self.person.key_id_sha256)

    def own(self, contested: Set[tuple[str, str]]) -> set[RowRef]:
        """The rows that another record shows to be this victim's: the history, or the exchange's
        table where nobody else has the account's trades, or the victim knew the account's id,
        which no export tells."""
        history = self.reconciled.found if self.reconciled else set()
        account = self.confirmed.account
        if (self.exchange, account) in contested and account != self.person.account:
            return history
        table = {
            row for row, (grade, _) in self.confirmed.by_row.items() if grade is Grade.BOTH_SIDES
        }
        return table | history


def verify(case: Case, settings: Settings, tell: _Tell) -> VerifiedCase:
    """Verify all losses of a case, and write ``verified.json``: the same for the same evidence.

    Raises:
        UnusableCase: its files are missing, were changed, or cannot be written.
        Refused: one can no longer be read.
    """
    with localcontext(EXACT):
        evidence = open_evidence(case, lambda done, of: tell(done, 2 * of))
        victims, stopped = victims_of(evidence, settings, lambda done, of: tell(of + done, 2 * of))
    sources = tuple(evidence.sources)
    found = VerifiedCase(
        case.head.name,
        settings.told,
        sources,
        victims,
        stopped,
        _leaked(evidence),
        evidence.named(Kind.PUBLISHED),
        case.reading,
    )
    case.write(VERIFIED, msgspec.json.encode(found, order="deterministic") + b"\n")
    return found


def victims_of(
    evidence: Evidence, settings: Settings, tell: _Tell = lambda _done, _of: None
) -> tuple[tuple[Victim, ...], tuple[Control, ...]]:
    """All victims, by name, and what controls would have prevented; in the context `EXACT`.
    `tell` hears how many are done, of how many."""
    references = References(settings, evidence.markets, evidence.rates)
    recorders = evidence.recorders()
    checked = {
        name: _checked(name, evidence, references, recorders, settings) for name in evidence.victims
    }
    _compare(checked, settings)
    victims = {name: _victim(one, evidence) for name, one in checked.items()}
    stopped: list[Control] = []
    for number, (name, one) in enumerate(checked.items(), 1):
        key = one.key(evidence)
        stopped += controls(victims[name], one.sound, key, references, settings)
        tell(number, len(checked))
    return tuple(victims.values()), tuple(stopped)


def _checked(
    name: str,
    evidence: Evidence,
    references: References,
    recorders: Recorders,
    settings: Settings,
) -> _Checked:
    person, exports = evidence.people.get(name) or Person(name), evidence.exports[name]
    exchange = person.exchange or next((one.exchange for one in exports if one.exchange), "")
    valued: list[Valued] = []
    doubts = list(told_otherwise(name, evidence, exchange))
    for export in exports:
        rows = [
            value(RowRef(export.name, trade.line), trade, references, settings.threshold)
            for trade in export.trades
            if trade.quantity  # an order that was cancelled is none
        ]
        untaped = [one for one in rows if not recorders.covers(exchange, one.trade)]
        doubts += [*arithmetic.doubts(rows), *strays(untaped, rows, settings.strays)]
        doubts += unvalued(rows)
        valued += rows
    valued, repeated = copies.once(valued)
    doubts += repeated
    for history in evidence.histories[name]:
        doubts += arithmetic.balances(history)
    confirmed = confirm(exchange, valued, recorders)
    reconciled = None
    if valued and evidence.histories[name]:
        reconciled = reconcile(valued, evidence.histories[name])
        doubts += reconciled.doubts
    doubts += [*confirmed.doubts, *another_account(person, confirmed)]
    valued.sort(key=lambda one: one.trade.time_ns)
    return _Checked(person, exchange, valued, doubts, confirmed, reconciled)


def _compare(checked: dict[str, _Checked], settings: Settings) -> None:
    """Add what only shows between victims."""
    trades = {name: one.valued for name, one in checked.items()}
    twice = contested((one.exchange, one.confirmed.account) for one in checked.values())
    own = {name: one.own(twice) for name, one in checked.items()}
    for one in checked.values():
        if (one.exchange, one.confirmed.account) in twice:
            says = f"somebody else has the trades of account {one.confirmed.account} too"
            one.doubts.append(Doubt("same account", says, (), False))
    for name, doubt in copies.copied(trades, own, settings.copied):
        checked[name].doubts.append(doubt)


def _victim(one: _Checked, evidence: Evidence) -> Victim:
    person, name = one.person, one.person.name
    sound = one.sound
    fills = tuple(_with_counterparty(valued, one.confirmed) for valued in sound if valued.adverse)
    files = [file.name for file in (*evidence.exports[name], *evidence.histories[name])]
    return Victim(
        name,
        person.country,
        one.exchange,
        person.claimed,
        person.recovered,
        person.key_id_sha256,
        person.key_created,
        _is_leaked(person, evidence),
        dict(sorted(person.consents.items())),
        _grade(sound, one.confirmed),
        total(fills),
        fills,
        fees(sound),
        tuple(_joined(one.doubts)),
        one.reconciled.says if one.reconciled else "",
        tuple(sorted(files)),
        tuple(evidence.told[person.name]),
        person.account or one.confirmed.account,
    )


def _grade(sound: Sequence[Valued], confirmed: Confirmation) -> Grade:
    """The worst of the fills that count; of all trades where none does."""
    if not sound:
        return Grade.CLAIMED
    rows = [one.row for one in sound if one.adverse] or [one.row for one in sound]
    return max((confirmed.grade(row) for row in rows), key=list(Grade).index)


def _with_counterparty(valued: Valued, confirmed: Confirmation) -> AdverseFill:
    assert valued.adverse
    found = confirmed.by_row.get(valued.row)
    if found is None:
        return valued.adverse
    _, trade = found
    return msgspec.structs.replace(
        valued.adverse,
        counterparty=trade.other(valued.trade.side),
        trade_id=valued.adverse.trade_id or trade.trade_id,
        recorded=trade.row,
    )


def _joined(doubts: Iterable[Doubt]) -> Iterable[Doubt]:
    """Doubts of one kind about single rows together, the gravest kinds first."""
    kinds: defaultdict[tuple[bool, str], list[Doubt]] = defaultdict(list)
    for doubt in doubts:
        kinds[not doubt.is_forgery, doubt.kind].append(doubt)
    for (is_no_forgery, kind), alike in sorted(kinds.items()):
        says = alike[0].says
        if len(alike) > 1:
            says = f"{says}; and {len(alike) - 1} more"
        rows = tuple(dict.fromkeys(row for doubt in alike for row in doubt.rows))
        yield Doubt(kind, says, rows, not is_no_forgery)


def _leaked(evidence: Evidence) -> LeakedList | None:
    if evidence.leaked is None:
        return None
    shown = sum(evidence.leaked.values())
    return LeakedList(evidence.named(Kind.LEAKED), len(evidence.leaked), shown)


def _is_leaked(person: Person, evidence: Evidence) -> bool | None:
    if evidence.leaked is None or not person.key_id_sha256:
        return None
    return person.key_id_sha256 in evidence.leaked
