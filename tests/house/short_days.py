"""The signer with days of two seconds, so that a grant expires while one waits."""

import sys

from tradelatch.model.clock import SECOND
from tradelatch.signer import __main__, admin

if __name__ == "__main__":
    vars(admin)["DAY"] = 2 * SECOND
    sys.exit(__main__.main())
