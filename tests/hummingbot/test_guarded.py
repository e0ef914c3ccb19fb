"""hummingbot's Binance connector, unmodified, trades a whole session through the gate with a grant:
by the settings that `client-config` prints. What it does and asserts is in `session.py`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.foreign import python_of, run
from tests.clients.test_guarded_sessions import Front
from tradelatch.cli.client_config import Client, written
from tradelatch.journal import log

HERE = Path(__file__).parent


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    python_of("hummingbot")
    with Front(tmp_path) as started:
        yield started


@pytest.mark.soak
def test_a_whole_session_through_the_gate(front: Front, tmp_path: Path) -> None:
    settings = written(Client.HUMMINGBOT, front.url, front.grant.id, front.grant.secret)
    (tmp_path / "settings.py").write_text(settings)
    program: list[str | Path] = [python_of("hummingbot"), HERE / "session.py"]
    code, output = run(
        program, front.url, front.grant, tmp_path, seconds=300, PYTHONPATH=str(tmp_path)
    )
    assert code == 0, output
    assert "Traceback" not in output
    print(output)
