"""ccxt, the asynchronous client: a whole session by REST, and several orders at once."""

import asyncio

import ccxt.async_support as ccxt
from ccxt_unified import SYMBOL, Unified, settings
from session import ED25519_KEY, ED25519_PEM, KEY, away, reconcile, refused, trade


async def at_once(client: Unified) -> None:
    """Orders that are on their way together all arrive, and all go."""
    price = float(away((await client.book())[0]))
    placing = [client.exchange.create_order(SYMBOL, "limit", "buy", 0.1, price) for _ in range(20)]
    placed = {order["id"] for order in await asyncio.gather(*placing)}
    assert len(placed) == 20
    assert {order.id for order in await client.open_orders()} == placed
    await asyncio.gather(*(client.cancel(number) for number in placed))
    await reconcile(client)


async def other_keys() -> None:
    """Ed25519 signs as well, and a wrong secret does not."""
    async with ccxt.binance(settings(ED25519_KEY, ED25519_PEM)) as exchange:
        assert (await exchange.fetch_balance())["BTC"]["total"] > 0
    async with ccxt.binance(settings(KEY, "wrong")) as exchange:
        with refused(ccxt.AuthenticationError, "signature"):
            await exchange.fetch_balance()


async def main() -> None:
    async with ccxt.binance(settings()) as exchange:
        client = Unified(exchange)
        await trade(client)
        await at_once(client)
    if ED25519_KEY:
        await other_keys()


if __name__ == "__main__":
    asyncio.run(main())
