"""A grant that expires while a bot uses it; signer and gate alone, since nothing is sent."""

import time
from functools import partial
from pathlib import Path

import ccxt

from tests.house.stage import Loop, sync_client
from tradelatch.drills.entrust import add_key
from tradelatch.drills.processes import House, operate
from tradelatch.drills.world import POLICY

SIGNER = (str(Path(__file__).with_name("short_days.py")),)


def test_an_expired_grant_is_refused(tmp_path: Path) -> None:
    house = House(tmp_path / "house", "http://127.0.0.1:9", SIGNER)
    with Loop() as loop:
        try:
            gate = loop.run(house.start())
            added = add_key(partial(operate, house.home), "me", "key", "secret", POLICY)
            assert not loop.run(added).error
            issued = operate(house.home, "grant issue", account="me", days="1", sources="")
            grant = loop.run(issued).value
            client = sync_client(gate, grant["id"], grant["secret"])
            answers: list[str] = []
            while "AuthenticationError" not in answers and len(answers) < 300:
                try:
                    client.sapi_get_account_status()
                except ccxt.BaseError as error:
                    answers.append(type(error).__name__)
                    says = str(error)
                time.sleep(0.1)
            client.session.close()
        finally:
            loop.run(house.stop())
    # Before, the request went through to the courier, which reached nobody.
    assert set(answers) == {"OperationFailed", "AuthenticationError"}
    assert "the grant has expired" in says
