"""Talking to the signer: as the host's operator, or as a person who signs each command."""

import gc
import socket
import time
from pathlib import Path
from typing import Any

import msgspec

from tradelatch.cli import private_key
from tradelatch.cli.settings import fail
from tradelatch.isolation.sockets import user_of
from tradelatch.isolation.users import signers
from tradelatch.model.config import Config
from tradelatch.model.statements import command_text
from tradelatch.model.wire import BrokenFrame, Command, Frames, Result, SignedCommand, frame

_CHUNK = 1 << 16
_PATIENCE_S = 30


class NoSigner(Exception):
    """No signer answers; the message is one sentence."""


class Identity(msgspec.Struct):
    """Who gives the commands of this process; without a name, the host's operator."""

    name: str = ""
    key: Path | None = None
    journal: str = ""
    """The journal's public key, where the journal itself cannot be read."""


identity = Identity()


def journal_key(config: Config) -> str:
    """The public key of the journal that statements are signed for."""
    file = config.home / "journal" / "public.key"
    try:
        return identity.journal or file.read_text(encoding="utf-8").strip()
    except OSError as error:
        fail(f"{file}: cannot read it: {error.strerror}; give what it says with --journal")


def ask(config: Config, verb: str, **arguments: str) -> Result:
    """What the signer says to one command.

    Raises:
        NoSigner: nothing.
    """
    path = config.home / "run" / ("people.sock" if identity.name else "admin.sock")
    message = _signed(config, verb, arguments) if identity.name else Command(1, verb, arguments)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PATIENCE_S)
            connection.connect(str(path))
            check_signer(connection, config)
            connection.sendall(frame(message))
            return _receive(connection)
    except PermissionError as error:
        says = f"{path}: {config.users.operator} and root may operate the signer (users.operator)"
        if identity.name:
            says = f"{path}: closed to this user; see `People and roles` in docs/operators.md"
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
    return _whole(config, "key list")


def grant_list(config: Config) -> dict[str, dict[str, Any]]:
    """By id, what the signer tells of each grant that there ever was."""
    return _whole(config, "grant list")


def _whole(config: Config, verb: str) -> dict[str, dict[str, Any]]:
    """What is told in parts."""
    told: dict[str, dict[str, Any]] = {}
    gc.disable()  # going through a million objects again and again takes as long as all the rest
    try:
        while more := command(config, verb, start=str(len(told))):
            told |= more
        gc.freeze()
        return told
    finally:
        gc.enable()


def _signed(config: Config, verb: str, arguments: dict[str, str]) -> SignedCommand:
    if identity.key is None:
        fail("--as NAME goes with --key FILE, the private key of that person")
    now = time.time_ns()
    text = command_text(journal_key(config), identity.name, verb, arguments, now)
    return SignedCommand(
        1, identity.name, now, private_key.sign(identity.key, text), verb, arguments
    )


def _receive(connection: socket.socket) -> Result:
    frames: Frames[Result] = Frames(Result)
    while data := connection.recv(_CHUNK):
        if results := frames.feed(data):
            return results[0]
    raise BrokenFrame("the signer hung up")
