"""Carrying what the signer hands out: dialled as it is, and answered with what the answer says."""

import contextlib

import msgspec

from tradelatch import exchanges
from tradelatch.courier import reading
from tradelatch.courier.asking import Asking, Dial
from tradelatch.courier.fills import Fills
from tradelatch.exchanges.claims import Send, Sent
from tradelatch.exchanges.protocol import ExchangeFile


class Carrier:
    """Serves one signer."""

    def __init__(self, dial: Dial, asking: Asking, fills: Fills) -> None:
        self._dial, self._asking, self._fills = dial, asking, fills

    async def carry(self, send: Send) -> Sent:
        """What came of one request. What a bot is about to be told of orders, the signer is told
        first, so that whatever the bot does about a fill finds it known."""
        self._fills.placed(send)
        exchange: ExchangeFile = exchanges.load(send.exchange)
        sent = await self._dial(send.request)
        self._asking.heard(exchange, sent.response)
        sent = reading.read(send, sent)
        for outcome in sent.outcomes:
            for report in outcome.reports:
                self._fills.heard(send.account, report)
        with contextlib.suppress(ValueError):  # what cannot be is told to nobody
            await self._fills.tell(send.account, exchange, reading.reports(send, sent))
        return msgspec.structs.replace(sent, id=send.id)
