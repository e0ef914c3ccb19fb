"""One bot on recorded prices, from its configuration to its result."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

from tradelatch.bots.backtest.equity import equity_curve, exposure, fees_in_quote
from tradelatch.bots.backtest.feed import CandleFeed, Feed, TradeFeed
from tradelatch.bots.backtest.history import History
from tradelatch.bots.backtest.replay import Plan, Replay, Sink
from tradelatch.bots.backtest.result import Gap, Result, thin
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.config import BotConfig
from tradelatch.model.markets import Market, split_symbol
from tradelatch.model.money import MONEY, ZERO
from tradelatch.tapes.candles import Candles
from tradelatch.tapes.trades import Trades, candles_of

MINUTE_MS = 60_000
_PATH = (
    "Each candle is a path from its open against the bot first, then to the other extreme and to "
    "its close: where it touches both take profit and stop, the stop comes first.",
    "A limit order that is sent inside a candle arrives with the next one, an order at the market "
    "at the price of that moment; one sent at a candle's close arrives at the next one's open.",
)
_TAPE = (
    "Each recorded trade is a step: an order arrives with the first trade after its latency and "
    "is filled by later trades at or through its price, whoever stood before it in the book.",
)


class BadBacktest(ValueError):
    """The prices do not fit the bot; the message says how."""


class Run(NamedTuple):
    """What a backtest needs: the bot, its markets, their prices, what it begins with, and how
    orders are filled. Of each market there are candles or trades, all of one kind."""

    bot: BotConfig
    markets: dict[str, Market]
    prices: Mapping[str, Candles | Trades]
    holdings: dict[str, Decimal]
    terms: Terms


def run_backtest(
    run: Run,
    progress: Callable[[int], None] = lambda now_ms: None,
    every_step: bool = False,
) -> Result:
    """Replay the prices to the bot.

    Raises:
        BadBacktest: a market has no prices, or the pairs are not quoted in one asset.
        BadSettings: the strategy refuses its settings in these markets.
    """
    history = History()
    replay = prepare(run, history, every_step)
    quote, feeds, candles = _quote(run), _feeds(run), _candles(run)
    first = first_prices(run)
    start_ms = replay.now_ms
    replay.run(progress)
    end_ms = max(feed.end_ms for feed in feeds.values())
    last = {symbol: feed.price(end_ms) or ZERO for symbol, feed in feeds.items()}
    deals = history.results(last)
    equity = equity_curve(quote, run.holdings, history.fills, feeds, start_ms, end_ms)
    settings: dict[str, object] = msgspec.json.decode(msgspec.json.encode(run.bot.settings))
    return Result(
        bot=run.bot.name,
        kind=run.bot.kind,
        settings=settings,
        symbols=run.bot.symbols,
        start_ms=start_ms,
        end_ms=end_ms,
        quote=quote,
        start_equity=_worth(run.holdings, quote, first),
        equity=equity,
        exposure_ms=exposure(deals, history.fills, end_ms),
        deals=deals,
        fills=tuple(history.fills),
        fees=fees_in_quote(quote, history.fills),
        assumptions=(*run.terms.sentences(), *_path(run)),
        warnings=tuple(_warnings(history)),
        candles={name: thin(one, start_ms, end_ms) for name, one in candles.items()},
        gaps=tuple(Gap(name, *gap) for name, one in candles.items() for gap in one.gaps),
    )


def prepare(run: Run, sink: Sink, every_step: bool = False) -> Replay:
    """The replay of a run, checked and not begun.

    Raises:
        BadBacktest: a market has no prices, or the pairs are not quoted in one asset.
        BadSettings: the strategy refuses its settings in these markets.
    """
    _quote(run)
    run.bot.strategy.check(run.bot.settings, run.markets, first_prices(run), run.terms.taker)
    candles = _candles(run)
    _check_intervals(run, candles)
    plan = Plan(run.bot.name, run.bot.strategy, run.bot.settings, run.bot.symbols)
    return Replay(
        [plan],
        _feeds(run),
        run.markets,
        run.holdings,
        run.terms,
        sink,
        candles=candles,
        every_step=every_step,
    )


def first_prices(run: Run) -> dict[str, Decimal]:
    """The first price of each of the bot's markets.

    Raises:
        BadBacktest: one has none.
    """
    return {symbol: feed.first for symbol, feed in _feeds(run).items()}


def _feeds(run: Run) -> dict[str, Feed]:
    return {symbol: _feed(run, symbol) for symbol in run.bot.symbols}


def _quote(run: Run) -> str:
    quotes = {split_symbol(symbol)[1] for symbol in run.bot.symbols}
    if len(quotes) > 1:
        raise BadBacktest(f"symbols: they are quoted in {', '.join(sorted(quotes))}; use one quote")
    missing = [symbol for symbol in run.bot.symbols if symbol not in run.prices]
    if missing:
        raise BadBacktest(f"there are no prices of {', '.join(missing)}")
    return quotes.pop()


def _feed(run: Run, symbol: str) -> Feed:
    prices = run.prices[symbol]
    if not len(prices):
        raise BadBacktest(f"there are no prices of {symbol}")
    return CandleFeed(prices) if isinstance(prices, Candles) else TradeFeed(prices)


def _candles(run: Run) -> dict[str, Candles]:
    """Of each market, as they are or made of its trades."""
    return {
        symbol: prices if isinstance(prices, Candles) else candles_of(prices, MINUTE_MS)
        for symbol, prices in run.prices.items()
        if symbol in run.bot.symbols
    }


def _check_intervals(run: Run, candles: Mapping[str, Candles]) -> None:
    """Longer bars can be made of candles, shorter ones cannot."""
    for wanted in run.bot.strategy.intervals(run.bot.settings):
        for symbol, one in candles.items():
            if wanted % one.interval_ms:
                has, wants = one.interval_ms // 1_000, wanted // 1_000
                says = f"the bot wants bars of {wants} s, and the candles are of {has} s"
                raise BadBacktest(f"{symbol}: {says}; use shorter candles")


def _worth(holdings: Mapping[str, Decimal], quote: str, prices: Mapping[str, Decimal]) -> Decimal:
    worth = holdings.get(quote, ZERO)
    for symbol, price in prices.items():
        amount = holdings.get(split_symbol(symbol)[0], ZERO)
        worth = MONEY.add(worth, MONEY.multiply(amount, price))
    return worth


def _path(run: Run) -> tuple[str, ...]:
    are_candles = all(isinstance(run.prices[symbol], Candles) for symbol in run.bot.symbols)
    if are_candles:
        return _PATH
    return (*_TAPE, f"An order is on its way for {run.terms.latency_ms} ms.")


def _warnings(history: History) -> list[str]:
    denied = [note.says for note in history.notes if note.kind == "denial"]
    return [f"{len(denied)} orders were denied, the first: {denied[0]}"] if denied else []
