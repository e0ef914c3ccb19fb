"""What the command log keeps, what it repairs and what it refuses."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue.counter import NOW_MS, Counter
from tests.venue.floor import Floor
from tradelatch.model.orders import Side
from tradelatch.venue.engine.commands import Command, Deposit
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.state import dump
from tradelatch.venue.log import CommandLog, LogBroken, LogDamaged, LogInUse


def some_trading() -> Floor:
    floor = Floor()
    order, _ = floor.limit("ann", Side.SELL, 1_000, 10_000)
    floor.market("bob", Side.BUY, lots=300)
    floor.cancel("ann", order.id)
    return floor


async def write(path: Path, commands: list[Command]) -> None:
    log = CommandLog(path)
    log.replay(lambda command: None)
    for command in commands:
        log.append(command)
    await log.durable()
    await log.close()


async def read(path: Path) -> tuple[Engine, CommandLog]:
    engine, log = Engine(), CommandLog(path)
    try:
        log.replay(engine.apply)
    finally:
        await log.close()
    return engine, log


async def test_replay_gives_the_same_state(tmp_path: Path) -> None:
    floor = some_trading()
    await write(tmp_path / "log", floor.history)
    engine, log = await read(tmp_path / "log")
    assert dump(engine) == dump(floor.engine)
    assert log.torn == 0


async def test_every_line_is_json_and_the_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "log"
    await write(path, some_trading().history)
    for line in path.read_bytes().splitlines():
        assert set(msgspec.json.decode(line)) == {"crc", "command"}
    assert path.stat().st_mode & 0o777 == 0o600


async def test_what_was_appended_at_once_is_written_in_order(tmp_path: Path) -> None:
    floor = Floor()
    log = CommandLog(tmp_path / "log")
    deposits = [Deposit(floor.now, "ann", "BTC", 1 + n) for n in range(200)]

    async def one(command: Command) -> None:
        await log.durable(log.append(command))

    for command in floor.history:
        log.append(command)
    await asyncio.gather(*(one(command) for command in deposits))
    await log.close()
    engine, _ = await read(tmp_path / "log")
    assert engine.applied == len(floor.history) + len(deposits)


@pytest.mark.parametrize("left", [0, 1, 10, 40])
async def test_a_torn_last_line_is_cut_off_and_reported(tmp_path: Path, left: int) -> None:
    path, floor = tmp_path / "log", some_trading()
    await write(path, floor.history)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:left])
    engine, log = await read(path)
    assert engine.applied == len(lines) - 1
    assert log.torn == left
    await write(path, [floor.history[-1]])
    assert path.read_bytes() == whole


async def test_a_last_line_that_lacks_only_its_end_is_kept(tmp_path: Path) -> None:
    path, floor = tmp_path / "log", some_trading()
    await write(path, floor.history)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    engine, _ = await read(path)
    assert dump(engine) == dump(floor.engine)
    assert path.read_bytes() == whole


@settings(max_examples=60)
@given(data=st.data())
async def test_any_other_damage_is_named_and_nothing_is_replaced(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path, floor = tmp_path_factory.mktemp("damage") / "log", some_trading()
    await write(path, floor.history)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 2), "line")
    kind = data.draw(st.sampled_from(["change", "drop", "swap", "double"]))
    if kind == "change":
        position = data.draw(st.integers(0, len(lines[number]) - 1), "byte")
        flip = data.draw(st.integers(1, 255), "flip")
        changed = bytearray(lines[number])
        changed[position] ^= flip
        lines[number] = bytes(changed)
    elif kind == "drop":
        del lines[number]
    elif kind == "swap":
        lines[number], lines[number + 1] = lines[number + 1], lines[number]
    else:
        lines.insert(number, lines[number])
    damaged = b"".join(lines)
    path.write_bytes(damaged)
    with pytest.raises(LogDamaged, match=rf"line {number + (2 if kind == 'double' else 1)}:"):
        await read(path)
    assert path.read_bytes() == damaged


async def test_one_venue_at_a_time(tmp_path: Path) -> None:
    log = CommandLog(tmp_path / "log")
    with pytest.raises(LogInUse):
        CommandLog(tmp_path / "log")
    await log.close()


async def test_a_full_disk_stops_every_acknowledgement() -> None:
    floor = Floor()
    log = CommandLog(Path("/dev/full"))
    position = log.append(floor.history[0])
    with pytest.raises(LogBroken, match="No space left"):
        await log.durable(position)
    with pytest.raises(LogBroken):
        log.check()
    await log.close()


async def test_a_refusal_that_tells_of_something_done_waits_for_the_log(tmp_path: Path) -> None:
    counter = Counter(tmp_path)
    await counter.open()
    log, headers = counter.house.log, {b"x-mbx-apikey": counter.key.encode()}

    async def send(method: str, path: str, **terms: object) -> tuple[int, dict[str, Any]]:
        query = urlencode({"symbol": "ETHBTC", **terms, "timestamp": NOW_MS}).encode()
        query += b"&signature=" + counter.sign(query)
        status, answer = await counter.ask(method, path, query, headers=headers)
        return status, json.loads(answer)

    limit = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "0.06"}
    _, placed = await send("POST", "/api/v3/order", **limit, quantity="1")
    told = {**limit, "cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": placed["orderId"]}
    status, answer = await send("POST", "/api/v3/order/cancelReplace", **told, quantity="9000")
    written = log.path.read_bytes()
    await counter.close()
    assert (status, answer["data"]["cancelResult"]) == (409, "SUCCESS")
    assert b'"do":"cancel"' in written
