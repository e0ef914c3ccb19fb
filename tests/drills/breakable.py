"""A worker whose signer has one rule broken on purpose: ``python breakable.py RULE``."""

import sys

from tests.drills.broken_signer import BROKEN
from tradelatch.drills.worker import main

if __name__ == "__main__":
    BROKEN[sys.argv.pop(1)]()
    main()
