"""From the configuration to running bots."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tradelatch.bots.desk import Note
from tradelatch.bots.kinds import load_kind
from tradelatch.bots.runner.account import Account
from tradelatch.bots.runner.grants import Grant, read_grant
from tradelatch.bots.runner.house import House
from tradelatch.bots.runner.rates import Rates
from tradelatch.model.clock import MS, SystemClock
from tradelatch.model.config import Config
from tradelatch.model.notices import Kind
from tradelatch.store.store import Store

if TYPE_CHECKING:
    from tradelatch.bots.connector import Connector


class BotFolder(NamedTuple):
    """Where the runner keeps what is its own, below the directory of everything: the store (unless
    it lies elsewhere), grants, strategies, and notices that wait."""

    root: Path
    store_url: str
    strategies: Path

    @staticmethod
    def of(config: Config) -> "BotFolder":
        """As configured."""
        root = config.home / "bots"
        strategies = config.bots.strategies
        return BotFolder(
            root,
            config.store.url or f"sqlite:///{root / 'bots.sqlite'}",
            Path(strategies).expanduser() if strategies else root / "strategies",
        )

    @property
    def grants(self) -> Path:
        """A file for each account."""
        return self.root / "grants"

    @property
    def notices(self) -> Path:
        """What waits to be sent."""
        return self.root / "notices"

    def make(self) -> None:
        """Make the folders that are not there."""
        for path in (self.root, self.grants, self.notices, self.root / "strategies"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)


def connect(config: Config, grant: Grant) -> "Connector":
    """The exchange of the bots, at the gate.

    Raises:
        ImportError: ccxt is not installed.
    """
    from tradelatch.bots.connector import Connector  # needs ccxt, which takes a second to load

    exchange, gate = config.bots.exchange, config.gate
    return Connector(
        exchange,
        grant.id,
        grant.secret,
        f"http://{gate.host}:{gate.port}/{exchange}",
        is_gate=True,
        recv_window_ms=config.bots.recv_window_ms,
        gate_window_ms=config.signer.recv_window_ms,
    )


async def run_bots(
    config: Config,
    folder: BotFolder,
    store: Store,
    send: Callable[[Kind, str], None],
    report: Callable[[str], None],
) -> None:
    """Run all bots of the store until cancelled. The folder is this process' alone."""
    # The next runner of this folder has the accounts at once: it can only be there once this one
    # is gone.
    owner = f"{socket.gethostname()}:{folder.root}"
    clock = SystemClock()

    def tell(bot: str, note: Note) -> None:
        report(f"{bot}: {note.says}")
        if note.kind in tuple(Kind):
            send(Kind(note.kind), f"Bot {bot}: {note.says}.")

    def make(name: str) -> Account:
        port = connect(config, read_grant(folder.grants, name))
        account = Account(
            name,
            port,
            port.settled_after_ms,
            store,
            Rates(port, config.bots.reporting),
            lambda: clock.now_ns() // MS,
            lambda kind: load_kind(kind, folder.strategies),
            tell,
            owner,
            config.bots.poll_ms / 1_000,
        )
        port.on_gap = account.gap
        return account

    def alarm(says: str) -> None:
        send(Kind.ERROR, f"{says}.")

    await House(store, make, report, alarm, config.bots.poll_ms / 1_000).run()
