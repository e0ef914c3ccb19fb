"""The thief's bench: a signer's core with prices fed by hand, and the grant in his hands."""

from collections.abc import Callable

import pytest

from tests.signer.conftest import Bench
from tradelatch.exchanges.protocol import Refusal
from tradelatch.model.http import Request

Turned = Callable[[Request], str]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def turned_away(bench: Bench) -> Turned:
    """Why a request is turned away; empty if it would be signed."""

    def ask(request: Request) -> str:
        try:
            job = bench.core.consider(request, "127.0.0.1", bench.now)
        except Refusal as refusal:
            return refusal.text
        return job.refusal.text if job.refusal else ""

    return ask
