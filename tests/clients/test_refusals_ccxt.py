"""What ccxt raises when the house says no, at every exchange: a denial is an ordinary error of an
order and is never sent again; only what may have happened, or may be tried later, is one of the
network."""

import base64
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import ccxt
import pytest

from tests.clients.away import Grant, Town
from tests.exchanges.ccxt_offline import CLIENTS
from tradelatch import exchanges
from tradelatch.exchanges.kit import es256
from tradelatch.exchanges.protocol import ExchangeFile, SecretKind
from tradelatch.model.intents import CancelOrder, PlaceOrder

BY_POLICY = re.compile(r"denied by policy \(verdict [1-9][0-9]*\): ")
ANY_ORDER = "123456"
HOUR_S = 3_600
MANY = 200
RETRIES = {"maxRetriesOnFailure": 3}
OTHER_SECRETS = {
    SecretKind.TEXT: "another",
    SecretKind.BASE64: base64.b64encode(b"another").decode(),
    SecretKind.P256: es256.new_private_key().decode(),
}
ONE_AT_A_TIME = {"binance", "bitvavo", "coinbase", "coinbaseexchange"}
"""Where ccxt sends no orders of spot in a batch."""
CANCELS_FIRST = {"coinbaseexchange"}
"""Where ccxt edits an order by two requests."""
WITHDRAWS_BY = {
    "bitget": {"network": "ETH"},
    "coinbase": {"account_id": "mine"},
    "kraken": {"key": "mine"},
    "okx": {"network": "ETH", "fee": "0.1", "pwd": "x"},
}
"""What its withdrawals need besides."""
STALE: dict[str, type[Exception]] = dict.fromkeys(
    ("bitvavo", "coinbaseexchange", "gate"), ccxt.AuthenticationError
)
"""What ccxt makes of an old time stamp, where it is not `InvalidNonce`."""


@pytest.fixture(params=exchanges.NAMES)
def name(request: pytest.FixtureRequest) -> str:
    named: str = request.param
    return named


def symbol(name: str) -> str:
    return next(iter(CLIENTS[name].markets))


def buy(client: Any, **more: Any) -> Any:
    """The same order, of whatever client."""
    return client.create_order(symbol(client.id), "limit", "buy", 1, 0.05, more)


def raised(call: Callable[[], Any]) -> ccxt.BaseError:
    with pytest.raises(ccxt.BaseError) as told:
        call()
    error: ccxt.BaseError = told.value
    return error


def check_denied(town: Town, name: str, call: Callable[[], Any]) -> None:
    """A call is denied: once, by an ordinary error of an order that names its verdict."""
    before = len(town.records(name, "Denied"))
    error = raised(call)
    assert BY_POLICY.search(str(error)), error
    # ExchangeError itself where an exchange has words, no codes.
    assert isinstance(error, ccxt.InvalidOrder | ccxt.BadRequest) or (
        type(error) in (ccxt.ExchangeError, ccxt.PermissionDenied)
    )
    assert not isinstance(error, ccxt.OrderNotFound)
    assert len(town.records(name, "Denied")) == before + 1, "it is sent again"


def test_a_denied_order_is_said_no_to_once(town: Town, name: str) -> None:
    client = town.client(name, town.grant(name), **RETRIES)
    heard = len(town.away.of(name, PlaceOrder))
    check_denied(town, name, lambda: buy(client))
    check_denied(town, name, lambda: client.create_order(symbol(name), "market", "sell", 1))
    assert len(town.away.of(name, PlaceOrder)) == heard, "it has left the house"
    town.check()


def test_a_batch_is_said_no_to_once(town: Town, name: str) -> None:
    client = town.client(name, town.grant(name), **RETRIES)
    order = {"symbol": symbol(name), "type": "limit", "side": "buy", "amount": 1, "price": 0.05}
    if name in ONE_AT_A_TIME:
        assert isinstance(raised(lambda: client.create_orders([order] * 2)), ccxt.NotSupported)
    else:
        check_denied(town, name, lambda: client.create_orders([order] * 2))


@pytest.mark.parametrize("name", sorted({*exchanges.NAMES} - CANCELS_FIRST))
def test_an_edit_is_said_no_to_once(town: Town, name: str) -> None:
    client = town.client(name, town.grant(name), **RETRIES)
    check_denied(
        town, name, lambda: client.edit_order(ANY_ORDER, symbol(name), "limit", "buy", 1, 0.06)
    )


def test_a_grant_moves_no_funds(town: Town, name: str) -> None:
    client = town.client(name, town.grant(name), **RETRIES)
    denied = len(town.records(name, "Denied"))
    client.currencies["ETH"]["networks"] = {"ERC20": {"id": "ethereum"}}
    more = WITHDRAWS_BY.get(name, {})
    error = raised(lambda: client.withdraw("ETH", 1, "0x" + "ab" * 20, more))
    assert isinstance(error, ccxt.ExchangeError)  # AuthenticationError is one
    assert BY_POLICY.search(str(error)), error
    assert "a grant may only read and trade" in str(error)
    assert len(town.records(name, "Denied")) == denied + 1


def test_who_is_not_known_is_told_so(town: Town, name: str) -> None:
    file: ExchangeFile = exchanges.load(name)
    known = town.grant(name)
    for grant in (Grant("nobody", known.secret), Grant(known.id, OTHER_SECRETS[file.SECRET])):
        error = raised(partial(buy, town.client(name, grant, **RETRIES)))
        assert isinstance(error, ccxt.AuthenticationError), error
        assert not isinstance(error, ccxt.PermissionDenied), error


def test_a_clock_that_is_late_is_told_so(town: Town, name: str) -> None:
    client = town.client(name, town.grant(name))
    assert BY_POLICY.search(str(raised(lambda: buy(client)))), "there is a nonce to be behind"
    client.milliseconds = client.incrementing_nonce = lambda: int((time.time() - HOUR_S) * 1_000)
    client.seconds = lambda: int(time.time() - HOUR_S)
    client.microseconds = lambda: int((time.time() - HOUR_S) * 1_000_000)
    error = raised(lambda: buy(client))
    assert isinstance(error, STALE.get(name, ccxt.InvalidNonce)), error
    assert not BY_POLICY.search(str(error))


def test_who_asks_too_often_is_told_so(town: Town, name: str) -> None:
    client = town.client(name, town.grant(name))
    errors = (raised(client.fetch_balance) for _ in range(MANY))
    told = next(error for error in errors if "slow down" in str(error))
    assert isinstance(told, ccxt.RateLimitExceeded | ccxt.DDoSProtection), told


def test_what_may_have_happened_is_no_denial(town: Town, name: str) -> None:
    """The exchange was asked and did not say: it is an error of the network for whoever asked."""
    client = town.client(name, town.grant(name, lets_out=True))
    calls: dict[type, Callable[[], Any]] = {
        PlaceOrder: lambda: buy(client),
        CancelOrder: lambda: client.cancel_order(ANY_ORDER, symbol(name)),
    }
    for kind, call in calls.items():
        heard = len(town.away.of(name, kind))
        error = raised(call)
        assert isinstance(error, ccxt.NetworkError), error
        assert not isinstance(error, ccxt.RateLimitExceeded | ccxt.InvalidNonce), error
        assert "the exchange did not say what became of it; it is being asked" in str(error)
        assert len(town.away.of(name, kind)) == heard + 1


def test_what_was_never_sent_may_be_tried_later(town: Town, name: str) -> None:
    client = town.client(name, town.grant(name, lets_out=True))
    with town.away.unreachable():
        for call in (
            lambda: buy(client),
            lambda: client.cancel_order(ANY_ORDER, symbol(name)),
            client.fetch_balance,
        ):
            error = raised(call)
            assert isinstance(error, ccxt.OperationFailed), error  # NetworkError is one
            assert "the exchange cannot be reached" in str(error)
