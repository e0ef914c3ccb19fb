"""The signer killed around pending changes, as a real process: what was told is kept, what was
not approved is never made."""

from functools import partial
from pathlib import Path

import pytest

from tests.crash.site import script
from tests.signer.office import Person
from tradelatch.drills.entrust import add_key
from tradelatch.drills.processes import House, StartError, operate
from tradelatch.drills.world import POLICY

LOOSE = POLICY.replace('budget = "0.25"', 'budget = "0.9"', 1)
TIGHT = POLICY.replace('budget = "0.25"', 'budget = "0.1"', 1)


async def restarted(house: House) -> dict[str, list[str]]:
    """Kill the signer where it is and start it again; its limits by account."""
    await house.signer.kill()
    await house.signer.start()
    await house.until_answering()
    status = (await operate(house.home, "status")).value
    return {account["account"]: account["limits"]["day"] for account in status["accounts"]}


async def test_a_kill_keeps_pending_changes_and_freezes(tmp_path: Path) -> None:
    house = House(tmp_path / "house", "http://127.0.0.1:9")
    try:
        await house.start()
        assert not (await add_key(partial(operate, house.home), "me", "k", "s", POLICY)).error
        alice = Person()
        await operate(house.home, "operator add", name="alice", public_key=alice.public)
        proposed = await operate(house.home, "policy set", account="me", policy=LOOSE)
        assert not proposed.value["made"]
        assert (await restarted(house))["me"][0] == "0.25"
        [pending] = (await operate(house.home, "change list")).value
        assert pending["number"] == proposed.value["number"]
        assert 0 <= proposed.value["waits_s"] - pending["waits_s"] < 60
        text = (await operate(house.home, "change show", number="2")).value["text"]
        signed = {"number": "2", "signature": alice.sign(text)}
        assert not (await operate(house.home, "change approve", **signed)).error
        assert (await restarted(house))["me"][0] == "0.25"
        [pending] = (await operate(house.home, "change list")).value
        assert pending["approved_by"] == ["alice"]
        assert not (await operate(house.home, "stop everything")).error
        tighter = (await operate(house.home, "policy set", account="me", policy=TIGHT)).value
        await restarted(house)
        status = (await operate(house.home, "status")).value
        assert status["accounts"][0]["frozen"] == ["stop everything (by an operator)"]
        assert status["accounts"][0]["beside"] == status["pending_changes"] == [tighter["number"]]
    finally:
        await house.stop()


@pytest.mark.parametrize("point", ["proposed, not made", "nothing written"])
async def test_a_change_is_whole_wherever_the_signer_dies(tmp_path: Path, point: str) -> None:
    """A longer delay is two records; killed between them the next start makes it, and killed
    before the first it was never told to anybody."""
    house = House(tmp_path / "house", "http://127.0.0.1:9", (script("dying_changes.py"),))
    try:
        await house.start()
        assert not (await add_key(partial(operate, house.home), "me", "k", "s", POLICY)).error
        (house.home / "die").write_text(point)
        with pytest.raises((OSError, StartError)):
            await operate(house.home, "change delay", hours="48")
        await restarted(house)
        proposed = (await operate(house.home, "policy set", account="me", policy=TIGHT)).value
        hours = 48 if point == "proposed, not made" else 24
        assert hours - 1 < proposed["waits_s"] / 3_600 <= hours
    finally:
        await house.stop()
