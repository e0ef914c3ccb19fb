"""Grants whose bots sign by Ed25519: the house has the public half, and nothing that is secret."""

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.signer.office import SOURCE, Office
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model import statements
from tradelatch.model.clock import MS, SECOND
from tradelatch.model.http import Request
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
