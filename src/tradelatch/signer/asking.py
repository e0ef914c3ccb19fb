"""What the signer asks of exchanges by itself: each signed request is recorded before it is signed,
and once an exchange says that it was asked too often, nothing but cancels goes out for a while."""

from collections.abc import Awaitable, Callable

from tradelatch import exchanges
from tradelatch.exchanges.protocol import Credentials, ExchangeFile
from tradelatch.journal.log import JournalError
from tradelatch.model.clock import SECOND, Clock
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import AnyIntent, CancelOrder, ReadMarket
from tradelatch.model.wire import Sent
from tradelatch.signer.core import Core
from tradelatch.signer.recorder import Records
from tradelatch.signer.records import OwnRequest
from tradelatch.signer.state import Account

REST_NS = 30 * SECOND
"""Going on to ask turns a limit into a ban, and bots share the address."""


class Asking:
    """One signer's way to the exchanges; `core`, `recorder` and `clock` are what who asks needs
    besides."""

    def __init__(
        self,
        core: Core,
        recorder: Records,
        send: Callable[[Request], Awaitable[Sent]],
        clock: Clock,
    ) -> None:
        self.core, self.recorder, self.clock = core, recorder, clock
        self.send = send
        self._rests_until_ns: dict[str, int] = {}

    async def market(self, exchange: ExchangeFile, intent: ReadMarket) -> bytes | None:
        """The answer's body; None if there is none."""
        url = self.core.base_url(exchange.NAME)
        response = await self._sent(exchange, exchange.write((intent,), None, 0, 0, url))
        return response.body if response and response.status == 200 else None

    async def account(self, account: Account, intent: AnyIntent) -> Response | None:
        """Sign with an account's key; None if it could not be recorded or no answer came."""
        credentials = Credentials(account.key_id, self.core.key_of(account))
        try:
            return await self.with_key(account.name, account.exchange, credentials, intent)
        except JournalError:
            return None

    async def with_key(
        self, account: str, exchange: str, credentials: Credentials, intent: AnyIntent
    ) -> Response | None:
        """Sign with any key of an exchange, on behalf of an account that need not exist yet.

        Raises:
            JournalError: it could not be recorded, and was not asked.
        """
        file: ExchangeFile = exchanges.load(exchange)
        await self.recorder.record(OwnRequest(self.clock.now_ns(), account, intent))
        stamp = self.core.quotes[exchange].exchange_ms(self.clock.now_ns())
        request = self.core.sign_with(credentials, exchange, (intent,), stamp)
        return await self._sent(file, request, is_cancel=isinstance(intent, CancelOrder))

    async def _sent(
        self, exchange: ExchangeFile, request: Request, *, is_cancel: bool = False
    ) -> Response | None:
        now = self.clock.now_ns()
        if now < self._rests_until_ns.get(exchange.NAME, 0) and not is_cancel:
            return None
        response = (await self.send(request)).response
        if response and exchange.says_too_often(response):
            self._rests_until_ns[exchange.NAME] = now + REST_NS
        return response
