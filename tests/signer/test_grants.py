"""Grants whose bots sign by a private key: the house has its public half, and no secret."""

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.signer.conftest import POLICY
from tests.signer.office import SOURCE, Office
from tradelatch.exchanges import coinbase
from tradelatch.exchanges.kit import es256
from tradelatch.exchanges.protocol import Credentials, Reason, Refusal
from tradelatch.model import statements
from tradelatch.model.box import FIND, sealed_key
from tradelatch.model.clock import MS, SECOND
from tradelatch.model.http import Request
from tradelatch.model.wire import Result
from tradelatch.signer.records import Allowed
from tradelatch.signer.secrets import Secrets


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path) as opened:
        yield opened


class Bot:
    """Holds a private key of its own, and the id of the grant that it got for the public half."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.key = Ed25519PrivateKey.generate()
        self.public = statements.encode(self.key.public_key().public_bytes_raw())
        self.grant = office.do(
            "grant issue", account="me", days="1", sources="", public_key=self.public
        )

    def order(self, key: Ed25519PrivateKey | None = None) -> Request:
        self._office.clock.advance(SECOND)
        form = {"symbol": "ETHBTC", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        form |= {"quantity": "1", "price": "0.07"}
        text = urlencode({**form, "timestamp": str(self._office.clock.now_ns() // MS)})
        signature = base64.b64encode((key or self.key).sign(text.encode())).decode()
        query = f"{text}&signature={quote(signature, safe='')}"
        headers = (("X-MBX-APIKEY", self.grant["id"]),)
        return Request("POST", "binance", "/api/v3/order", query, headers)


def ask(office: Office, request: Request) -> object:
    return office.bench.core.consider(request, SOURCE, office.clock.now_ns()).record


def test_it_is_verified_by_the_public_half_and_nothing_of_it_lies_in_the_vault(
    office: Office,
) -> None:
    before = sorted(path.name for path in (office.folder / "vault").rglob("*"))
    bot = Bot(office)
    assert bot.grant.keys() == {"id"}
    assert bot.grant["id"].startswith("tlg_")
    assert sorted(path.name for path in (office.folder / "vault").rglob("*")) == before
    assert isinstance(ask(office, bot.order()), Allowed)
    with pytest.raises(Refusal) as other:
        ask(office, bot.order(Ed25519PrivateKey.generate()))
    assert other.value.reason is Reason.BAD_SIGNATURE


def test_it_is_known_after_a_restart_and_ends_when_it_is_revoked(office: Office) -> None:
    bot = Bot(office)
    recovered = office.recovered()
    assert recovered.grants[bot.grant["id"]].public == bot.public
    Secrets(office.secrets._vault).unseal(recovered)
    office.do("grant revoke", grant=bot.grant["id"])
    with pytest.raises(Refusal) as revoked:
        ask(office, bot.order())
    assert revoked.value.reason is Reason.UNKNOWN_KEY


def test_no_two_grants_have_one_key(office: Office) -> None:
    bot = Bot(office)
    form = {"account": "me", "days": "1", "sources": "", "public_key": bot.public}
    assert "another grant has this public key" in office.ask("grant issue", **form).error
    office.do("grant revoke", grant=bot.grant["id"])
    assert "another grant has this public key" in office.ask("grant issue", **form).error


@pytest.mark.parametrize("text", ["x", "A" * 44, "AAAA", "-----BEGIN PUBLIC KEY-----", "A" * 43])
def test_what_is_no_public_key(office: Office, text: str) -> None:
    form = {"account": "me", "days": "1", "sources": "", "public_key": text}
    assert "Ed25519 key in base64" in office.ask("grant issue", **form).error


# By exchange


def opened(office: Office, exchange: str, secret: bytes, **more: str) -> None:
    """An account at an exchange, whose key is not asked about."""
    public_key = statements.encode(office.secrets.box.public)
    sealed = sealed_key(public_key, exchange, exchange, "k", bytearray(secret))
    form = {"exchange": exchange, "key_id": "k", "sealed": sealed, "policy": POLICY}
    office.do("key add", account=exchange, **form | {"unchecked": "yes"} | more)


def refused(office: Office, exchange: str, secret: bytes) -> str:
    public_key = statements.encode(office.secrets.box.public)
    sealed = sealed_key(public_key, "new", exchange, "k", bytearray(secret))
    form = {"exchange": exchange, "key_id": "k", "sealed": sealed, "policy": POLICY}
    return office.ask("key add", account="new", **form | {"unchecked": "yes"}).error


def issued(office: Office, account: str, public_key: str = "") -> Result:
    form = {"days": "1", "sources": "", "public_key": public_key}
    return office.ask("grant issue", account=account, **form)


def test_a_grant_for_coinbase_is_a_private_key_of_which_the_public_half_stays(
    office: Office,
) -> None:
    opened(office, "coinbase", bytes(es256.new_private_key()))
    before = sorted(path.name for path in (office.folder / "vault").rglob("*"))
    grant = issued(office, "coinbase").value
    pem = bytearray(grant["secret"].encode())
    assert pem.startswith(b"-----BEGIN EC PRIVATE KEY-----\n")
    assert sorted(path.name for path in (office.folder / "vault").rglob("*")) == before
    assert office.state.grants[grant["id"]].public == statements.encode(es256.public_key(pem))
    assert grant["secret"] not in repr(office.state.grants[grant["id"]])
    bot, ask_ms = Credentials(grant["id"], pem), office.clock.now_ns() // MS
    sent = coinbase.write([coinbase.ask_balances()], bot, ask_ms, 5_000, "")
    record = ask(office, msgspec.structs.replace(sent, host="coinbase"))
    assert isinstance(record, Allowed)
    other = Credentials(grant["id"], es256.new_private_key())
    sent = coinbase.write([coinbase.ask_balances()], other, ask_ms, 5_000, "")
    with pytest.raises(Refusal) as wrong:
        ask(office, msgspec.structs.replace(sent, host="coinbase"))
    assert wrong.value.reason is Reason.BAD_SIGNATURE
    found = office.do("secret find", sealed=office.boxed(FIND, bytes(pem)))
    assert [one["what"] for one in found] == [f"grant {grant['id']}"]
    Secrets(office.secrets._vault).unseal(office.recovered())


def test_a_bot_at_coinbase_may_keep_a_key_of_its_own(office: Office) -> None:
    opened(office, "coinbase", bytes(es256.new_private_key()))
    point = statements.encode(es256.public_key(es256.new_private_key()))
    assert issued(office, "coinbase", point).value.keys() == {"id"}
    assert "another grant has this public key" in issued(office, "coinbase", point).error
    ed25519 = statements.encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    off_the_curve = statements.encode(b"\x04" + bytes(63) + b"\x01")
    for text in ("x", ed25519, off_the_curve):
        assert "use a P-256 point in base64" in issued(office, "coinbase", text).error
    assert "an Ed25519 key in base64" in issued(office, "me", point).error


def test_where_no_public_keys_are_known_none_is_taken_and_none_made(office: Office) -> None:
    opened(office, "kucoin", b"secret\npassphrase")
    ed25519 = statements.encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    assert "kucoin knows no public keys" in issued(office, "kucoin", ed25519).error
    made = office.ask("key make", account="new", exchange="kucoin").error
    assert made.startswith("kucoin takes no Ed25519 keys; make the key there")


@pytest.mark.parametrize(
    ("exchange", "secret", "says"),
    [
        ("coinbase", b"hush hush", "a private key on P-256, in PEM"),
        ("kucoin", b"hush hush", "has a passphrase besides its secret"),
        ("binance", b"hush\nhush", "is one line, without a passphrase"),
    ],
)
def test_what_can_be_no_secret_of_a_key(
    office: Office, exchange: str, secret: bytes, says: str
) -> None:
    said = refused(office, exchange, secret)
    assert says in said
    assert secret.decode() not in said


def test_a_leaked_secret_is_found_without_its_passphrase(office: Office) -> None:
    opened(office, "kucoin", b"a secret\npassphrase")
    found = office.do("secret find", sealed=office.boxed(FIND, b"a secret"))
    assert [one["what"] for one in found] == ["exchange key k"]
