"""The grant that the runner trades an account with: a copy in its own folder."""

import os
from pathlib import Path

import msgspec

from tradelatch.bots.runner.grants import Grant, NoGrant, read_grant
from tradelatch.bots.runner.process import BotFolder
from tradelatch.cli.folders import Folder, Unusable
from tradelatch.cli.settings import fail, read_text
from tradelatch.model.config import Config


def offered_grant(config: Config, account: str, file: Path | None) -> Grant | None:
    """The one that is named, or the one that `tradelatch init` wrote, if this user may read it."""
    if file is not None:
        return _read(file, read_text(file))
    name = f"{account}.json"
    try:
        with Folder(config.home) as home, home.folder("grants") as grants:
            return _read(grants.path / name, grants.read(name))
    except (OSError, Unusable):
        return None


def grant_of(folder: BotFolder, account: str, offered: Grant | None, is_named: bool) -> Grant:
    """The runner's own grant of an account, else the one that is offered; one that was named comes
    first. None at all ends the command."""
    if is_named and offered:
        return offered
    try:
        return read_grant(folder.grants, account)
    except NoGrant as error:
        if offered:
            return offered
        if (folder.grants / f"{account}.json").exists():
            fail(str(error))
        says = f"`tradelatch grants issue {account} --json > grant.json`, then --grant grant.json"
        fail(f"there is no grant for the account {account!r}: {says}")


def keep_grant(folder: BotFolder, account: str, grant: Grant) -> None:
    """Write it into the runner's folder, where the runner alone reads it."""
    folder.make()
    with Folder(folder.grants) as grants, os.fdopen(grants.create(f"{account}.json"), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(grant)) + b"\n")


def _read(path: Path, text: str) -> Grant:
    try:
        return msgspec.json.decode(text, type=Grant)
    except msgspec.MsgspecError:
        fail(f"{path}: this is no grant; `tradelatch grants issue ACCOUNT --json` prints one")
