"""The least that may be done with a platform's keys, to measure ours against.

``python -m bench.bare_keys ages TABLE`` reads the table and counts the keys that are old;
``python -m bench.bare_keys files FOLDER COUNT`` writes so many files, each durable before the next.
"""

import csv
import os
import sys
import time
from pathlib import Path

OLD_DAYS = 365
_ENVELOPE = b"x" * 512
_DAY_MS = 86_400_000


def main() -> None:
    """Do what is asked for."""
    what, where, *more = sys.argv[1:]
    print(_ages(Path(where)) if what == "ages" else _files(Path(where), int(more[0])))


def _ages(table: Path) -> int:
    now_ms = time.time_ns() // 1_000_000
    with table.open() as rows:
        ages = ((now_ms - int(row["made_ms"])) // _DAY_MS for row in csv.DictReader(rows))
        return sum(age >= OLD_DAYS for age in ages)


def _files(folder: Path, count: int) -> int:
    folder.mkdir()
    for number in range(count):
        with (folder / str(number)).open("wb", buffering=0) as file:
            file.write(_ENVELOPE)
            os.fdatasync(file.fileno())
    return count


if __name__ == "__main__":
    main()
