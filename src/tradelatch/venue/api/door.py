"""How a request is let in and carried out, whichever way it came."""

import inspect
from typing import Any

from tradelatch.venue.api.endpoint import Call, Endpoint
from tradelatch.venue.api.parameters import Parameters
from tradelatch.venue.api.signing import authorize
from tradelatch.venue.engine.api_keys import ApiKey, Right
from tradelatch.venue.house import House


def let_in(
    house: House, key: ApiKey, right: Right, source: str, values: dict[str, str], now: int
) -> None:
    """See that a key, whose signature is good, may do this, and remember that it was used.

    Raises:
        Refused: it may not.
    """
    house.note_lapse(key, now)
    authorize(house.engine, key, right, source, values.get("symbol"), now)
    house.note_use(key, now)


async def carry_out(
    house: House, endpoint: Endpoint, values: dict[str, str], key: ApiKey | None, now: int
) -> Any:
    """The answer of an endpoint; given only when everything it shows would survive a crash.

    Raises:
        Refused: what the endpoint refuses.
        LogBroken: nothing can be recorded any more.
    """
    parameters = Parameters(values, endpoint.names)
    answer = endpoint.handler(Call(house, parameters, now, key))
    if inspect.isawaitable(answer):
        answer = await answer
    if key is not None:
        await house.log.durable()
    return answer
