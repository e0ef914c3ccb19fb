"""A whole ccxt session through a house, as one program to be traced; ends with ``done``."""

import asyncio
import sys
from pathlib import Path

from tests.house.stage import async_client
from tradelatch.drills.processes import House
from tradelatch.drills.world import DEEP, POLICY, World


async def trade(gate: str, grant: dict[str, str]) -> None:
    """From start-up to fill."""
    client = async_client(gate, grant["id"], grant["secret"])
    try:
        await client.load_markets()
        await client.fetch_balance()
        price = (await client.fetch_ticker(DEEP))["bid"] * 0.995
        await client.create_order(DEEP, "limit", "buy", 0.5, price)
        await client.fetch_open_orders(DEEP)
        await client.cancel_all_orders(DEEP)
        await client.create_order(DEEP, "market", "buy", 0.3)
        await client.create_order(DEEP, "market", "sell", 0.3)
        assert await client.fetch_my_trades(DEEP)
    finally:
        await client.close()


async def main(folder: Path) -> None:
    """Start everything, trade, stop everything."""
    world, house = World(folder / "world"), None
    try:
        await world.start()
        house = House(folder / "house", world.url)
        gate = await house.start()
        await trade(gate, await world.entrust(house, POLICY))
    finally:
        if house:
            await house.stop()
        await world.stop()
    print("done")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
