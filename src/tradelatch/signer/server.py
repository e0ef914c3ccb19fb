"""The signer's process: start-up is recovery, then sockets, polling and an orderly end."""

import asyncio
import gc
import signal
from pathlib import Path

from tradelatch.isolation.sockets import Neighbours
from tradelatch.isolation.users import door
from tradelatch.journal.log import Journal, JournalError, records
from tradelatch.model.clock import SystemClock
from tradelatch.model.config import Config, Exchange
from tradelatch.model.wire import Ask, Command, Gone
from tradelatch.signer import sockets
from tradelatch.signer.admin import Admin
from tradelatch.signer.asking import Asking
from tradelatch.signer.changing import Changing
from tradelatch.signer.claims import Claims
from tradelatch.signer.clocks import SteadyClock
from tradelatch.signer.core import Core
from tradelatch.signer.courier_desk import CourierDesk
from tradelatch.signer.custody import Custody
from tradelatch.signer.desk import Desk
from tradelatch.signer.followers import Followers
from tradelatch.signer.home import JOURNAL, RUN, VAULT, alone, open_keyring
from tradelatch.signer.keeper import Keeper
from tradelatch.signer.keys import Keys
from tradelatch.signer.leaks import Leaks
from tradelatch.signer.people_desk import PeopleDesk
from tradelatch.signer.reconcile import Reconciler
from tradelatch.signer.recorder import Recorder
from tradelatch.signer.records import AnyRecord, NewRiskClosed, Restored, decode
from tradelatch.signer.secrets import Secrets, journal_key
from tradelatch.signer.state import State
from tradelatch.signer.stopping import Stopping
from tradelatch.vault.disk import VaultError
from tradelatch.vault.keyring import Keyring
from tradelatch.vault.store import Vault

KEEP_S = 0.5
"""How often it is looked whether a change is due or an amount is spent."""
COURIER_GRACE_S = 2.0
"""The courier gives up by itself first, and says how far it got."""


class Ended(Exception):
    """The signer had to end, and can start again from what is written."""


async def serve(config: Config, is_restored: bool = False) -> None:
    """Run until SIGTERM or SIGINT.

    Args:
        is_restored: the journal is known to be a backup, older than its last checkpoint.

    Raises:
        KeyFileError, VaultError, JournalError: the signer cannot start; the message says why.
        Ended: it could not go on.
    """
    home = config.home
    if not (home / VAULT).exists() and not (home / JOURNAL).exists():
        raise VaultError(f"{home}: nothing is here yet; `tradelatch signer --init` makes it")
    with alone(home):
        keyring = await open_keyring(config, door(config.users, "signer", "operator"))
        try:
            await _serve(config, keyring, is_restored)
        finally:
            keyring.close()


async def _serve(config: Config, keyring: Keyring, is_restored: bool) -> None:
    home = config.home
    vault = Vault(home / VAULT, keyring)
    copy = Path(config.signer.checkpoint_copy).expanduser()
    journal = Journal(
        home / JOURNAL,
        journal_key(vault),
        copy if config.signer.checkpoint_copy else None,
        is_restored,
    )
    if journal.torn:
        print(f"signer: the journal's last {journal.torn} bytes, torn by a crash, were cut off")
    state = _recover(home / JOURNAL)
    first = _take_restored(journal, state)
    secrets = Secrets(vault)
    secrets.unseal(state)
    gc.freeze()  # else every full collection goes through all accounts, which stay
    try:
        await _run(config, journal, state, secrets, first, (vault, keyring))
    finally:
        secrets.close()


async def _run(
    config: Config,
    journal: Journal,
    state: State,
    secrets: Secrets,
    first: list[AnyRecord],
    vault: tuple[Vault, Keyring],
) -> None:
    """`first` is what was decided at start-up, and is recorded before anything else."""

    def base_url(exchange: str) -> str:
        return config.exchanges.get(exchange, Exchange()).url

    core = Core(state, secrets.get, config.signer, base_url)
    machine = SystemClock()
    core.clock = clock = SteadyClock(machine, state)

    def close_to_new_risk(why: str) -> None:
        if not core.closed:
            core.closed = why
            recorder.note([NewRiskClosed(clock.now_ns(), why)])

    recorder = Recorder(journal, close_to_new_risk)
    recorder.note(first)
    if not journal.has_reserve:
        close_to_new_risk("the disk of the journal is full")
    couriers, gates, operators = (
        Neighbours(door(config.users, "signer", peer)) for peer in ("courier", "gate", "operator")
    )
    courier = sockets.CourierLink(config.courier.timeout_ms / 1000 + COURIER_GRACE_S, couriers)
    asking = Asking(core, recorder, courier.send, clock)
    followers = Followers(state, clock)
    desk = Desk(core, recorder, clock, courier.send, followers)
    claims = Claims(core, recorder, clock, followers)
    courier_desk = CourierDesk(core, recorder, clock, asking, claims, desk.in_flight)
    keeper = Keeper(core, secrets, recorder, clock, machine.uptime)
    changing = Changing(core, keeper, clock, machine.uptime, journal.verifier)
    keys = Keys(core, secrets, keeper, clock, asking, changing.propose)
    leaks = Leaks(core, secrets, keeper, clock)
    stopping = Stopping(core, keeper, clock, journal.verifier)
    neighbours = {"courier": couriers, "gate": gates}
    custody = Custody(*vault, keeper, clock, neighbours, journal.newest, journal.statement)
    reconciler = Reconciler(core, asking, claims, clock, journal.statement)
    more = (keys, leaks, changing, stopping, custody, reconciler)
    admin = Admin(core, secrets, recorder, clock, *(one.verbs for one in more))
    run = config.home / RUN
    servers = [
        await courier.serve(run / "courier.sock", courier_desk, followers.lose),
        await sockets.serve(run / "signer.sock", Ask | Gone, desk.take, gates),
        await sockets.serve(
            run / "admin.sock", Command, lambda command, _: admin.answer(command), operators
        ),
        await PeopleDesk(admin, state, clock, journal.verifier).serve(run / "people.sock"),
    ]
    recording = asyncio.create_task(recorder.run())
    keeping = asyncio.create_task(_keep(keeper, followers))
    print(f"signer: {len(state.accounts)} accounts, {len(state.orders)} live orders", flush=True)
    try:
        await _until_told_to_stop([recording, keeping])
    finally:
        for server in servers:
            server.close()
        keeping.cancel()
        recorder.stop()
        await asyncio.gather(keeping, recording, return_exceptions=True)


async def _keep(keeper: Keeper, followers: Followers) -> None:
    while True:
        await keeper.round()
        followers.prune()
        await asyncio.sleep(KEEP_S)


async def _until_told_to_stop(tasks: list[asyncio.Task[None]]) -> None:
    """Wait for a signal; a task that ends by itself is a defect, and ends the signer with it."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    told = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait([told, *tasks], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    for task in ended - {told}:
        try:
            task.result()
        except JournalError as error:
            raise Ended(str(error)) from error


def _take_restored(journal: Journal, state: State) -> list[AnyRecord]:
    """Freeze everything if a backup was restored and the journal does not say so yet; the
    record has been applied. A crash before it is durable changes nothing: the checkpoint stays."""
    records_: list[AnyRecord] = []
    for mark in journal.restored:
        if mark.nonce not in state.restored:
            now, signed = SystemClock().now_ns(), mark.restored_from
            record = Restored(now, mark.size, signed, mark.nonce)
            state.apply(record)
            records_.append(record)
            lost = signed - mark.size
            print(f"signer: {lost} records are missing; every account is frozen: docs/operators.md")
    return records_


def _recover(folder: Path) -> State:
    """The state that follows from the journal.

    Raises:
        JournalError: a record cannot be read.
    """
    state = State()
    for number, line in enumerate(records(folder), start=1):
        try:
            state.apply(decode(line))
        except (ValueError, LookupError, ArithmeticError) as error:
            raise JournalError(f"{folder}: record {number} cannot be read: {error}") from error
    return state
