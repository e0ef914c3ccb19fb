"""A signer's core with prices fed by hand, and a bot that signs as Binance's clients do."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from tradelatch.courier import reading
from tradelatch.drills.beside import BesideCourier
from tradelatch.exchanges.claims import Send, Sent
from tradelatch.model.clock import DAY, MINUTE, MS, Clock
from tradelatch.model.config import Signer
from tradelatch.model.http import Request
from tradelatch.model.markets import Candle, Market, TopOfBook
from tradelatch.signer.asking import Asking
from tradelatch.signer.claims import Claims
from tradelatch.signer.core import Core
from tradelatch.signer.courier_desk import CourierDesk
from tradelatch.signer.followers import Followers
from tradelatch.signer.job import Job
from tradelatch.signer.records import AccountAdded, AnyRecord, GrantIssued, Holdings
from tradelatch.signer.state import State

NOW = 1_790_000_000_000_000_000
POLICY = """
version = 1
unit = "BTC"
budget = "0.25"
exit_budget = "0.5"
[markets."ETH/BTC"]
depth = "deep"
[markets."VIN/BTC"]
depth = "thin"
"""
GRANT, GRANT_SECRET = "tlg_test", bytearray(b"grant secret")
KEY, KEY_SECRET = "exchange-key", bytearray(b"exchange secret")


class Memory:
    """A journal that forgets nothing and never fails."""

    def __init__(self, history: list[AnyRecord]) -> None:
        self.history = history

    async def record(self, record: AnyRecord) -> None:
        self.history.append(record)

    def note(self, records: Sequence[AnyRecord]) -> None:
        self.history += records


def courier(
    core: Core,
    history: list[AnyRecord],
    send: Callable[[Request], Awaitable[Sent]],
    clock: Clock,
    in_flight: set[int] | None = None,
) -> BesideCourier:
    """What asks an exchange, and has the signer write into `history`."""
    found = BesideCourier(send, clock, lambda name: "http://venue")
    recorder, flying = Memory(history), set[int]() if in_flight is None else in_flight
    asking = Asking(core, recorder, found.send, clock)
    claims = Claims(core, recorder, clock, Followers(core.state, clock))
    found.stand_beside(CourierDesk(core, recorder, clock, asking, claims, flying))
    return found


def read(job: Job, sent: Sent) -> Sent:
    """The answer to a bot's request, as the courier reads it."""
    intents = tuple(job.outgoing) or (job.intent,)
    return reading.read(Send(0, "binance", "me", Request("", "", ""), intents), sent)


class Bench:
    """One account with a grant, prices at 0.07, and everything that was recorded so far."""

    def __init__(self, settings: str = "") -> None:
        """`settings` are more lines for the top of the policy."""
        self.now = NOW
        self.state = State()
        self.history: list[AnyRecord] = []
        secrets = {GRANT: GRANT_SECRET, "account:me": KEY_SECRET}
        self.core = Core(self.state, secrets.__getitem__, Signer(), lambda name: "http://venue")
        self.take(AccountAdded(NOW, "me", "binance", KEY, settings + POLICY))
        self.take(GrantIssued(NOW, GRANT, "me", NOW + DAY, ("127.0.0.0/8",)))
        self.take(Holdings(NOW, "me", {"BTC": Decimal(30), "ETH": Decimal(285)}))
        self.feed(Decimal("0.07"))

    def take(self, record: AnyRecord) -> None:
        self.state.apply(record)
        self.history.append(record)

    def feed(self, price: Decimal) -> None:
        quotes = self.core.quotes["binance"]
        for symbol in ("ETH/BTC", "VIN/BTC"):
            base, quote = symbol.split("/")
            tick, lot = Decimal("0.00001"), Decimal("0.0001")
            quotes.markets[symbol] = Market(base, quote, tick, lot, Decimal("0.0001"))
            prices = quotes.of(symbol)
            volume, minute = Decimal(100), self.now // MINUTE * MINUTE // MS
            prices.see_minutes(
                [
                    Candle(minute - 60_000 * n, price, price, price, price, volume, volume * price)
                    for n in range(60)
                ],
                self.now,
            )
            turnover = Decimal(4_000)
            prices.see_days(
                [
                    Candle(n * 86_400_000, price, price, price, price, turnover / price, turnover)
                    for n in range(31)
                ]
            )
            half = price * Decimal("0.0002")
            prices.see_book(TopOfBook(price - half, price + half), self.now)

    def signed(
        self, method: str, path: str, form: dict[str, str], secret: bytes = bytes(GRANT_SECRET)
    ) -> Request:
        query = urlencode({**form, "timestamp": str(self.now // MS)})
        signature = hmac.new(secret, query.encode(), hashlib.sha256).hexdigest()
        headers = (("X-MBX-APIKEY", GRANT),)
        return Request(method, "binance", path, f"{query}&signature={signature}", headers)

    def order(self, **form: str) -> Request:
        usual = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        chosen = {**usual, "quantity": "1", "price": "0.07", **form}
        given = {key: value for key, value in chosen.items() if value}
        return self.signed("POST", "/api/v3/order", given)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def new_bench() -> Callable[..., Bench]:
    return Bench
