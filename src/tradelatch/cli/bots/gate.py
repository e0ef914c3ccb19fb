"""What commands about bots ask of the gate, with the account's grant: markets, prices, holdings."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from tradelatch.bots.port import Busy, NoAnswer, Refused
from tradelatch.bots.runner.grants import Grant
from tradelatch.bots.runner.process import connect
from tradelatch.cli.settings import fail
from tradelatch.model.config import Config
from tradelatch.model.markets import Market
from tradelatch.model.money import MONEY

if TYPE_CHECKING:
    from tradelatch.bots.connector import Connector

PATIENCE_S = 5.0
"""How long an answer is asked for again: the gate may just be starting."""
_T = TypeVar("_T")


def load_ccxt() -> None:
    """Read what asks the gate, while its files can still be read."""
    try:
        import tradelatch.bots.connector  # noqa: F401
    except ImportError:
        fail("this needs ccxt; install it with `pip install tradelatch[ccxt]`")


def ask_markets(
    config: Config, grant: Grant, symbols: Iterable[str]
) -> tuple[dict[str, Market], dict[str, Decimal]]:
    """Their steps and last prices; no answer ends the command."""
    wanted = list(symbols)

    async def ask(port: "Connector") -> tuple[dict[str, Market], dict[str, Decimal]]:
        markets = await port.markets(wanted)
        return markets, {symbol: await port.price(symbol) for symbol in wanted}

    return _ask(config, grant, ask)


def ask_holdings(config: Config, grant: Grant) -> dict[str, Decimal]:
    """What the account has of each asset, free and locked; no answer ends the command."""

    async def ask(port: "Connector") -> dict[str, Decimal]:
        held = await port.holdings()
        return {asset: MONEY.add(one.free, one.locked) for asset, one in held.items()}

    return _ask(config, grant, ask)


def _ask(config: Config, grant: Grant, work: Callable[["Connector"], Awaitable[_T]]) -> _T:
    try:
        return asyncio.run(_patiently(config, grant, work))
    except Refused as error:
        fail(str(error))
    except (NoAnswer, Busy) as error:
        where = f"http://{config.gate.host}:{config.gate.port}"
        fail(f"the gate at {where} does not answer ({error}); `tradelatch up` starts it")


async def _patiently(
    config: Config, grant: Grant, work: Callable[["Connector"], Awaitable[_T]]
) -> _T:
    port, until = connect(config, grant), time.monotonic() + PATIENCE_S
    try:
        while True:
            try:
                return await work(port)
            except (NoAnswer, Busy):
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.5)
    finally:
        await port.close()
