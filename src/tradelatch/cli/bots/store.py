"""The bots' store and folder as commands use them: what root makes there is the runner's."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from tradelatch.bots.runner.process import BotFolder
from tradelatch.cli.settings import fail
from tradelatch.isolation.users import NoUser, user
from tradelatch.model.config import Config
from tradelatch.store.errors import StoreError
from tradelatch.store.store import Store, open_store


@contextmanager
def bot_store(config: Config) -> Iterator[Store]:
    """The store; what is wrong with it ends the command. Whatever needs root comes before."""
    become_runner(config)
    if not config.home.exists():
        fail(f"{config.home}: nothing is here yet; `tradelatch init` sets up a first account")
    try:
        store = open_store(BotFolder.of(config).store_url)
        try:
            yield store
        finally:
            store.close()
    except StoreError as error:
        fail(str(error))


def become_runner(config: Config) -> None:
    """Where the runner has a user of its own, root goes on as that user: files are made as his,
    and a captured runner leads no command of root's elsewhere by a link."""
    if os.geteuid() != 0:
        return
    root = BotFolder.of(config).root
    try:
        found = root.lstat()
    except FileNotFoundError:
        return
    if found.st_uid == 0:
        return
    try:
        runner = user(config.users.runner)
    except NoUser as error:
        fail(f"users.runner: {error}")
    if found.st_uid != runner.number or not stat.S_ISDIR(found.st_mode):
        fail(f"{root}: it has to be a folder of {runner.name}, as whom the runner runs")
    os.setgroups([])
    os.setresgid(runner.group, runner.group, runner.group)
    os.setresuid(runner.number, runner.number, runner.number)
