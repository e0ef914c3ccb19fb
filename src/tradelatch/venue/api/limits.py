"""How much one may ask: Binance Spot's limits of request weight by address and of orders by
account (https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits).

Intervals begin on the clock: a minute's count is zero again when the next minute begins. Whoever
goes over the weight gets 429, whoever goes on regardless is banned (418), for two minutes at first
and twice as long each time, up to three days. Nothing of this survives a restart.
"""

import msgspec

from tradelatch.venue.engine.commands import Command
from tradelatch.venue.engine.events import Change, Event, OrderChanged, Traded
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.house import House

_LENGTHS = {"SECOND": 1_000, "MINUTE": 60_000, "DAY": 86_400_000}
DEAF_AFTER = 30
"""Requests beyond the limit, within its interval, after which an address is banned. Binance does
not say how many it takes there."""
FIRST_BAN_MS, LONGEST_BAN_MS = 120_000, 3 * 86_400_000
_MANY_BANS = 10_000
FIRST_FILL_AS_TAKER, FIRST_FILL_AS_MAKER = 1, 5
"""By how many an order that begins to fill lowers its account's count
(https://developers.binance.com/docs/binance-spot-api-docs/faqs/order_count_decrement)."""


class Limit(msgspec.Struct, frozen=True):
    """So many of a kind in `number` of an `interval`."""

    kind: str
    interval: str
    number: int
    most: int

    @property
    def length_ms(self) -> int:
        """How long the interval is."""
        return self.number * _LENGTHS[self.interval]

    @property
    def letter(self) -> str:
        """The interval as headers write it, ``10s``."""
        return f"{self.number}{self.interval[0].lower()}"

    def told(self) -> dict[str, object]:
        """The limit as `exchangeInfo` tells it."""
        return {
            "rateLimitType": self.kind,
            "interval": self.interval,
            "intervalNum": self.number,
            "limit": self.most,
        }


WEIGHT = Limit("REQUEST_WEIGHT", "MINUTE", 1, 6_000)
RAW = Limit("RAW_REQUESTS", "MINUTE", 5, 61_000)
ORDERS = (Limit("ORDERS", "SECOND", 10, 100), Limit("ORDERS", "DAY", 1, 200_000))
ALL = (WEIGHT, *ORDERS, RAW)
_CONNECTIONS = Limit("CONNECTIONS", "MINUTE", 5, 300)
"""Of market streams; `exchangeInfo` does not tell it."""


class TooMany(Refused):
    """A limit is exceeded; `retry_at` (ms) is when to try again."""

    def __init__(self, code: int, msg: str, status: int, now: int, retry_at: int) -> None:
        super().__init__(code, msg, status)
        self.now = now
        self.retry_at = retry_at

    @property
    def wait_s(self) -> int:
        """How long to wait, whole seconds."""
        return -((self.now - self.retry_at) // 1_000)


class Count:
    """How often each name was counted in the running interval."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._interval = -1
        self._counts: dict[str, int] = {}

    def of(self, name: str, now: int) -> int:
        """The count at `now` (ms)."""
        return self._running(now).get(name, 0)

    def add(self, name: str, amount: int, now: int) -> int:
        """Count `amount` more, or less, but never to below zero; the new count."""
        counts = self._running(now)
        counts[name] = max(counts.get(name, 0) + amount, 0)
        return counts[name]

    def over_at(self, now: int) -> int:
        """When the next interval begins, ms."""
        length = self.limit.length_ms
        return (now // length + 1) * length

    def _running(self, now: int) -> dict[str, int]:
        interval = now // self.limit.length_ms
        if interval != self._interval:
            self._interval, self._counts = interval, {}
        return self._counts


class _Ban(msgspec.Struct):
    until: int
    length: int


class Limits:
    """What every address and every account has used of its limits."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._weight, self._raw = Count(WEIGHT), Count(RAW)
        self._beyond, self._connections = Count(WEIGHT), Count(_CONNECTIONS)
        self._orders = tuple(Count(limit) for limit in ORDERS)
        self._bans: dict[str, _Ban] = {}
        house.listeners.append(self._hear)

    def charge(self, source: str, weight: int, now: int) -> None:
        """Count one request of an address.

        Raises:
            TooMany: the address has used up a limit, or is banned.
        """
        ban = self._bans.get(source)
        if ban is not None and now < ban.until:
            raise _banned(now, ban.until)
        for count, amount in ((self._weight, weight), (self._raw, 1)):
            if count.add(source, amount, now) > count.limit.most:
                self._turn_away(source, count, now)

    def connect(self, source: str, now: int) -> None:
        """Count a connection of an address to the market streams.

        Raises:
            TooMany: it has made too many.
        """
        if self._connections.add(source, 1, now) > _CONNECTIONS.most:
            retry_at = self._connections.over_at(now)
            raise TooMany(-1003, "Too many connections.", 429, now, retry_at)

    def check_orders(self, account: str, now: int) -> None:
        """See that an account may place another order.

        Raises:
            TooMany: it has placed too many that were not filled.
        """
        for count in self._orders:
            if count.of(account, now) >= count.limit.most:
                limit = count.limit
                says = (
                    f"Too many new orders; current limit is {limit.most} orders per "
                    f"{limit.number} {limit.interval}."
                )
                raise TooMany(-1015, says, 429, now, count.over_at(now))

    def headers(self, source: str, account: str | None, now: int) -> dict[str, int]:
        """What a response tells of an address's weight and, where it placed an order, of the
        account's orders."""
        used = self._weight.of(source, now)
        told = {"x-mbx-used-weight": used, f"x-mbx-used-weight-{WEIGHT.letter}": used}
        if account is not None:
            for count in self._orders:
                told[f"x-mbx-order-count-{count.limit.letter}"] = count.of(account, now)
        return told

    def weight_told(self, source: str, now: int) -> dict[str, object]:
        """The request weight that an address has used of the running minute."""
        return {**WEIGHT.told(), "count": self._weight.of(source, now)}

    def orders_told(self, account: str, now: int) -> list[dict[str, object]]:
        """An account's count of unfilled orders in each interval."""
        return [{**count.limit.told(), "count": count.of(account, now)} for count in self._orders]

    def _turn_away(self, source: str, count: Count, now: int) -> None:
        if self._beyond.add(source, 1, now) > DEAF_AFTER:
            raise _banned(now, self._ban(source, now))
        limit = count.limit
        says = (
            f"Too much request weight used; current limit is {limit.most} {limit.kind} per "
            f"{limit.number} {limit.interval}. Please use WebSocket Streams for live updates to "
            "avoid polling the API."
        )
        raise TooMany(-1003, says, 429, now, count.over_at(now))

    def _ban(self, source: str, now: int) -> int:
        if len(self._bans) >= _MANY_BANS:
            since = now - LONGEST_BAN_MS
            self._bans = {name: ban for name, ban in self._bans.items() if ban.until > since}
        before = self._bans.get(source)
        # Who has behaved for three days begins anew.
        repeated = before is not None and now - before.until < LONGEST_BAN_MS
        length = min(2 * before.length, LONGEST_BAN_MS) if before and repeated else FIRST_BAN_MS
        self._bans[source] = _Ban(now + length, length)
        return now + length

    def _hear(self, command: Command, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, OrderChanged):
                if event.change is Change.NEW:
                    self._count(event.order.account, 1, command.at)
            elif isinstance(event, Traded):
                lots = event.trade.lots
                if event.taker_filled == lots:
                    self._count(event.taker.account, -FIRST_FILL_AS_TAKER, command.at)
                if event.maker_filled == lots:
                    self._count(event.maker.account, -FIRST_FILL_AS_MAKER, command.at)

    def _count(self, account: str, amount: int, now: int) -> None:
        if not self._house.engine.accounts[account].house:
            for count in self._orders:
                count.add(account, amount, now)


def _banned(now: int, until: int) -> TooMany:
    says = (
        f"Way too much request weight used; IP banned until {until}. Please use WebSocket Streams "
        "for live updates to avoid bans."
    )
    return TooMany(-1003, says, 418, now, until)
