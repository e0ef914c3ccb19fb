"""Saying no as Binance does, and hearing it say no."""

from collections.abc import Mapping

import msgspec

from tradelatch.exchanges.kit.answers import client_ids, renamed
from tradelatch.exchanges.kit.forms import parse_json
from tradelatch.exchanges.protocol import Reason, Refusal, Verdict
from tradelatch.model.http import Response

_NO_SUCH_ORDER = -2013
_FATELESS_CODES = (-1000, -1001, -1006, -1007)
_FATELESS_STATUSES = (403, 408)

# Codes that client libraries know under any host name: ccxt looks up most others only when it
# talks to Binance's own. Never -2015, which ccxt takes for a passing ban after one success.
_CODES = {
    Reason.UNKNOWN_KEY: (401, -2014),
    Reason.BAD_SIGNATURE: (400, -1022),
    Reason.OUTSIDE_WINDOW: (400, -1021),
    Reason.BAD_PARAMETER: (400, -1100),
    Reason.UNKNOWN_ENDPOINT: (404, -1020),
    Reason.ORDER_DENIED: (400, -2010),
    Reason.CANCEL_DENIED: (400, -2011),
    Reason.AMEND_DENIED: (400, -2038),
    Reason.NOT_PERMITTED: (401, -1002),
    Reason.TOO_LARGE: (413, -1101),
    Reason.TOO_OFTEN: (429, -1003),
    Reason.UNAVAILABLE: (503, -1001),
    Reason.OUTCOME_UNKNOWN: (504, -1007),
}
_PRIVILEGE = "has no operation privilege"

_CLIENT_ID = client_ids("clientOrderId", "origClientOrderId", "newClientOrderId")


def refuse(refusal: Refusal) -> Response:
    """The refusal in Binance's form, such that its clients raise their usual exception."""
    status, code = _CODES[refusal.reason]
    text = refusal.text
    if refusal.reason is Reason.NOT_PERMITTED:
        # Binance's own phrase; by it ccxt tells a missing right from a wrong key.
        text = f"{text} (this API key {_PRIVILEGE})"
    if refusal.code is not None:
        code = refusal.code
    return Response(status, msgspec.json.encode({"code": code, "msg": text}))


def judge(response: Response) -> Verdict:
    """Whether a state-changing request was carried out, rejected, or nobody knows."""
    if says_too_often(response):
        return Verdict.REJECTED
    answer = _parse(response.body)
    if 200 <= response.status < 300:
        is_error = isinstance(answer, dict) and "code" in answer
        return Verdict.DONE if isinstance(answer, dict | list) and not is_error else Verdict.UNKNOWN
    code = _code(answer)
    refused = 400 <= response.status < 500 and response.status not in _FATELESS_STATUSES
    if refused and code is not None and code not in _FATELESS_CODES:
        return Verdict.REJECTED
    return Verdict.UNKNOWN


def says_too_often(response: Response) -> bool:
    """Whether Binance was asked more often than it allows: 429, and 418 for who goes on."""
    return response.status in (418, 429)


def says_no_such_order(response: Response) -> bool:
    """Whether the answer to `ask_order` is that the exchange knows no such order."""
    return 400 <= response.status < 500 and _code(_parse(response.body)) == _NO_SUCH_ORDER


def rename_client_ids(body: bytes, names: Mapping[str, str]) -> bytes:
    """The answer with each client order id in `names` replaced by its value.

    Only the values of the three keys that hold such an id are touched; all other bytes stay.
    """
    return renamed(_CLIENT_ID, body, names)


def _parse(body: bytes) -> object:
    try:
        return parse_json(body)
    except ValueError:
        return None


def _code(answer: object) -> int | None:
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, int) else None
