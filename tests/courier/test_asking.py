"""What several answers to one question say together."""

from typing import Any

import msgspec
import pytest

from tradelatch.courier.asking import Asking
from tradelatch.exchanges import kraken
from tradelatch.exchanges.claims import (
    AccountView,
    AnyClaim,
    AnyQuestion,
    AskOrder,
    Known,
    NoSuchOrder,
    OrderSeen,
    Sent,
)
from tradelatch.model.clock import ManualClock
from tradelatch.model.http import Request, Response

ORDER = {
    "status": "closed",
    "cl_ord_id": "mine",
    "descr": {"pair": "XBTUSD", "type": "buy"},
    "vol": "0.5",
    "vol_exec": "0.5",
}


class Signer:
    """Has each question asked so often, and keeps what it is told."""

    def __init__(self, times: int) -> None:
        self._times = times
        self.told: list[AnyClaim] = []

    async def look(self) -> Known:
        raise ConnectionError

    async def look_at(self, account: str) -> AccountView | None:
        raise ConnectionError

    async def sign(self, account: str, question: AnyQuestion) -> tuple[Request, ...]:
        return (Request("POST", "kraken", "/"),) * self._times

    def tell(self, claim: AnyClaim) -> None:
        self.told.append(claim)


@pytest.mark.parametrize(
    ("number", "results", "claim"),
    [
        (None, ({"open": {}}, {"closed": {"OX": ORDER}}), OrderSeen),
        (None, ({"open": {"OX": ORDER}}, {"closed": {}}), OrderSeen),
        (None, ({"open": {}}, {"closed": {}}), NoSuchOrder),
        (None, ({"open": {}}, None), None),
        # What the exchange took may be on its way from one list to the other.
        ("OX", ({"open": {}}, {"closed": {"OX": ORDER}}), OrderSeen),
        ("OX", ({"open": {}}, {"closed": {}}), None),
        ("OX", ({},), NoSuchOrder),
    ],
)
async def test_there_is_no_such_order_if_every_answer_says_so(
    number: str | None,
    results: tuple[dict[str, Any] | None, ...],
    claim: type[AnyClaim] | None,
) -> None:
    signer, answers = Signer(len(results)), iter(results)

    async def dial(request: Request) -> Sent:
        body = msgspec.json.encode({"error": [], "result": next(answers)})
        return Sent(0, Response(200, body))

    asking = Asking(signer, dial, ManualClock(1), lambda name: "")
    seen = await asking.ask("a", kraken, AskOrder("BTC/USD", "mine", number))
    assert [type(one) for one in signer.told] == ([claim] if claim else [])
    assert isinstance(seen, claim) if claim else seen is None
