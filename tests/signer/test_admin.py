"""Commands that take effect at once, and what may happen while they are written down."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.signer.office import Office
from tradelatch.model.wire import Command


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path) as opened:
        yield opened


def test_a_doubt_that_arises_while_another_is_confirmed_stands(office: Office) -> None:
    core, now = office.bench.core, office.clock.now_ns()
    for record in core.doubt("me", "something", now):
        office.record(record)

    async def confirm() -> None:
        confirming = asyncio.create_task(
            office.admin.answer(Command(1, "confirm", {"account": "me"}))
        )
        await asyncio.sleep(0)
        office.recorder.note(core.doubt("me", "something else", now))
        assert not (await confirming).error

    office.run(confirm())
    assert core.state.doubt("me").startswith("something else")
