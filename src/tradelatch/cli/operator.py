"""Talking to the signer's admin socket."""

import socket
from typing import Any

from tradelatch.cli.settings import fail
from tradelatch.isolation.sockets import user_of
from tradelatch.isolation.users import signers
from tradelatch.model.config import Config
from tradelatch.model.wire import BrokenFrame, Command, Frames, Result, frame

_CHUNK = 1 << 16
_PATIENCE_S = 30


class NoSigner(Exception):
    """Nobody answers at the admin socket; the message is one sentence."""


def ask(config: Config, verb: str, **arguments: str) -> Result:
    """What the signer says to one command.

    Raises:
        NoSigner: nothing.
    """
    path = config.home / "run" / "admin.sock"
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE_S)
            connection.connect(str(path))
            check_signer(connection, config)
            connection.sendall(frame(Command(1, verb, arguments)))
            return _receive(connection)
    except PermissionError as error:
        says = f"{path}: {config.users.operator} and root may operate the signer (users.operator)"
        raise NoSigner(says) from error
    except (OSError, BrokenFrame) as error:
        if path.with_name("unseal.sock").exists():
            says = "the signer is sealed: `tradelatch unseal` gives it its passphrase or PIN"
        else:
            says = f"{path}: no signer answers here; start it with `tradelatch signer`"
        raise NoSigner(says) from error


def check_signer(connection: socket.socket, config: Config) -> None:
    """Nothing is said to another user's process in the signer's place.

    Raises:
        NoSigner: it is one.
    """
    if (found := user_of(connection)) not in signers(config.users):
        raise NoSigner(f"what listens in the signer's place runs as user {found}; nothing was said")


def command(config: Config, verb: str, **arguments: str) -> Any:
    """The result of one command; a refusal or an absent signer ends the program."""
    try:
        result = ask(config, verb, **arguments)
    except NoSigner as error:
        fail(str(error))
    if result.error:
        fail(result.error)
    return result.value


def key_list(config: Config) -> dict[str, dict[str, Any]]:
    """By account, what the signer tells of its key."""
    keys: dict[str, dict[str, Any]] = {}
    while more := command(config, "key list", start=str(len(keys))):
        keys |= more
    return keys


def _receive(connection: socket.socket) -> Result:
    frames: Frames[Result] = Frames(Result)
    while data := connection.recv(_CHUNK):
        if results := frames.feed(data):
            return results[0]
    raise BrokenFrame("the signer hung up")
