"""How a request is let in and carried out, whichever way it came."""

import inspect
from typing import Any

from tradelatch.venue.api.endpoint import Call, Endpoint
from tradelatch.venue.api.limits import Limits
from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.api.signing import authorize
from tradelatch.venue.api.trouble import Troubles
from tradelatch.venue.engine.api_keys import ApiKey, Right
from tradelatch.venue.house import House


class Door:
    """The way into one house. Without `limits` one may ask as often as one likes."""

    def __init__(self, house: House, limits: Limits | None = None) -> None:
        self.house = house
        self.limits = limits
        self.troubles = Troubles()

    def charge(self, source: str, weight: int, now: int) -> None:
        """Count a request of an address, or that it weighs more than was known.

        Raises:
            TooMany: it asks too often.
        """
        if self.limits is not None and weight:
            self.limits.charge(source, weight, now)

    def let_in(
        self, key: ApiKey, right: Right, source: str, values: dict[str, str], now: int
    ) -> None:
        """See that a key, whose signature is good, may do this, and remember that it was used.

        Raises:
            Refused: it may not.
        """
        self.house.note_lapse(key, now)
        authorize(self.house.engine, key, right, source, values.get("symbol"), now)
        self.house.note_use(key, now)

    async def carry_out(
        self, endpoint: Endpoint, values: dict[str, str], key: ApiKey | None, now: int
    ) -> Any:
        """The answer of an endpoint; given only when everything it shows would survive a crash.

        Raises:
            Refused: what the endpoint refuses.
            LogBroken: nothing can be recorded any more.
        """
        parameters = Parameters(values, endpoint.names)
        try:
            answer = endpoint.handler(Call(self.house, self.limits, parameters, now, key))
            return await answer if inspect.isawaitable(answer) else answer
        finally:
            # A refusal too can tell of what was done, a cancellation without its replacement; and
            # everybody can see a trade.
            await self.house.log.durable()
