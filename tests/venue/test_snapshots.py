"""Snapshots: what a start takes from them, and what it makes of damaged files."""

import asyncio
import contextlib
import gc
import hashlib
import os
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue.chores import Chores
from tests.venue.floor import Floor
from tests.venue.site import Key, Site, launch
from tradelatch.venue import snapshots as module
from tradelatch.venue.engine.commands import Command, Deposit, Genesis, OpenAccount
from tradelatch.venue.engine.image import image, restore
from tradelatch.venue.engine.machine import Engine
from tradelatch.venue.engine.state import dump
from tradelatch.venue.log import START, CommandLog, LogDamaged, Mark
from tradelatch.venue.snapshots import Snapshots, StateBroken

PLACES = (400, 700, 900)
"""After how many commands a snapshot is taken; what comes later is in the log alone."""


class Kept:
    """What a run left in a directory, and what later starts tell."""

    def __init__(self, directory: Path, floor: Floor) -> None:
        self.directory = directory
        self.log = directory / "commands.jsonl"
        self.state = dump(floor.engine)
        self.commands = len(floor.history)
        self.said: list[str] = []
        self.replayed = 0

    @property
    def snapshots(self) -> list[Path]:
        return Snapshots(self.directory, self.said.append).files

    async def recall(self, verify: bool = False) -> bytes:
        """Start from what there is; the state. Notes how much of the log was replayed."""
        engine, log = Engine(), CommandLog(self.log)
        replay = log.replay

        def counted(apply: Callable[[Command], object], after: Mark = START) -> int:
            self.replayed = replay(apply, after)
            return self.replayed

        log.replay = counted  # type: ignore[method-assign]
        try:
            Snapshots(self.directory, self.said.append).recall(engine, log, verify)
        finally:
            await log.close()
        return dump(engine)

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.directory.iterdir()}


async def run(directory: Path, seed: int = 8, places: tuple[int, ...] = PLACES) -> Kept:
    """A stormy run that takes snapshots at these places."""
    floor = Floor()
    for _ in Chores(seed, floor).rage(2_000):
        pass
    engine, log = Engine(), CommandLog(directory / "commands.jsonl")
    said: list[str] = []
    snapshots = Snapshots(directory, said.append)
    snapshots.recall(engine, log)
    for command in floor.history:
        engine.apply(command)
        log.append(command)
        if engine.applied in places:
            await snapshots.take(engine, log)
    await log.durable()
    await log.close()
    assert said == []
    return Kept(directory, floor)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return asyncio.run(run(tmp_path_factory.mktemp("original")))


@pytest.fixture
def kept(original: Kept, tmp_path: Path) -> Kept:
    """A copy that a test may damage."""
    return copy_of(original, tmp_path / "kept")


def copy_of(original: Kept, directory: Path) -> Kept:
    shutil.copytree(original.directory, directory)
    found = Kept(directory, Floor())
    found.state, found.commands = original.state, original.commands
    return found


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


async def test_a_start_replays_only_what_is_behind_the_newest(kept: Kept) -> None:
    assert [path.name for path in kept.snapshots] == [
        "snapshot-000000000900.state",
        "snapshot-000000000700.state",
    ]
    assert await kept.recall() == kept.state
    assert (kept.replayed, kept.said) == (kept.commands - 900, [])


async def test_snapshots_are_private_and_leave_nothing_else(kept: Kept) -> None:
    assert {path.stat().st_mode & 0o777 for path in kept.snapshots} == {0o600}
    assert len(list(kept.directory.iterdir())) == 3


async def test_what_was_left_unfinished_is_cleared_away(kept: Kept) -> None:
    (kept.directory / "snapshot.tmp").write_bytes(b"half")
    assert await kept.recall() == kept.state
    assert len(list(kept.directory.iterdir())) == 3


@settings(max_examples=25)
@given(data=st.data())
async def test_a_damaged_one_is_named_and_set_aside(
    original: Kept, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    kept = copy_of(original, tmp_path_factory.mktemp("damage") / "kept")
    newest = kept.snapshots[0]
    damaged = bytearray(newest.read_bytes())
    place = data.draw(st.integers(0, len(damaged) - 1), "byte")
    if data.draw(st.booleans(), "cut"):
        del damaged[place:]
    else:
        damaged[place] ^= data.draw(st.integers(1, 255), "flip")
    newest.write_bytes(damaged)
    assert await kept.recall() == kept.state
    assert kept.replayed == kept.commands - 700
    aside = newest.with_name(newest.name + ".unusable")
    assert kept.said == [f"{newest} is damaged; it is not used and now called {aside.name}"]
    assert aside.read_bytes() == damaged
    assert await kept.recall() == kept.state
    assert len(kept.said) == 1


async def test_without_any_good_one_the_whole_log_is_replayed(kept: Kept) -> None:
    for path in kept.snapshots:
        path.write_bytes(path.read_bytes()[:-1])
    assert await kept.recall() == kept.state
    assert (kept.replayed, len(kept.said)) == (kept.commands, 2)


async def test_one_of_another_log_is_not_used(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = await run(tmp_path / "other", seed=9, places=(800,))
    stranger = kept.directory / "snapshot-000000000950.state"
    shutil.copy(other.snapshots[0], stranger)
    assert await kept.recall() == kept.state
    assert kept.said == [
        f"{stranger} is of another log; it is not used and now called {stranger.name}.unusable"
    ]


async def test_one_of_another_engine_is_not_used(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept.files()
    monkeypatch.setattr(module, "_PROGRAM", "newer")
    assert await kept.recall() == kept.state
    assert kept.replayed == kept.commands
    assert [said.endswith("another version of the engine; it is not used") for said in kept.said]
    assert len(kept.said) == 2
    assert kept.files() == before


@pytest.mark.parametrize("left", [0, 1, 450, 899])
async def test_a_log_that_lacks_lines_is_noticed(kept: Kept, left: int) -> None:
    kept.log.write_bytes(b"".join(lines_of(kept.log)[:left]))
    before = kept.files()
    with pytest.raises(LogDamaged, match=rf"line {left + 1}: .* after line 900"):
        await kept.recall()
    assert kept.files() == before


@pytest.mark.parametrize("number", [0, 450, 899, 910])
async def test_a_log_whose_lines_are_cut_out_is_noticed(kept: Kept, number: int) -> None:
    lines = lines_of(kept.log)
    del lines[number]
    kept.log.write_bytes(b"".join(lines))
    before = kept.files()
    with pytest.raises(LogDamaged, match=f"line {number + 1}:"):
        await kept.recall()
    assert kept.files() == before


async def test_old_damage_is_found_when_the_whole_log_is_verified(kept: Kept) -> None:
    lines = lines_of(kept.log)
    lines[450] = lines[450].replace(b'"at":1', b'"at":2')
    kept.log.write_bytes(b"".join(lines))
    assert await kept.recall() == kept.state  # behind the snapshot all is well
    with pytest.raises(LogDamaged, match="line 451:"):
        await kept.recall(verify=True)


async def test_verifying_compares_the_snapshot_with_the_log(kept: Kept) -> None:
    assert await kept.recall(verify=True) == kept.state
    assert kept.replayed == kept.commands
    falsify(kept.snapshots[0], lambda engine: setattr(engine.accounts["bob"], "uid", 99))
    await kept.recall()
    with pytest.raises(StateBroken, match="tell different states"):
        await kept.recall(verify=True)


def falsify(path: Path, change: Callable[[Engine], object]) -> None:
    """Write another state into a snapshot, with all that belongs to it."""
    data = path.read_bytes()[:-32]
    line, _, state = data.partition(b"\n")
    engine = Engine()
    restore(engine, state)
    change(engine)
    whole = line + b"\n" + image(engine)
    path.write_bytes(whole + hashlib.sha256(whole).digest())


async def test_a_state_that_breaks_a_rule_is_refused(kept: Kept) -> None:
    falsify(kept.snapshots[0], lambda engine: engine.deposited.update(BTC=1))
    before = kept.files()
    with pytest.raises(StateBroken, match="BTC is not conserved"):
        await kept.recall()
    assert kept.files() == before


class Works:
    """An engine at work, its log and snapshots, in one directory."""

    def __init__(self, directory: Path) -> None:
        self.engine = Engine()
        self.log = CommandLog(directory / "commands.jsonl")
        self.said: list[str] = []
        self.snapshots = Snapshots(directory, self.said.append)
        self.snapshots.recall(self.engine, self.log)
        floor = Floor()
        for _ in Chores(4, floor).rage(300):
            pass
        for command in floor.history:
            self.engine.apply(command)
            self.log.append(command)


@pytest.fixture
async def works(tmp_path: Path) -> Works:
    return Works(tmp_path)


async def test_a_full_disk_is_told_and_harms_nothing(works: Works, tmp_path: Path) -> None:
    await works.log.durable()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, limits[1]))
    try:
        await works.snapshots.take(works.engine, works.log)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    path = tmp_path / f"snapshot-{works.engine.applied:012d}.state"
    assert works.said == [f"cannot write {path}: File too large; the log goes on"]
    assert [path.name for path in tmp_path.iterdir()] == ["commands.jsonl"]
    await works.snapshots.take(works.engine, works.log)
    assert path.exists()
    await works.log.close()


async def test_a_writer_that_is_killed_is_told(
    works: Works, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "image", lambda engine: os.kill(os.getpid(), signal.SIGKILL))
    await works.snapshots.take(works.engine, works.log)
    assert len(works.said) == 1
    assert "its writer ended with -9" in works.said[0]
    assert [path.name for path in tmp_path.iterdir()] == ["commands.jsonl"]
    await works.log.close()


async def test_a_writer_that_fails_is_told(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(engine: Engine) -> bytes:
        raise TypeError("cannot write a function")

    monkeypatch.setattr(module, "image", fail)
    await works.snapshots.take(works.engine, works.log)
    assert "TypeError: cannot write a function" in works.said[0]
    await works.log.close()


async def test_it_holds_the_state_of_the_moment_when_it_was_asked_for(works: Works) -> None:
    before, asked, durable = dump(works.engine), asyncio.Event(), asyncio.Event()
    wait = works.log.durable

    async def later(position: int | None = None) -> None:
        asked.set()
        await durable.wait()
        await wait(position)

    works.log.durable = later  # type: ignore[method-assign]
    taking = asyncio.create_task(works.snapshots.take(works.engine, works.log))
    await asyncio.sleep(0)
    while not asked.is_set() and not taking.done():
        deposit = Deposit(works.engine.now, "ann", "BTC", 1)
        works.engine.apply(deposit)
        works.log.append(deposit)
        await asyncio.sleep(0.001)
    assert works.snapshots.files == []  # not before the log is as far
    durable.set()
    await taking
    await works.log.close()
    engine = Engine()
    restore(engine, works.snapshots.files[0].read_bytes()[:-32].partition(b"\n")[2])
    assert dump(engine) == before
    assert works.engine.applied > engine.applied


async def test_garbage_collection_passes_over_what_a_snapshot_holds(works: Works) -> None:
    def is_looked_through(name: str) -> bool:
        account = works.engine.accounts[name]
        return any(one is account for one in gc.get_objects())

    assert is_looked_through("ann")
    await works.snapshots.take(works.engine, works.log)
    works.engine.apply(OpenAccount(works.engine.now, "late"))
    assert (is_looked_through("ann"), is_looked_through("late")) == (False, True)
    await works.log.close()


def _children() -> set[int]:
    """The processes that this one has started and not yet buried."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    return {child for child, parent in parents.items() if parent == os.getpid()}


async def test_a_writer_holds_on_to_nothing_of_the_venue(
    works: Works, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"

    def hang(engine: Engine) -> bytes:
        started.touch()
        signal.pause()
        return b""

    monkeypatch.setattr(module, "image", hang)
    before = _children()
    taking = asyncio.create_task(works.snapshots.take(works.engine, works.log))
    while not started.exists():
        await asyncio.sleep(0.001)
    await works.log.close()
    await CommandLog(works.log.path).close()  # its lock is free again
    assert len(_children()) == len(before) + 1
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert _children() == before
    assert not (tmp_path / "snapshot.tmp").exists()


ORDER = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}


def trade(site: Site, key: Key, orders: int = 12) -> None:
    for number in range(orders):
        price = f"0.05{number:02d}"
        status, _ = site.signed(key, "POST", "/api/v3/order", **ORDER, quantity="1", price=price)
        assert status == 200


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a real venue left behind: two snapshots, and orders behind them in the log."""
    directory = tmp_path_factory.mktemp("venue") / "kept"
    with Site(directory, "--flat", "--snapshot-every", "10") as site:
        key = site.open_account("ann", BTC="500")
        trade(site, key)
    for every in ("10", "0"):
        with Site(directory, "--snapshot-every", every) as site:
            trade(site, key)
    return directory


@pytest.fixture
def site(venue: Path, tmp_path: Path) -> Iterator[Site]:
    """A venue, not yet started, that a test may damage."""
    directory = tmp_path / "kept"
    shutil.copytree(venue, directory)
    found = Site(directory, "--snapshot-every", "0")
    yield found
    found.end(signal.SIGKILL)


def refused(site: Site, *arguments: str) -> str:
    """The one sentence with which a start ends with exit code 1; it must have changed nothing."""
    before = {path.name: path.read_bytes() for path in site.directory.iterdir()}
    with launch(site.directory, *arguments) as process:
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert "Traceback" not in errors
    assert errors.count("\n") == 1
    assert {path.name: path.read_bytes() for path in site.directory.iterdir()} == before
    return errors


def snapshots_of(site: Site) -> list[Path]:
    return Snapshots(site.directory, print).files


def is_whole(site: Site) -> None:
    status = site.admin("status")
    assert status["violations"] == []
    assert status["commands"] >= len(lines_of(site.log)) - 1
    balance = site.admin("balances")["ann"]["BTC"]
    assert float(balance["locked"]) == pytest.approx(3 * sum(0.05 + n / 10_000 for n in range(12)))


def test_a_venue_starts_from_its_snapshot(site: Site) -> None:
    names = [path.name for path in snapshots_of(site)]
    assert len(names) == 2
    # Without the lines that the snapshot holds, of which only the last is looked at:
    place = int(names[0][9:21])
    lines = lines_of(site.log)
    site.log.write_bytes(
        b"".join(
            [b"x" * (len(line) - 1) + b"\n" for line in lines[: place - 1]] + lines[place - 1 :]
        )
    )
    with site:
        is_whole(site)
        assert site.end(signal.SIGTERM) == (0, "")


@pytest.mark.parametrize("broken", [1, 2])
def test_damaged_snapshots_are_named_and_done_without(site: Site, broken: int) -> None:
    paths = snapshots_of(site)[:broken]
    for path in paths:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    with site:
        is_whole(site)
        _, errors = site.end(signal.SIGTERM)
    assert errors == "".join(
        f"{path} is damaged; it is not used and now called {path.name}.unusable\n" for path in paths
    )
    assert all(path.with_name(path.name + ".unusable").exists() for path in paths)


def _flip(lines: list[bytes]) -> None:
    lines[-3] = lines[-3].replace(b"e", b"f", 1)


def _swap(lines: list[bytes]) -> None:
    lines[-3], lines[-2] = lines[-2], lines[-3]


def _cut(lines: list[bytes]) -> None:
    del lines[-3]


@pytest.mark.parametrize("damage", [_flip, _swap, _cut])
def test_a_log_damaged_behind_the_snapshot(
    site: Site, damage: Callable[[list[bytes]], None]
) -> None:
    lines = lines_of(site.log)
    number = len(lines) - 2
    damage(lines)
    site.log.write_bytes(b"".join(lines))
    assert refused(site) == f"{site.log}, line {number}: the record is damaged\n"


def test_a_log_that_ends_too_early(site: Site) -> None:
    newest = snapshots_of(site)[0]
    place = int(newest.name[9:21])
    site.log.write_bytes(b"".join(lines_of(site.log)[: place - 2]))
    assert refused(site) == (
        f"{site.log}, line {place - 1}: the log ends before it, "
        f"but {newest.name} was taken after line {place}\n"
    )


def test_a_log_that_is_gone(site: Site) -> None:
    site.log.unlink()
    newest = snapshots_of(site)[0].name
    assert refused(site) == f"{site.log} is missing, but {newest} is here\n"


def test_a_log_of_another_version(tmp_path: Path) -> None:
    asyncio.run(_write_genesis(tmp_path / "commands.jsonl", version=2))
    errors = refused(Site(tmp_path))
    assert "commands.jsonl, line 1" in errors
    assert "version 2 of the log is not known here" in errors


async def _write_genesis(path: Path, version: int) -> None:
    log = CommandLog(path)
    log.append(Genesis(1, seed=7, version=version))
    await log.close()


def test_a_venue_whose_state_breaks_a_rule_does_not_start(site: Site) -> None:
    falsify(snapshots_of(site)[0], lambda engine: engine.withdrawn.update(BTC=5))
    assert refused(site) == f"the state kept in {site.directory} is wrong: BTC is not conserved\n"


def test_old_damage_stops_a_start_that_verifies(site: Site) -> None:
    with Site(site.directory, "--verify") as good:
        is_whole(good)
    lines = lines_of(site.log)
    lines[3] = lines[3].replace(b"e", b"f", 1)
    site.log.write_bytes(b"".join(lines))
    assert "line 4: the record is damaged" in refused(site, "--verify")


def test_a_venue_goes_on_where_no_snapshot_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "snapshot.tmp").mkdir()
    with Site(tmp_path, "--flat", "--snapshot-every", "5") as site:
        assert site.process is not None
        assert site.process.stderr is not None
        key = site.open_account("ann", BTC="500")
        trade(site, key)
        told = site.process.stderr.readline()
        assert "cannot write" in told
        assert told.endswith("the log goes on\n")
        trade(site, key)
        (tmp_path / "snapshot.tmp").rmdir()
        assert site.end(signal.SIGTERM)[0] == 0
    assert len(snapshots_of(site)) == 1
