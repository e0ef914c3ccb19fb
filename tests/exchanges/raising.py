"""What ccxt raises on an answer, by its own reading of errors."""

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


def raised(name: str, answer: Response, call: str) -> tuple[type[Exception], int, str]:
    """What ccxt's client raises when a call of its own gets that answer, how often it asked, and
    what it says."""
    wire = Wire(answer)
    keys = {"apiKey": "k", "secret": "s", "password": "p"}
    client = getattr(ccxt, name)({**keys, "session": wire, "enableRateLimit": False})
    client.options["maxRetriesOnFailure"] = RETRIES
    with pytest.raises(ccxt.BaseError) as error:
        getattr(client, call)({})
    return error.type, wire.requests, str(error.value)
