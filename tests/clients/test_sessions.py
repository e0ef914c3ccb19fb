"""Foreign clients, each in its own environment and unmodified, trade a whole session at a venue
that is theirs alone. What they do and assert is in `sessions/`."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.clients.foreign import python_of, run
from tests.venue.site import Site

SESSIONS = Path(__file__).parent / "sessions"


WHOLE = [
    ("ccxt", "ccxt_sync"),
    ("ccxt", "ccxt_async"),
    ("ccxt", "ccxt_pro"),
    ("python-binance", "python_binance"),
    ("binance-sdk-spot", "sdk_spot"),
]
"""Clients, and their sessions."""


@pytest.mark.parametrize(("client", "session"), WHOLE)
def test_a_whole_session(tmp_path: Path, client: str, session: str) -> None:
    python = python_of(client)
    with Site(tmp_path / "venue", "--flat") as site:
        key = site.open_account("trader", ETH="1000", BTC="1000")
        second = Ed25519PrivateKey.generate()
        issued = site.admin("keys", {"account": "trader", "public_key": _public(second)})
        code, output = run(
            [python, SESSIONS / f"{session}.py"],
            site.url,
            key,
            tmp_path,
            seconds=100,
            TRADELATCH_ED25519_KEY=issued["key"],
            TRADELATCH_ED25519_PEM=private_pem(second),
            TRADELATCH_LOGS_ON="yes",
        )
        assert code == 0, output
        assert site.admin("status")["violations"] == []


def _public(key: Ed25519PrivateKey) -> str:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def private_pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
