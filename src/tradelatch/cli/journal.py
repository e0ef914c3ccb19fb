"""``tradelatch journal`` and ``tradelatch why``: the record, read and verified offline."""

import contextlib
import json
import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.find_secret import find_secret
from tradelatch.cli.journal_proofs import Folder, check, consistency, prove, statement
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config
from tradelatch.cli.verdicts import print_answers, print_instead
from tradelatch.journal import log, marks
from tradelatch.model.money import plain

_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]{1,2})?")

_HIDDEN = {
    *("record", "time_ns", "policy", "change", "before", "operators", "uptime", "delay_ns"),
    "signature",
}
"""Fields that `show` leaves to `show --json`."""
_DIGITS = 4_000
"""Python reads no longer numbers."""

app = typer.Typer(help="The tamper-evident record: verify and read it.", no_args_is_help=True)
app.command("find-secret")(find_secret)
for proof in (prove, consistency, check, statement):
    app.command(proof.__name__)(proof)


@app.command("verify")
def verify(
    journal: Folder = None,
    public_key: Annotated[str | None, typer.Option(help="Its public key, from elsewhere.")] = None,
    config: ConfigFile = None,
) -> None:
    """Check every record against the signed checkpoints; needs no secret."""
    folder = journal or read_config(config).home / "journal"
    try:
        newest = log.verify(folder, public_key)
        total = sum(1 for _ in log.records(folder))
    except log.JournalError as error:
        fail(str(error), code=1)
    print(
        f"{folder}: good; {newest.size} of {total} records are covered by signed checkpoints, "
        f"root {newest.root.hex()[:16]}"
    )
    for mark in marks.standing_in(folder, log.public_key_of(folder, public_key)):
        if mark.restored_from:
            says = f"a backup of {mark.size} records was restored where {mark.restored_from} were"
            print(f"{says} signed: what those said is gone")


Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="Records of this kind; may be given again.")
]
Account = Annotated[str | None, typer.Option(help="Those of one account.")]
Grant = Annotated[str | None, typer.Option(help="Those of one grant.")]
Since = Annotated[datetime | None, typer.Option(help="Those at this time (UTC) or later.")]
Until = Annotated[datetime | None, typer.Option(help="Those before this time (UTC).")]


@app.command("show")
def show(
    last: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many records.")] = 20,
    denied: Annotated[bool, typer.Option("--denied", help="Denials only.")] = False,
    own: Annotated[
        bool, typer.Option("--own", help="The signer's own requests to the exchange, too.")
    ] = False,
    kind: Kinds = None,
    account: Account = None,
    grant: Grant = None,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
    journal: Folder = None,
    config: ConfigFile = None,
) -> None:
    """Show the newest records."""
    folder = journal or read_config(config).home / "journal"
    kinds = ["Denied"] if denied else kind or []
    wanted = _Wanted(kinds, account, grant, since, until)
    with _reading(folder):
        own = own or "OwnRequest" in kinds
        found = (r for r in _records(folder) if own or r["record"] != "OwnRequest")
        newest = deque(filter(wanted.takes, found), maxlen=last)
        rows = [(_time(r["time_ns"]), r["record"], _summary(r)) for r in newest]
    if as_json:
        print_json(list(newest))
        return
    print_table(f"{folder}", ("time (UTC)", "record", "what"), rows)


@app.command("export")
def export(
    kind: Kinds = None,
    account: Account = None,
    grant: Grant = None,
    since: Since = None,
    until: Until = None,
    journal: Folder = None,
    config: ConfigFile = None,
) -> None:
    """Print records as they stand in the journal, a line of JSON each."""
    folder = journal or read_config(config).home / "journal"
    wanted = _Wanted(kind or [], account, grant, since, until)
    with _reading(folder):
        for line in log.records(folder):
            if wanted.takes(json.loads(line)):
                print(line.decode())


def _number(text: str) -> int:
    """A verdict's number, or the error message that a bot got with the number in it."""
    named = re.search(r"\bverdict ([0-9]+)", text)
    digits = named[1] if named else text.strip()
    if digits.isdecimal() and digits.isascii() and len(digits) < _DIGITS:
        return int(digits)
    if "denied by policy" in text:
        raise typer.BadParameter("this denial was counted only, the grant was denied too often")
    raise typer.BadParameter("this is neither a number nor a message that names a verdict")


def why(
    verdict: Annotated[
        int,
        typer.Argument(
            parser=_number,
            help="The verdict's number, or the whole error message that the bot got.",
        ),
    ],
    as_json: AsJson = False,
    journal: Folder = None,
    config: ConfigFile = None,
) -> None:
    """Explain one verdict rule by rule, with the numbers it used and what would have passed."""
    folder = journal or read_config(config).home / "journal"
    with _reading(folder):
        found = next((record for record in _records(folder) if record.get("id") == verdict), None)
        if found is None:
            fail(f"{folder}: there is no verdict {verdict}")
        if as_json:
            print_json(found)
            return
        print_line(_summary(found))
        print(f"at {_time(found['time_ns'])} UTC, account {found['account']}")
        print_answers(found["answers"])
        print_instead(found.get("instead"))


@contextlib.contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """A record that is not what the signer writes ends the command with a sentence."""
    try:
        yield
    except log.JournalError as error:
        fail(str(error), code=1)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        fail(f"{folder}: a record cannot be read; run `tradelatch journal verify`", code=1)


def _records(folder: Path) -> Iterator[dict[str, Any]]:
    for line in log.records(folder):
        yield json.loads(line)


class _Wanted:
    """What is asked for of a journal."""

    def __init__(
        self,
        kinds: list[str],
        account: str | None,
        grant: str | None,
        since: datetime | None,
        until: datetime | None,
    ) -> None:
        self._kinds, self._account, self._grant = kinds, account, grant
        self._since_s = since.replace(tzinfo=UTC).timestamp() if since else float("-inf")
        self._until_s = until.replace(tzinfo=UTC).timestamp() if until else float("inf")

    def takes(self, record: dict[str, Any]) -> bool:
        return (
            (not self._kinds or record["record"] in self._kinds)
            and self._account in (None, record.get("account"))
            and self._grant in (None, record.get("grant"))
            and self._since_s <= record["time_ns"] / 1e9 < self._until_s
        )


def _time(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat(" ", "milliseconds")[:23]


def _summary(record: dict[str, Any]) -> str:
    if intent := record.get("intent"):
        kind = intent.get("intent", "")
        words = [intent.get(k) for k in ("what", "side", "type", "quantity", "symbol", "price")]
        answers = record.get("answers", [])  # the signer's own requests are not judged
        refused = [answer["rule"] for answer in answers if not answer["allowed"]]
        told = " ".join(str(word) for word in words if word)
        number = f"verdict {record['id']}: " if "id" in record else ""
        return f"{number}{kind} {told}" + (f": denied by {', '.join(refused)}" if refused else "")
    shown = {k: value for k, value in record.items() if k not in _HIDDEN and value not in ("", [])}
    return ", ".join(
        f"{key.removesuffix('_ns')} {_plainly(key, value)}" for key, value in shown.items()
    )


def _plainly(key: str, value: Any) -> str:
    """A value of a record as a person writes it."""
    if key.endswith("_ns"):
        return _time(value)
    if isinstance(value, dict):
        return ", ".join(f"{_plainly('', held)} {name}" for name, held in value.items())
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        return plain(Decimal(value))
    return str(value)
