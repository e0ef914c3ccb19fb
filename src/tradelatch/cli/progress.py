"""A progress bar for what takes longer than a moment."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_PATIENCE_S = 2


@contextmanager
def progress_bar(name: str, start_ms: int, end_ms: int) -> Iterator[Callable[[int], None]]:
    """Told how far in time the work is, it shows itself on a terminal after two seconds."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    task = bar.add_task(name, total=end_ms - start_ms)
    begun = time.monotonic()

    def tell(at_ms: int) -> None:
        bar.update(task, completed=at_ms - start_ms)
        if time.monotonic() - begun > _PATIENCE_S:
            bar.start()

    try:
        yield tell
    finally:
        bar.stop()


@contextmanager
def working(name: str) -> Iterator[None]:
    """On a terminal, shows that something goes on whose end nobody knows."""
    spinner = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    spinner.add_task(name, total=None)
    with spinner:
        yield
