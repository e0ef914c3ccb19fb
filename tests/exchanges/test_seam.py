"""What every exchange's file has to keep to, whatever it speaks."""

from decimal import Decimal

import pytest

from tests.exchanges.ccxt_offline import CLIENTS, PASSPHRASE
from tradelatch import exchanges
from tradelatch.exchanges.kit.signatures import with_passphrase
from tradelatch.exchanges.protocol import Credentials, ExchangeFile, Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import (
    AnyIntent,
    ManageKeys,
    MoveFunds,
    PlaceOrder,
    RevokeKey,
    Unknown,
)
from tradelatch.model.orders import OrderType, Side, TimeInForce

NOW_MS = 1_760_000_000_123


@pytest.fixture(params=exchanges.NAMES)
def file(request: pytest.FixtureRequest) -> ExchangeFile:
    found: ExchangeFile = exchanges.load(request.param)
    return found


def written(file: ExchangeFile, *intents: AnyIntent, wished_ms: int = 5_000) -> Request:
    secret = bytearray(CLIENTS[file.NAME].secret.encode())
    if file.HAS_PASSPHRASE:
        secret = with_passphrase(secret, PASSPHRASE.encode())
    return file.write(intents, Credentials("key", secret), NOW_MS, wished_ms, "", 1)


def test_what_is_never_sent(file: ExchangeFile) -> None:
    for intents in ((), (MoveFunds("x"),), (ManageKeys("x"),), (Unknown("x"),)):
        with pytest.raises(ValueError, match=r"."):
            written(file, *intents)


def test_a_key_ends_itself_where_it_can_and_no_bot_can_say_so(file: ExchangeFile) -> None:
    if file.REVOKES:
        (meant,) = file.read(written(file, RevokeKey()))
        assert isinstance(meant, ManageKeys)
    else:
        with pytest.raises(ValueError, match="never sent"):
            written(file, RevokeKey())
    assert file.KEYS_AT


def test_names_that_the_signer_chooses_differ_and_are_known_for_its_own(file: ExchangeFile) -> None:
    names = [
        file.own_name(NOW_MS + ms, number) for ms in (0, 60_000, 10**9) for number in range(1, 50)
    ]
    assert len(set(names)) == len(names)
    assert all(name.startswith(file.OWN_NAMES) for name in names)


def test_what_is_written_is_good_for_no_longer_than_is_said(file: ExchangeFile) -> None:
    """By the exchange's own rule, as `verify` has it; a second is what clocks differ by."""
    order = PlaceOrder(
        "ETH/BTC", Side.BUY, OrderType.LIMIT, Decimal(1), None, Decimal(1), TimeInForce.GTC
    )
    wished_ms = 100
    sent = written(file, order, wished_ms=wished_ms)
    secret = bytearray(CLIENTS[file.NAME].secret.encode())
    if file.verify(sent, secret, NOW_MS).nonce is not None:  # it is good until the next one came
        return
    ends_ms = NOW_MS + max(wished_ms, file.SHORTEST_WINDOW_MS) + 1_000
    with pytest.raises(Refusal) as refused:
        file.verify(sent, secret, ends_ms + 1)
    assert refused.value.reason is Reason.OUTSIDE_WINDOW
