"""``tradelatch runner``: the process of the bots. It holds grants, and no exchange key."""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tradelatch.bots.runner.process import BotFolder, run_bots
from tradelatch.cli.console import printable
from tradelatch.cli.settings import ConfigFile, fail, read_config
from tradelatch.isolation.landlock import confine
from tradelatch.isolation.process import harden
from tradelatch.model.clock import SystemClock
from tradelatch.model.config import Config, Notify
from tradelatch.notify.channels import BadChannel
from tradelatch.notify.delivery import BadOutbox, Delivery
from tradelatch.store.errors import StoreError
from tradelatch.store.store import open_store

_SQLITE = "sqlite:///"


def runner(config: ConfigFile = None) -> None:
    """Run the bots whose owners want them to run, through the gate."""
    settings = read_config(config)
    folder = BotFolder.of(settings)
    folder.make()
    if folder.root.stat().st_uid != os.geteuid():
        fail(f"{folder.root}: it belongs to another user; the runner runs as its owner", code=1)
    alone = folder.root.joinpath("runner.lock").open("wb")
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        fail(f"{alone.name}: another runner is running here", code=1)
    harden()
    try:
        import ccxt.pro  # noqa: F401 - while its files can still be read
    except ImportError:
        fail("the runner needs ccxt; install it with `pip install tradelatch[ccxt]`")
    if not confine([folder.root, *_folders_of(settings, folder)]):
        _report("its files are not confined: this kernel has no Landlock")
    delivery = _delivery(settings, folder)  # its threads are confined if they begin after that
    try:
        store = open_store(folder.store_url)
    except StoreError as error:
        fail(str(error), code=1)
    print("runner: ready", flush=True)
    asyncio.run(_until_told(run_bots(settings, folder, store, delivery.put, _report)))
    for name, waiting in delivery.close(patience_s=5).items():
        if waiting:
            _report(f"channel {name} has {waiting} notices left, which the next start sends")


def _delivery(settings: Config, folder: BotFolder) -> Delivery:
    """The channels; a mistake in one does not keep stop losses from being watched."""
    clock = SystemClock()
    try:
        return Delivery.start(settings.notify, folder.notices, clock, _report)
    except (BadChannel, BadOutbox) as error:
        _report(f"{error}; until that is mended, the bots run without notices")
        return Delivery.start(Notify(), folder.notices, clock, _report)


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return


def _folders_of(settings: Config, folder: BotFolder) -> list[Path]:
    """Strategies, a database in a file and what notices are written to lie where the owner wants
    them, but not beside the folders of the other processes."""
    urls = (channel.url for channel in settings.notify.channels.values())
    files = [url.removeprefix("file://") for url in urls if url.startswith("file:///")]
    if folder.store_url.startswith(_SQLITE):
        files.append(folder.store_url.removeprefix(_SQLITE))
    for path in (Path(file).expanduser() for file in files):
        if settings.home.resolve().is_relative_to(path.parent.resolve()):
            says = "its folder holds the other processes' files too, and the runner may write all"
            fail(f"{path}: {says} of its folder; put it into one of its own")
        with contextlib.suppress(OSError):  # who writes the file says so
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [folder.strategies, *(Path(file).expanduser().parent for file in files)]


def _report(says: str) -> None:
    print(f"runner: {printable(says)}", file=sys.stderr, flush=True)
