"""hummingbot as a user has it: a folder with the program, its configuration and a script."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.clients.foreign import python_of
from tools.clients import WATCHED

HERE = Path(__file__).parent
CONFIG = """
rate_oracle_source:
  name: binance
anonymized_metrics_mode: {}
"""
"""What differs from its defaults: it would ask another exchange for rates, and tell its makers."""
_CONSTANTS = "hummingbot/connector/exchange/binance/binance_constants.py"
_PATIENCE_S = 90
_QUIET_S = 10
"""Seconds in which it may show that it tries something again; its loops turn every five."""


class Installed:
    """Its files, with the addresses of `client-config` where they belong, and its command line."""

    def __init__(self, folder: Path, printed: str) -> None:
        self._folder = folder
        self.astray = folder / "astray"
        """Hosts that it looked up or dialled, but this machine; nothing if there were none."""
        self._log = folder / "logs" / "logs_eager.log"
        (program,) = python_of("hummingbot").parent.parent.glob(
            "lib/python3*/site-packages/hummingbot"
        )
        shutil.copytree(program, folder / "hummingbot")
        addresses, _, keys = printed.partition("keys = ")
        with (folder / _CONSTANTS).open("a") as constants:
            constants.write(addresses)
        self._keys = keys
        for name in (
            "conf/connectors",
            "conf/scripts",
            "conf/strategies",
            "scripts",
            "logs",
            "data",
        ):
            (folder / name).mkdir(parents=True)
        (folder / "conf" / "conf_client.yml").write_text(CONFIG)
        (folder / "conf" / "scripts" / "eager.yml").write_text("script_file_name: eager.py\n")
        (folder / "scripts" / "__init__.py").touch()
        shutil.copy(HERE / "scripts" / "eager.py", folder / "scripts")

    def _begin(self, *arguments: str) -> "subprocess.Popen[str]":
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(self._folder), str(WATCHED))),
            "HBOT_PASSWORD": "password",
            "TRADELATCH_ASTRAY": str(self.astray),
        }
        return subprocess.Popen(
            [python_of("hummingbot"), "-m", *arguments],
            cwd=self._folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def connect(self) -> str:
        """Give it the keys, and let it try them; what it says of its connections."""
        for arguments, told in (
            (("binance", "--keys-stdin"), json.dumps(json.loads(self._keys))),
            ((), ""),
        ):
            process = self._begin("hummingbot.cli.main", "connect", *arguments)
            said, _ = process.communicate(told, timeout=_PATIENCE_S)
            assert process.returncode == 0, said
        return said

    def trade(self, until: str) -> list[str]:
        """Run the script until the log holds these words, and a little longer; the log."""
        process = self._begin("hummingbot.cli.engine", "--name=eager", "--script-config=eager.yml")
        deadline = time.monotonic() + _PATIENCE_S
        try:
            while until not in self.logged():
                assert process.poll() is None, self.logged()
                assert time.monotonic() < deadline, self.logged()
                time.sleep(0.2)
            time.sleep(_QUIET_S)
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=_PATIENCE_S)
            assert process.returncode == 0, said
        finally:
            process.kill()
            process.communicate()
        return self.logged().splitlines()

    def logged(self) -> str:
        """Its log so far."""
        return self._log.read_text() if self._log.exists() else ""
