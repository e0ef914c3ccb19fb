"""The same whole sessions as at the venue, in front of the gate: each client with nothing changed
but its addresses and a grant in the place of the key, by REST, streams and the websocket API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.clients.foreign import python_of, run
from tests.clients.test_sessions import SESSIONS, WHOLE, private_pem
from tests.house.front import Front
from tradelatch.model import statements


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    with Front(tmp_path) as started:
        yield started


@pytest.fixture
def own_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def by_own_key(front: Front, own_key: Ed25519PrivateKey) -> str:
    public = statements.encode(own_key.public_key().public_bytes_raw())
    issued = front.operate("grant issue", account="trader", days="1", sources="", public_key=public)
    return str(issued["id"])


@pytest.mark.parametrize(("client", "session"), WHOLE)
def test_a_whole_session_through_the_gate(
    front: Front,
    tmp_path: Path,
    own_key: Ed25519PrivateKey,
    by_own_key: str,
    client: str,
    session: str,
) -> None:
    program: list[str | Path] = [python_of(client), SESSIONS / f"{session}.py"]
    code, output = run(
        program,
        front.url,
        front.grant,
        tmp_path,
        seconds=120,
        TRADELATCH_ED25519_KEY=by_own_key,
        TRADELATCH_ED25519_PEM=private_pem(own_key),
    )
    assert code == 0, output
    assert front.records("Denied", "Doubted", "Frozen") == []
    front.check()
