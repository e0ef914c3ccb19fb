"""What became of each part of a request that changes something."""

from collections.abc import Sequence
from typing import Any

import msgspec

from tradelatch.exchanges.binance.answers import changed_orders
from tradelatch.exchanges.binance.refusals import judge
from tradelatch.exchanges.kit.forms import parse_json
from tradelatch.exchanges.protocol import Outcome, Verdict
from tradelatch.model.http import Response
from tradelatch.model.intents import AnyIntent, CancelOrder, PlaceOrder
from tradelatch.model.orders import OrderReport


def outcomes(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    """What became of each of the intents that a request was written from."""
    match intents:
        case [CancelOrder(), PlaceOrder()]:
            return _replaced(response)
        case [PlaceOrder(), PlaceOrder()]:
            return _paired(intents, response)
    verdict = judge(response)
    return (Outcome(verdict, _reports(response.body) if verdict is Verdict.DONE else ()),)


def _replaced(response: Response) -> tuple[Outcome, ...]:
    """Both results stand in the answer, of a failure under ``data``; a cancel that failed or an
    order that was not tried is a refusal of that part alone."""
    answer = _parsed(response.body)
    told = answer.get("data", answer)
    if not isinstance(told, dict) or "cancelResult" not in told:
        verdict = judge(response)
        return (Outcome(Verdict.UNKNOWN if verdict is Verdict.DONE else verdict),) * 2
    return tuple(
        _part(told.get(f"{part}Result"), told.get(f"{part}Response"), response.status)
        for part in ("cancel", "newOrder")
    )


def _part(result: Any, answer: Any, status: int) -> Outcome:
    """A part that failed is judged by its own answer: some failures leave the fate open."""
    body = msgspec.json.encode(answer)
    if result == "SUCCESS":
        return Outcome(Verdict.DONE, _reports(body))
    if result == "NOT_ATTEMPTED":
        return Outcome(Verdict.REJECTED)
    if result != "FAILURE" or status >= 500:
        return Outcome(Verdict.UNKNOWN)
    return Outcome(judge(Response(400, body)))


def _paired(intents: Sequence[AnyIntent], response: Response) -> tuple[Outcome, ...]:
    verdict = judge(response)
    if verdict is not Verdict.DONE:
        return (Outcome(verdict),) * len(intents)
    found = _reports(response.body)
    names = [intent.client_order_id for intent in intents if isinstance(intent, PlaceOrder)]
    return tuple(
        Outcome(verdict, tuple(one for one in found if one.client_order_id == name))
        for name in names
    )


def _reports(body: bytes) -> tuple[OrderReport, ...]:
    """None of an answer that cannot be read: the orders are asked for then."""
    try:
        return changed_orders(body)
    except ValueError:
        return ()


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        answer = parse_json(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
