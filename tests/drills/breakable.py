"""A worker whose signer has a rule broken on purpose: ``python -m tests.drills.breakable RULE``."""

import sys

from tests.drills.broken_signer import BROKEN
from tradelatch.drills.worker import main

if __name__ == "__main__":
    BROKEN[sys.argv.pop(1)]()
    main()
