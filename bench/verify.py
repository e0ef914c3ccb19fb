"""``tradelatch journal verify`` beside a bare SHA-256 of each record; both are commands."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.commands import CLI, SPREAD, SPREAD_FORMATS, Ran, spread
from bench.commands import run as run_command
from bench.decision import NOW, Signer, answered
from bench.report import Cell, Report, Table
from tradelatch.journal.log import Journal
from tradelatch.signer.records import encode

VERIFY, BARE = "tradelatch journal verify", "bare SHA-256 of each record"
LEVELS, QUICK_LEVELS = (1_000, 300_000), (1_000, 30_000)
ROUNDS, QUICK_ROUNDS = 5, 2
_SIGNED_EVERY = 1_000
"""Records: a busy signer's in a second, and it signs a checkpoint every second."""


def run(folder: Path, quick: bool) -> Report:
    """Measure every level, under `folder`."""
    rows: list[tuple[Cell, ...]] = []
    problems: list[str] = []
    for level in QUICK_LEVELS if quick else LEVELS:
        journal = folder / f"journal-{level}"
        mib = _write(journal, level) / 2**20
        runs = _measure(journal, QUICK_ROUNDS if quick else ROUNDS, folder)
        problems += _problems(runs, level)
        rows += [(level, mib, name, *spread(found, level)) for name, found in runs.items()]
    table = Table(
        "A journal verified, as commands",
        ("records", "MiB", "what", *SPREAD),
        (",", ",.0f", "", *SPREAD_FORMATS),
        rows,
    )
    return Report("verify", [table], _notes(QUICK_ROUNDS if quick else ROUNDS), problems[:1])


def _write(folder: Path, level: int) -> int:
    """A journal of so many records; its size in bytes."""
    key = Ed25519PrivateKey.generate()
    Journal.create(folder, key)
    journal = Journal(folder, key)
    records = _order()
    batch = (records * (_SIGNED_EVERY // len(records) + 1))[:_SIGNED_EVERY]
    for _ in range(level // _SIGNED_EVERY):
        journal.write(batch)
        journal.checkpoint()
    journal.close()
    return (folder / "records").stat().st_size


def _order() -> list[bytes]:
    """What an order leaves in the journal: allowed, reported, closed."""
    signer = Signer()
    job, sent = answered(signer)
    assert job.record, "the order should be allowed"
    return [encode(job.record), *map(encode, signer.core.conclude(job, sent, NOW)[0])]


def _measure(journal: Path, rounds: int, folder: Path) -> dict[str, list[Ran]]:
    commands = {
        BARE: ("-m", "bench.hashing", str(journal / "records")),
        VERIFY: (*CLI, "journal", "verify", "--journal", str(journal)),
    }
    runs: dict[str, list[Ran]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run_command(command, folder))
    return runs


def _problems(runs: dict[str, list[Ran]], level: int) -> list[str]:
    said = {BARE: f"{level}\n", VERIFY: f"good; {level} of {level} records"}
    return [
        f"{name} ended with {one.status} and said {one.said[:200]!r}"
        for name, found in runs.items()
        for one in found
        if one.status or said[name] not in one.said
    ]


def _notes(rounds: int) -> list[str]:
    return [
        f"Each figure is the median of {rounds} runs of the command, the two taking turns, its "
        "start included: the short journal shows what that is. The file is in the page cache.",
        f"The records are an order's, as the signer writes them (allowed, reported, closed), with "
        f"a signed checkpoint after every {_SIGNED_EVERY:,}; all checkpoints are verified.",
        f"'{BARE}' reads the same file line by line in Python (hashlib) and does nothing else: no "
        "tree, no checkpoint, no signature.",
    ]
