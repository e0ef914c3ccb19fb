"""Signer and courier killed at every exact point on an order's way, as real processes."""

from pathlib import Path

import aiohttp
import pytest

from tests.crash import dying
from tests.crash.bot import Bot
from tests.crash.site import Site, script
from tests.crash.truth import Truth

ORDERS = {
    "rests": {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "0.06900"},
    "takes": {"side": "BUY", "type": "MARKET"},
}
REACHES = {*dying.SIGNER[3:], dying.COURIER[1]}
"""Points at which the exchange has the order already."""


@pytest.mark.parametrize("kind", ORDERS)
async def test_an_order_is_kept_or_ended_wherever_its_way_is_cut(kind: str, tmp_path: Path) -> None:
    program = (script("dying.py"),)
    async with Site(tmp_path / "site", "0.25", program, program) as site:
        truth = Truth(site)
        bot = Bot("bot", site.grant, kind, 0.05)
        points = [("signer", point) for point in dying.SIGNER]
        points += [("courier", point) for point in dying.COURIER]
        async with aiohttp.ClientSession() as session:
            for number, (process, point) in enumerate(points):
                (site.house.home / dying.DIE).write_text(point)
                name = f"{kind}-{number}"
                form = {**ORDERS[kind], "quantity": "0.05", "newClientOrderId": name}
                tried = await bot.order(session, name, form)
                assert tried.status == 504, (point, tried)
                await site.ended(process)
                await site.restart(process)
                await site.until(truth.settled)
                site.verify_journal()
                await truth.check([bot])
                assert (name in truth.placed) == (point in REACHES), point
                assert (name in truth.book.names) == (point != dying.SIGNER[0]), point
                if name in truth.book.names and point not in REACHES:
                    why = truth.book.closed[truth.book.orders[name]]
                    assert why == "the exchange never received it"
            assert (await bot.cancel_all(session)).status in (200, 400)
        await site.until(truth.settled)
        await truth.check([bot])
        assert not truth.book.state.orders
