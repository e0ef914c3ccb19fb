"""Taking in what the courier says that exchanges say."""

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tradelatch import exchanges
from tradelatch.exchanges import claims
from tradelatch.exchanges.claims import AnyClaim, AnyQuestion
from tradelatch.exchanges.protocol import ExchangeFile, OwnTrade
from tradelatch.model.clock import DAY, HOUR, MINUTE, MS, SECOND, Clock
from tradelatch.model.money import ZERO
from tradelatch.model.orders import OrderReport
from tradelatch.policy.references import Prices
from tradelatch.signer import doubts, settle
from tradelatch.signer.accounts import Account, LiveOrder, expired
from tradelatch.signer.core import Core
from tradelatch.signer.followers import Followers
from tradelatch.signer.recorder import Records
from tradelatch.signer.records import (
    AnyRecord,
    ForeignFill,
    Holdings,
    KeyInspected,
    SpreadSeen,
    Valued,
)
from tradelatch.signer.throttle import Throttle

MOST_FOREIGN = 1_000
"""So many fills that nobody here signed are recorded within an hour: more may be invented."""
LATE_NS = 30 * SECOND
"""Fills reported so long before balances were asked for still count as just reported."""
MOST_OF_ACCOUNT = 1_000
"""So many claims about an account are taken in a second: a fill that is left out is asked for
again, and a courier that lies does not fill the journal."""
VALUED_NS = 10 * MINUTE
"""How often it is noted what an account is worth."""
FALLEN = Decimal("0.999")
"""A value that has fallen by less than this is not noted before it is due."""


class Claims:
    """Turns claims into records and prices."""

    def __init__(self, core: Core, recorder: Records, clock: Clock, followers: Followers) -> None:
        self._core, self._recorder, self._clock = core, recorder, clock
        self._followers = followers
        self._foreign_ns: dict[str, deque[int]] = {}
        self._balances_ns: dict[str, int] = {}
        """When balances were asked for that have been told."""
        self._asked_ns: dict[tuple[str, type], int] = {}
        """When the account's key was last used to ask such a question."""
        self._open: set[tuple[str, type]] = set()
        """Questions that were asked and have not been answered."""
        self._throttle = Throttle(MOST_OF_ACCOUNT)
        self._asked_for: dict[str, tuple[str, bool]] = {}
        """By account, the order that was last asked for, and whether its request could no longer be
        accepted by then."""
        self._valued_ns: dict[str, int] = {}
        self._heard: dict[type, Callable[[Any], None]] = {
            claims.TimeSeen: self._time,
            claims.MarketsSeen: self._markets,
            claims.DaysSeen: self._days,
            claims.MinutesSeen: self._minutes,
            claims.BookSeen: self._book,
        }
        self._of_account: dict[type, Callable[[Account, Any], None]] = {
            claims.OrderSeen: self._order,
            claims.NoSuchOrder: self._no_such_order,
            claims.TradesSeen: self._trades,
            claims.BalancesSeen: self._balances,
            claims.NothingOpen: self._nothing_open,
            claims.RightsSeen: self._rights,
            claims.Revoked: lambda account, claim: None,  # told to who asked
            claims.Followed: self._followed,
            claims.EventSeen: self._event,
        }

    def take(self, claim: AnyClaim) -> None:
        """Take one in; what is about nobody, or says what cannot be, changes nothing."""
        if isinstance(claim, claims.OfExchange):
            if claim.exchange in self._core.quotes and self._is_of_use(claim):
                self._heard[type(claim)](claim)
        elif account := self._core.state.accounts.get(claim.account):
            now, is_end = self._clock.now_ns(), isinstance(claim, claims.Followed)
            if is_end or self._throttle.allows(account.name, now):
                self._of_account[type(claim)](account, claim)

    def _is_of_use(self, claim: claims.OfExchange) -> bool:
        """It is about no market, or one that a policy names: others could be invented."""
        if not isinstance(claim, claims.OfMarket):
            return True
        return any(
            claim.symbol in policy.markets
            for account in self._core.state.accounts.values()
            if account.exchange == claim.exchange
            for policy in account.policies.values()
        )

    # What the courier has to know to ask

    def asked(self, account: Account, question: AnyQuestion) -> None:
        """The account's key is being used to ask: what is told later was so from now on."""
        now = self._clock.now_ns()
        self._asked_ns[account.name, type(question)] = now
        self._open.add((account.name, type(question)))
        if isinstance(question, claims.AskOrder):
            order = account.live_by_client_id(question.client_order_id)
            quotes = self._core.quotes[account.exchange]
            is_final = order and quotes.knows_clock and expired(order, quotes.exchange_ms(now))
            self._asked_for[account.name] = question.client_order_id, bool(is_final)

    def is_moving(self, account: Account) -> bool:
        """An order is said not to have been filled since balances were seen."""
        last = self._balances_ns.get(account.name, 0)
        return bool(account.unfilled) and account.unfilled[-1].closed_ns >= last

    def asks_rights(self, account: Account) -> bool:
        """It is a day since it was asked what the key may do, or heard."""
        known = account.inspected
        asked = self._asked_ns.get((account.name, claims.AskRights), 0)
        return self._clock.now_ns() - max(asked, known.time_ns if known else 0) >= DAY

    def _was_asked(self, account: Account, question: type) -> bool:
        """Whether the claim answers a question: each of them is answered once."""
        is_open = (account.name, question) in self._open
        self._open.discard((account.name, question))
        return is_open

    # The public side

    def _time(self, claim: claims.TimeSeen) -> None:
        now = self._clock.now_ns()
        self._core.quotes[claim.exchange].see_time(claim.server_ms, now - claim.age_ns, now)

    def _markets(self, claim: claims.MarketsSeen) -> None:
        listed = {
            symbol: market
            for symbol, market in claim.markets.items()
            if market.tick and market.lot and symbol == market.symbol and _is_name(symbol)
        }
        self._core.quotes[claim.exchange].markets = listed

    def _days(self, claim: claims.DaysSeen) -> None:
        prices = self._core.quotes[claim.exchange].of(claim.symbol)
        prices.see_days(claim.candles)
        seen = self._core.state.spreads.get((claim.exchange, claim.symbol), ())
        prices.see_spreads(tuple(seen), self._clock.now_ns())

    def _minutes(self, claim: claims.MinutesSeen) -> None:
        prices = self._core.quotes[claim.exchange].of(claim.symbol)
        own = self._core.state.prints.get((claim.exchange, claim.symbol), ())
        prices.see_minutes(claim.candles, self._clock.now_ns() - claim.age_ns, own)

    def _book(self, claim: claims.BookSeen) -> None:
        prices = self._core.quotes[claim.exchange].of(claim.symbol)
        prices.see_book(claim.book, self._clock.now_ns() - claim.age_ns)
        self._spread(claim.exchange, claim.symbol, prices)

    def _spread(self, exchange: str, symbol: str, prices: Prices) -> None:
        """Note the half spread once an hour, and hand those of the last month to the prices."""
        now, key = self._clock.now_ns(), (exchange, symbol)
        seen = self._core.state.spreads.get(key)
        half_spread = prices.book_half_spread()
        if half_spread is not None and (not seen or seen[-1].time_ns <= now - HOUR):
            self._note(SpreadSeen(now, exchange, symbol, half_spread))
            prices.see_spreads(tuple(self._core.state.spreads[key]), now)

    # The private side

    def _order(self, account: Account, claim: claims.OrderSeen) -> None:
        if order := account.live_by_client_id(claim.report.client_order_id):
            self._report(order, claim.report)

    def _report(self, order: LiveOrder, seen: OrderReport) -> None:
        now = self._clock.now_ns()
        reference = self._core.reference_at_fill(order, now) if seen.fills else None
        self._recorder.note(settle.report(self._core.state, order, seen, reference, now))

    def _no_such_order(self, account: Account, claim: claims.NoSuchOrder) -> None:
        """It is final only if its signed request could no longer be accepted when it was asked
        for."""
        order, now = account.live_by_client_id(claim.client_order_id), self._clock.now_ns()
        if order is None or not self._was_asked(account, claims.AskOrder):
            return
        file: ExchangeFile = exchanges.load(account.exchange)
        is_forgotten = file.FORGETS_UNFILLED and not order.executed and not order.filled
        if order.status is not None and not is_forgotten:
            why = f"the exchange took order {order.id} and now says that there is none"
            self._recorder.note(self._core.doubt(account.name, why, now))
        elif self._asked_for.get(account.name) == (claim.client_order_id, True):
            why = "the exchange never received it" if order.status is None else "ended unfilled"
            self._recorder.note(settle.close(self._core.state, order, why, now))

    def _trades(self, account: Account, claim: claims.TradesSeen) -> None:
        now = self._clock.now_ns()
        for order in [order for order in account.live.values() if order.symbol == claim.symbol]:
            mine = [t.fill for t in claim.trades if t.order_id == order.exchange_order_id]
            reference = self._core.reference_at_fill(order, now)
            self._recorder.note(settle.fills(self._core.state, order, mine, reference, now))
        self._note_foreign(account, claim)

    def _note_foreign(self, account: Account, claim: claims.TradesSeen) -> None:
        """Where the exchange does not tell of an account by itself, it is here that fills show
        which nobody here signed: since the account is here, and once the numbers of all its orders
        are known."""
        file: ExchangeFile = exchanges.load(account.exchange)
        live = (order for order in account.live.values() if order.symbol == claim.symbol)
        if file.STREAMS or any(order.exchange_order_id is None for order in live):
            return
        since_ms = account.keys[0].since_ns // MS
        for trade in claim.trades:
            if trade.fill.time_ms > since_ms and _is_name(claim.symbol):
                self.note_foreign(account, claim.symbol, trade)

    def _balances(self, account: Account, claim: claims.BalancesSeen) -> None:
        """Reconcile what is held of assets that no order has moved since it was asked for."""
        if not self._was_asked(account, claims.AskBalances):
            return
        asked = self._asked_ns.get((account.name, claims.AskBalances), 0)
        since = self._balances_ns.get(account.name, 0) - LATE_NS
        self._balances_ns[account.name] = asked
        known, seen = account.losses.holdings(), claim.held
        moving = {asset for order in account.live.values() for asset in order.symbol.split("/")}
        differing = {
            asset: seen.get(asset, ZERO)
            for asset in seen.keys() | known.keys()
            if account.touched_ns.get(asset, 0) < asked
            and seen.get(asset, ZERO) != known.get(asset)
        }
        if why := doubts.unexplained(account, known, differing, since):
            self._recorder.note(self._core.doubt(account.name, why, self._clock.now_ns()))
        if changed := {a: quantity for a, quantity in differing.items() if a not in moving}:
            self._note(Holdings(self._clock.now_ns(), account.name, changed))
        self.value(account)

    def value(self, account: Account) -> None:
        """Note what the account is worth when it has fallen, and every few minutes."""
        now = self._clock.now_ns()
        quotes = self._core.quotes[account.exchange]
        value = quotes.value(account.policy, account.losses.holdings(), now)
        if value is None:
            return
        known, noted = account.worth, self._valued_ns.get(account.name, 0)
        if known is None or value < known.value * FALLEN or now - noted > VALUED_NS:
            self._valued_ns[account.name] = now
            self._note(Valued(now, account.name, value))

    def _nothing_open(self, account: Account, claim: claims.NothingOpen) -> None:
        if not account.live:  # none of unknown outcome either
            self._core.swept[account.name] = claim.sweep_ns

    def _rights(self, account: Account, claim: claims.RightsSeen) -> None:
        if not self._was_asked(account, claims.AskRights):
            return
        accepted = account.inspected.accepted if account.inspected else ()
        self._note(KeyInspected(self._clock.now_ns(), account.name, claim.rights, accepted))

    def _followed(self, account: Account, claim: claims.Followed) -> None:
        self._followers.hear(account.name, claim.is_on)

    def _event(self, account: Account, claim: claims.EventSeen) -> None:
        """The ledger hears it first, be it of an order of ours or of somebody else's."""
        if seen := claim.report:
            order = account.live_by_client_id(seen.client_order_id)
            if order and settle.is_about(order, seen):
                self._report(order, seen)
            elif seen.side and _is_name(seen.symbol):
                for fill in seen.fills:
                    trade = OwnTrade(seen.order_id, fill, seen.side)
                    self.note_foreign(account, seen.symbol, trade)
        self._followers.tell(account, claim.event)

    def note_foreign(
        self, account: Account, symbol: str, trade: OwnTrade, *, was_sought: bool = False
    ) -> None:
        """Note a trade once, if it is of an order that nobody here signed. Many that happen are
        doubted; those that were sought (`reconcile`) are as many as there are."""
        fill = trade.fill
        if trade.order_id in account.numbers or (symbol, fill.trade_id) in account.foreign:
            return
        now = self._clock.now_ns()
        lately = self._foreign_ns.setdefault(account.name, deque(maxlen=MOST_FOREIGN))
        if not was_sought:
            lately.append(now)
        if not was_sought and len(lately) == MOST_FOREIGN and now - lately[0] < HOUR:
            why = f"{MOST_FOREIGN} fills within an hour were not signed here; more are not recorded"
            self._recorder.note(self._core.doubt(account.name, why, now))
            return
        record = ForeignFill(
            now,
            account.name,
            symbol,
            trade.order_id,
            fill.trade_id,
            fill.time_ms,
            trade.side,
            fill.price,
            fill.quantity,
        )
        self._note(record)

    def _note(self, record: AnyRecord) -> None:
        self._core.state.apply(record)
        self._recorder.note([record])


def _is_name(symbol: str) -> bool:
    """It may stand in texts that are signed, a line each with words between spaces."""
    return symbol.isprintable() and not any(map(str.isspace, symbol))
