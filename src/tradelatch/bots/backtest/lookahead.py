"""Whether a strategy trades on prices that it could not have known.

It is run again on the same prices cut off at a few times: the orders that it sends before a cut
have to be those of the whole run. What it reads from files is the same in both, so the files that
are opened while it runs are noted too.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tradelatch.bots.backtest.replay import Replay
from tradelatch.bots.backtest.run import Run, prepare
from tradelatch.bots.bot import Bot
from tradelatch.bots.desk import Batch, Place
from tradelatch.bots.orders import Order
from tradelatch.tapes.times import iso

CUTS = 4
"""How often the prices are cut off."""


class LooksAhead(ValueError):
    """The strategy knows what was not known yet; the message says where it showed."""


class _Sent(NamedTuple):
    """An order, and when the step of the prices began in which it was sent."""

    step_ms: int
    created_ms: int
    symbol: str
    told: str


class _Orders:
    """A `Sink` that keeps which orders were sent."""

    def __init__(self) -> None:
        self.sent: list[_Sent] = []
        self.replay: Replay | None = None

    def save(self, bot: Bot, batch: Batch) -> None:
        """One event's changes."""
        assert self.replay is not None
        for command in batch.commands:
            if isinstance(command, Place):
                order = command.order
                sent = _Sent(self.replay.step_ms, order.created_ms, order.symbol, _told(order))
                self.sent.append(sent)


def refuse_lookahead(run: Run, progress: Callable[[int], None] = lambda now_ms: None) -> None:
    """Refuse a strategy whose orders change when later prices are cut off.

    Raises:
        LooksAhead: they do.
    """
    whole = _orders(run, progress)
    for cut_ms in _cuts(run, whole):
        expected = [sent for sent in whole if sent.step_ms < cut_ms]
        try:
            found = _orders(_cut(run, cut_ms), progress)
        except Exception as error:
            raise LooksAhead(
                f"the strategy fails where the prices end at {iso(cut_ms)} ({error!r}): it reads "
                "what was not known yet"
            ) from error
        if found != expected:
            raise LooksAhead(_difference(found, expected, cut_ms))


@contextmanager
def noted_files() -> Iterator[set[Path]]:
    """The files that are opened inside, Python's own and modules apart."""
    found: set[Path] = set()
    _listening.append(found)
    if len(_listening) == 1 and not _hooked:
        sys.addaudithook(_hear)
        _hooked.append(True)
    try:
        yield found
    finally:
        _listening.remove(found)


_listening: list[set[Path]] = []
_hooked: list[bool] = []
"""An audit hook cannot be taken away again: there is one, which mostly hears nothing."""
_CODE = (".py", ".pyc", ".so", ".pth")
_INSTALLED = tuple({sys.prefix, sys.base_prefix, "/proc", "/sys", "/dev"})


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if event != "open" or not _listening or not isinstance(args[0], str | bytes):
        return
    name = os.path.realpath(os.fsdecode(args[0]))
    is_code = name.endswith(_CODE) or "__pycache__" in Path(name).parts
    if not is_code and not name.startswith(_INSTALLED):
        _listening[-1].add(Path(name))


def _orders(run: Run, progress: Callable[[int], None]) -> list[_Sent]:
    sink = _Orders()
    sink.replay = prepare(run, sink)
    sink.replay.run(progress)
    return sink.sent


def _cuts(run: Run, whole: Sequence[_Sent]) -> list[int]:
    """Where a decision shows: at the ends of the steps in which orders were sent, spread over the
    run, and in the middle of it, all after the first price of every market."""
    times = sorted({at for symbol in run.bot.symbols for at in run.prices[symbol].times})
    first = max(run.prices[symbol].times[0] for symbol in run.bot.symbols)
    steps = sorted({sent.step_ms for sent in whole})
    chosen = {steps[len(steps) * n // CUTS] for n in range(1, CUTS)} if steps else set()
    after = {min((at for at in times if at > step), default=0) for step in chosen}
    return sorted(cut for cut in {*after, times[len(times) // 2]} if cut > first)


def _cut(run: Run, cut_ms: int) -> Run:
    return run._replace(
        prices={symbol: one.between(0, cut_ms) for symbol, one in run.prices.items()}
    )


def _difference(found: Sequence[_Sent], expected: Sequence[_Sent], cut_ms: int) -> str:
    pairs = zip(found, expected, strict=False)
    index = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(found), len(expected)))
    sent = (expected[index:] or found[index:])[0]
    return (
        f"{iso(sent.created_ms)}: the order to {sent.told} is another when the prices end at "
        f"{iso(cut_ms)}: the strategy looks at what was not known yet, or acts at random"
    )


def _told(order: Order) -> str:
    price = "the market" if order.price is None else f"{order.price}"
    return f"{order.side.lower()} {order.quantity} {order.symbol} at {price}"
