"""Tokens of SoftHSM in a folder of their own, for tests of what an HSM holds."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.conftest import lacking
from tradelatch.model.config import Hsm

PIN = "7531-pin-of-the-token"
_MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")


class SoftHsm:
    """A folder of tokens and the configuration that names it, for `SOFTHSM2_CONF`."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("softhsm2-util") is None:
            lacking("SoftHSM is missing: install softhsm2")
        self.folder, self.conf = folder / "tokens", folder / "softhsm2.conf"
        self.folder.mkdir(mode=0o700, parents=True)
        self.conf.write_text(f"directories.tokendir = {self.folder}\nlog.level = ERROR\n")
        self.environment = {"SOFTHSM2_CONF": str(self.conf)}
        self.module = next(name for name in _MODULES if Path(name).exists())

    def add(self, label: str = "tradelatch") -> None:
        """A new token."""
        self._run("--init-token", "--free", "--label", label, "--so-pin", "0000", "--pin", PIN)

    def remove(self, label: str = "tradelatch") -> None:
        """A token is lost, with all that it holds."""
        self._run("--delete-token", "--token", label)

    def bring(self, key: Path, label: str, id_: str = "aa") -> None:
        """A key that was somewhere else, put into the token."""
        which = ("--token", "tradelatch", "--label", label, "--id", id_, "--pin", PIN)
        self._run("--import", str(key), "--aes", *which)

    def settings(self, key: str = "vault", token: str = "tradelatch") -> Hsm:
        """What the configuration says of it."""
        return Hsm(self.module, token, key, (str(self.conf.parent),))

    def _run(self, *arguments: str) -> None:
        ran = subprocess.run(
            ["softhsm2-util", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
