"""Carrying what the signer hands out: dialled as it is, and answered with what the answer says."""

from collections.abc import Awaitable, Callable

import msgspec

from tradelatch import exchanges
from tradelatch.courier import reading
from tradelatch.courier.fills import Fills
from tradelatch.exchanges.claims import Send, Sent
from tradelatch.model.http import Request


class Carrier:
    """Serves one signer."""

    def __init__(self, dial: Callable[[Request], Awaitable[Sent]], fills: Fills) -> None:
        self._dial, self._fills = dial, fills

    async def carry(self, send: Send) -> Sent:
        """What came of one request. What a bot is about to be told of orders, the signer is told
        first, so that whatever the bot does about a fill finds it known."""
        self._fills.placed(send)
        sent = reading.read(send, await self._dial(send.request))
        for outcome in sent.outcomes:
            for report in outcome.reports:
                self._fills.heard(send.account, report)
        if seen := reading.reports(send, sent):
            await self._fills.tell(send.account, exchanges.load(send.exchange), seen)
        return msgspec.structs.replace(sent, id=send.id)
