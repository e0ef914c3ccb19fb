"""From a figure to the rows of evidence that it stands on, and hashes over both."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from tradelatch.cases.conclusions.figures import Figure
from tradelatch.cases.verified import AdverseFill, RowRef, Source, Victim


def rows_of_figure(figure: Figure, victims: Mapping[str, Victim]) -> tuple[RowRef, ...]:
    """Its own rows, or all rows of its victims: what they told, and their adverse fills."""
    if figure.rows is not None:
        return tuple(sorted(figure.rows))
    mine = [victims[name] for name in figure.victims]
    return tuple(sorted({row for one in mine for row in (*one.told, *rows_of(one.fills))}))


def rows_of(fills: Iterable[AdverseFill]) -> tuple[RowRef, ...]:
    """The rows of fills, in order."""
    return tuple(sorted(row for fill in fills for row in fill.rows))


def file_of(source: str) -> str:
    """The file of a price's or rate's source, ``rates.csv: BTC 2022-11-14T08:00Z``; the source
    itself where it is no file."""
    return source.rpartition(": ")[0] or source


def rows_digest(rows: Sequence[RowRef], sums: Mapping[str, str]) -> str:
    """SHA-256 over a sorted line ``sha256 line`` for each row; `sums` are those of the files."""
    lines = sorted(f"{sums.get(row.file, row.file)} {row.line}\n" for row in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def manifest_digest(sources: Iterable[Source]) -> str:
    """One hash for all evidence: SHA-256 over the sorted lines ``sha256  name``."""
    lines = sorted(f"{one.sha256}  {one.name}\n" for one in sources)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
