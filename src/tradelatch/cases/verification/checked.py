"""One victim's trades: valued, each once, and what is wrong with them by themselves."""

import msgspec

from tradelatch.cases.keytable import Key
from tradelatch.cases.verification import arithmetic, copies, repeats
from tradelatch.cases.verification.balances import balances
from tradelatch.cases.verification.confirmed import Confirmation, Recorders, confirm
from tradelatch.cases.verification.evidence import Evidence
from tradelatch.cases.verification.losses import Valued, value
from tradelatch.cases.verification.papers import told_otherwise, unvalued
from tradelatch.cases.verification.people import Person
from tradelatch.cases.verification.reconciling import Reconciled, reconcile
from tradelatch.cases.verification.references import References
from tradelatch.cases.verification.settings import Settings
from tradelatch.cases.verification.strays import strays
from tradelatch.cases.verified import Doubt, RowRef


class Checked(msgspec.Struct):
    """One victim's trades, each once, and what is found about them."""

    person: Person
    exchange: str
    valued: list[Valued]
    doubts: list[Doubt]
    confirmed: Confirmation
    reconciled: Reconciled | None

    @property
    def sound(self) -> list[Valued]:
        """The trades that count."""
        taken = {row for doubt in self.doubts if doubt.takes_rows for row in doubt.rows}
        return [valued for valued in self.valued if valued.row not in taken]

    @property
    def withheld(self) -> list[Valued]:
        """The adverse ones that count only once they are explained."""
        forged = {row for doubt in self.doubts if doubt.is_forgery for row in doubt.rows}
        known = forged | {one.row for one in self.sound}
        return [one for one in self.valued if one.adverse and one.row not in known]

    def key(self, evidence: Evidence) -> Key | None:
        """The victim's key in the exchange's table."""
        return evidence.keys.get(self.person.key_id_sha256)

    @property
    def is_in_history(self) -> bool:
        """Whether the account's history has all trades that the exchange's table has."""
        return self.reconciled is not None and self.confirmed.shown <= self.reconciled.found

    def shown(self, *, is_theirs: bool) -> copies.Shown:
        """What other records show; the table only where the account is theirs."""
        table = self.confirmed.shown if is_theirs else set[RowRef]()
        return copies.Shown(table, self.reconciled.found if self.reconciled else set())


def check(
    name: str,
    evidence: Evidence,
    references: References,
    recorders: Recorders,
    settings: Settings,
) -> Checked:
    """Value one victim's trades, and hold them against all other records of them."""
    person, exports = evidence.people.get(name) or Person(name), evidence.exports[name]
    exchange = person.exchange or next((one.exchange for one in exports if one.exchange), "")
    valued: list[Valued] = []
    doubts = list(told_otherwise(name, evidence, exchange))
    for export in exports:
        trades, again = repeats.once(export)
        rows = [
            value(RowRef(export.name, trade.line), trade, references, settings.threshold)
            for trade in trades
        ]
        doubts += [
            *again,
            *arithmetic.doubts(rows),
            *strays(rows, references, settings.strays),
            *unvalued(rows),
        ]
        valued += rows
    valued, repeated = copies.once(valued)
    doubts += repeated
    for history in evidence.histories[name]:
        doubts += balances(history)
    account, far = person.account, settings.threshold
    confirmed = confirm(exchange, repeats.firsts_first(valued), recorders, account, far)
    handed_in = valued
    valued, beyond = repeats.not_recorded(handed_in, confirmed)
    if beyond:
        doubts += beyond
        confirmed = confirm(exchange, repeats.firsts_first(valued), recorders, account, far)
    reconciled = None
    if valued and evidence.histories[name]:
        reconciled = reconcile(valued, evidence.histories[name])
        doubts += reconciled.doubts
    doubts += confirmed.doubts
    in_history = reconciled.found if reconciled else set[RowRef]()
    left_out = {row for doubt in beyond for row in doubt.rows}
    doubts += repeats.unexplained(handed_in, confirmed.by_row.keys() | left_out, in_history)
    valued.sort(key=lambda one: one.trade.time_ns)
    return Checked(person, exchange, valued, doubts, confirmed, reconciled)
