"""What ccxt makes of an exchange's answer."""

from typing import Any

import ccxt
import pytest
import requests

from tradelatch.model.http import Response

RETRIES = 2


class Wire(requests.Session):
    """Stands where ccxt has its connection and gives the same answer to every request."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer
        self.requests = 0

    def request(self, *_: Any, **__: Any) -> requests.Response:
        self.requests += 1
        response = requests.Response()
        response.status_code = self.answer.status
        response.reason = "as it was"
        response._content = self.answer.body
        return response


def raised(
    exchange: str, credentials: dict[str, Any], endpoint: str, answer: Response
) -> tuple[type[Exception], int, str]:
    """What a client raises that asks an endpoint and is answered so, and how often it asked."""
    wire = Wire(answer)
    client = getattr(ccxt, exchange)({**credentials, "session": wire})
    client.enableRateLimit = False
    client.options["maxRetriesOnFailure"] = RETRIES
    client.options["maxRetriesOnFailureDelay"] = 1
    with pytest.raises(ccxt.BaseError) as told:
        getattr(client, endpoint)({})
    return told.type, wire.requests, str(told.value)
