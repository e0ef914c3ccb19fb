"""What the signer's own work costs, in process: the decision, the pieces around it, the journal."""

import hashlib
import hmac
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.cedar import Cedar
from bench.report import Cell, Report, Table
from tradelatch.courier import reading
from tradelatch.drills.world import POLICY
from tradelatch.exchanges import binance
from tradelatch.exchanges.claims import Send, Sent
from tradelatch.journal import log
from tradelatch.model import config
from tradelatch.model.clock import DAY, MINUTE, MS
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import PlaceOrder
from tradelatch.model.markets import Candle, Market, TopOfBook
from tradelatch.model.orders import Side
from tradelatch.model.wire import Ask, Frames, frame
from tradelatch.policy import rules
from tradelatch.policy.verdict import Case
from tradelatch.signer.core import Core
from tradelatch.signer.job import Job
from tradelatch.signer.records import AccountAdded, Allowed, GrantIssued, Holdings, encode
from tradelatch.signer.state import State

ACCOUNT, GRANT, SYMBOL = "v-01", "tlg_bench", "ETH/BTC"
GRANT_SECRET, KEY_SECRET = bytearray(b"secret of the grant"), bytearray(b"secret of the key")
PRICE = Decimal("0.07")
NOW = 1_790_000_000_000_000_000
OPEN_ORDERS = 32
GROUPS = (1, 32, 256)
SETTINGS = config.Signer(requests_per_s=1_000_000)
SOURCE, URL = "127.0.0.1", "http://127.0.0.1:1"
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


class Signer:
    """A signer's core with one account, a day of traded minutes and a month of days."""

    def __init__(self) -> None:
        secrets = {GRANT: GRANT_SECRET, f"account:{ACCOUNT}": KEY_SECRET}
        self.state = State()
        self.core = Core(self.state, secrets.__getitem__, SETTINGS, lambda exchange: URL)
        self.state.apply(AccountAdded(NOW, ACCOUNT, "binance", "key", POLICY))
        self.state.apply(GrantIssued(NOW, GRANT, ACCOUNT, NOW + DAY))
        self.state.apply(Holdings(NOW, ACCOUNT, {"BTC": Decimal(30), "ETH": Decimal(285)}))
        self.account = self.state.accounts[ACCOUNT]
        self.quotes = self.core.quotes["binance"]
        tick, lot, least = Decimal("0.00001"), Decimal("0.0001"), Decimal("0.0001")
        self.quotes.markets[SYMBOL] = Market("ETH", "BTC", tick, lot, least)
        prices = self.quotes.of(SYMBOL)
        prices.see_minutes((_candle(at, 40) for at in range(NOW - DAY, NOW, MINUTE)), NOW)
        prices.see_days(_candle(NOW - n * DAY, 57_000) for n in range(31, 0, -1))
        prices.see_book(TopOfBook(PRICE * Decimal("0.9998"), PRICE * Decimal("1.0002")), NOW)
        self._sent = 0

    def order(self) -> Request:
        """A bot's signed order, unlike all before."""
        self._sent += 1
        form = (
            "symbol=ETHBTC&side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.05&price=0.0698"
            f"&newClientOrderId=bench-{self._sent}&timestamp={NOW // MS}"
        )
        signature = hmac.digest(GRANT_SECRET, form.encode(), hashlib.sha256).hex()
        body = f"{form}&signature={signature}".encode()
        return Request("POST", "binance", "/api/v3/order", "", (("x-mbx-apikey", GRANT),), body)

    def consider(self, request: Request) -> Job:
        """What becomes of a request; an order stays open until it is concluded."""
        return self.core.consider(request, SOURCE, NOW)

    def job(self) -> tuple[Job, Allowed]:
        """A new order that was allowed."""
        job = self.consider(self.order())
        assert isinstance(job.record, Allowed), "the order should be allowed"
        return job, job.record

    def value(self) -> Decimal | None:
        """What the account is worth."""
        return self.quotes.value(self.account.policy, self.account.losses.holdings(), NOW)

    def case(self) -> Case:
        """A new order as the rules get it."""
        intent = binance.read(self.order())[0]
        assert isinstance(intent, PlaceOrder)
        policy, value = self.account.policy, self.value()
        return Case(
            intent=intent,
            policy=policy,
            accounts=self.account.losses,
            now_ns=NOW,
            closed="",
            market=self.quotes.markets[SYMBOL],
            reference=self.quotes.reference(SYMBOL, Side.BUY, policy, value, NOW),
            value=value,
            activity=self.account.activity,
            source=SOURCE,
            worth=None,
            house=self.state.house,
        )


def _candle(open_ns: int, volume: int) -> Candle:
    price = PRICE * (1 + Decimal(open_ns // MINUTE % 7 - 3) / 10_000)
    return Candle(open_ns // MS, price, price, price, price, Decimal(volume), volume * price)


def run(folder: Path, quick: bool) -> Report:
    """Measure everything, the journal under `folder`."""
    times = 200 if quick else 3_000
    tables = [_decisions(times), _pieces(times), _journal(folder, quick)]
    notes = [
        "In process, without sockets. The account is the drill's: its policy, 30 BTC and 285 ETH, "
        "a day of traded minutes and 30 days of prices; an order to buy that is allowed.",
        "Considering is everything from a bot's raw request to the record: authenticate, read, "
        "value and reference, rules, reserve.",
        f"Cedar (cedarpy {version('cedarpy')}) compares as many conditions as the rules have, "
        "parsed beforehand; its request is made, and the accounts are summed up, outside the "
        "time measured. The rules sum up the accounts and tell their numbers within it.",
    ]
    return Report("decision", tables, notes)


def _decisions(times: int) -> Table:
    columns = ("what", "open orders", "median us", "p99 us")
    rows = [row for opened in (0, OPEN_ORDERS) for row in _decision(opened, times)]
    return Table("The decision on one order", columns, ("", "", ",.1f", ",.1f"), rows)


def _decision(opened: int, times: int) -> list[tuple[Cell, ...]]:
    signer = Signer()
    for _ in range(opened):
        signer.job()
    core, case = signer.core, signer.case()
    assert rules.judge(case).allowed, "the order should be allowed"
    judged = _time(rules.judge, times, lambda: case)
    account = signer.account
    simulated = _time(
        lambda case: rules.judge(core.case(account, case.intent, SOURCE, NOW)), times, signer.case
    )
    considered = _time(
        signer.consider, times, signer.order, lambda job: core.abandon(job, "measured", NOW)
    )
    verdict = rules.judge(case)
    assert verdict.order
    assert verdict.judged
    cedar = Cedar(case)
    request = cedar.request(case, verdict.order, verdict.judged)
    assert cedar.allows(request), "Cedar should allow the order"
    compared = _time(cedar.allows, times, lambda: request)
    return [
        ("Cedar (cedarpy), handed all figures", opened, *compared),
        ("the rules alone (rules.judge)", opened, *judged),
        ("with value and reference (Core.case)", opened, *simulated),
        ("considering the raw request (Core.consider)", opened, *considered),
    ]


def _pieces(times: int) -> Table:
    signer = Signer()
    core, policy = signer.core, signer.account.policy
    job, record = signer.job()
    ask, signed = frame(Ask(1, signer.order(), SOURCE)), core.sign(job, NOW)
    send = Send(1, "binance", ACCOUNT, signed, tuple(job.outgoing))
    core.abandon(job, "measured", NOW)
    pieces: list[tuple[str, tuple[float, float]]] = [
        ("ask off the wire", _time(Frames[Ask](Ask).feed, times, lambda: ask)),
        (
            "bot's signature verified",
            _time(lambda r: binance.verify(r, GRANT_SECRET, NOW // MS), times, signer.order),
        ),
        ("intent read", _time(binance.read, times, signer.order)),
        ("value of the account", _time(lambda _: signer.value(), times, int)),
        (
            "reference price",
            _time(
                lambda value: signer.quotes.reference(SYMBOL, Side.BUY, policy, value, NOW),
                times,
                signer.value,
            ),
        ),
        ("record encoded", _time(encode, times, lambda: record)),
        ("request written and signed", _time(lambda job: core.sign(job, NOW), times, lambda: job)),
        ("request onto the wire", _time(frame, times, lambda: send)),
        (
            "order concluded by the answer",
            _time(lambda pair: core.conclude(*pair, NOW), times, lambda: answered(signer)),
        ),
    ]
    columns = ("piece", "median us", "p99 us")
    rows: list[tuple[Cell, ...]] = [(name, *figures) for name, figures in pieces]
    return Table("The pieces of an order's way through it", columns, ("", ",.1f", ",.1f"), rows)


def answered(signer: Signer) -> tuple[Job, Sent]:
    """An order that was sent, with the exchange's answer that it expired unfilled."""
    job, record = signer.job()
    answer = {
        "symbol": "ETHBTC",
        "orderId": record.id,
        "orderListId": -1,
        "clientOrderId": record.client_order_id,
        "transactTime": NOW // MS,
        "price": "0.06980000",
        "origQty": "0.05000000",
        "executedQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "EXPIRED",
        "timeInForce": "IOC",
        "type": "LIMIT",
        "side": "BUY",
        "workingTime": NOW // MS,
        "fills": [],
        "selfTradePreventionMode": "NONE",
    }
    send = Send(1, "binance", ACCOUNT, Request("", "", ""), (job.intent,))
    return job, reading.read(send, Sent(1, Response(200, msgspec.json.encode(answer))))


def _journal(folder: Path, quick: bool) -> Table:
    record = encode(Signer().job()[1])
    key = Ed25519PrivateKey.generate()
    log.Journal.create(folder / "journal", key)
    journal = log.Journal(folder / "journal", key)
    writes = [_append(journal, [record] * group, 50 if quick else 300) for group in GROUPS]
    journal.close()
    return Table(
        f"Journal: append and fdatasync, records of {len(record)} bytes",
        ("records in a group", "median ms", "p99 ms", "records/s"),
        (",", ".3f", ".3f", ",.0f"),
        writes,
    )


def _append(journal: log.Journal, group: list[bytes], times: int) -> tuple[Cell, ...]:
    median, p99 = _time(journal.write, times, lambda: group)
    return len(group), median / 1_000, p99 / 1_000, len(group) / median * 1e6


def _time(
    act: Callable[[_Given], _Made],
    times: int,
    given: Callable[[], _Given],
    after: Callable[[_Made], object] = lambda made: None,
) -> tuple[float, float]:
    """Median and p99 in us of `act` alone, on what `given` makes each time."""
    took = []
    for _ in range(times):
        one = given()
        begun = time.perf_counter_ns()
        made = act(one)
        took.append((time.perf_counter_ns() - begun) / 1_000)
        after(made)
    took.sort()
    return statistics.median(took), took[times * 99 // 100]
