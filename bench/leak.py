"""A list of leaked keys against a platform's: how long ``leak match`` takes to find all hits, with
``grep`` beside it, how long until all are suspended, and what ten million ids take."""

import asyncio
import csv
import json
import os
import random
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import uvloop

from bench.commands import CLI, SPREAD, SPREAD_FORMATS, Ran, spread
from bench.commands import run as run_command
from bench.keys import COUNT, KNOWN, NOWHERE, QUICK_COUNT, make_table, until_answering
from bench.report import Cell, Report, Table
from bench.rounds import cpu_ms
from tradelatch.cli.leaks.lines import digest
from tradelatch.drills.processes import House

PUBLISHED = 10
"""One in so many of a platform's keys stands in the list, as in 2022."""
LONG, QUICK_LONG = 10_000_000, 50_000
ROUNDS, QUICK_ROUNDS, LONG_ROUNDS = 3, 2, 1
HASHED, PLAIN = "tradelatch leak match, hashes", "tradelatch leak match, exchange,key_id,secret"
GREP = "grep -x -F -f, the same hashes"
STOPPED = "tradelatch leak match --suspend, all keys hit"
AGAIN = "the same again, nothing left to do"
REVOKED = "tradelatch leak match --revoke, all keys hit"
_EXEC = "import os, sys; os.environ['LC_ALL'] = 'C'; os.execvp(sys.argv[1], sys.argv[1:])"
_CHUNK = 100_000
_Runs = dict[str, list[Ran]]


def run(folder: Path, quick: bool) -> Report:
    """Measure everything, under `folder`."""
    return uvloop.run(_run(folder, quick))


async def _run(folder: Path, quick: bool) -> Report:
    count, many = (QUICK_COUNT, QUICK_LONG) if quick else (COUNT, LONG)
    table, house = folder / "keys.csv", House(folder / "house", NOWHERE)
    make_table(table, KNOWN, 0, count)
    if run_command(("-m", "bench.platform", str(table), str(house.home)), folder).status:
        return Report("leak", [], [], ["the vault could not be filled"])
    ours = _ids(table)
    leaked = ours[::PUBLISHED]
    await house.signer.start()
    try:
        await until_answering(house)
        short = await _matched(
            house, folder, ours, leaked, count, QUICK_ROUNDS if quick else ROUNDS
        )
        longer = await _matched(house, folder, ours, leaked, many, 1 if quick else LONG_ROUNDS)
        acted = await _stopped(house, folder, ours)
    finally:
        await house.signer.stop()
    rows: list[tuple[Cell, ...]] = [
        (ids, name, *spread(ran, ids), statistics.median(one.cpu_s for one in ran))
        for ids, runs in ((count, short), (many, longer), (count, acted))
        for name, ran in runs.items()
    ]
    title = f"A list of leaked ids against {count:,} keys"
    columns = ("ids", "what", *SPREAD, "CPU s, signer's too")
    tables = [Table(title, columns, (",", "", *SPREAD_FORMATS, ".2f"), rows)]
    problems = [*_misses({**short}, len(leaked)), *_misses({**longer}, len(leaked))]
    problems += _misses(acted, count)
    return Report("leak", tables, _notes(), problems[:1])


def _ids(table: Path) -> list[str]:
    with table.open() as rows:
        return [row["key_id"] for row in csv.DictReader(rows)]


async def _matched(
    house: House, folder: Path, ours: list[str], leaked: list[str], count: int, rounds: int
) -> _Runs:
    """Both forms of a list of `count` ids, in turns with grep of all of ours."""
    runs: _Runs = {}
    plain, hashed = folder / f"plain-{count}", folder / f"hashed-{count}"
    _make_lists(plain, hashed, leaked, count)
    digests = folder / "digests"
    digests.write_text("\n".join(digest("binance", one).hex() for one in ours) + "\n")
    commands = {
        GREP: ("-c", _EXEC, "grep", "-c", "-x", "-F", "-f", str(digests), str(hashed)),
        HASHED: _match(house, hashed),
        PLAIN: _match(house, plain),
    }
    for _ in range(rounds):
        for name, command in commands.items():
            runs.setdefault(name, []).append(await _ran(house, command, folder))
    for path in (plain, hashed):
        path.unlink()
    return runs


async def _stopped(house: House, folder: Path, ours: list[str]) -> _Runs:
    """All keys suspended, once more, and revoked; each can be done once."""
    path, runs = folder / "all", _Runs()
    path.write_text("\n".join(digest("binance", one).hex() for one in ours) + "\n")
    for name, option in ((STOPPED, "--suspend"), (AGAIN, "--suspend"), (REVOKED, "--revoke")):
        runs[name] = [await _ran(house, _match(house, path, option), folder)]
    return runs


async def _ran(house: House, command: tuple[str, ...], folder: Path) -> Ran:
    """A command; what it took of a core with what the signer took meanwhile."""
    before = cpu_ms(house.signer.pid)
    ran = await asyncio.to_thread(run_command, command, folder)
    signers = (cpu_ms(house.signer.pid) - before) / 1000
    return msgspec.structs.replace(ran, cpu_s=ran.cpu_s + signers)


def _match(house: House, path: Path, *options: str) -> tuple[str, ...]:
    config = ("--config", str(house.config))
    return (*CLI, "leak", "match", str(path), "--json", *options, *config)


def _make_lists(plain: Path, hashed: Path, leaked: Sequence[str], count: int) -> None:
    """The same ids in both forms: ours among others', which are made up."""
    others = count - len(leaked)
    with plain.open("w") as lines, hashed.open("w") as hashes:
        for part in _parts(leaked, others):
            lines.writelines(f"binance,{one},{one[::-1]}\n" for one in part)
            hashes.writelines(f"{digest('binance', one).hex()}\n" for one in part)


def _parts(leaked: Sequence[str], others: int) -> Iterator[list[str]]:
    """In parts, each with its share of ours."""
    parts = max(others // _CHUNK, 1)
    for number in range(parts):
        made = others * (number + 1) // parts - others * number // parts
        raw = os.urandom(32 * made).hex()
        part = [raw[at : at + 64] for at in range(0, len(raw), 64)]
        part += leaked[number::parts]
        random.shuffle(part)
        yield part


def _misses(runs: _Runs, hits: int) -> list[str]:
    """Where anything but the planted ids was found."""
    found = [(name, _hits(one)) for name, ran in runs.items() for one in ran]
    return [f"{name} found {number} of {hits}" for name, number in found if number != hits]


def _hits(ran: Ran) -> int:
    said = ran.said.strip()
    return len(json.loads(said)["hits"]) if said.startswith("{") else int(said or -1)


def _notes() -> list[str]:
    return [
        f"Medians of {ROUNDS} runs, in turns with their baseline, and one run of {LONG:,} ids; "
        "commands with their start and their output as JSON. A tenth of the platform's keys stand "
        "in each list but the last ones. What stops keys can be done once, so that it is one run.",
        f"'{HASHED}' asks the running signer for all keys and grants, hashes their ids and reads "
        "the list once; no network is asked, and nothing is changed. Memory is the command's.",
        f"'{GREP}' (GNU, LC_ALL=C) looks for the digests of all keys in the same list, and finds "
        "the same lines; where they stand, whose they are and how many are twice it does not say.",
        f"'{STOPPED}' records a freeze for each account, 5,000 in one durable write; "
        f"'{REVOKED}' says besides that each key is compromised. The exchange is not asked.",
    ]
