"""What ``tradelatch drill evidence`` does: write the incident's evidence, show its figures."""

import time
from pathlib import Path

from tradelatch.cli.console import print_json, print_line, print_table
from tradelatch.cli.settings import fail
from tradelatch.drills.incident.evidence import write_evidence


def evidence(output: Path, seed: int, as_json: bool) -> None:
    """Write everything into a folder that is new or empty."""
    started = time.monotonic()
    try:
        output.mkdir(parents=True, exist_ok=True)
        if any(output.iterdir()):
            fail(f"{output}: is not empty; name a folder that is new or empty")
        written = write_evidence(output, seed)
    except OSError as error:
        fail(f"{output}: cannot write there: {error.strerror}")
    seconds = time.monotonic() - started
    if as_json:
        print_json(
            {
                "output": str(output),
                "seed": seed,
                "files": written.files,
                "bytes": written.size,
                "trades": written.trades,
                "seconds": round(seconds, 1),
                "figures": [
                    {"what": row.what, "published": row.published, "generated": row.generated}
                    for row in written.figures
                ],
            }
        )
        return
    rows = [(row.what, row.published, row.generated) for row in written.figures]
    columns = ("what", "published", "generated")
    print_table("The incident, as published and as generated", columns, rows, right=(1, 2))
    size = f"{written.size / 1e6:.1f} MB"
    print_line(f"{written.files} files, {size}, {written.trades:,} trades in {seconds:.1f} s")
    print_line(f"Only the published totals are real: {output / 'README.md'} says what is not.")
