"""What the drill's programs do on a machine that is too busy for their signatures."""

import ccxt.async_support as ccxt
import pytest

from tradelatch.drills.ccxt_client import patiently


class Venue:
    """Answers after so many errors, one after another."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.asked = 0

    async def read(self, symbol: str) -> str:
        self.asked += 1
        if self._errors:
            raise self._errors.pop(0)
        return symbol


async def test_a_question_that_came_too_late_is_asked_anew() -> None:
    venue = Venue(ccxt.InvalidNonce("too late"), ccxt.RequestTimeout("too slow"))
    assert await patiently(venue.read, "ETH/BTC") == "ETH/BTC"
    assert venue.asked == 3


async def test_it_is_not_asked_for_ever() -> None:
    venue = Venue(*(ccxt.InvalidNonce("too late") for _ in range(99)))
    with pytest.raises(ccxt.InvalidNonce):
        await patiently(venue.read, "ETH/BTC")
    assert 1 < venue.asked < 10


async def test_a_refusal_is_an_answer() -> None:
    venue = Venue(ccxt.AuthenticationError("the key is revoked"))
    with pytest.raises(ccxt.AuthenticationError):
        await patiently(venue.read, "ETH/BTC")
    assert venue.asked == 1
