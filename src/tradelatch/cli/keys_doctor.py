"""``tradelatch keys doctor``: how old, idle and powerful each key is, and what to do about it."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import typer

from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.operator import key_list
from tradelatch.cli.settings import AsJson, ConfigFile, read_config

_DAY_MS = 86_400_000
SHOWN = 40
"""So many findings are shown on a terminal; `--json` has all."""


class Finding(NamedTuple):
    """Something about one key, and what to do about it."""

    account: str
    kind: str
    says: str
    do: str


def doctor(
    old: Annotated[int, typer.Option(min=1, help="A key is old after so many days.")] = 365,
    idle: Annotated[int, typer.Option(min=1, help="A key is idle after so many days.")] = 30,
    ends: Annotated[int, typer.Option(min=1, help="Its end is near so many days before.")] = 14,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Look all keys through. The status is 1 if there is something to do."""
    keys = key_list(read_config(config))
    now_ms = time.time_ns() // 1_000_000
    found = [f for name, key in keys.items() for f in findings(name, key, now_ms, old, idle, ends)]
    if as_json:
        print_json({"keys": len(keys), "findings": [finding._asdict() for finding in found]})
    else:
        _tell(len(keys), found)
    raise typer.Exit(1 if found else 0)


def findings(
    account: str, key: dict[str, Any], now_ms: int, old: int, idle: int, ends: int
) -> Iterator[Finding]:
    """What there is to say of one key, as `key list` tells it; `old`, `idle`, `ends` in days."""
    if key["state"] == "compromised":
        do = "delete it at the exchange, then `keys replace`"
        yield Finding(account, "compromised", "is compromised", do)
    if kept := [former for former in key["former"] if former["state"] != "destroyed"]:
        says = f"{len(kept)} former keys are still in the vault"
        yield Finding(account, "former", says, f"`tradelatch keys destroy {account}`")
    heard = key["inspected"]
    if heard is None:
        yield Finding(
            account, "unknown", "what it may do is not known", "look that the courier runs"
        )
    rights: dict[str, Any] = heard["rights"] if heard else {"created_ms": 0, "ends_ms": 0}
    for name, words in key["dangers"].items():
        if name not in heard["accepted"]:
            yield Finding(account, name, words, "change that at the exchange")
    if heard and "trade" not in rights["can"]:
        yield Finding(account, "trade", "may not trade any more", "renew it, then `keys replace`")
    made_ms = rights["created_ms"] or key["added_ns"] // 1_000_000
    if (days := (now_ms - made_ms) // _DAY_MS) >= old:
        do = "make another at the exchange, then `keys replace`"
        yield Finding(account, "old", f"is {days} days old", do)
    used_ms = max(key["asked_ns"], key["added_ns"]) // 1_000_000
    if (days := (now_ms - used_ms) // _DAY_MS) >= idle:
        do = "delete it at the exchange if nobody needs it"
        yield Finding(account, "idle", f"no bot has used it for {days} days", do)
    if rights["ends_ms"] and (left := (rights["ends_ms"] - now_ms) // _DAY_MS) < ends:
        day = datetime.fromtimestamp(rights["ends_ms"] / 1000, UTC).date()
        says = f"ends on {day}" if left >= 0 else f"ended on {day}"
        yield Finding(account, "ends", says, "renew it at the exchange, then `keys replace`")


def _tell(count: int, found: list[Finding]) -> None:
    ill = len({finding.account for finding in found})
    print(f"{count} keys, {count - ill} with nothing to do about")
    if not found:
        return
    kinds = Counter(finding.kind for finding in found)
    print(", ".join(f"{number} {kind}" for kind, number in kinds.most_common()))
    rows = [(finding.account, finding.says, finding.do) for finding in found[:SHOWN]]
    print_table("Keys", ("account", "key", "what to do"), rows)
    if len(found) > SHOWN:
        print(f"and {len(found) - SHOWN} more; --json lists all")
