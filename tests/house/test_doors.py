"""The signer's sockets, knocked at by who does not know the password."""

import contextlib
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.house.stage import ACCOUNT, Stage
from tradelatch.drills.world import POLICY
from tradelatch.exchanges.claims import Look, Send
from tradelatch.model.http import Request
from tradelatch.model.wire import MAX_FRAME, Answer, Ask, Command, Frames, Result, frame

SOCKETS = ("signer", "admin", "courier")


def door(stage: Stage, name: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(str(stage.house.home / "run" / f"{name}.sock"))
    return connection


def wait_for_hanging_up(connection: socket.socket) -> None:
    """Return once the other side closes, whatever it says before (the courier is sent requests).

    Raises:
        TimeoutError: It does not within the connection's timeout.
    """
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(65_536):
            pass


def packed(value: Any) -> bytes:
    body = msgspec.msgpack.encode(value)
    return len(body).to_bytes(4, "big") + body


ASK: dict[str, Any] = {
    "type": "Ask",
    "id": 1,
    "request": {"method": "GET", "host": "binance", "path": "/api/v3/time"},
    "source": "127.0.0.1",
}
REQUEST: dict[str, Any] = ASK["request"]

GARBAGE = {
    "HTTP": b"GET / HTTP/1.1\r\n\r\n",
    "too long": (MAX_FRAME + 1).to_bytes(4, "big"),
    "far too long": b"\xff\xff\xff\xff",
    "empty frame": bytes(4),
    "no msgpack": b"\0\0\0\1\xc1",
    "cut msgpack": b"\0\0\0\1\xa5",
    "nil": packed(None),
    "a list": packed([1, 2, 3]),
    "no type": packed({"id": 1}),
    "another type": packed({**ASK, "type": "Tell"}),
    "nothing else": packed({"type": "Ask"}),
    "id in words": packed({**ASK, "id": "one"}),
    "request as text": packed({**ASK, "request": "GET /"}),
    "no source": packed({key: value for key, value in ASK.items() if key != "source"}),
    "source as number": packed({**ASK, "source": 7}),
    "body as text": packed({**ASK, "request": {**REQUEST, "body": 7}}),
    "headers as map": packed({**ASK, "request": {**REQUEST, "headers": {"a": "b"}}}),
    "half a header": packed({**ASK, "request": {**REQUEST, "headers": [["a"]]}}),
    "deep": packed(None)[:0] + (100_000).to_bytes(4, "big") + b"\x91" * 100_000,
    "bad UTF-8": packed({**ASK, "source": "xx"}).replace(b"\xa2xx", b"\xa2\xff\xff"),
    "verb as number": packed({"type": "Command", "id": 1, "verb": 7}),
    "arguments as list": packed({"type": "Command", "id": 1, "verb": "status", "arguments": [1]}),
    "argument as number": packed(
        {"type": "Command", "id": 1, "verb": "grant issue", "arguments": {"days": 1}}
    ),
    "a courier's message": frame(Send(1, "binance", "", Request("GET", "http://127.0.0.1:9", "/"))),
}


@pytest.mark.parametrize("name", SOCKETS)
@pytest.mark.parametrize("garbage", GARBAGE)
def test_what_is_no_message_is_hung_up_on(stage: Stage, name: str, garbage: str) -> None:
    with door(stage, name) as connection:
        with contextlib.suppress(BrokenPipeError):  # it may hang up on the first bytes
            connection.sendall(GARBAGE[garbage])
        wait_for_hanging_up(connection)


@settings(max_examples=60)
@given(data=st.binary(min_size=4, max_size=200), name=st.sampled_from(SOCKETS))
def test_no_bytes_make_the_signer_fall_over(stage: Stage, data: bytes, name: str) -> None:
    with door(stage, name) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        wait_for_hanging_up(connection)


def asked(stage: Stage, ask: Ask) -> Answer:
    frames: Frames[Answer] = Frames(Answer)
    with door(stage, "signer") as connection:
        connection.sendall(frame(ask))
        while data := connection.recv(65_536):
            if answers := frames.feed(data):
                return answers[0]
    pytest.fail("the signer hung up")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (Request("GET", "mtgox", "/0/public/Time"), 404),
        (Request("GET", "", ""), 404),
        (Request("GET", "../binance", "/api/v3/time"), 404),
        (Request("", "binance", ""), 401),
        (Request("GET", "binance", "api/v3/time"), 401),
        (
            Request(
                "GET", "binance", "/api/v3/time", "a=\udcff".encode("utf-8", "replace").decode()
            ),
            400,
        ),
        (Request("GET", "binance", "/api/v3/time", "\u20ac"), 400),
        (
            Request(
                "GET", "binance", "/api/v3/account", "timestamp=\u0661", (("x-mbx-apikey", ""),)
            ),
            400,
        ),
        (Request("GET", "binance", "/api/v3/account", "", (("x-mbx-apikey", "\u20ac"),)), 401),
        (Request("POST", "binance", "/api/v3/order", "", (), bytes(range(256))), 400),
    ],
)
def test_a_gate_that_is_not_ours_gets_refusals_too(
    stage: Stage, request_: Request, status: int
) -> None:
    for source in ("127.0.0.1", "", "nowhere", "::ffff:127.0.0.1"):
        answer = asked(stage, Ask(7, request_, source))
        assert (answer.id, answer.response.status) == (7, status)
        assert isinstance(msgspec.json.decode(answer.response.body)["msg"], str)


KEY = {"account": "me", "exchange": "binance", "key_id": "k", "sealed": "", "policy": POLICY}
GRANT = {"account": ACCOUNT, "days": "1", "sources": ""}


def policy(old: str, new: str) -> dict[str, str]:
    assert old in POLICY
    return {**KEY, "policy": POLICY.replace(old, new, 1)}


@pytest.mark.parametrize(
    ("verb", "arguments", "says"),
    [
        ("", {}, "the signer knows no command ''"),
        ("steal", {}, "the signer knows no command 'steal'"),
        ("__class__", {}, "the signer knows no command"),
        ("STATUS", {}, "the signer knows no command"),
        ("status", {"of": "me"}, "wrong arguments for 'status'"),
        ("key add", {}, "wrong arguments for 'key add'"),
        ("key add", {**KEY, "force": "yes"}, "wrong arguments"),
        ("grant issue", {"account": ACCOUNT}, "wrong arguments"),
        ("grant revoke", {"grant": "g", "reason": "r"}, "wrong arguments"),
        ("key add", {**KEY, "exchange": "mtgox"}, "'mtgox' is not supported; use binance"),
        ("key add", {**KEY, "exchange": "../binance"}, "is not supported"),
        ("key add", {**KEY, "account": ACCOUNT}, f"there is an account '{ACCOUNT}' already"),
        ("key add", {**KEY, "account": ""}, "no name of an account"),
        ("key add", {**KEY, "account": "a\nquantity: 1"}, "no name of an account"),
        ("key add", KEY, "no key was made for me at binance"),
        (
            "key add",
            KEY | {"sealed": "c2VhbGVk"},
            "the sealed secret does not open: was it sealed to",
        ),
        ("key add", {**KEY, "key_id": ""}, "visible ASCII"),
        ("key add", {**KEY, "key_id": "a b"}, "visible ASCII"),
        ("key add", {**KEY, "policy": ""}, "policy.toml: the file: the setting version is missing"),
        ("key add", {**KEY, "policy": "budget"}, "this is not TOML"),
        ("key add", {**KEY, "policy": "[" * 50_000}, "policy.toml: this is not TOML"),
        ("key add", {**KEY, "policy": "a = " + "9" * 5_000}, "policy.toml: this is not TOML"),
        ("key add", {**KEY, "policy": "a = " + "[" * 5_000 + "]" * 5_000}, "policy.toml"),
        ("key add", policy("version = 1", "version = 2"), "line 1: version: version 2 is not"),
        ("key add", policy("version = 1", 'version = "1"'), "line 1: version: expected `int`"),
        ("key add", policy('"BTC"', '"B-C"'), "line 2: unit: 'B-C' is not an asset"),
        ("key add", policy("0.25", "-1"), "line 3: budget: -1 is not an amount"),
        ("key add", policy("0.25", "NaN"), "line 3: budget: NaN is not an amount"),
        ("key add", policy("0.25", "sNaN"), "line 3: budget: sNaN is not an amount"),
        ("key add", policy("0.25", "Infinity"), "line 3: budget: Infinity is not an amount"),
        ("key add", policy("0.25", "1e99999"), "line 3: budget: "),
        ("key add", policy("0.25", "1e-99999"), "line 3: budget: "),
        ("key add", policy('"0.25"', "[0.25]"), "line 3: budget: "),
        ("key add", policy("budget", "budgets"), "line 3: budgets: there is no such setting"),
        ("key add", policy('"deep"', '"deeep"'), "line 8: markets.ETH/BTC.depth: "),
        ("key add", policy('"0.01"', '"0.9"'), "line 9: markets.ETH/BTC.collar: 0.9 is out"),
        ("key add", policy("ETH/BTC", "ETHBTC"), "line 7: markets.ETHBTC: "),
        ("key add", policy("ETH/BTC", "ETH/USDT"), "line 7: markets.ETH/USDT: only markets"),
        (
            "grant issue",
            {**GRANT, "account": "x"},
            f"there is no account 'x'; known are: {ACCOUNT}",
        ),
        ("grant issue", {**GRANT, "days": "0"}, "a grant is good for 1 to 366 days, not '0'"),
        ("grant issue", {**GRANT, "days": "367"}, "1 to 366 days"),
        ("grant issue", {**GRANT, "days": "1.5"}, "1 to 366 days"),
        ("grant issue", {**GRANT, "days": ""}, "1 to 366 days"),
        ("grant issue", {**GRANT, "days": " 1"}, "1 to 366 days"),
        ("grant issue", {**GRANT, "days": "\u0661"}, "1 to 366 days"),
        ("grant issue", {**GRANT, "days": "9" * 5_000}, "1 to 366 days"),
        ("grant issue", {**GRANT, "sources": "home"}, "'home' is no address or network"),
        ("grant issue", {**GRANT, "sources": "127.0.0.1,300.0.0.1"}, "'300.0.0.1' is no address"),
        ("grant issue", {**GRANT, "sources": "10.0.0.0/33"}, "'10.0.0.0/33' is no address"),
        ("grant revoke", {"grant": ""}, "there is no such grant"),
        ("grant revoke", {"grant": "tlg_x"}, "there is no such grant"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_an_operators_mistake_is_told_in_a_sentence(
    stage: Stage, verb: str, arguments: dict[str, str], says: str
) -> None:
    before = len(stage.records("AccountAdded") + stage.records("GrantIssued"))
    result = stage.operate(verb, **arguments)
    assert says in result.error
    assert "\n" not in result.error
    assert len(result.error) < 400
    assert result.value is None
    assert len(stage.records("AccountAdded") + stage.records("GrantIssued")) == before


def test_one_connection_carries_many_commands(stage: Stage) -> None:
    frames: Frames[Result] = Frames(Result)
    results: list[Result] = []
    with door(stage, "admin") as connection:
        connection.sendall(b"".join(frame(Command(number, "status")) for number in range(50)))
        while len(results) < 50 and (data := connection.recv(65_536)):
            results += frames.feed(data)
    assert {result.id for result in results} == set(range(50))


STRANGER = """\
import os, socket, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(20)
connection.connect(sys.argv[1])
try:
    connection.sendall(bytes.fromhex(sys.argv[2]))
    print("got", len(connection.recv(65536)))
except (BrokenPipeError, ConnectionResetError):
    print("got 0")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(
    ("name", "knock"),
    [
        ("signer", frame(Ask(1, Request("GET", "binance", "/api/v3/time"), "127.0.0.1"))),
        ("admin", frame(Command(1, "status"))),
        ("courier", frame(Look(1))),
    ],
    ids=SOCKETS,
)
def test_another_user_is_hung_up_on_even_if_let_to_the_socket(
    stage: Stage, name: str, knock: bytes
) -> None:
    # Down to the socket everything is opened up; what is left is the signer's own check.
    path = stage.house.home / "run" / f"{name}.sock"
    modes: dict[Path, int] = {}
    for opened in (path, *path.parents):
        if opened.stat().st_uid == 0 and opened != Path("/"):
            modes[opened] = opened.stat().st_mode & 0o7777
            opened.chmod(0o777 if opened == path else modes[opened] | 0o055)
    time_of_exchange = Ask(1, Request("GET", "binance", "/api/v3/time"), "127.0.0.1")
    # Tests before this one took the courier's place: it has to be back before it is looked at.
    while asked(stage, time_of_exchange).response.status != 200:
        stage.house.courier.check_alive()
    connected = unix_sockets(stage.house.courier.pid)
    try:
        done = subprocess.run(
            [sys.executable, "-c", STRANGER, str(path), knock.hex()],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        for opened, mode in modes.items():
            opened.chmod(mode)
    assert (done.stdout, done.stderr) == ("got 0\n", "")
    # The courier was not hung up on for the stranger's sake.
    assert asked(stage, time_of_exchange).response.status == 200
    assert unix_sockets(stage.house.courier.pid) == connected


def unix_sockets(pid: int) -> set[str]:
    """The Unix sockets of a process, each by a number of its own."""
    known = {line.split()[6] for line in Path("/proc/net/unix").read_text().splitlines()[1:]}
    links = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
    return {link for link in links if link[8:-1] in known}


def test_peers_are_told_apart_by_the_kernel(stage: Stage) -> None:
    with door(stage, "admin") as connection:
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        assert struct.unpack("3i", raw)[0] == stage.house.signer.pid


def test_signer_gate_and_courier_live_on(stage: Stage) -> None:
    stage.run(stage.house.until_ready())
    stage.check_alive()
