"""The honest bot: an unmodified ccxt that buys a little of a deep coin now and then."""

import asyncio
from typing import Any

import ccxt.async_support as ccxt
import msgspec

from tradelatch.drills.ccxt_client import binance
from tradelatch.drills.script import Credentials, read_brief, tell

BOT = "bot"


class Brief(msgspec.Struct, frozen=True):
    """What it trades, how much of it (base) and how often."""

    account: Credentials
    symbol: str
    amount: float
    orders: int
    pause_s: float


async def trade(brief: Brief) -> None:
    """Trade the whole brief: a market buy, then limit orders that rest and are cancelled."""
    client = binance(brief.account.url, brief.account.key, brief.account.secret)
    try:
        await client.load_markets()
        for _ in range(brief.orders):
            await _buy_and_rest(client, brief)
            await asyncio.sleep(brief.pause_s)
        trades = await client.fetch_my_trades(brief.symbol)
        tell(BOT, f"{len(trades)} fills in {brief.symbol}")
    except ccxt.BaseError as error:
        tell(BOT, f"{type(error).__name__}: {error}", refused=True)
    finally:
        await client.close()


async def _buy_and_rest(client: Any, brief: Brief) -> None:
    order = await client.create_order(brief.symbol, "market", "buy", brief.amount)
    tell(BOT, f"bought {order['filled']} {brief.symbol} at {order['average']}")
    ticker = await client.fetch_ticker(brief.symbol)
    price = client.price_to_precision(brief.symbol, ticker["bid"] * 0.995)
    resting = await client.create_order(brief.symbol, "limit", "buy", brief.amount, price)
    await client.cancel_order(resting["id"], brief.symbol)


if __name__ == "__main__":
    asyncio.run(trade(read_brief(Brief)))
