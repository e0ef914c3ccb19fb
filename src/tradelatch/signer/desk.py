"""The front desk: takes a bot's request through consider, record, sign, send and conclude."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial

from tradelatch import exchanges
from tradelatch.exchanges.claims import Send, Sent
from tradelatch.exchanges.protocol import ExchangeFile, Reason, Refusal
from tradelatch.journal.log import JournalError
from tradelatch.model.clock import Clock
from tradelatch.model.http import Response
from tradelatch.model.intents import FollowAccount, UnfollowAccount
from tradelatch.model.wire import Answer, Ask, Gone
from tradelatch.signer.core import Core
from tradelatch.signer.followers import Followers, Gate
from tradelatch.signer.job import Job
from tradelatch.signer.recorder import Records
from tradelatch.signer.records import Allowed


class Desk:
    """Handles asks; many at a time, each to its end."""

    def __init__(
        self,
        core: Core,
        recorder: Records,
        clock: Clock,
        send: Callable[[Send], Awaitable[Sent]],
        followers: Followers,
    ) -> None:
        """`send` hands the courier something to carry."""
        self._core, self._recorder, self._clock = core, recorder, clock
        self._send, self._followers = send, followers
        self.in_flight: set[int] = set()
        """Orders that have been handed out and not been concluded."""

    async def take(self, message: Ask | Gone, gate: Gate) -> Answer | None:
        """What a gate sends."""
        if isinstance(message, Ask):
            return await self.answer(message, gate)
        self._followers.gone(gate, message.stream)
        return None

    async def answer(self, ask: Ask, gate: Gate | None = None) -> Answer:
        """The answer to one ask; whatever is refused is refused in the exchange's own form.
        Without a `gate` nobody can be told anything unasked."""
        try:
            exchange: ExchangeFile = exchanges.load(ask.request.host)
        except exchanges.UnknownExchange as error:
            return Answer(ask.id, Response(404, b'{"msg":"%s"}' % str(error).encode()))
        try:
            return Answer(ask.id, await self._response(exchange, ask, gate))
        except Exception as error:
            # A defect of ours: whatever was reserved stays so, and the bot hears that nobody
            # knows. The message is left out, since it might hold what must not be printed.
            print(f"tradelatch signer: {type(error).__name__} in a request", file=sys.stderr)
            says = "the signer failed on this request; ask for the order before you send it again"
            return Answer(ask.id, exchange.refuse(Refusal(Reason.OUTCOME_UNKNOWN, says)))

    async def _response(self, exchange: ExchangeFile, ask: Ask, gate: Gate | None) -> Response:
        try:
            self._recorder.note(self._core.watch_clock())
            job = self._core.consider(ask.request, ask.source, self._clock.now_ns())
            follow = partial(self._follow, job, gate, ask.stream)
            return await self._carry_out(job, follow)
        except Refusal as refusal:
            return exchange.refuse(refusal)

    async def _carry_out(self, job: Job, follow: Callable[[], Awaitable[Response]]) -> Response:
        orders = {leg.order for leg in job.legs}
        self.in_flight |= orders
        try:
            await self._make_durable(job)
            if job.refusal:
                raise job.refusal
            if isinstance(job.intent, FollowAccount | UnfollowAccount):
                return await follow()
            return await self._sign_and_send(job)
        finally:
            self.in_flight -= orders

    async def _make_durable(self, job: Job) -> None:
        try:
            recorded = [self._recorder.record(record) for record in job.decided()]
            self._recorder.note(job.after)
            await asyncio.gather(*recorded)
        except JournalError as error:
            if job.refusal:
                return
            self._core.abandon(job, "not recorded", self._clock.now_ns())
            text = "the journal cannot be written, nothing was sent"
            raise Refusal(Reason.UNAVAILABLE, text) from error
        if not job.refusal and (why := self._core.stopped(job)):
            self._abandon(job, "stopped before it was signed")
            raise Refusal(Reason.ORDER_DENIED, why)

    async def _sign_and_send(self, job: Job) -> Response:
        try:
            request = self._core.sign(job, self._clock.now_ns())
        except Refusal:
            self._abandon(job, "not signed in time")
            raise
        account = job.account.name if job.account else ""
        intents = tuple(job.outgoing)
        sent = await self._send(Send(0, job.exchange.NAME, account, request, intents))
        records, response = self._core.conclude(job, sent, self._clock.now_ns())
        self._recorder.note(records)
        return response

    async def _follow(self, job: Job, gate: Gate | None, stream: int) -> Response:
        if gate is None or not stream:
            raise Refusal(Reason.UNKNOWN_ENDPOINT, "an account can be followed by websocket alone")
        if isinstance(job.intent, UnfollowAccount):
            self._followers.leave(gate, stream, job.intent.number)
            return Response(200, b"{}")
        if job.account is None or not isinstance(job.record, Allowed):
            raise Refusal(Reason.NOT_PERMITTED, "an account is followed with a grant")
        if job.exchange.STREAMS is None:
            raise Refusal(Reason.UNKNOWN_ENDPOINT, "this exchange is not followed here")
        number = await self._followers.add(job.account, job.record.grant, gate, stream)
        return job.exchange.STREAMS.followed(number)

    def _abandon(self, job: Job, why: str) -> None:
        self._recorder.note(self._core.abandon(job, why, self._clock.now_ns()))
