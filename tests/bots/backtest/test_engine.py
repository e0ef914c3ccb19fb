"""What holds of every backtest, whatever the bot, its settings and the prices."""

from bisect import bisect_right
from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings

from tests.bots.backtest.worlds import PLENTY, runs
from tests.bots.hand import Rows
from tradelatch.bots.backtest.exchange import Exchange
from tradelatch.bots.backtest.feed import TRADE_UNIT
from tradelatch.bots.backtest.history import History
from tradelatch.bots.backtest.replay import Replay
from tradelatch.bots.backtest.result import FillResult, encode
from tradelatch.bots.backtest.run import Run, prepare, run_backtest
from tradelatch.bots.bot import Bot
from tradelatch.bots.desk import Batch
from tradelatch.bots.orders import Order
from tradelatch.bots.strategy import BadSettings
from tradelatch.model.markets import split_symbol
from tradelatch.model.orders import Side
from tradelatch.tapes.candles import Candles

CENT = Decimal("0.01")


class Kept(History):
    """Every order too, and the account after every event."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, Order] = {}
        self.of: dict[str, list[FillResult]] = defaultdict(list)
        self.exchange: Exchange | None = None

    def save(self, bot: Bot, batch: Batch) -> None:
        before = len(self.fills)
        super().save(bot, batch)
        for (order, _), told in zip(batch.fills, self.fills[before:], strict=True):
            self.of[order.client_id].append(told)
        self.orders |= {order.client_id: order for order in batch.orders}
        assert self.exchange
        amounts = (*self.exchange.free.values(), *self.exchange.locked.values())
        assert all(amount >= 0 for amount in amounts), "nothing is spent that is not there"


def replayed(run: Run, every_step: bool = False) -> tuple[Kept, Replay]:
    kept = Kept()
    try:
        replay = prepare(run, kept, every_step)
    except BadSettings:
        assume(False)
    kept.exchange = replay.exchange
    replay.run()
    return kept, replay


@given(runs())
def test_holdings_change_by_the_fills_and_their_fees_and_by_nothing_else(run: Run) -> None:
    kept, replay = replayed(run)
    expected = dict(PLENTY)
    for fill in kept.fills:
        base, quote = split_symbol(fill.symbol)
        sign = 1 if fill.side is Side.BUY else -1
        expected[base] += sign * fill.quantity
        expected[quote] -= sign * fill.quantity * fill.price
        expected[fill.fee_asset] -= fill.fee
    assert {asset: replay.exchange.total(asset) for asset in PLENTY} == expected
    changes: dict[str, Decimal] = defaultdict(Decimal)
    for deal in kept.deals.values():
        base, quote = split_symbol(deal.symbol)
        changes[base] += deal.base
        changes[quote] += deal.quote
    for asset, start in PLENTY.items():
        assert replay.exchange.total(asset) == start + changes[asset], "the deals tie out too"
    locked = sum(replay.exchange.locked.values())
    assert bool(locked) == any(replay.exchange.pits.values())


@given(runs())
def test_no_order_is_filled_beyond_its_quantity_or_at_a_worse_price(run: Run) -> None:
    kept, _ = replayed(run)
    for client_id, fills in kept.of.items():
        order = kept.orders[client_id]
        assert sum(fill.quantity for fill in fills) == order.filled <= order.quantity
        for fill in fills:
            assert fill.quantity % Decimal("0.001") == 0
            assert fill.price % CENT == 0
            if order.price is not None:
                worse = fill.price - order.price
                assert (worse if order.side is Side.BUY else -worse) <= 0


@given(runs())
def test_no_fill_is_better_than_what_the_market_traded_at(run: Run) -> None:
    """In the candle or trade in which it happens."""
    kept, _ = replayed(run)
    slippage = run.terms.slippage
    for fill in kept.fills:
        prices = run.prices[fill.symbol]
        index = bisect_right(prices.times, fill.time_ms) - 1
        if isinstance(prices, Candles):
            low, high = prices[index].low, prices[index].high
        else:
            same = [p for t, p in zip(prices.times, prices.prices, strict=True)
                    if t == prices.times[index]]  # fmt: skip
            low, high = min(same) * TRADE_UNIT, max(same) * TRADE_UNIT
        if fill.side is Side.BUY:
            assert fill.price >= low * (1 - slippage)
        else:
            assert fill.price <= high * (1 + slippage)


@given(runs())
@settings(max_examples=100)
def test_the_fast_path_is_the_slow_path(run: Run) -> None:
    fast, _ = replayed(run)
    slow, _ = replayed(run, every_step=True)
    assert fast.fills == slow.fills
    assert fast.deals == slow.deals
    assert fast.notes == slow.notes
    assert encode(run_backtest(run)) == encode(run_backtest(run, every_step=True))


class Restarting(Kept):
    """After the event `when`, nothing but what was stored is known of the bot."""

    def __init__(self, run: Run, when: int) -> None:
        super().__init__()
        self._run, self._left, self._rows = run, when, Rows()
        self.replay: Any = None
        self.restarts = 0

    def save(self, bot: Bot, batch: Batch) -> None:
        super().save(bot, batch)
        self._rows.save(bot, batch)
        self._left -= 1
        if self._left == 0:
            self._restart(bot)

    def _restart(self, bot: Bot) -> None:
        self.restarts += 1
        old, config = bot.desk, self._run.bot
        # Denials are asked for again after a restart, which is later or sooner than without.
        desk = type(old)(old.markets, old.fee, old._now_ms, old._new_id, old.price)
        desk.backoff = old.backoff
        new = self._rows.restored(config.strategy, bot, desk, config.settings)
        bot.strategy, bot.desk = new.strategy, desk
        for market in self.replay._traded.values():
            market._desk = desk
        bot.start()
        desk.timers |= {name: at for name, at in old.timers.items() if name.startswith("resume ")}


@given(runs())
@settings(max_examples=60, deadline=None)
def test_a_bot_goes_on_after_a_restart_as_if_there_had_been_none(run: Run) -> None:
    whole, _ = replayed(run, every_step=True)
    when = 1
    while True:
        kept = Restarting(run, when)
        kept.replay = prepare(run, kept, every_step=True)
        kept.exchange = kept.replay.exchange
        kept.replay.run()
        if not kept.restarts:
            break
        assert kept.fills == whole.fills, f"after event {when}"
        assert {n: deal.state for n, deal in kept.deals.items()} == {
            n: deal.state for n, deal in whole.deals.items()
        }
        when += 1
