"""From a case's evidence to verified losses."""

from collections.abc import Callable
from decimal import localcontext

import msgspec

from tradelatch.cases.folder import VERIFIED, Case
from tradelatch.cases.kinds import Kind
from tradelatch.cases.verification.evidence import Evidence, open_evidence
from tradelatch.cases.verification.losses import EXACT, Valued, fees, total, value
from tradelatch.cases.verification.people import Person
from tradelatch.cases.verification.references import References
from tradelatch.cases.verification.settings import Settings
from tradelatch.cases.verified import Grade, LeakedList, RowRef, VerifiedCase, Victim
from tradelatch.exports.records import Traded


def verify(case: Case, settings: Settings, tell: Callable[[int, int], None]) -> VerifiedCase:
    """Verify all losses of a case, and write ``verified.json``: the same for the same evidence.

    Raises:
        UnusableCase: its files are missing, were changed, or cannot be written.
        Refused: one can no longer be read.
    """
    with localcontext(EXACT):
        evidence = open_evidence(case, tell)
        references = References(settings, evidence.markets, evidence.rates)
        victims = tuple(_victim(name, evidence, references, settings) for name in evidence.victims)
    found = VerifiedCase(
        case.head.name,
        settings.told,
        tuple(evidence.sources),
        victims,
        leaked=_leaked(evidence),
        published=evidence.named(Kind.PUBLISHED),
    )
    case.write(VERIFIED, msgspec.json.encode(found, order="deterministic") + b"\n")
    return found


def _victim(name: str, evidence: Evidence, references: References, settings: Settings) -> Victim:
    person = evidence.people.get(name) or Person(name)
    trades = _trades(name, evidence)
    valued = [value(row, trade, references, settings.threshold) for row, trade in trades]
    counted = _in_order(valued)
    files = [one.name for one in (*evidence.exports[name], *evidence.histories[name])]
    told = [one.exchange for one in evidence.exports[name] if one.exchange]
    return Victim(
        name,
        person.country,
        person.exchange or (told[0] if told else ""),
        person.claimed,
        person.recovered,
        person.key_id_sha256,
        person.key_created,
        _is_leaked(person, evidence),
        dict(sorted(person.consents.items())),
        Grade.ARITHMETIC if trades else Grade.CLAIMED,
        total(one.adverse for one in counted if one.adverse),
        tuple(one.adverse for one in counted if one.adverse),
        fees(counted),
        (),
        "",
        tuple(sorted(files)),
        tuple(evidence.told[name]),
    )


def _trades(name: str, evidence: Evidence) -> list[tuple[RowRef, Traded]]:
    return [
        (RowRef(export.name, trade.line), trade)
        for export in evidence.exports[name]
        for trade in export.trades
    ]


def _in_order(valued: list[Valued]) -> list[Valued]:
    """By time; trades of one moment as the export has them."""
    return sorted(valued, key=lambda one: one.trade.time_ns)


def _leaked(evidence: Evidence) -> LeakedList | None:
    if evidence.leaked is None:
        return None
    shown = sum(evidence.leaked.values())
    return LeakedList(evidence.named(Kind.LEAKED), len(evidence.leaked), shown)


def _is_leaked(person: Person, evidence: Evidence) -> bool | None:
    if evidence.leaked is None or not person.key_id_sha256:
        return None
    return person.key_id_sha256 in evidence.leaked
