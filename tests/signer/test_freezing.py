"""Freezing: what brings it on, what still passes, what is cancelled, and how it ends."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.crash.exchange import Exchange, Standing
from tests.signer.conftest import GRANT, POLICY, courier
from tests.signer.office import SOURCE, Office, says
from tradelatch.exchanges.protocol import Reason
from tradelatch.model.clock import DAY, SECOND
from tradelatch.model.orders import OrderStatus
from tradelatch.policy.accounting import Window
from tradelatch.signer import freezing
from tradelatch.signer.records import Allowed, Cause, Denied, Filled, Frozen, GrantIssued, Reported

FAR = {"price": "0.08"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path) as opened:
        yield opened


def deny(office: Office, times: int) -> None:
    for number in range(times):
        if number % 15 == 0:
            office.clock.advance(SECOND)  # more in a second would only be counted
        assert "price_collar" in says(office.order(**FAR))


def lose(office: Office, amount: str, **form: str) -> None:
    """A buy that fills at once and loses so much against the reference."""
    lost = {"quantity": "100", **form}
    job = office.order(**lost)
    assert isinstance(job.record, Allowed), says(job)
    assert job.record.judged
    price = job.record.judged.reference + Decimal(amount) / 100
    for record in (
        Reported(office.bench.now, job.record.id, 7, OrderStatus.FILLED, Decimal(100)),
        Filled(office.bench.now, job.record.id, 1, 0, price, Decimal(100), Decimal(0), None),
    ):
        office.bench.take(record)
        office.record(record)


def test_dangerous_denials_freeze_the_grant_that_collected_them_alone(office: Office) -> None:
    office.bench.take(GrantIssued(office.bench.now, "tlg_other", "me", office.bench.now + DAY))
    deny(office, 19)
    assert not office.order(quantity="0.1").refusal
    job = office.order(**FAR)
    (froze,) = job.after
    assert isinstance(froze, Frozen)
    assert froze.cause is Cause.DENIALS
    assert froze.says == "20 dangerous denials within 600 s, the last by price_collar"
    refused = office.order(quantity="0.1")
    assert refused.refusal
    assert refused.refusal.reason is Reason.ORDER_DENIED
    assert "orders can be cancelled only" in says(refused)
    assert isinstance(refused.record, Denied)
    assert not office.state.grants["tlg_other"].frozen
    cancel = office.bench.signed(
        "DELETE", "/api/v3/order", {"symbol": "ETHBTC", "origClientOrderId": "x"}
    )
    assert not office.bench.core.consider(cancel, SOURCE, office.bench.now).refusal


def test_denials_far_apart_or_of_other_rules_freeze_nothing(office: Office) -> None:
    deny(office, 15)
    office.wait(600 * SECOND)
    deny(office, 15)
    for _ in range(30):
        office.clock.advance(SECOND)
        assert "budget" in says(office.order(quantity="9000"))
    assert not office.state.grants[GRANT].frozen


def test_a_freeze_survives_restarts_and_every_mode(office: Office) -> None:
    deny(office, 20)
    assert office.recovered().grants[GRANT].frozen == office.state.grants[GRANT].frozen
    assert office.state.grants[GRANT].frozen
    for mode in ("report", "off"):
        office.do("policy set", account="me", policy=f'mode = "{mode}"{POLICY}')
    office.wait(DAY - SECOND)
    office.state.grants[GRANT].expires_ns += DAY
    office.wait(SECOND)
    assert "frozen" in says(office.order())


def test_a_spent_budget_freezes_the_account_but_for_its_exits(office: Office) -> None:
    lose(office, "0.08", price="0.0705")
    office.wait(SECOND)
    assert not office.state.accounts["me"].frozen
    office.state.accounts["me"].losses.close("1")
    policy = POLICY.replace('budget = "0.25"', 'budget = "0.08"', 1)
    office.do("policy set", account="me", policy=policy)
    office.wait(SECOND)
    [freeze] = office.state.accounts["me"].frozen.values()
    assert (freeze.grant, freeze.cause) == ("", Cause.BUDGET)
    assert "of the day's 0.08 BTC are lost" in freeze.says
    assert "account me is frozen" in says(office.order(quantity="0.1"))
    assert not office.order(side="SELL", quantity="1", newClientOrderId="exit-1").refusal
    assert office.recovered().accounts["me"].frozen == {Cause.BUDGET: freeze}


def test_what_is_only_reserved_or_held_is_not_spent(office: Office) -> None:
    assert not office.order(quantity="100", price="0.0705").refusal
    assert not office.order(quantity="250", newClientOrderId="held").refusal
    held = office.state.accounts["me"].client_ids["held"]
    for record in (
        Reported(office.bench.now, held, 7, OrderStatus.FILLED, Decimal(250)),
        Filled(office.bench.now, held, 1, 0, Decimal("0.07"), Decimal(250), Decimal(0), None),
    ):
        office.bench.take(record)
    policy = POLICY.replace('budget = "0.25"', 'budget = "0.01"', 1)
    office.do("policy set", account="me", policy=policy)
    assert office.state.accounts["me"].losses.used(Window.DAY, office.bench.now).budget > 1 / 100
    office.wait(SECOND)
    assert not office.state.accounts["me"].frozen


def test_a_spent_exit_budget_lets_nothing_out(office: Office) -> None:
    policy = POLICY.replace('exit_budget = "0.5"', 'exit_budget = "0.02"')
    office.do("policy set", account="me", policy=policy)
    form = {"side": "SELL", "newClientOrderId": "exit-1", "quantity": "100", "price": "0.06995"}
    lose(office, "-0.0185", **form)
    office.wait(SECOND)
    assert set(office.state.accounts["me"].frozen) == {Cause.EXIT_BUDGET}
    job = office.order(side="SELL", quantity="0.1", newClientOrderId="exit-2")
    assert "account me is frozen" in says(job)


def test_thawing_waits_and_holds_for_a_day(office: Office) -> None:
    deny(office, 20)
    told = office.do("grant thaw", name=GRANT)
    assert not told["made"]
    assert "frozen" in says(office.order())
    office.state.grants[GRANT].expires_ns += 2 * DAY
    office.wait(DAY)
    assert not office.order(quantity="0.1").refusal
    deny(office, 19)
    assert not office.state.grants[GRANT].frozen, "what was counted before is forgotten"


def test_a_later_freeze_is_not_thawed_by_an_earlier_change(office: Office) -> None:
    office.do("grant freeze", name=GRANT)
    number = office.do("grant thaw", name=GRANT)["number"]
    deny_by_hand = office.do("grant freeze", name="me")
    assert deny_by_hand is None
    office.do("grant thaw", name="me")
    office.do("stop everything")
    office.wait(DAY)
    assert not office.state.grants[GRANT].frozen
    assert set(office.state.accounts["me"].frozen) == {Cause.OPERATOR, Cause.STOP}
    assert number not in office.state.pending


def test_stopping_everything_twice_is_stopping_it_once(office: Office) -> None:
    assert office.do("stop everything") == ["me"]
    before = dict(office.state.accounts["me"].frozen)
    office.clock.advance(SECOND)
    assert office.do("stop everything") == ["me"]
    assert office.state.accounts["me"].frozen == before
    assert "stop everything" in str(before)
    issued = office.do("grant issue", account="me", days="1", sources="")
    assert freezing.stop(
        office.state.accounts["me"], office.state.grants[issued["id"]], True, False
    )


def test_an_order_recorded_before_a_freeze_is_not_signed_after_it(office: Office) -> None:
    job = office.order(quantity="0.1")
    assert office.bench.core.stopped(job) == ""
    office.do("grant freeze", name=GRANT)
    assert "is frozen" in office.bench.core.stopped(job)


class Cancelling(Exchange):
    """It cancels, and may fail to say so."""

    answers = True

    def _answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        request = self.asked[-1]
        if request.method == "DELETE":
            for order in self.orders.values():
                wanted = form.get("origClientOrderId", order.client_id)
                if order.status == "NEW" and order.client_id == wanted:
                    order.status = "CANCELED"
            return (200, []) if self.answers else (0, None)
        return super()._answer(path, form)


def test_open_orders_of_what_is_frozen_are_cancelled_until_they_are_gone(office: Office) -> None:
    job = office.order(quantity="0.1", newClientOrderId="mine")
    assert isinstance(job.record, Allowed)
    exchange = Cancelling(office.clock)
    exchange.orders = {"mine": Standing(7, "mine"), "by-hand": Standing(8, "by-hand")}
    exchange.answers = False
    core = office.bench.core
    asks = courier(core, [], exchange.send, office.clock)
    office.do("grant freeze", name=GRANT)
    for _ in range(3):
        office.run(asks.round())
    assert not office.state.orders
    assert exchange.orders["by-hand"].status == "NEW", "it is not the grant's"
    office.do("stop everything")
    assert not office.do("status")["accounts"][0]["swept"]
    for _ in range(3):
        office.run(asks.round())
    assert exchange.orders["by-hand"].status == "CANCELED"
    assert office.do("status")["accounts"][0]["swept"]
    asked = len(exchange.asked)
    office.run(asks.round())
    deletes = [request for request in exchange.asked[asked:] if request.method == "DELETE"]
    assert not deletes
