"""A signer or courier that kills itself at one exact point, once, when a file says so.

The file `die` in the configuration's folder names the point. Without it the process is the
real one, so that a restart recovers with the same program.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tradelatch.cli import main as cli
from tradelatch.courier import dial, serve
from tradelatch.journal import log
from tradelatch.model.intents import PlaceOrder
from tradelatch.signer import __main__ as signer
from tradelatch.signer import core, sockets
from tradelatch.signer.job import Job

DIE = "die"
SIGNER = (
    "before it is recorded",
    "recorded, not signed",
    "signed, not sent",
    "handed to the courier",
    "answered, not concluded",
    "concluded, not recorded",
)
COURIER = ("before it is sent", "sent, not answered")
_TRADES = b'"intent":{"intent":"PlaceOrder"'


def _point(name: str) -> None:
    """Here the process ends, if this point is meant."""
    file = Path(sys.argv[sys.argv.index("--config") + 1]).parent / DIE
    if file.exists() and file.read_text() == name:
        file.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _around(
    owner: Any, name: str, before: Callable[..., None], after: Callable[..., None] | None = None
) -> None:
    original = getattr(owner, name)

    def wrapped(*arguments: Any) -> Any:
        before(*arguments)
        result = original(*arguments)
        if after:
            after(*arguments)
        return result

    setattr(owner, name, wrapped)


def _if_it_trades(name: str) -> Callable[..., None]:
    def check(_: Any, batch: list[bytes], *rest: Any) -> None:
        if any(_TRADES in line for line in batch):
            _point(name)

    return check


def _if_it_places(name: str) -> Callable[..., None]:
    def check(_: Any, job: Job, *rest: Any) -> None:
        if isinstance(job.intent, PlaceOrder):
            _point(name)

    return check


def _arm_signer() -> None:
    _around(log.Journal, "write", _if_it_trades(SIGNER[0]))
    _around(core.Core, "sign", _if_it_places(SIGNER[1]), _if_it_places(SIGNER[2]))
    _around(core.Core, "conclude", _if_it_places(SIGNER[4]), _if_it_places(SIGNER[5]))
    original = sockets.CourierLink.send

    async def send(self: sockets.CourierLink, sends: Any) -> Any:
        answer = original(self, sends)
        if sends.request.method != "POST":
            return await answer
        answer.send(None)  # its first step leaves the request for the write of this turn
        assert self._courier
        self._courier._write()  # at once, since nothing is buffered
        _point(SIGNER[3])
        raise AssertionError("the rest of this request is lost")

    def only_if_meant(self: sockets.CourierLink, sends: Any) -> Any:
        file = Path(sys.argv[sys.argv.index("--config") + 1]).parent / DIE
        meant = file.exists() and file.read_text() == SIGNER[3]
        return (send if meant else original)(self, sends)

    setattr(sockets.CourierLink, "send", only_if_meant)  # noqa: B010 - another signature


def _arm_courier() -> None:
    original = dial.Dialer.send

    async def send(self: dial.Dialer, request: Any) -> Any:
        places = request.method == "POST"
        if places:
            _point(COURIER[0])
        answer = await original(self, request)
        if places:
            _point(COURIER[1])
        return answer

    dial.Dialer.send = send  # type: ignore[method-assign]
    # It has to see the file that names the point.
    setattr(serve, "confine", lambda: True)  # noqa: B010 - not exported, and not ours to set


if __name__ == "__main__":
    if sys.argv[1] == "courier":
        _arm_courier()
        cli.run()
    else:
        _arm_signer()
        sys.exit(signer.main())
