"""What every exchange's file has to keep to, whatever it speaks."""

import pytest

from tests.exchanges.ccxt_offline import CLIENTS, PASSPHRASE
from tradelatch import exchanges
from tradelatch.exchanges.protocol import Credentials, ExchangeFile
from tradelatch.exchanges.signatures import with_passphrase
from tradelatch.model.http import Request
from tradelatch.model.intents import AnyIntent, ManageKeys, MoveFunds, RevokeKey, Unknown

NOW_MS = 1_760_000_000_123


@pytest.fixture(params=exchanges.NAMES)
def file(request: pytest.FixtureRequest) -> ExchangeFile:
    found: ExchangeFile = exchanges.load(request.param)
    return found


def written(file: ExchangeFile, *intents: AnyIntent) -> Request:
    secret = bytearray(CLIENTS[file.NAME].secret.encode())
    if file.HAS_PASSPHRASE:
        secret = with_passphrase(secret, PASSPHRASE.encode())
    return file.write(intents, Credentials("key", secret), NOW_MS, 5_000, "", 1)


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
