"""Streams that come back: each is followed until it is lost, and again after a while."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import aiohttp
import ccxt

from tradelatch.bots.connector.dialect import Dialect
from tradelatch.bots.connector.mail import Mail
from tradelatch.bots.connector.trips import MOST_WAIT_S
from tradelatch.bots.port import Heard, Refused

MOST_MARKETS = 100
"""Of one connection."""
_FIRST_S, _LAST_S = 0.25, MOST_WAIT_S
_STEADY_S = 60.0
"""A stream that lived so long begins with the first wait again."""


async def follow(
    exchange: Any,
    dialect: Dialect,
    symbols: Iterable[str],
    hear: Heard,
    on_gap: Callable[[], None],
) -> None:
    """Tell what happens until cancelled; one at a time for each exchange.

    Raises:
        Refused: the account may not be followed.
    """
    mail, listed = Mail(), list(symbols)
    exchange.hear, exchange.live = mail.put, on_gap
    groups = [listed[at : at + MOST_MARKETS] for at in range(0, len(listed), MOST_MARKETS)]
    work = [mail.deliver(hear), _keep(lambda: dialect.account(exchange, on_gap))]
    for group in groups:
        work += [_keep(_of(dialect.trades, exchange, group))]
        work += [_keep(_of(dialect.books, exchange, group))]
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A subscription that was cancelled halfway would be taken for one that lives.
        await exchange.close_ws_clients()


def _of(
    listen: Callable[[Any, Sequence[str]], Awaitable[None]], exchange: Any, symbols: Sequence[str]
) -> Callable[[], Awaitable[None]]:
    return lambda: listen(exchange, symbols)


async def _keep(listen: Callable[[], Awaitable[None]]) -> None:
    """Listen again whenever the connection is lost, later and later while it is lost at once."""
    clock, wait = asyncio.get_running_loop().time, _FIRST_S
    while True:
        began = clock()
        try:
            await listen()
        except (ccxt.AuthenticationError, ccxt.PermissionDenied) as error:
            raise Refused(f"the account may not be followed ({type(error).__name__})") from None
        except (ccxt.BaseError, aiohttp.ClientError, OSError):
            pass
        except asyncio.CancelledError:
            # ccxt, too, cancels what is awaited, on a connection that it gives up.
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
        if clock() - began > _STEADY_S:
            wait = _FIRST_S
        await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - only spreads the load
        wait = min(wait * 2, _LAST_S)
