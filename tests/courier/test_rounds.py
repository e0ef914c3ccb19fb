"""What is asked of exchanges on a timer, and in which order."""

from itertools import pairwise

from tests.signer.conftest import KEY, KEY_SECRET, NOW, POLICY, Bench, courier
from tradelatch.exchanges.claims import Sent
from tradelatch.model.clock import SECOND, ManualClock
from tradelatch.model.config import Signer
from tradelatch.model.http import Request, Response
from tradelatch.signer.core import Core
from tradelatch.signer.records import AccountAdded


async def test_prices_stay_fresh_while_many_accounts_are_asked_for() -> None:
    bench, clock = Bench(), ManualClock(NOW)
    core = Core(bench.state, lambda name: KEY_SECRET, Signer(), lambda name: "http://venue")
    core.quotes = bench.core.quotes
    for number in range(50):
        bench.take(AccountAdded(NOW, f"a-{number}", "binance", KEY, POLICY))
    books: list[int] = []

    async def send(request: Request) -> Sent:
        clock.advance(SECOND // 4)
        if request.path == "/api/v3/ticker/bookTicker":
            books.append(clock.now_ns())
        return Sent(0, Response(200, b"[]"))

    await courier(core, [], send, clock).round()
    assert clock.now_ns() - NOW > 20 * SECOND
    gaps = [after - before for before, after in pairwise([NOW, *books, clock.now_ns()])]
    assert max(gaps) < 5 * SECOND
