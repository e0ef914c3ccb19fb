"""From a case's evidence to verified losses."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import localcontext

import msgspec

from tradelatch.cases.folder import Case
from tradelatch.cases.kinds import Kind
from tradelatch.cases.sealed import seal
from tradelatch.cases.verification import copies, prints
from tradelatch.cases.verification.checked import Checked, check
from tradelatch.cases.verification.confirmed import Confirmation, Recorders
from tradelatch.cases.verification.controls import controls
from tradelatch.cases.verification.evidence import Evidence, open_evidence
from tradelatch.cases.verification.losses import EXACT, Valued, fees, total
from tradelatch.cases.verification.people import Person
from tradelatch.cases.verification.references import References
from tradelatch.cases.verification.settings import Settings
from tradelatch.cases.verified import (
    AdverseFill,
    Control,
    Doubt,
    Grade,
    LeakedList,
    VerifiedCase,
    Victim,
    Weight,
)

_Tell = Callable[[int, int], None]


def verify(case: Case, settings: Settings, tell: _Tell) -> VerifiedCase:
    """Verify all losses of a case, and write ``verified.json``: the same for the same evidence.

    Raises:
        UnusableCase: its files are missing, were changed, or cannot be written.
        Refused: one can no longer be read.
    """
    with localcontext(EXACT):
        evidence = open_evidence(case, lambda done, of: tell(done, 2 * of))
        checked, victims, stopped = _verified(
            evidence, settings, lambda done, of: tell(of + done, 2 * of)
        )
        counted = (valued for one in checked for valued in one.sound)
        withheld = copies.withheld([one.withheld for one in checked], counted)
    sources = tuple(evidence.sources)
    found = VerifiedCase(
        case.head.name,
        settings.told,
        sources,
        victims,
        stopped,
        _leaked(evidence),
        evidence.named(Kind.PUBLISHED),
        withheld,
        case.reading,
    )
    seal(case, msgspec.json.encode(found, order="deterministic") + b"\n")
    return found


def victims_of(
    evidence: Evidence, settings: Settings
) -> tuple[tuple[Victim, ...], tuple[Control, ...]]:
    """All victims, by name, and what controls would have prevented; in the context `EXACT`."""
    _, victims, stopped = _verified(evidence, settings, lambda _done, _of: None)
    return victims, stopped


def _verified(
    evidence: Evidence, settings: Settings, tell: _Tell
) -> tuple[Sequence[Checked], tuple[Victim, ...], tuple[Control, ...]]:
    """What was checked, and what came of it; `tell` hears how many are done, of how many."""
    references = References(settings, evidence.markets, evidence.rates)
    recorders = evidence.recorders()
    checked = {
        name: check(name, evidence, references, recorders, settings) for name in evidence.victims
    }
    _compare(checked, recorders, settings)
    victims = {name: _victim(one, evidence) for name, one in checked.items()}
    stopped: list[Control] = []
    for number, (name, one) in enumerate(checked.items(), 1):
        key = one.key(evidence)
        stopped += controls(victims[name], one.sound, key, references, settings)
        tell(number, len(checked))
    return list(checked.values()), tuple(victims.values()), tuple(stopped)


def _compare(checked: dict[str, Checked], recorders: Recorders, settings: Settings) -> None:
    """Add what only shows between victims."""
    owners = _owners(checked)
    shown = {}
    for name, one in checked.items():
        account = one.exchange, one.confirmed.account
        shown[name] = one.shown(is_theirs=owners.get(account) == name)
        if account in owners and owners[account] != name:
            whose = (
                f"which is {owners[account]}'s" if owners[account] else "and nothing tells whose"
            )
            says = f"somebody else has the trades of account {one.confirmed.account} too, {whose}"
            rows = tuple(sorted(one.confirmed.shown))
            one.doubts.append(Doubt("same account", says, rows, Weight.WITHHELD))
    trades = {name: one.valued for name, one in checked.items()}
    for name, doubt in copies.copied(trades, shown, settings.copied):
        checked[name].doubts.append(doubt)
    # All of them before any is added: what counts for one depends on what counts for others.
    for name, doubt in list(prints.taken_twice(checked, shown, recorders)):
        checked[name].doubts.append(doubt)


def _owners(checked: dict[str, Checked]) -> dict[tuple[str, str], str]:
    """Whose each account of an exchange's table is, by exchange and account: whoever alone has its
    trades; of several whoever alone is told to have it, or else alone has a history of them; "" if
    that does not tell."""
    claims: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, one in checked.items():
        if one.confirmed.account:
            claims[one.exchange, one.confirmed.account].append(name)
    owners = {}
    for (exchange, account), names in claims.items():
        told = [name for name in names if checked[name].person.account == account]
        with_history = [name for name in names if checked[name].is_in_history]
        likely = names if len(names) == 1 else told or with_history
        owners[exchange, account] = likely[0] if len(likely) == 1 else ""
    return owners


def _victim(one: Checked, evidence: Evidence) -> Victim:
    person, name = one.person, one.person.name
    sound = one.sound
    fills = tuple(_with_counterparty(valued, one.confirmed) for valued in sound if valued.adverse)
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
        tuple(evidence.files_of(name)),
        tuple(evidence.told[person.name]),
        person.account or one.confirmed.account,
        total(valued.adverse for valued in one.withheld if valued.adverse),
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
    trade = found.trades[0]
    return msgspec.structs.replace(
        valued.adverse,
        counterparty=found.counterparty(valued.trade.side),
        trade_id=valued.adverse.trade_id or trade.trade_id,
        recorded=trade.row,
    )


def _joined(doubts: Iterable[Doubt]) -> Iterable[Doubt]:
    """Doubts of one kind about single rows together, the gravest first."""
    kinds: defaultdict[tuple[int, str], list[Doubt]] = defaultdict(list)
    for doubt in doubts:
        kinds[list(Weight).index(doubt.weight), doubt.kind].append(doubt)
    for (_, kind), alike in sorted(kinds.items()):
        says = alike[0].says
        if len(alike) > 1:
            says = f"{says}; and {len(alike) - 1} more"
        rows = tuple(dict.fromkeys(row for doubt in alike for row in doubt.rows))
        yield Doubt(kind, says, rows, alike[0].weight)


def _leaked(evidence: Evidence) -> LeakedList | None:
    if evidence.leaked is None:
        return None
    shown = sum(evidence.leaked.values())
    return LeakedList(evidence.named(Kind.LEAKED), len(evidence.leaked), shown)


def _is_leaked(person: Person, evidence: Evidence) -> bool | None:
    if evidence.leaked is None or not person.key_id_sha256:
        return None
    return person.key_id_sha256 in evidence.leaked
