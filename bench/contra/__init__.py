"""Contra-trading and account drain, scored on attacks injected into recorded tapes and at the
venue, with hard negatives; and the speed of it on a table of twenty million trades."""

from pathlib import Path

from bench.report import Report


def run(folder: Path, quick: bool) -> Report:
    """Measure everything; the extra `cases` is loaded no sooner."""
    from bench.contra.everything import run

    return run(folder, quick)
