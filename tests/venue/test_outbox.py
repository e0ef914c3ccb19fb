"""Owners are told of their lapsed keys and frozen accounts: in a file, once, and by webhook."""

import asyncio
import json
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.venue.floor import NOW, Floor
from tests.venue.site import Site, launch
from tradelatch.model.config import Venue, VenueKeys
from tradelatch.venue.engine.api_keys import Lapse, Right
from tradelatch.venue.engine.commands import FreezeAccount, IssueKey, NoteLapse, RevokeKeys
from tradelatch.venue.engine.notices import Notice, Occasion
from tradelatch.venue.outbox import OUTBOX_FILE
from tradelatch.venue.serve import CannotStart, serve
from tradelatch.venue.webhook import DELIVERED_FILE


def lines(directory: Path) -> list[Any]:
    return [json.loads(line) for line in (directory / OUTBOX_FILE).read_text().splitlines()]


def test_every_lapse_has_a_sentence_for_the_owner() -> None:
    assert {Occasion(lapse) for lapse in Lapse} == set(Occasion) - {
        Occasion.FROZEN,
        Occasion.THAWED,
    }
    for occasion in Occasion:
        text = Notice(1, NOW, "ann", "ann", occasion, "K" * 64, "my bot", "bots").text
        assert text.startswith("Your ")
        assert "K" * 9 not in text


def test_the_engine_numbers_what_owners_are_told() -> None:
    floor = Floor()
    for name in ("a", "b"):
        key = IssueKey(NOW, "ann", name, (Right.READ,), secret="s", third_party="bots", label=name)
        floor.do(key)
    floor.do(IssueKey(NOW, "bob", "c", (Right.READ,), secret="s", expires=NOW + 1))
    floor.do(RevokeKeys(NOW, third_party="bots"))
    floor.do(NoteLapse(NOW + 1, "c"))
    floor.do(FreezeAccount(NOW + 2, "ann", True))
    floor.do(FreezeAccount(NOW + 3, "ann", False))
    assert floor.engine.notices == [
        Notice(1, NOW, "ann", "ann", Occasion.REVOKED, "a", "a", "bots"),
        Notice(2, NOW, "ann", "ann", Occasion.REVOKED, "b", "b", "bots"),
        Notice(3, NOW + 1, "bob", "bob", Occasion.EXPIRED, "c"),
        Notice(4, NOW + 2, "ann", "ann", Occasion.FROZEN),
        Notice(5, NOW + 3, "ann", "ann", Occasion.THAWED),
    ]


def test_owners_are_told_exactly_once_whenever_the_venue_dies(tmp_path: Path) -> None:
    rng = random.Random(5)
    told = 0
    for _ in range(4):
        with Site(tmp_path, "--flat") as site:
            assert len(lines(tmp_path)) == told
            account = f"a{told}"
            site.admin("accounts", {"account": account})
            for _ in range(20):
                site.admin("keys", {"account": account, "third_party": account})
            for _ in range(rng.randrange(10)):
                key = site.admin(f"keys?account={account}")[rng.randrange(20)]["key"]
                site.try_admin("revoke", {"key": key})
            site.admin("revoke", {"third_party": account})
            told += 20
            site.end(signal.SIGKILL)
    with Site(tmp_path, "--flat"):
        found = lines(tmp_path)
    assert [line["number"] for line in found] == list(range(1, told + 1))
    assert len({line["key"] for line in found}) == told


def test_a_torn_last_line_is_written_again(tmp_path: Path) -> None:
    with Site(tmp_path, "--flat") as site:
        site.admin("accounts", {"account": "ann", "owner": "anna"})
        site.admin("freeze", {"account": "ann"})
        site.admin("freeze", {"account": "ann", "frozen": False})
    before = (tmp_path / OUTBOX_FILE).read_bytes()
    assert [(line["owner"], line["occasion"]) for line in lines(tmp_path)] == [
        ("anna", "frozen"),
        ("anna", "thawed"),
    ]
    (tmp_path / OUTBOX_FILE).write_bytes(before[:-9])
    with Site(tmp_path, "--flat") as site:
        site.admin("status")
    assert (tmp_path / OUTBOX_FILE).read_bytes() == before


def test_an_outbox_of_another_venue_is_refused(tmp_path: Path) -> None:
    (tmp_path / OUTBOX_FILE).write_text("{}\n")
    with launch(tmp_path) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert errors == f"{tmp_path / OUTBOX_FILE}, line 1: this venue never told that\n"
    assert (tmp_path / OUTBOX_FILE).read_text() == "{}\n"


@asynccontextmanager
async def running(directory: Path, **settings: Any) -> AsyncIterator["Operator"]:
    ports: asyncio.Queue[int] = asyncio.Queue()
    venue = asyncio.create_task(serve(Venue(port=0, **settings), directory, ports.put_nowait))
    port = await asyncio.wait_for(ports.get(), 20)
    token = (directory / "admin.token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as session:
        yield Operator(session)
    venue.cancel()
    with suppress(asyncio.CancelledError):
        await venue


class Operator:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def post(self, path: str, **body: Any) -> None:
        async with self._session.post(f"/admin/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def get(self, path: str) -> Any:
        async with self._session.get(f"/admin/{path}") as answer:
            return await answer.json()


@asynccontextmanager
async def receiver(statuses: list[int]) -> AsyncIterator[tuple[str, "asyncio.Queue[Any]"]]:
    """A web server that answers with these statuses, then 200; what it was sent."""
    sent: asyncio.Queue[Any] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        status = statuses.pop(0) if statuses else 200
        await sent.put((status, await request.json()))
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_post("/notices", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/notices", sent
    finally:
        await runner.cleanup()


async def test_a_webhook_is_told_everything_in_order_until_it_takes_it(tmp_path: Path) -> None:
    async with receiver([500, 307]) as (url, sent), running(tmp_path, webhook=url) as operator:
        await operator.post("accounts", account="ann")
        for frozen in (True, False, True):
            await operator.post("freeze", account="ann", frozen=frozen)
        got = [await asyncio.wait_for(sent.get(), 20) for _ in range(5)]
    assert [(status, notice["number"]) for status, notice in got] == [
        (500, 1),
        (307, 1),
        (200, 1),
        (200, 2),
        (200, 3),
    ]
    assert [notice for status, notice in got if status == 200] == lines(tmp_path)


async def test_a_webhook_that_was_away_gets_the_rest_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path, webhook="http://127.0.0.1:1/notices") as operator:
        await operator.post("accounts", account="ann")
        await operator.post("freeze", account="ann")
    assert not (tmp_path / DELIVERED_FILE).exists()
    async with receiver([]) as (url, sent):
        async with running(tmp_path, webhook=url) as operator:
            assert (await asyncio.wait_for(sent.get(), 20))[1]["number"] == 1
            await operator.post("freeze", account="ann", frozen=False)
            assert (await asyncio.wait_for(sent.get(), 20))[1]["number"] == 2
        async with running(tmp_path, webhook=url) as operator:
            await operator.post("freeze", account="ann")
            assert (await asyncio.wait_for(sent.get(), 20))[1]["number"] == 3
        assert sent.empty()


async def test_how_far_the_webhook_got_has_to_be_a_number(tmp_path: Path) -> None:
    (tmp_path / DELIVERED_FILE).write_text("all")
    with pytest.raises(CannotStart, match=DELIVERED_FILE):
        await serve(Venue(port=0, webhook="http://127.0.0.1:1/"), tmp_path)


async def test_a_venue_may_leave_its_owners_in_the_dark_as_those_of_2022(tmp_path: Path) -> None:
    async with running(tmp_path, notices=False) as operator:
        await operator.post("accounts", account="ann")
        await operator.post("freeze", account="ann")
    assert not (tmp_path / OUTBOX_FILE).exists()


async def test_the_settings_rules_about_keys_hold_from_the_start(tmp_path: Path) -> None:
    async with running(tmp_path, keys=VenueKeys(unbound_days=30)) as operator:
        assert (await operator.get("key-rules"))["unbound_days"] == 30
        await operator.post("key-rules", idle_days=14)
    async with running(tmp_path) as operator:
        assert (await operator.get("key-rules"))["idle_days"] == 14
    async with running(tmp_path, keys=VenueKeys()) as operator:
        assert (await operator.get("key-rules"))["idle_days"] == 0
