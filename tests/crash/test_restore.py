"""A backup of the journal restored in front of a real venue: nothing goes on as if nothing was."""

import asyncio
import shutil
import sys
from pathlib import Path

import aiohttp

from tests.crash.bot import Bot, Tried
from tests.crash.site import Site
from tradelatch.drills.processes import SIGNER, Child, operate
from tradelatch.drills.script import Credentials
from tradelatch.drills.world import VICTIM

LOOSE = """version = 1
unit = "BTC"
budget = "20"
exit_budget = "20"

[markets."ETH/BTC"]
depth = "deep"
"""


async def placed(grant: Credentials, name: str) -> Tried:
    """An order that rests, by the grant."""
    form = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "0.06900"}
    async with aiohttp.ClientSession() as session:
        bot = Bot("bot", grant, name, 0.05)
        return await bot.order(session, name, {**form, "quantity": "1", "newClientOrderId": name})


async def test_a_restored_backup_freezes_what_it_brings_back(tmp_path: Path) -> None:
    """Its journal has forgotten an order, a revoked grant and a cancelled loosening."""
    backup, copy = tmp_path / "backup", tmp_path / "second-place"
    async with Site(tmp_path / "site", "0.25") as site:
        house = site.house
        config = house.config.read_text()
        house.config.write_text(
            config.replace("[signer]\n", f'[signer]\ncheckpoint_copy = "{copy}"\n')
        )
        copy.mkdir()
        loose = await operate(house.home, "policy set", account=VICTIM, policy=LOOSE)
        assert not loose.value["made"]
        assert (await placed(site.grant, "known")).is_done
        await house.signer.stop()
        shutil.copytree(site.journal, backup)
        await house.signer.start()
        await site.until_up()
        assert (await placed(site.grant, "forgotten")).is_done
        number = str(loose.value["number"])
        assert not (await operate(house.home, "change cancel", number=number)).error
        await operate(house.home, "grant revoke", grant=site.grant.key)
        await house.signer.stop()

        shutil.rmtree(site.journal)
        shutil.copytree(backup, site.journal)
        await house.signer.start()
        await site.ended("signer")
        assert "goes on with every account frozen" in house.signer.said()

        command = (*SIGNER, "--config", str(house.config))
        usual, house.signer = house.signer, Child("restored", (*command, "--restored"), tmp_path)
        await house.signer.start()
        await house.until_answering()
        await house.signer.kill()
        assert "every account is frozen" in house.signer.said()
        house.signer = usual
        await house.signer.start()
        await site.until_up()
        await site.until(lambda: _nothing_stands(site))
        status = (await operate(house.home, "status")).value
        assert status["pending_changes"] == []
        [account] = status["accounts"]
        assert account["grants"] == []
        assert [frozen.split(" (")[0] for frozen in account["frozen"]] == ["a backup was restored"]
        assert (await placed(site.grant, "old")).status == 401

        issued = await operate(house.home, "grant issue", account=VICTIM, days="1", sources="")
        grant = Credentials(site.grant.url, issued.value["id"], issued.value["secret"])
        assert (
            f"frozen: account {VICTIM} is frozen (the restored journal has"
            in (await placed(grant, "new")).answer["msg"]
        )
        thaw = (await operate(house.home, "grant thaw", name=VICTIM)).value
        assert (thaw["made"], thaw["waits_s"] > 86_000) == (False, True)
        site.verify_journal()


async def _nothing_stands(site: Site) -> None:
    assert await site.open_orders() == []


async def test_a_journal_that_lacks_nothing_is_no_backup(tmp_path: Path) -> None:
    async with Site(tmp_path / "site", "0.25") as site:
        await site.house.signer.stop()
        command = (*SIGNER, "--config", str(site.house.config), "--restored")
        tried = await asyncio.create_subprocess_exec(
            sys.executable, *command, stderr=asyncio.subprocess.PIPE
        )
        _, said = await tried.communicate()
        assert tried.returncode == 2
        assert b"nothing is missing here; start without --restored" in said
        await site.house.signer.start()
        await site.until_up()
