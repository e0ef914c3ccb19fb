"""An exchange key's life: made in the vault, taken up, replaced, called compromised, destroyed."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.signer.conftest import POLICY
from tests.signer.office import Office
from tradelatch.exchanges.protocol import ED25519, Credentials
from tradelatch.model.box import FIND
from tradelatch.model.clock import DAY, MS
from tradelatch.model.intents import ReadAccount
from tradelatch.signer import keys
from tradelatch.signer.secrets import key_label
from tradelatch.vault.disk import VaultError


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path) as opened:
        yield opened


def make(office: Office, account: str) -> Ed25519PublicKey:
    pem = office.do("key make", account=account, exchange="binance")["public"]
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, Ed25519PublicKey)
    return key


def add(office: Office, account: str, **more: str) -> None:
    form = {"exchange": "binance", "key_id": "k", "sealed": "", "policy": POLICY}
    office.do("key add", account=account, **form | {"unchecked": "yes"} | more)


def states(office: Office, account: str) -> list[str]:
    told = office.do("key list")[account]
    return [*(key["state"] for key in told["former"]), told["state"]]


def secret_files(office: Office) -> int:
    return len(list((office.folder / "vault").glob("*.json")))


def test_a_key_is_made_here_and_signs_as_the_exchange_wants_it(office: Office) -> None:
    public = make(office, "new")
    assert make(office, "new").public_bytes_raw() == public.public_bytes_raw(), "the same again"
    add(office, "new")
    secret = office.secrets.get("account:new")
    assert secret.startswith(ED25519)
    core, stamp = office.bench.core, office.clock.now_ns() // MS
    credentials = Credentials("k", secret)
    request = core.sign_with(credentials, "binance", (ReadAccount("account"),), stamp)
    payload, _, _ = request.query.rpartition("&signature=")
    (signature,) = parse_qs(request.query)["signature"]
    public.verify(base64.b64decode(signature, validate=True), payload.encode())
    with pytest.raises(VaultError):
        office.secrets.made("new", "binance")
    office.secrets.close()
    office.secrets.unseal(office.recovered())
    assert office.secrets.get("account:new").startswith(ED25519)


def test_accounts_are_listed_in_parts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MOST_LISTED", 2)
    for account in ("b", "a", "c"):
        make(office, account)
        add(office, account)
    known = [*office.bench.core.state.accounts]
    told: list[str] = []
    start = 0
    while part := office.do("key list", start=str(start)):
        assert len(part) <= 2
        told += part
        start = len(told)
    assert told == known
    for odd in ("", "-1", "1.5", "\u0661", "9" * 5_000):
        assert "is no number of accounts" in office.ask("key list", start=odd).error


def test_a_made_key_takes_the_place_of_another_by_the_rule(office: Office) -> None:
    make(office, "me")
    before = bytes(office.secrets.get("account:me"))
    told = office.do("key replace", account="me", key_id="k2", sealed="", unchecked="yes")
    assert not told["made"]
    assert bytes(office.secrets.get("account:me")) == before
    assert states(office, "me") == ["active"]
    office.wait(DAY)
    assert office.secrets.get("account:me").startswith(ED25519)
    assert states(office, "me") == ["deactivated", "active"]
    with pytest.raises(VaultError):
        office.secrets.made("me", "binance")
    assert (
        "no key was made"
        in office.ask("key replace", account="me", key_id="k3", sealed="", unchecked="yes").error
    )


def test_former_keys_are_destroyed_and_nothing_else(office: Office) -> None:
    sealed = office.sealed("me", "other", b"new secret")
    office.do("key replace", account="me", key_id="other", sealed=sealed, unchecked="yes")
    assert office.do("key destroy", account="me") == {"destroyed": 0}
    office.wait(DAY)
    files = secret_files(office)
    assert office.do("key destroy", account="me") == {"destroyed": 1}
    assert secret_files(office) == files - 1
    assert states(office, "me") == ["destroyed", "active"]
    assert office.do("key destroy", account="me") == {"destroyed": 0}
    office.secrets.close()
    office.secrets.unseal(office.recovered())
    assert bytes(office.secrets.get("account:me")) == b"new secret"
    with pytest.raises(VaultError):
        office.secrets._vault.get(key_label("me", "binance", "exchange-key"))


def test_a_compromised_key_places_nothing_more_until_it_is_replaced(office: Office) -> None:
    assert office.order(newClientOrderId="a").refusal is None
    done = office.do("key compromised", account="me")
    assert done == {"revoked": False, "keys_at": 'Binance, "API Management"'}
    assert "compromised" in str(office.order(newClientOrderId="b").refusal)
    assert states(office, "me") == ["compromised"]
    assert "already" in office.ask("key compromised", account="me").error
    sealed = office.sealed("me", "other", b"new secret")
    office.do("key replace", account="me", key_id="other", sealed=sealed, unchecked="yes")
    office.wait(DAY)
    assert states(office, "me") == ["compromised", "suspended"]
    assert office.do("key destroy", account="me") == {"destroyed": 1}


def test_a_key_is_made_for_one_exchange_and_an_account_that_may_be_called_so(
    office: Office,
) -> None:
    for account, exchange, says in (
        ("new", "nowhere", "is not supported"),
        ("new\n", "binance", "is no name of an account"),
    ):
        assert says in office.ask("key make", account=account, exchange=exchange).error
    add_says = office.ask(
        "key add", account="new", exchange="binance", key_id="k", sealed="", policy=POLICY
    ).error
    assert "no key was made for new" in add_says


def test_a_new_key_that_the_exchange_does_not_tell_of_replaces_nothing(office: Office) -> None:
    sealed = office.sealed("me", "other", b"new secret")
    says = office.ask("key replace", account="me", key_id="other", sealed=sealed).error
    assert "does not say what this key may do" in says
    assert not office.state.pending


def test_a_crash_between_record_and_file_is_gone_on_with(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record says destroyed, the file is there: nothing opens it, and nothing breaks."""
    sealed = office.sealed("me", "other", b"new secret")
    office.do("key replace", account="me", key_id="other", sealed=sealed, unchecked="yes")
    office.wait(DAY)
    with monkeypatch.context() as patch:
        patch.setattr(type(office.secrets), "destroy", lambda self, label: None)
        office.do("key destroy", account="me")
    office.secrets.close()
    office.secrets.unseal(office.recovered())
    assert bytes(office.secrets.get("account:me")) == b"new secret"


def find(office: Office, value: bytes) -> list[dict[str, str]]:
    found: list[dict[str, str]] = office.do("secret find", sealed=office.boxed(FIND, value))
    return found


def test_a_leaked_value_is_found_and_a_guess_is_not(office: Office) -> None:
    add(office, "new", sealed=office.sealed("new", "k", b"the first secret"))
    grant = office.do("grant issue", account="new", days="1", sources="")
    sealed = office.sealed("new", "k2", b"the second secret")
    office.do("key replace", account="new", key_id="k2", sealed=sealed, unchecked="yes")
    office.wait(DAY)
    office.do("key destroy", account="new")
    what = "exchange key k"
    assert find(office, b"the first secret") == [
        {"account": "new", "what": what, "state": "destroyed"}
    ]
    assert find(office, b"the second secret")[0]["state"] == "active"
    (found,) = find(office, grant["secret"].encode())
    assert (found["what"], found["state"]) == (f"grant {grant['id']}", "issued")
    assert find(office, b"a guess") == []
    recorded = (office.folder / "journal" / "records").read_bytes()
    for secret in (b"the first secret", b"the second secret", grant["secret"].encode()):
        assert secret not in recorded
        assert hashlib.sha256(secret).hexdigest().encode() not in recorded
    assert (
        "does not open" in office.ask("secret find", sealed=office.sealed("new", "k", b"x")).error
    )
