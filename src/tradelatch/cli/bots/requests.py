"""Requests to the runner: left in the store, and its answer waited for."""

import time
from typing import Annotated, NamedTuple

import typer

from tradelatch.store.store import Store

Wait = Annotated[int, typer.Option(min=0, help="Seconds to wait for the runner's answer.")]
WAIT_S = 10
_PAUSE_S = 0.1
ACTIVE = ("running", "stopping")
"""The states of a bot that a runner looks after."""


class Answer(NamedTuple):
    """What the runner says to a request; without an answer, what that means for it."""

    says: str
    is_answered: bool = True


def ask_runner(
    store: Store,
    bot: str,
    what: str,
    wait_s: int,
    deal: int | None = None,
    arguments: bytes = b"{}",
) -> Answer:
    """Have the runner do something, and wait for its answer.

    Raises:
        StoreError: there is no such bot.
    """
    number = store.ask(bot, what, time.time_ns() // 1_000_000, deal, arguments)
    until = time.monotonic() + wait_s
    while True:
        request = store.request(number)
        if request and request.done_ms is not None:
            return Answer(request.answer or "done")
        if time.monotonic() >= until:
            says = "the runner does not answer, `tradelatch up` starts it; it does so once it runs"
            return Answer(says, is_answered=False)
        time.sleep(_PAUSE_S)
