"""Who may speak to whom, as the configuration says; and who does not listen to anybody else."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tradelatch.courier import serve
from tradelatch.gate.link import SignerAway, SignerLink
from tradelatch.isolation.process import in_force
from tradelatch.isolation.sockets import Neighbours, listener
from tradelatch.isolation.users import Door, NoUser, User, door, groups, signers, user
from tradelatch.model.config import Config, Users
from tradelatch.model.http import Request
from tradelatch.model.wire import Hello

OWN = os.geteuid()
OTHER, THIRD = str(OWN + 64101), str(OWN + 64102)
APART = Users(signer=str(OWN), gate=OTHER, courier=THIRD, watch="no-such-user")


def test_a_user_is_known_by_name_or_number() -> None:
    assert user("root") == user("0") == User("root", 0, 0)
    assert user(OTHER) == User(OTHER, int(OTHER), int(OTHER))
    with pytest.raises(NoUser, match="this machine has no user 'no-such-user'"):
        user("no-such-user")


def test_a_process_without_a_user_of_its_own_speaks_to_its_own_user_alone() -> None:
    for named in (Users(), Users(signer=OTHER, gate=THIRD)):
        assert door(named, "signer", "gate") == Door(frozenset({OWN}), None)


def test_one_with_its_own_user_speaks_to_those_that_are_named() -> None:
    assert door(APART, "signer", "gate") == Door(frozenset({int(OTHER)}), int(OTHER))
    assert door(APART, "signer", "operator") == Door(frozenset({0}), None)
    two = door(APART, "signer", "courier", "gate")
    assert two == Door(frozenset({int(OTHER), int(THIRD)}), int(THIRD))
    with pytest.raises(NoUser):
        door(APART, "signer", "watch")


def test_groups_are_those_of_the_sockets_and_never_roots() -> None:
    assert groups(APART, "signer") == [int(THIRD), int(OTHER)]
    assert groups(APART, "gate") == groups(APART, "courier") == [user(str(OWN)).group]
    assert groups(APART, "watch") == []


def test_an_operator_takes_only_its_user_for_the_signer_or_his_own() -> None:
    assert signers(Users(signer=OTHER)) == {OWN, int(OTHER)}
    assert signers(Users(signer="no-such-user")) == {OWN}


@asynccontextmanager
async def listening(path: Path) -> AsyncIterator[list[bytes]]:
    """What is said to a socket of our own user."""
    heard: list[bytes] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    bound = socket.socket(socket.AF_UNIX)
    bound.bind(os.fspath(path))
    async with await asyncio.start_unix_server(connected, sock=bound):
        yield heard


async def test_the_gate_says_nothing_to_another_users_signer(tmp_path: Path) -> None:
    async with listening(tmp_path / "s.sock") as heard:
        link = SignerLink(tmp_path / "s.sock", frozenset({int(OTHER)}))
        with pytest.raises(SignerAway):
            await link.ask(Request("GET", "binance", "/", "", ()), "127.0.0.1")
        while not heard:
            await asyncio.sleep(0.01)
    assert heard == [b""]


async def test_the_courier_says_nothing_to_another_users_signer(tmp_path: Path) -> None:
    config = Config(directory=str(tmp_path), users=Users(courier=str(OWN), signer=OTHER))
    (tmp_path / "run").mkdir()
    streams = listener(tmp_path / "streams.sock", Door(frozenset({OWN}), None))
    async with listening(tmp_path / "run" / "courier.sock") as heard:
        working = asyncio.create_task(serve._work(config, streams, frozenset()))
        while not heard:
            await asyncio.sleep(0.01)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert set(heard) == {b""}


def test_what_one_says_of_himself_is_kept_as_far_as_it_was_asked() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        neighbours = Neighbours(Door(frozenset({OWN}), None))
        neighbours.hear(ours, Hello({"own files only": True, "\x1b[2J all is well": True}))
        (one,) = neighbours.present()
        assert one["user"] == OWN
        assert [name for name, holds in one["isolation"].items() if holds] == ["own files only"]
        assert one["isolation"].keys() == in_force().keys()
        neighbours.leave(ours)
    assert neighbours.present() == []
