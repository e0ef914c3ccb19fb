"""Client order ids that the thief chooses so that the ledger mistakes one order for another."""

import json
from decimal import Decimal

import pytest

from tests.signer.conftest import Bench, read
from tradelatch.exchanges.claims import Sent
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.http import Response
from tradelatch.policy.accounting import Window
from tradelatch.signer.job import Job

SOURCE = "127.0.0.1"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def ask(bench: Bench, **form: str) -> Job:
    bench.now += 1_000_000
    return bench.core.consider(bench.order(**form), SOURCE, bench.now)


def outgoing_name(bench: Bench, job: Job) -> str:
    body = bench.core.sign(job, bench.now).body.decode()
    return dict(pair.split("=") for pair in body.split("&"))["newClientOrderId"]


def answered(bench: Bench, job: Job, name: str, number: int, quantity: str, price: str) -> None:
    body = {
        "symbol": "ETHBTC",
        "orderId": number,
        "clientOrderId": name,
        "status": "FILLED" if Decimal(quantity) else "EXPIRED",
        "executedQty": quantity,
        "fills": [
            {
                "price": price,
                "qty": quantity,
                "commission": "0",
                "commissionAsset": "BTC",
                "tradeId": number,
            }
        ]
        if Decimal(quantity)
        else [],
    }
    bench.core.conclude(
        job, read(job, Sent(1, Response(200, json.dumps(body).encode()))), bench.now
    )


def test_no_two_orders_go_out_under_one_name(bench: Bench) -> None:
    first = ask(bench, newClientOrderId=f"tradelatch-{bench.state.next_id + 1}")
    second = ask(bench)
    assert outgoing_name(bench, first) != outgoing_name(bench, second)


def test_a_fill_is_booked_on_the_order_it_belongs_to(bench: Bench) -> None:
    """A buy at the collar's edge, and at once a tiny sell that gets the same name."""
    name = f"tradelatch-{bench.state.next_id + 1}"
    dear = ask(bench, quantity="200", price="0.0707", timeInForce="IOC", newClientOrderId=name)
    tiny = ask(bench, side="SELL", quantity="0.01", timeInForce="IOC")
    answered(bench, dear, outgoing_name(bench, dear), 7, "200", "0.0707")
    answered(bench, tiny, outgoing_name(bench, tiny), 8, "0.01", "0.07")
    account = bench.state.accounts["me"]
    paid = Decimal(200) * (Decimal("0.0707") - Decimal("0.07"))
    assert account.losses.used(Window.DAY, bench.now).budget >= paid


def test_reads_are_forwarded_with_the_parameters_that_were_read(bench: Bench) -> None:
    """An id used twice gets an alias; it must not reach into other parameters."""
    job = ask(bench, newClientOrderId="ETHBTC", price="0.06")
    answered(bench, job, "ETHBTC", 7, "0", "0")
    ask(bench, newClientOrderId="ETHBTC", price="0.06")
    request = bench.signed("GET", "/api/v3/openOrders", {"symbol": "ETHBTC"})
    read = bench.core.consider(request, SOURCE, bench.now)
    assert "symbol=ETHBTC&" in bench.core.sign(read, bench.now).query


def test_an_order_sent_again_is_a_duplicate_even_under_an_alias(bench: Bench) -> None:
    """A bot that retries after a lost answer must not end with two orders."""
    job = ask(bench, newClientOrderId="daily", price="0.06")
    answered(bench, job, "daily", 7, "0", "0")
    ask(bench, newClientOrderId="daily", price="0.06")
    with pytest.raises(Refusal, match="Duplicate"):
        ask(bench, newClientOrderId="daily", price="0.06")
