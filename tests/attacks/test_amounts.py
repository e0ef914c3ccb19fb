"""Amounts: whatever orders are let out and however they fill, B and E hold."""

import contextlib
import json
import random
from decimal import Decimal

import pytest

from tests.attacks.conftest import Turned
from tests.signer.conftest import NOW, Bench, read
from tradelatch.exchanges.claims import Sent
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.clock import DAY, MS, SECOND
from tradelatch.model.http import Response
from tradelatch.model.money import plain
from tradelatch.model.orders import Side
from tradelatch.policy.accounting import Window
from tradelatch.signer.job import Job
from tradelatch.signer.records import Allowed, GrantIssued, Holdings

REFERENCE = Decimal("0.07")
FEE = Decimal("0.001")
BUDGET, EXITS = Decimal("0.25"), Decimal("0.5")
SOURCE = "127.0.0.1"


def answer(bench: Bench, job: Job, quantity: Decimal, price: Decimal, trade: int) -> None:
    """The exchange's answer to an order that filled at once as far as it could."""
    assert isinstance(job.record, Allowed)
    assert job.record.judged
    fill = {
        "price": plain(price),
        "qty": plain(quantity),
        "commission": plain(FEE * quantity * price),
        "commissionAsset": "BTC",
        "tradeId": trade,
    }
    body = {
        "symbol": job.record.judged.symbol.replace("/", ""),
        "orderId": job.record.id,
        "clientOrderId": job.record.client_order_id,
        "status": "EXPIRED",
        "executedQty": plain(quantity),
        "transactTime": bench.now // MS,
        "fills": [fill] if quantity else [],
    }
    bench.core.conclude(
        job, read(job, Sent(1, Response(200, json.dumps(body).encode()))), bench.now
    )


class Ledger:
    """What the account really holds, as the exchange would have it."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.trade = bench, 0
        self.held = {"BTC": Decimal(30), "ETH": Decimal(285), "VIN": Decimal(50)}
        bench.take(Holdings(bench.now, "me", dict(self.held)))
        self.before = self.worth()

    def worth(self) -> Decimal:
        return self.held["BTC"] + (self.held["ETH"] + self.held["VIN"]) * REFERENCE

    def lost(self) -> Decimal:
        return self.before - self.worth()

    def fill(self, job: Job, share: Decimal, price: Decimal) -> None:
        """Settle an order that filled so far, its fee taken in the unit, at both places."""
        assert isinstance(job.record, Allowed)
        assert job.record.judged
        judged = job.record.judged
        quantity = (judged.quantity * share).quantize(Decimal("0.0001"))
        if judged.side is Side.SELL and quantity > self.held[judged.asset]:
            quantity = Decimal(0)
        sign = 1 if judged.side is Side.BUY else -1
        self.held[judged.asset] += sign * quantity
        self.held["BTC"] -= (sign + FEE) * quantity * price
        self.trade += 1
        answer(self.bench, job, quantity, price, self.trade)


def _order(chance: random.Random, step: int) -> dict[str, str]:
    side = chance.choice(["BUY", "SELL"])
    away = Decimal(chance.choice(["0", "0.004", "0.01"])) * (1 if side == "BUY" else -1)
    form = {
        "symbol": chance.choice(["ETHBTC", "ETHBTC", "ETHBTC", "VINBTC"]),
        "side": side,
        "quantity": str(Decimal(str(chance.choice([0.0001, 1, 20, 100, 280])))),
        "price": str((REFERENCE * (1 + away)).quantize(Decimal("0.00001"))),
        "timeInForce": chance.choice(["GTC", "IOC"]),
    }
    if chance.random() < 0.3:
        form["newClientOrderId"] = f"exit-{step}"
    return form


@pytest.mark.parametrize("seed", range(12))
def test_random_thieves_take_no_more_than_the_amounts(bench: Bench, seed: int) -> None:
    """Prices stand still, so that all that is lost was lost by orders."""
    chance, ledger = random.Random(seed), Ledger(bench)
    losses = bench.state.accounts["me"].losses
    open_jobs: list[Job] = []
    for step in range(150):
        bench.now += 7 * MS
        with contextlib.suppress(Refusal):
            job = bench.core.consider(bench.order(**_order(chance, step)), SOURCE, bench.now)
            open_jobs += [] if job.refusal else [job]
        while open_jobs and chance.random() < 0.5:
            job = open_jobs.pop(chance.randrange(len(open_jobs)))
            assert isinstance(job.record, Allowed)
            assert job.record.judged
            price = chance.choice([job.record.judged.limit, REFERENCE])
            ledger.fill(job, Decimal(chance.choice(["0", "0.3", "1", "1"])), price)
        used = losses.used(Window.DAY, bench.now)
        assert used.budget <= BUDGET
        assert used.exit_budget <= EXITS
        assert ledger.lost() <= BUDGET + EXITS
        assert ledger.held["VIN"] <= 50
    assert ledger.lost() > Decimal("0.1"), "the thief was no thief"


def test_a_thousand_orders_too_small_to_count(bench: Bench, turned_away: Turned) -> None:
    for _ in range(100):
        bench.now += MS
        assert turned_away(bench.order(quantity="0.000000000000000001", price="0.0707")) == ""
    assert bench.state.accounts["me"].losses.used(Window.DAY, bench.now).budget > 0


@pytest.mark.parametrize("quantity", ["9" * 20, "9" * 20 + "." + "9" * 18])
@pytest.mark.parametrize("price", ["0.07", "9" * 20, "0." + "0" * 17 + "1"])
@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_numbers_too_large_to_judge(
    bench: Bench, turned_away: Turned, side: str, quantity: str, price: str
) -> None:
    assert turned_away(bench.order(side=side, quantity=quantity, price=price))
    assert not bench.state.orders


def test_orders_at_once_share_the_amount(bench: Bench, turned_away: Turned) -> None:
    let_out = 0
    for _ in range(100):
        bench.now += MS
        let_out += not turned_away(bench.order(quantity="50", price="0.0705"))
    assert let_out * 50 * (Decimal("0.0705") - REFERENCE) <= BUDGET


def test_a_buy_that_calls_itself_an_exit(bench: Bench, turned_away: Turned) -> None:
    says = turned_away(bench.order(quantity="400", price="0.0707", newClientOrderId="exit-1"))
    assert "budget:" in says


def test_exits_sell_a_holding_once(bench: Bench, turned_away: Turned) -> None:
    first = bench.order(side="SELL", quantity="200", newClientOrderId="exit-1")
    assert turned_away(first) == ""
    bench.now += MS
    second = bench.order(side="SELL", quantity="200", newClientOrderId="exit-2")
    assert "exit_holding:" in turned_away(second)


def test_exits_hold_to_their_own_amount(bench: Bench, turned_away: Turned) -> None:
    let_out = 0
    for number in range(30):
        bench.now += MS
        form = {"side": "SELL", "quantity": "100", "price": "0.0693"}
        request = bench.order(**form, newClientOrderId=f"exit-{number}")
        let_out += not turned_away(request)
    used = bench.state.accounts["me"].losses.used(Window.DAY, bench.now)
    assert let_out == 2
    assert used.exit_budget <= EXITS


def test_coins_held_before_are_not_dumped_in_a_thin_market(
    bench: Bench, turned_away: Turned
) -> None:
    bench.take(Holdings(bench.now, "me", {"VIN": Decimal(100_000)}))
    form = {"symbol": "VINBTC", "side": "SELL", "quantity": "50000", "price": "0.0693"}
    assert "exit_budget:" in turned_away(bench.order(**form))


def _take_the_day(bench: Bench) -> int:
    """Lose what a day gives, by sells at the collar that fill at once."""
    for taken in range(40):
        bench.now += MS
        request = bench.order(side="SELL", quantity="20", price="0.0693")
        job = bench.core.consider(request, SOURCE, bench.now)
        if job.refusal:
            return taken
        answer(bench, job, Decimal(20), Decimal("0.0693"), bench.now)
    return 40


def test_the_amount_of_a_day_is_not_there_every_day(bench: Bench) -> None:
    bench.take(GrantIssued(NOW, "tlg_test", "me", NOW + 90 * DAY))
    rounds = []
    for day in range(30):
        bench.now = NOW + day * (DAY + SECOND)
        bench.feed(REFERENCE)
        bench.take(Holdings(bench.now, "me", {"ETH": Decimal(285)}))
        rounds.append(_take_the_day(bench))
    each = Decimal(20) * (REFERENCE - Decimal("0.0693"))
    assert max(rounds) * each <= BUDGET
    assert max(sum(rounds[d : d + 7]) for d in range(24)) * each <= 2 * BUDGET
    assert sum(rounds) * each <= 4 * BUDGET
    assert sum(rounds[:2]) > 0


def test_at_the_edge_of_a_day(bench: Bench) -> None:
    bench.take(GrantIssued(NOW, "tlg_test", "me", NOW + 9 * DAY))
    assert _take_the_day(bench)
    start = bench.now
    bench.now = start + DAY - SECOND
    bench.feed(REFERENCE)
    assert _take_the_day(bench) == 0
    bench.now = start + DAY + SECOND
    bench.feed(REFERENCE)
    assert _take_the_day(bench)
