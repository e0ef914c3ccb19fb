"""A platform's keys: 100,000 of them through ``keys doctor``, with the real command, signer and
vault; how fast ``keys import`` seals them, and how long a signer takes to start with them."""

import asyncio
import contextlib
import csv
import json
import random
import secrets
import time
from pathlib import Path

import uvloop

from bench.commands import CLI, SPREAD, SPREAD_FORMATS, Ran, memory_mib, spread
from bench.commands import run as run_command
from bench.report import Cell, Report, Table
from bench.rounds import cpu_ms
from tradelatch.drills.processes import SIGNER, House, StartError, operate
from tradelatch.drills.world import POLICY
from tradelatch.signer.home import KEY_FILE, VAULT

COUNT, QUICK_COUNT = 100_000, 2_000
IMPORTED, QUICK_IMPORTED = 500, 50
"""Keys of one run of `keys import`."""
ROUNDS, QUICK_ROUNDS = 5, 2
DOCTOR, AGES = "tradelatch keys doctor", "bare: the table's ages (csv)"
IMPORT, FILES = "tradelatch keys import", "bare: as many files, one fdatasync each"
START, READER = "signer, until it answers", "tools/formats.py vault"
PATIENCE_S = 120.0
NOWHERE = "http://127.0.0.1:9"
_IMPORTED = ("account", "key_id", "secret")
KNOWN = (*_IMPORTED, "can", "bound", "made_ms")
"""Columns of tables."""
_FORMATS = Path(__file__).parent.parent / "tools" / "formats.py"
_DAY_MS = 86_400_000
_IDLE_S = 5.0
_Runs = dict[str, list[Ran]]


def run(folder: Path, quick: bool) -> Report:
    """Measure everything, under `folder`."""
    return uvloop.run(_run(folder, quick))


async def _run(folder: Path, quick: bool) -> Report:
    count, batch = (QUICK_COUNT, QUICK_IMPORTED) if quick else (COUNT, IMPORTED)
    rounds = QUICK_ROUNDS if quick else ROUNDS
    table, house = folder / "keys.csv", House(folder / "house", NOWHERE)
    make_table(table, KNOWN, 0, count)
    filled = run_command(("-m", "bench.platform", str(table), str(house.home)), folder)
    if filled.status:
        return Report("keys", [], [], ["the vault could not be filled"])
    try:
        started, idle = await _starts(house, rounds, folder)
        looked = await _doctor(house, table, rounds, folder)
        memory = memory_mib(house.signer.pid)
    finally:
        await house.signer.stop()
    imported = await _imports(folder, batch, rounds)
    rows: list[tuple[Cell, ...]] = [
        (keys, name, *spread(ran, keys))
        for keys, runs in ((count, looked), (count, started), (batch, imported))
        for name, ran in runs.items()
    ]
    tables = [
        Table(
            "A platform's keys, as commands",
            ("keys", "what", *SPREAD),
            (",", "", *SPREAD_FORMATS),
            rows,
        ),
        Table(
            "The signer that has them, with no exchange to ask",
            ("keys", "memory MiB", "KiB a key", "share of a core, idle"),
            (",", ",.0f", ".1f", ".0%"),
            [(count, memory, memory * 1024 / count, idle)],
        ),
    ]
    problems = [*_failures({**started, **looked, **imported}), *_misfits(looked, count)]
    return Report("keys", tables, _notes(rounds), problems[:1])


def _failures(runs: _Runs) -> list[str]:
    """`keys doctor` ends with 1 when there is something to do."""
    return [
        f"{name} ended with {one.status}: {one.said[:200]}"
        for name, found in runs.items()
        for one in found
        if one.status != (name == DOCTOR)
    ]


def _misfits(looked: _Runs, count: int) -> list[str]:
    """Where the doctor and the bare reading do not agree."""
    found = json.loads(looked[DOCTOR][0].said)
    old = sum(finding["kind"] == "old" for finding in found["findings"])
    if (found["keys"], old) == (count, int(looked[AGES][0].said)):
        return []
    return [f"the doctor found {old} old keys of {found['keys']}"]


def make_table(path: Path, columns: tuple[str, ...], first: int, count: int) -> None:
    """Keys up to four years old, some of which may do more than they should."""
    chance, now_ms = random.Random(first), time.time_ns() // 1_000_000
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        for number in range(first, first + count):
            row = {
                "account": f"c-{number:06}",
                "key_id": secrets.token_hex(32),
                "secret": secrets.token_hex(32),
                "can": "trade withdraw" if chance.random() < 0.05 else "trade",
                "bound": "no" if chance.random() < 0.3 else "yes",
                "made_ms": now_ms - chance.randrange(4 * 365) * _DAY_MS - _DAY_MS // 2,
            }
            writer.writerow(row)


async def _in_turns(runs: _Runs, commands: dict[str, tuple[str, ...]], folder: Path) -> None:
    for name, command in commands.items():
        runs.setdefault(name, []).append(await asyncio.to_thread(run_command, command, folder))


async def until_answering(house: House) -> None:
    """Wait until the signer answers what it need not look through its accounts for."""
    end = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < end:
        with contextlib.suppress(OSError):
            await operate(house.home, "key box")
            return
        house.signer.check_alive()
        await asyncio.sleep(0.02)
    raise StartError("the signer does not answer")


async def _starts(house: House, rounds: int, folder: Path) -> tuple[_Runs, float]:
    """Start the signer again and again, beside an independent reader of all secrets; the last one
    goes on to run, and what it takes of a core by itself is measured."""
    runs: _Runs = {}
    home = house.home
    reader = (str(_FORMATS), "vault", str(home / VAULT), "--key-file", str(home / KEY_FILE))
    for _ in range(rounds):
        await _in_turns(runs, {READER: reader}, folder)
        await house.signer.stop()
        begun = time.perf_counter()
        await house.signer.start()
        await until_answering(house)
        took = time.perf_counter() - begun
        runs.setdefault(START, []).append(Ran(took, memory_mib(house.signer.pid), 0, ""))
    before = cpu_ms(house.signer.pid)
    await asyncio.sleep(_IDLE_S)
    return runs, (cpu_ms(house.signer.pid) - before) / 1000 / _IDLE_S


async def _doctor(house: House, table: Path, rounds: int, folder: Path) -> _Runs:
    runs: _Runs = {}
    config = ("--config", str(house.config))
    commands = {
        AGES: ("-m", "bench.bare_keys", "ages", str(table)),
        DOCTOR: (*CLI, "keys", "doctor", "--json", *config),
    }
    for _ in range(rounds):
        await _in_turns(runs, commands, folder)
    return runs


async def _imports(folder: Path, batch: int, rounds: int) -> _Runs:
    """A new vault; each round brings it a table of its own."""
    runs: _Runs = {}
    house = House(folder / "new", NOWHERE)
    policy, table = folder / "policy.toml", folder / "batch.csv"
    policy.write_text(POLICY)
    config = ("--config", str(house.config))
    how = ("--policy", str(policy), "--unchecked", "--json", *config)
    run_command((*SIGNER, *config, "--init"), folder)
    try:
        await house.signer.start()
        await until_answering(house)
        for number in range(rounds):
            make_table(table, _IMPORTED, number * batch, batch)
            files = str(folder / f"files-{number}")
            commands = {
                FILES: ("-m", "bench.bare_keys", "files", files, str(batch)),
                IMPORT: (*CLI, "keys", "import", str(table), *how),
            }
            await _in_turns(runs, commands, folder)
    finally:
        await house.signer.stop()
    return runs


def _notes(rounds: int) -> list[str]:
    return [
        f"Each figure is the median of {rounds} runs, with their baseline in turns; commands with "
        "their start and their output. Keys are up to four years old, 5 % may withdraw, 30 % are "
        "bound to no address; the exchange's word on each is in the journal.",
        f"'{DOCTOR}' asks the running signer and prints every finding as JSON; '{AGES}' reads the "
        "same keys from a table and finds the old ones, which the doctor has to agree with.",
        f"'{START}': vault and journal are read and every secret is opened; '{READER}' reads the "
        "same vault by its documented format with code of its own, and hashes every secret.",
        f"'{IMPORT}' seals a table into a new vault, one key after another: each is sealed, in a "
        "file of its own and recorded, durable before the next, and the exchange is not asked. "
        f"'{FILES}' writes files of half a KiB.",
        "The large vault was filled in memory and copied to the disk, by the signer's own code.",
    ]
