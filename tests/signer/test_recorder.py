"""The journal's writer: in order, ended whole, and silent after a lost batch."""

import asyncio
import errno
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.signer.conftest import POLICY, Bench
from tests.signer.office import no_courier
from tests.vault.keys import OneKey
from tradelatch.journal import log
from tradelatch.journal.log import Journal, JournalError
from tradelatch.model.box import sealed_key
from tradelatch.model.clock import SystemClock
from tradelatch.model.statements import encode
from tradelatch.model.wire import Command
from tradelatch.signer.admin import Admin
from tradelatch.signer.asking import Asking
from tradelatch.signer.changing import Changing
from tradelatch.signer.keeper import Keeper
from tradelatch.signer.keys import Keys
from tradelatch.signer.recorder import Recorder
from tradelatch.signer.records import GrantRevoked, decode
from tradelatch.signer.secrets import Secrets, create_own_keys
from tradelatch.vault.store import Vault

KEY = Ed25519PrivateKey.generate()


def opened(folder: Path) -> Journal:
    if not folder.exists():
        Journal.create(folder, KEY)
    return Journal(folder, KEY)


async def writer(recorder: Recorder, name: str, durable: list[str]) -> None:
    for number in range(1_000):
        try:
            await recorder.record(GrantRevoked(number, f"{name}-{number}"))
        except JournalError:
            return
        durable.append(f"{name}-{number}")
        # Some arrive while a batch is on its way to the disk.
        await asyncio.sleep(random.uniform(0, 0.004))


@pytest.mark.parametrize("seed", range(6))
async def test_a_stop_under_load_leaves_a_journal_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance, sync = random.Random(seed), os.fdatasync

    def slow(file: int) -> None:
        time.sleep(chance.uniform(0, 0.008))
        sync(file)

    monkeypatch.setattr(os, "fdatasync", slow)
    recorder = Recorder(opened(tmp_path / "j"), pytest.fail)
    running = asyncio.create_task(recorder.run())
    durable: list[str] = []
    writers = [asyncio.create_task(writer(recorder, f"w{n}", durable)) for n in range(8)]
    await asyncio.sleep(chance.uniform(0.02, 0.1))
    while not recorder._lines:  # some wait while others are written
        await asyncio.sleep(0)
    recorder.stop()
    await running
    await asyncio.gather(*writers)
    opened(tmp_path / "j").close()
    written = [decode(line) for line in log.records(tmp_path / "j")]
    assert set(durable) <= {record.grant for record in written if isinstance(record, GrantRevoked)}
    assert log.verify(tmp_path / "j").size == len(written)


async def test_nothing_is_written_after_a_batch_that_was_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    recorder = Recorder(opened(tmp_path / "j"), told.append)
    running = asyncio.create_task(recorder.run())
    await recorder.record(GrantRevoked(1, "first"))

    def broken(file: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fdatasync", broken)
    lost = recorder.record(GrantRevoked(2, "lost"))
    with pytest.raises(JournalError):
        await lost
    monkeypatch.undo()
    with pytest.raises(JournalError):
        await recorder.record(GrantRevoked(3, "after"))
    recorder.note([GrantRevoked(4, "noted after")])
    recorder.stop()
    with pytest.raises(JournalError):
        await running
    assert any("the journal cannot be written" in sentence for sentence in told)
    assert [decode(line) for line in log.records(tmp_path / "j")] == [GrantRevoked(1, "first")]


def test_without_room_for_a_reserve_the_journal_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(tmp_path / "j")
    assert journal.has_reserve
    journal.close()
    (tmp_path / "j" / "reserve").unlink()

    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(log, "write_durably", full)
    journal = opened(tmp_path / "j")
    assert not journal.has_reserve
    journal.close()


async def test_one_account_is_added_once_however_many_ask_at_once(
    tmp_path: Path, bench: Bench
) -> None:
    recorder = Recorder(opened(tmp_path / "j"), pytest.fail)
    running = asyncio.create_task(recorder.run())
    vault = Vault(tmp_path / "vault", OneKey(bytes(32)))
    create_own_keys(vault)
    secrets = Secrets(vault)
    clock = SystemClock()
    keeper = Keeper(bench.core, secrets, recorder, clock, clock.uptime)
    asking = Asking(bench.core, recorder, no_courier, clock)
    changing = Changing(bench.core, keeper, clock, clock.uptime, "")
    keys = Keys(bench.core, secrets, keeper, clock, asking, changing.propose)
    admin = Admin(bench.core, secrets, recorder, clock, keys.verbs)

    def adding(number: int) -> Any:
        public_key, key_id = encode(secrets.box.public), f"k{number}"
        sealed = sealed_key(public_key, "new", "binance", key_id, bytearray(b"s"))
        key = {"account": "new", "exchange": "binance", "key_id": key_id, "sealed": sealed}
        key |= {"policy": POLICY, "unchecked": "yes"}
        return admin.answer(Command(number, "key add", key))

    results = await asyncio.gather(*(adding(number) for number in range(5)))
    recorder.stop()
    await running
    assert sorted(bool(result.error) for result in results) == [False, True, True, True, True]
    assert len(list(log.records(tmp_path / "j"))) == 1
