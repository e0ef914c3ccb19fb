"""CSV files that are the same byte for byte wherever they are written."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

SECONDS = "%Y-%m-%d %H:%M:%S"


def write_table(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], above: Sequence[str] = ()
) -> None:
    """A file of a header and rows, after the lines `above`.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"{line}\n" for line in above)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def iso_ms(moment: datetime) -> str:
    """``2022-10-19T12:00:00.123Z`` of a moment in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1_000:03}Z"
