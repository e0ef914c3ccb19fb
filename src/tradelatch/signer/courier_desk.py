"""The back desk: tells the courier what there is to look after, signs its questions, takes its
claims."""

import sys

from tradelatch.exchanges.claims import (
    AccountView,
    AnyClaim,
    AnyQuestion,
    AskCancel,
    AskOrder,
    AskRevoke,
    Known,
    Look,
    LookAt,
    OrderView,
    Sign,
    Signed,
    Viewed,
)
from tradelatch.journal.log import JournalError
from tradelatch.model.clock import Clock
from tradelatch.model.http import Request
from tradelatch.signer import freezing, review
from tradelatch.signer.accounts import Account, LiveOrder
from tradelatch.signer.asking import Asking
from tradelatch.signer.claims import Claims
from tradelatch.signer.core import Core
from tradelatch.signer.recorder import Records
from tradelatch.signer.throttle import Throttle

MOST_QUESTIONS, MOST_CANCELS = 20, 50
"""So many questions about an account are signed in a second, and cancels: each takes a record. It
is looked at as often as it may be asked about."""


class CourierDesk:
    """Serves the courier, which decides when and how often exchanges are asked."""

    def __init__(
        self,
        core: Core,
        recorder: Records,
        clock: Clock,
        asking: Asking,
        claims: Claims,
        in_flight: set[int],
    ) -> None:
        """`in_flight` are orders whose own answers are still to come."""
        self._core, self._recorder, self._clock = core, recorder, clock
        self._asking, self._in_flight = asking, in_flight
        self.claims = claims
        self._questions, self._cancels = Throttle(MOST_QUESTIONS), Throttle(MOST_CANCELS)
        self._looks = Throttle(MOST_QUESTIONS)
        self._unwanted: dict[str, tuple[AskCancel, ...]] = {}

    def take(self, message: Look | LookAt | AnyClaim) -> Known | Viewed | None:
        """What is asked or told; never raises."""
        try:
            if isinstance(message, Look):
                return self.look(message)
            if isinstance(message, LookAt):
                return self.look_at(message)
            self.claims.take(message)
        except Exception as error:
            # A defect of ours, or a lie: what it would have told is asked for again.
            print(f"tradelatch signer: {type(error).__name__} in a claim", file=sys.stderr)
        return Viewed(message.id, None) if isinstance(message, LookAt) else None

    def look(self, look: Look) -> Known:
        """What there is to look after."""
        self._recorder.note(self._core.watch_clock())
        markets: dict[str, set[str]] = {}
        for account in self._core.state.accounts.values():
            for policy in account.policies.values():
                markets.setdefault(account.exchange, set()).update(policy.markets)
        named = {exchange: frozenset(symbols) for exchange, symbols in markets.items()}
        return Known(look.id, named, tuple(self._core.state.accounts), bool(self._core.closed))

    def look_at(self, look: LookAt) -> Viewed:
        """What there is to look after in an account. Whatever rests is judged again first: what no
        longer fits is unwanted."""
        account = self._core.state.accounts.get(look.account)
        if account is None or not self._looks.allows(look.account, self._clock.now_ns()):
            return Viewed(look.id, None)
        self.claims.value(account)
        self._unwanted[account.name] = self._review(account) if account.live else ()
        return Viewed(look.id, self._view(account))

    async def sign(self, sign: Sign) -> Signed:
        """A question, as the exchange has to be asked; never raises."""
        requests: tuple[Request, ...] = ()
        try:
            requests = await self._signed(sign.account, sign.question)
        except JournalError:  # it is not asked
            pass
        except Exception as error:
            print(f"tradelatch signer: {type(error).__name__} in a question", file=sys.stderr)
        return Signed(sign.id, requests)

    async def _signed(self, name: str, question: AnyQuestion) -> tuple[Request, ...]:
        account = self._core.state.accounts.get(name)
        if account is None or not self._may(account, question):
            return ()
        self.claims.asked(account, question)
        key = self._asking.key_of(account)
        return await self._asking.signed(account.name, account.exchange, key, question)

    def _review(self, account: Account) -> tuple[AskCancel, ...]:
        now = self._clock.now_ns()
        self._recorder.note(review.rejudge(self._core, account, now))
        unwanted = review.unwanted(self._core, account, now)
        cancels = (o for o in unwanted if o.exchange_order_id and o.id not in self._in_flight)
        return tuple(
            AskCancel(order.symbol, order.client_order_id, order.exchange_order_id)
            for order in cancels
        )

    def _view(self, account: Account) -> AccountView:
        return AccountView(
            account.name,
            account.exchange,
            account.key_change,
            tuple(self._order(order) for order in account.live.values()),
            self._unwanted[account.name],
            self._sweep_ns(account),
            self.claims.is_moving(account),
            self.claims.asks_rights(account),
        )

    def _order(self, order: LiveOrder) -> OrderView:
        return OrderView(
            order.symbol,
            order.client_order_id,
            order.exchange_order_id,
            order.filled,
            order.status is None or order.executed > order.filled,
            order.id in self._in_flight,
        )

    def _sweep_ns(self, account: Account) -> int:
        """The time of the freeze after which whatever stands open has to go, until it has."""
        freeze = freezing.to_sweep(account)
        is_due = freeze and self._core.swept.get(account.name) != freeze.time_ns
        return freeze.time_ns if freeze and is_due else 0

    def _may(self, account: Account, question: AnyQuestion) -> bool:
        """Whatever there is a question for may be asked, but not too often, and only of an order
        that is live; cancelled, only what is unwanted here, and the key never ended."""
        now = self._clock.now_ns()
        if isinstance(question, AskOrder) and not account.live_by_client_id(
            question.client_order_id
        ):
            return False
        if isinstance(question, AskRevoke):
            return False
        if not isinstance(question, AskCancel):
            return self._questions.allows(account.name, now)
        wanted = question in self._unwanted.get(account.name, ())
        if question.client_order_id is None:
            wanted = bool(self._sweep_ns(account))
        return wanted and self._cancels.allows(account.name, now)
