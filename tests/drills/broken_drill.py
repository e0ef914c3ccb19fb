"""The drill on the command line, in front of a signer with a rule broken on purpose:
``python broken_drill.py RULE [ARGUMENTS]``."""

import sys
from pathlib import Path

from tradelatch.drills import processes

processes.SIGNER = (str(Path(__file__).with_name("broken_signer.py")), sys.argv.pop(1))

from tradelatch.cli.app import app  # noqa: E402 - what it imports takes the signer from there

app(["drill", *sys.argv[1:]])
