"""Tradelatch's DCA bot: ``python -m bench.backtests.ours PLAN``."""

import hashlib
from collections import Counter
from decimal import Decimal
from pathlib import Path

from bench.backtests.plan import Deal, Laps, Plan, asked, tell
from tradelatch.bots.backtest.result import FillResult, Result
from tradelatch.bots.backtest.run import Run, run_backtest
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.config import BotConfig
from tradelatch.bots.dca.settings import DcaSettings
from tradelatch.bots.dca.strategy import Dca
from tradelatch.model.markets import Market, split_symbol
from tradelatch.model.orders import Side
from tradelatch.tapes.candle_files import read_candles
from tradelatch.tapes.candles import Candles
from tradelatch.tapes.trades import Trades

MINUTE_MS = 60_000
_NEXT_OPEN_S = 30
"""A take profit is met in the middle of its minute: so long later the next one opens, at which
the other engines begin the next deal."""


def main() -> None:
    """Run the plan."""
    plan, laps = asked(), Laps()
    candles = read_candles(Path(plan.candles), plan.symbol, MINUTE_MS)
    load_s = laps.lap()
    result = run_backtest(run_of(plan, candles), every_step=plan.every_step)
    tell(load_s, laps.lap(), deals(result), fills_hash(result.fills))


def run_of(plan: Plan, prices: Candles | Trades) -> Run:
    """The backtest that a plan asks for: fees in quote, no slippage, and an order is filled where
    it is touched, as the other engines do it."""
    base, quote = split_symbol(plan.symbol)
    settings = DcaSettings(
        base_order_volume=_exact(plan.base_volume),
        safety_order_volume=_exact(plan.safety_volume),
        max_safety_orders=plan.safety_orders,
        safety_order_step_percentage=_exact(plan.step),
        martingale_volume_coefficient=_exact(plan.volume_factor),
        take_profit=_exact(plan.take_profit),
        cooldown=_NEXT_OPEN_S,
    )
    fee = _exact(plan.fee)
    market = Market(base, quote, _exact(plan.tick), _exact(plan.lot), _exact(plan.least))
    return Run(
        BotConfig("bench", "dca", "", (plan.symbol,), Dca, settings),
        {plan.symbol: market},
        {plan.symbol: prices},
        {quote: _exact(plan.cash)},
        Terms(maker=fee, taker=fee, fee_in="quote", slippage=Decimal(0), touch=True),
    )


def deals(result: Result) -> list[Deal]:
    """The closed ones."""
    fills = Counter((fill.deal, fill.side) for fill in result.fills)
    return [
        Deal(
            _minute(deal.opened_ms),
            _minute(deal.closed_ms),
            fills[deal.number, Side.BUY],
            float(deal.profit),
        )
        for deal in result.deals
        if deal.counts and deal.closed_ms is not None
    ]


def fills_hash(fills: tuple[FillResult, ...]) -> str:
    """The same for the same fills, every digit of them."""
    return hashlib.sha256(repr(fills).encode()).hexdigest()[:16]


def _minute(at_ms: int) -> int:
    return at_ms // MINUTE_MS * MINUTE_MS


def _exact(number: float) -> Decimal:
    return Decimal(f"{number:.8f}").normalize()


if __name__ == "__main__":
    main()
