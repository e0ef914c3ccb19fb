"""Asking exchanges: for market data as anybody may, and with an account's key by what the signer
words and signs. An exchange that says it was asked too often is asked nothing for a while."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from tradelatch.courier import reading
from tradelatch.exchanges.claims import (
    AccountView,
    AnyClaim,
    AnyQuestion,
    AskCancel,
    AskOrder,
    Known,
    NoSuchOrder,
    Sent,
)
from tradelatch.exchanges.protocol import ExchangeFile
from tradelatch.model.clock import SECOND, Clock
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import ReadMarket

REST_NS = 30 * SECOND
"""Going on to ask turns a limit into a ban, and bots share the address."""


class Signer(Protocol):
    """The signer, as the courier has it."""

    async def look(self) -> Known:
        """What there is to look after.

        Raises:
            ConnectionError: the signer is gone.
        """

    async def look_at(self, account: str) -> AccountView | None:
        """What there is to look after in an account.

        Raises:
            ConnectionError: the signer is gone.
        """

    async def sign(self, account: str, question: AnyQuestion) -> tuple[Request, ...]:
        """A question as the exchange has to be asked; empty if it is not to be.

        Raises:
            ConnectionError: the signer is gone.
        """

    def tell(self, claim: AnyClaim) -> None:
        """What an exchange said; nothing once the signer is gone."""


Dial = Callable[[Request], Awaitable[Sent]]


class Asking:
    """The courier's own requests, between one signer and the exchanges."""

    def __init__(
        self, signer: Signer, dial: Dial, clock: Clock, base_url: Callable[[str], str]
    ) -> None:
        """`base_url` tells where an exchange is dialled; empty for its own hosts."""
        self.signer, self.clock, self.base_url = signer, clock, base_url
        self._dial = dial
        self._rests_until_ns: dict[str, int] = {}

    async def market(self, exchange: ExchangeFile, intent: ReadMarket) -> bytes:
        """The answer's body; empty if there is none."""
        if self._rests(exchange):
            return b""
        request = exchange.write((intent,), None, 0, 0, self.base_url(exchange.NAME))
        response = await self._sent(exchange, request)
        return response.body if response and response.status == 200 else b""

    async def put(
        self, account: str, exchange: ExchangeFile, question: AnyQuestion
    ) -> list[Response]:
        """The answers to a question; none if it is not to be asked, or one of them did not come."""
        if self._rests(exchange) and not isinstance(question, AskCancel):
            return []
        requests = await self.signer.sign(account, question)
        answers = [await self._sent(exchange, request) for request in requests]
        came = [answer for answer in answers if answer is not None]
        return came if len(came) == len(requests) else []

    async def ask(
        self, account: str, exchange: ExchangeFile, question: AnyQuestion
    ) -> AnyClaim | None:
        """The same, of a question that one claim answers: the signer is told it. That there is no
        such order is so only if each answer says it; of one that the exchange took, several answers
        never do: it may be on its way from the list of one to that of another."""
        claim, answers = None, await self.put(account, exchange, question)
        for response in answers:
            try:
                claim = reading.answer(exchange, account, question, response)
            except ValueError:
                return None
            if not isinstance(claim, NoSuchOrder):
                break
        is_taken = isinstance(question, AskOrder) and question.number is not None
        if claim is None or (is_taken and len(answers) > 1 and isinstance(claim, NoSuchOrder)):
            return None
        self.signer.tell(claim)
        return claim

    def heard(self, exchange: ExchangeFile, response: Response | None) -> None:
        """Rest, if the exchange says that it was asked too often, by whomever."""
        if response and exchange.says_too_often(response):
            self._rests_until_ns[exchange.NAME] = self.clock.now_ns() + REST_NS

    def _rests(self, exchange: ExchangeFile) -> bool:
        return self.clock.now_ns() < self._rests_until_ns.get(exchange.NAME, 0)

    async def _sent(self, exchange: ExchangeFile, request: Request) -> Response | None:
        response = (await self._dial(request)).response
        self.heard(exchange, response)
        return response
