"""Questions that an account's key is needed for: worded and signed here, whoever wants to know, and
recorded before they are signed."""

import asyncio
from collections.abc import Awaitable, Callable

from tradelatch import exchanges
from tradelatch.exchanges import claims
from tradelatch.exchanges.claims import AnyClaim, AnyQuestion, Send, Sent
from tradelatch.exchanges.protocol import Credentials, ExchangeFile
from tradelatch.model.clock import Clock
from tradelatch.model.http import Request
from tradelatch.model.intents import AnyIntent, CancelOrder, FollowAccount, RevokeKey
from tradelatch.signer.accounts import Account
from tradelatch.signer.core import Core
from tradelatch.signer.recorder import Records
from tradelatch.signer.records import OwnRequest


class Asking:
    """One signer's way to the exchanges, through the courier."""

    def __init__(
        self,
        core: Core,
        recorder: Records,
        send: Callable[[Send], Awaitable[Sent]],
        clock: Clock,
    ) -> None:
        """`send` hands the courier something to carry."""
        self._core, self._recorder, self._clock = core, recorder, clock
        self._send = send

    async def ask(
        self, account: str, exchange: str, credentials: Credentials, question: AnyQuestion
    ) -> AnyClaim | None:
        """What the exchange says; None if nothing, or nothing that can be read. The account need
        not exist yet.

        Raises:
            JournalError: it could not be recorded, and was not asked.
        """
        for request in await self.signed(account, exchange, credentials, question):
            send = Send(0, exchange, account, request, question=question)
            return (await self._send(send)).claim
        return None

    async def of(self, account: Account, question: AnyQuestion) -> AnyClaim | None:
        """The same, with the account's own key."""
        return await self.ask(account.name, account.exchange, self.key_of(account), question)

    def key_of(self, account: Account) -> Credentials:
        """An account's exchange key."""
        return Credentials(account.key_id, self._core.key_of(account))

    async def signed(
        self, account: str, exchange: str, credentials: Credentials, question: AnyQuestion
    ) -> tuple[Request, ...]:
        """The question as the exchange has to be asked.

        Raises:
            JournalError: it could not be recorded.
        """
        file: ExchangeFile = exchanges.load(exchange)
        intents, now = _intents(file, question), self._clock.now_ns()
        records = [OwnRequest(now, account, intent) for intent in intents]
        await asyncio.gather(*(self._recorder.record(record) for record in records))
        stamp = self._core.quotes[exchange].exchange_ms(self._clock.now_ns())
        return tuple(
            self._core.sign_with(credentials, exchange, (intent,), stamp) for intent in intents
        )


_SAID: dict[type, AnyIntent] = {
    claims.AskEvents: FollowAccount(),
    claims.AskRevoke: RevokeKey(),
}
"""What is said in the same words everywhere."""


def _intents(file: ExchangeFile, question: AnyQuestion) -> tuple[AnyIntent, ...]:
    intents: tuple[AnyIntent, ...]
    match question:
        case claims.AskOrder(symbol, name, number):
            asked = file.ask_order(symbol, name, number)
            intents = asked if isinstance(asked, tuple) else (asked,)
        case claims.AskOpenOrders(symbols):
            intents = file.ask_open_orders(symbols)
        case claims.AskTrades(symbol, after):
            intents = (file.ask_trades(symbol, after),)
        case claims.AskTradesBetween(symbol, start_ms, end_ms):
            intents = (file.ask_trades_between(symbol, start_ms, end_ms),)
        case claims.AskBalances():
            intents = (file.ask_balances(),)
        case claims.AskRights():
            intents = (file.ask_key_rights(),)
        case claims.AskEvents() | claims.AskRevoke():
            intents = (_SAID[type(question)],)
        case claims.AskCancel(symbol, None, number):
            intents = (CancelOrder(symbol, number),)
        case claims.AskCancel(symbol, str(name), number):
            intents = (file.ask_cancel(symbol, name, number),)
    return intents
