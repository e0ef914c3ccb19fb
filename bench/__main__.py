"""``python -m bench [NAME ...] [--quick]``: runs benches, prints and keeps what they found."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import (
    accounts,
    attacks,
    backtest,
    contra,
    decision,
    drill,
    engine,
    exchanges,
    keys,
    leak,
    path,
    pumps,
    venue,
    verify,
    wash,
)
from bench.machine import examine
from bench.report import Report, keep, show

BENCHES: dict[str, Callable[[Path, bool], Report]] = {
    "engine": engine.run,
    "venue": venue.run,
    "attacks": attacks.run,
    "decision": decision.run,
    "drill": drill.run,
    "exchanges": exchanges.run,
    "path": path.run,
    "accounts": accounts.run,
    "verify": verify.run,
    "keys": keys.run,
    "leak": leak.run,
    "backtest": backtest.run,
    "wash": wash.run,
    "contra": contra.run,
    "contra-speed": contra.run_speed,
    "pumps": pumps.run,
    "drain": contra.run_drain,
}


def main() -> int:
    """Run what was asked for; the status is 1 if a bench's answers were not as they should be."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure, print and keep tables.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)} (all)")
    parser.add_argument(
        "--quick", action="store_true", help="short rounds, for a look; nothing is kept"
    )
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHES]
    if unknown:
        parser.error(f"there is no bench {unknown[0]!r}; use one of: {', '.join(BENCHES)}")
    failed = False
    for name in asked.names or BENCHES:
        # Journals and logs lie in the system's temporary folder; TMPDIR names another one.
        with tempfile.TemporaryDirectory(prefix="tradelatch-bench-") as folder:
            machine = examine(Path(folder))
            report = BENCHES[name](Path(folder), asked.quick)
        show(report, machine)
        for problem in report.problems:
            print(f"FAILED: {problem}", file=sys.stderr)
        failed = failed or bool(report.problems)
        if not asked.quick and not report.problems:
            keep(report, machine)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
