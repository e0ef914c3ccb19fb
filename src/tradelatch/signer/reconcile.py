"""Reconciling: what the exchange lists of an account's trades, against what was signed here."""

from collections.abc import Callable
from typing import Any

from tradelatch.exchanges.claims import AskTradesBetween, TradesSeen
from tradelatch.exchanges.protocol import OwnTrade
from tradelatch.model.clock import DAY, MS, Clock
from tradelatch.model.money import plain
from tradelatch.model.orders import Number
from tradelatch.model.statements import utc
from tradelatch.signer.accounts import Account
from tradelatch.signer.asking import Asking
from tradelatch.signer.claims import Claims
from tradelatch.signer.core import Core
from tradelatch.signer.verbs import Refused, Verbs, account_named

MOST_DAYS = 90
_PAGE_NS = DAY
"""Binance lists trades of at most a day at a time."""


class Reconciler:
    """Asks for all trades of a time, and says which of them nobody here signed."""

    def __init__(
        self,
        core: Core,
        asking: Asking,
        claims: Claims,
        clock: Clock,
        sign: Callable[[str], str],
    ) -> None:
        """`sign` signs a statement with the journal's key."""
        self._core, self._asking, self._claims = core, asking, claims
        self._clock, self._sign = clock, sign
        self.verbs: Verbs = {"reconcile": self._reconcile}

    async def _reconcile(self, account: str, days: str) -> dict[str, Any]:
        """The trades of the last days, those that were not signed here among them, and a signed
        statement of it."""
        known = account_named(self._core.state, account)
        if days not in map(str, range(1, MOST_DAYS + 1)):
            raise Refused(f"look back 1 to {MOST_DAYS} days, not {days[:20]!r}")
        end = self._clock.now_ns()
        start = end - int(days) * DAY
        markets = self._markets(known)
        trades = [
            (symbol, trade)
            for symbol in markets
            for trade in await self._trades(known, symbol, start, end)
        ]
        for symbol, trade in trades:
            self._claims.note_foreign(known, symbol, trade, was_sought=True)
        told = [_told(known, symbol, trade) for symbol, trade in trades]
        text = _statement(known, start, end, markets, told)
        return {
            "account": account,
            "from": utc(start),
            "to": utc(end),
            "markets": markets,
            "trades": told,
            "statement": self._sign(text),
        }

    def _markets(self, account: Account) -> list[str]:
        """The policy's, and those between assets that the account has had: what a thief trades is
        in no policy, but what he bought is held."""
        listed = self._core.quotes[account.exchange].markets
        held = account.losses.holdings().keys()
        between = {s for s, market in listed.items() if {market.base, market.quote} <= held}
        return sorted(between | (account.policy.markets.keys() & listed.keys()))

    async def _trades(
        self, account: Account, symbol: str, start_ns: int, end_ns: int
    ) -> list[OwnTrade]:
        found: dict[Number, OwnTrade] = {}
        longest = _PAGE_NS
        while start_ns < end_ns:
            until = min(start_ns + longest, end_ns)
            question = AskTradesBetween(symbol, start_ns // MS, until // MS)
            page = await self._asking.of(account, question)
            if not isinstance(page, TradesSeen):
                says = "is the courier running? try again in a minute"
                raise Refused(f"the exchange does not tell of trades in {symbol}: {says}")
            found |= {trade.fill.trade_id: trade for trade in page.trades}
            if page.cut_ms and until - start_ns > MS:  # in less time are fewer
                longest = (until - start_ns) // 2
                continue
            start_ns, longest = until, min(2 * longest, _PAGE_NS)
        return sorted(found.values(), key=lambda trade: (trade.fill.time_ms, str(trade.order_id)))


def _told(account: Account, symbol: str, trade: OwnTrade) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "trade_id": trade.fill.trade_id,
        "order_id": trade.order_id,
        "time": utc(trade.fill.time_ms * MS),
        "side": trade.side,
        "quantity": plain(trade.fill.quantity),
        "price": plain(trade.fill.price),
        "signed_here": trade.order_id in account.numbers,
    }


def _statement(
    account: Account, start_ns: int, end_ns: int, markets: list[str], told: list[dict[str, Any]]
) -> str:
    """A line each; what was not signed here in full."""
    foreign = [trade for trade in told if not trade["signed_here"]]
    lines = [
        "tradelatch/statement",
        f"account {account.name} at {account.exchange}",
        f"from {utc(start_ns)} to {utc(end_ns)}",
        f"markets {' '.join(markets) or 'none'}",
        f"trades {len(told)}, of orders signed here {len(told) - len(foreign)}",
        f"not signed here {len(foreign)}",
    ]
    columns = ("time", "symbol", "side", "quantity", "price", "trade_id", "order_id")
    lines += [" ".join(str(trade[name]) for name in columns) for trade in foreign]
    return "\n".join(lines) + "\n"
