"""A courier in the signer's own process: the real one's rounds and reading, without sockets."""

from collections.abc import Awaitable, Callable

from tradelatch import exchanges
from tradelatch.courier.asking import Asking
from tradelatch.courier.carrying import Carrier
from tradelatch.courier.fills import Fills
from tradelatch.courier.rounds import Rounds
from tradelatch.exchanges.claims import (
    AccountView,
    AnyClaim,
    AnyQuestion,
    EventSeen,
    Known,
    Look,
    LookAt,
    Send,
    Sent,
    Sign,
)
from tradelatch.exchanges.protocol import ExchangeFile
from tradelatch.model.clock import Clock
from tradelatch.model.http import Request
from tradelatch.signer.courier_desk import CourierDesk


class BesideCourier:
    """Asks when it is told to."""

    def __init__(
        self,
        dial: Callable[[Request], Awaitable[Sent]],
        clock: Clock,
        base_url: Callable[[str], str],
    ) -> None:
        """`dial` carries a request to the exchange."""
        asking = Asking(self, dial, clock, base_url)
        self._fills = Fills(asking)
        self._carrier = Carrier(dial, asking, self._fills)
        self.round = Rounds(asking, self._fills, lambda account: None).round

    def stand_beside(self, desk: CourierDesk) -> None:
        """The signer's desk that is served from now on."""
        self._desk = desk

    async def send(self, send: Send) -> Sent:
        """Carry one request of the signer's."""
        return await self._carrier.carry(send)

    async def hear(self, account: str, exchange: str, event: bytes) -> None:
        """What the exchange tells unasked of an account, as one message of its stream."""
        file: ExchangeFile = exchanges.load(exchange)
        assert file.STREAMS, f"{exchange} tells nothing unasked"
        report = file.STREAMS.event_report(event)
        if report:
            await self._fills.complete(account, file, report)
        self.tell(EventSeen(account, event, report))

    # The signer, as the courier has it

    async def look(self) -> Known:
        """See `courier.asking.Signer`."""
        return self._desk.look(Look(0))

    async def look_at(self, account: str) -> AccountView | None:
        """See `courier.asking.Signer`."""
        return self._desk.look_at(LookAt(0, account)).account

    async def sign(self, account: str, question: AnyQuestion) -> tuple[Request, ...]:
        """See `courier.asking.Signer`."""
        return (await self._desk.sign(Sign(0, account, question))).requests

    def tell(self, claim: AnyClaim) -> None:
        """See `courier.asking.Signer`."""
        self._desk.claims.take(claim)
