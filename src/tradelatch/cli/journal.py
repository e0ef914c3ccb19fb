"""``tradelatch journal`` and ``tradelatch why``: the record, read and verified offline."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tradelatch.cli.console import print_json, print_table
from tradelatch.cli.settings import AsJson, ConfigFile, fail, read_config
from tradelatch.journal import log

app = typer.Typer(help="The tamper-evident record: verify and read it.", no_args_is_help=True)

Folder = Annotated[
    Path | None, typer.Option("--journal", help="The journal's folder, or a copy of it.")
]


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


@app.command("show")
def show(
    last: Annotated[int, typer.Option(min=1, help="How many records.")] = 20,
    denied: Annotated[bool, typer.Option("--denied", help="Denials only.")] = False,
    as_json: AsJson = False,
    journal: Folder = None,
    config: ConfigFile = None,
) -> None:
    """Show the newest records."""
    folder = journal or read_config(config).home / "journal"
    wanted = [r for r in _records(folder) if not denied or r["record"] == "Denied"][-last:]
    if as_json:
        print_json(wanted)
        return
    rows = [(_time(record), record["record"], _summary(record)) for record in wanted]
    print_table(f"{folder}", ("time (UTC)", "record", "what"), rows)


def why(
    verdict: Annotated[int, typer.Argument(help="The verdict's number, from the error message.")],
    as_json: AsJson = False,
    journal: Folder = None,
    config: ConfigFile = None,
) -> None:
    """Explain one verdict rule by rule, with the numbers it used."""
    folder = journal or read_config(config).home / "journal"
    found = [record for record in _records(folder) if record.get("id") == verdict]
    if not found:
        fail(f"{folder}: there is no verdict {verdict}")
    if as_json:
        print_json(found[0])
        return
    print(f"verdict {verdict}: {_summary(found[0])}")
    if not found[0]["answers"]:
        print("no rule was asked: reads and cancels are always allowed")
        return
    rows = [
        (
            "yes" if answer["allowed"] else "NO",
            answer["rule"],
            answer["says"],
            ", ".join(f"{key} {value}" for key, value in answer.get("numbers", {}).items()),
        )
        for answer in found[0]["answers"]
    ]
    print_table("", ("", "rule", "says", "numbers"), rows)


def _records(folder: Path) -> Iterator[dict[str, Any]]:
    try:
        for number, line in enumerate(log.records(folder), start=1):
            try:
                yield json.loads(line)
            except ValueError:
                fail(f"{folder}: record {number} is not JSON; run `tradelatch journal verify`", 1)
    except log.JournalError as error:
        fail(str(error), code=1)


def _time(record: dict[str, Any]) -> str:
    return datetime.fromtimestamp(record["time_ns"] / 1e9, UTC).isoformat(" ", "milliseconds")[:23]


def _summary(record: dict[str, Any]) -> str:
    if intent := record.get("intent"):
        kind = intent.get("intent", "")
        words = [intent.get(k) for k in ("what", "side", "type", "quantity", "symbol", "price")]
        refused = [answer["rule"] for answer in record["answers"] if not answer["allowed"]]
        told = " ".join(str(word) for word in words if word)
        return f"{kind} {told}" + (f": denied by {', '.join(refused)}" if refused else "")
    hidden = {"record", "time_ns", "policy"}
    return ", ".join(f"{key} {value}" for key, value in record.items() if key not in hidden)
