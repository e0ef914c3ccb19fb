"""From a journal's exported record to a notice: one sentence with what happened, which account and
grant it is about, and what to do."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from tradelatch.model.notices import Kind
from tradelatch.model.statements import utc
from tradelatch.notify.notices import Notice, notice

_Record: TypeAlias = dict[str, Any]


def notice_of(line: bytes) -> Notice | None:
    """The notice that a record is worth, None for most.

    Raises:
        ValueError: it is no record.
    """
    try:
        record: _Record = json.loads(line)
        tell = _SENTENCES.get(record["record"])
        says = tell(record) if tell else ""
        kind = _KINDS.get(record["record"], Kind.SECURITY)
        return notice(record["time_ns"], kind, says) if says else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is no record of a journal") from error


def _key_inspected(record: _Record) -> str:
    rights, accepted = record["rights"], record["accepted"]
    gained = [name for name in rights["can"] if name not in ("trade", *accepted)]
    gained += [] if rights["is_bound"] or "unbound" in accepted else ["use from any address"]
    if not gained:
        return ""
    return (
        f"The exchange key of account {record['account']} has a right that nobody accepted "
        f"({', '.join(gained)}): take it away at the exchange; `tradelatch keys doctor` tells more."
    )


def _change_proposed(record: _Record) -> str:
    if not record["waits"]:
        return ""
    number = record["number"]
    return (
        f"Change {number} was proposed, {record['what']}; it waits for two operators or "
        f"{record['delay_ns'] // 3_600_000_000_000} hours: if nobody you know proposed it, run "
        f"`tradelatch changes cancel {number}`."
    )


def _change_approved(record: _Record) -> str:
    number = record["number"]
    return (
        f"Operator {record['operator']} approved change {number}: if he did not, run "
        f"`tradelatch changes cancel {number}`."
    )


def _change_made(record: _Record) -> str:
    return (
        f"Change {record['number']} is in force, {record['what']} ({record['why']}): if nobody you "
        "know made it, run `tradelatch stop everything`."
    )


def _change_cancelled(record: _Record) -> str:
    return (
        f"Change {record['number']} was cancelled, {record['what']} ({record['why']}): if it is "
        "still wanted, propose it again."
    )


def _frozen(record: _Record) -> str:
    account, grant = record["account"], record["grant"]
    what = f"Grant {grant} of account {account}" if grant else f"Account {account}"
    if record["cause"] == "a leak":
        return f"{what} was suspended, {record['says']} of leaked ids: {_after_leak(record)}."
    return (
        f"{what} was frozen, {record['cause']} ({record['says']}), and its open orders are being "
        f"cancelled: look at `tradelatch journal show --denied`, then run `tradelatch grants "
        f"{f'revoke {grant}` or `tradelatch grants thaw {grant}' if grant else f'thaw {account}'}`."
    )


def _after_leak(record: _Record) -> str:
    account, grant = record["account"], record["grant"]
    if grant:
        return f"run `tradelatch grants revoke {grant}` and issue another"
    return (
        "delete the key at the exchange, since whoever has it does not need us, then run "
        f"`tradelatch reconcile {account}` and `tradelatch keys replace {account}`"
    )


def _key_compromised(record: _Record) -> str:
    return (
        f"The exchange key of account {record['account']} is called compromised, and all open "
        "orders are being cancelled: delete it at the exchange, then run `tradelatch keys replace "
        f"{record['account']}`."
    )


def _restored(record: _Record) -> str:
    return (
        f"A backup of the journal was restored, {record['signed'] - record['size']} records are "
        "missing: every account is frozen, every grant revoked; if nobody you know did that, "
        "take the exchange keys back at the exchange."
    )


def _foreign_fill(record: _Record) -> str:
    return (
        f"Account {record['account']} {'bought' if record['side'] == 'BUY' else 'sold'} "
        f"{record['quantity']} {record['symbol']} at {record['price']} "
        f"({utc(record['traded_ms'] * 1_000_000)}, order {record['order_id']}), and nobody signed "
        "that here: if you did not trade by hand, somebody else has its exchange key; take the key "
        "back at the exchange, then run `tradelatch reconcile "
        f"{record['account']}`."
    )


def _exit_released(record: _Record) -> str:
    let = record["release"]
    return (
        f"The owner of account {record['account']} released an exit, up to {let['quantity']} "
        f"{let['symbol']} at {let['limit']} or better: if he did not, run `tradelatch stop "
        "everything`."
    )


def _release_used(record: _Record) -> str:
    if not record.get("release"):
        return ""
    intent = record["intent"]
    return (
        f"A released exit left from account {record['account']} by grant {record['grant']}, "
        f"{intent['symbol']} (verdict {record['id']}): see `tradelatch why {record['id']}`."
    )


def _new_risk_closed(record: _Record) -> str:
    return (
        f"The signer takes no new risk ({record['why']}), cancels still go out: mend that, then "
        "start the signer anew."
    )


_KINDS = {"Frozen": Kind.FREEZE, "NewRiskClosed": Kind.ERROR}
"""What is not about security."""
_SENTENCES: dict[str, Callable[[_Record], str]] = {
    "KeyInspected": _key_inspected,
    "KeyCompromised": _key_compromised,
    "ChangeProposed": _change_proposed,
    "ChangeApproved": _change_approved,
    "ChangeMade": _change_made,
    "ChangeCancelled": _change_cancelled,
    "Frozen": _frozen,
    "Restored": _restored,
    "ForeignFill": _foreign_fill,
    "ExitReleased": _exit_released,
    "Allowed": _release_used,
    "NewRiskClosed": _new_risk_closed,
}
