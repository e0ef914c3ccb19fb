"""Contra-trading and account drain, scored on attacks injected into recorded tapes and at the
venue, with hard negatives; and the speed of it on a table of twenty million trades."""

from pathlib import Path

from bench.report import Report


def run(folder: Path, quick: bool) -> Report:
    """Score contra-trading; the extra `cases` is loaded no sooner."""
    from bench.contra import scores

    return scores.run(folder, quick)


def run_drain(folder: Path, quick: bool) -> Report:
    """Score account drain; the extra `cases` is loaded no sooner."""
    from bench.contra import scores

    return scores.run_drain(folder, quick)


def run_speed(folder: Path, quick: bool) -> Report:
    """Measure the speed; the extra `cases` is loaded no sooner."""
    from bench.contra import speed

    return speed.run(folder, quick)
