"""A signer that kills itself while it writes a change, once, when the file `die` says so."""

import os
import signal
import sys
from pathlib import Path

from tradelatch.journal import log
from tradelatch.signer import __main__ as signer

_PROPOSED, _MADE = b'"record":"ChangeProposed"', b'"record":"ChangeMade"'


def _arm() -> None:
    original = log.Journal.write

    def write(self: log.Journal, batch: list[bytes]) -> bool:
        file = Path(sys.argv[sys.argv.index("--config") + 1]).parent / "die"
        if not file.exists() or not any(_PROPOSED in line for line in batch):
            return original(self, batch)
        point = file.read_text()
        file.unlink()
        if point == "proposed, not made":
            original(self, [line for line in batch if _MADE not in line])
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("it is dead")

    log.Journal.write = write  # type: ignore[method-assign]


if __name__ == "__main__":
    _arm()
    sys.exit(signer.main())
