"""What a person could reach, by the journal, and what to change once he is gone."""

import os
from typing import Any

import msgspec

from tradelatch.cli.settings import fail
from tradelatch.journal.log import JournalError, records
from tradelatch.model.config import Config
from tradelatch.model.statements import utc


class _Record(msgspec.Struct):
    """The fields of all kinds of records that matter here."""

    record: str
    time_ns: int
    by: str = ""
    account: str = ""
    customer: str = ""
    grant: str = ""
    expires_ns: int = 0
    number: int = 0
    what: str = ""
    operator: str = ""
    change: dict[str, Any] = {}


class _Traces:
    """What a person's name stands beside in the journal, in its order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.customers: dict[str, str] = {}
        self.grants: dict[str, str] = {}
        self.keys: set[str] = set()
        self.changes: dict[int, dict[str, Any]] = {}
        self._proposed: dict[int, str] = {}

    def take(self, record: _Record) -> None:
        """One record more."""
        his = record.by == self.name
        if record.record == "AccountAdded":
            self.customers[record.account] = record.customer
            self._typed_key(record.account, his)
        elif record.record == "GrantIssued" and his:
            self.grants[record.grant] = f"{record.account}, until {utc(record.expires_ns)}"
        elif record.record == "GrantRevoked":
            self.grants.pop(record.grant, None)
        elif record.record == "ChangeProposed":
            self._proposed[record.number] = record.what
            self._typed_key(record.change.get("account", ""), his and "key_id" in record.change)
            self._part(record.number, "proposed", his)
        elif record.record == "ChangeApproved":
            self._part(record.number, "approved", record.operator == self.name)

    def _typed_key(self, account: str, his: bool) -> None:
        if his:
            self.keys.add(account)

    def _part(self, number: int, part: str, his: bool) -> None:
        if his:
            empty = {"number": number, "what": self._proposed.get(number, ""), "part": []}
            self.changes.setdefault(number, empty)["part"].append(part)


def reach(config: Config, name: str, person: dict[str, Any]) -> dict[str, Any] | None:
    """The accounts that a person's commands could name, the grants that he issued and nobody
    revoked, the exchange keys that went through his hands, and the changes that he proposed or
    approved; None where the journal cannot be read."""
    traces = _Traces(name)
    if not os.access(config.home / "journal" / "records", os.R_OK):
        return None
    try:
        for line in records(config.home / "journal"):
            traces.take(msgspec.json.decode(line, type=_Record))
    except (JournalError, msgspec.MsgspecError):
        fail(f"{config.home / 'journal'}: this cannot be read; `tradelatch journal verify` tells")
    mine = person["customer"]
    return {
        "role": person["role"],
        "accounts": [a for a, whose in traces.customers.items() if not mine or whose == mine],
        "grants": traces.grants,
        "keys": sorted(traces.keys),
        "changes": list(traces.changes.values()),
    }


def show_reach(name: str, found: dict[str, Any] | None) -> None:
    """The list, and what to do about each entry."""
    if found is None:
        print(f"the journal cannot be read here: on the signer's host it tells what {name} reached")
        return
    print(f"{name} could reach, as {found['role']}: {', '.join(found['accounts']) or 'no account'}")
    for change in found["changes"]:
        print(f"  change {change['number']}, {change['what']}: {' and '.join(change['part'])}")
    print("to rotate:")
    for grant, told in found["grants"].items():
        says = f"he was shown its secret; `tradelatch grants revoke {grant}`"
        print(f"  grant {grant} of {told}: {says}")
    for account in found["keys"]:
        says = f"it went through his hands; `tradelatch keys replace {account}`"
        print(f"  the exchange key of {account}: {says}")
    if found["role"] == "operator":
        print("  the login of the signer's user, if he had it: what is done there names nobody")
    elif not found["grants"]:
        print("  nothing: he was shown no secret")
