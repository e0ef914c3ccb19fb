"""What a backtest is run on: files of prices, steps of the markets, and what it begins with."""

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec

from tradelatch.bots.backtest.run import BadBacktest, Run, first_prices
from tradelatch.bots.backtest.terms import Terms
from tradelatch.bots.config import BotConfig
from tradelatch.model.markets import Market, split_symbol
from tradelatch.model.money import MONEY, ZERO, BadAmount, parse_amount, plain
from tradelatch.tapes.candle_files import read_candles
from tradelatch.tapes.candles import Candles
from tradelatch.tapes.files import BadTape
from tradelatch.tapes.names import named
from tradelatch.tapes.times import BadTime, parse_time
from tradelatch.tapes.trade_files import SCALE
from tradelatch.tapes.trades import Trades, read_trades

_HUNDRED = Decimal(100)
_RESERVE = Decimal("1.25")
"""By so much more than it uses a bot gets where nothing is said: for fees and losses."""


class BadInput(ValueError):
    """An option of the command cannot be used; the message says which and why."""


class Asked(NamedTuple):
    """The command's options, as they were written. Amounts may stand for one market each, as in
    ``ETH/BTC=0.001``; shares are in percent."""

    candles: Sequence[str] = ()
    trades: Sequence[str] = ()
    start: str = ""
    end: str = ""
    capital: str = ""
    holdings: Sequence[str] = ()
    maker: str = "0.1"
    taker: str = "0.1"
    fee_in_quote: bool = False
    slippage: str = "0.05"
    latency_ms: int = 0
    volume_share: str = "100"
    touch: bool = False
    tick: Sequence[str] = ()
    lot: Sequence[str] = ()
    min_notional: Sequence[str] = ()


class Prepared(NamedTuple):
    """A run, and what was assumed where the options said nothing, in sentences."""

    run: Run
    assumed: tuple[str, ...]


def prepare(asked: Asked, bot: BotConfig) -> Prepared:
    """The run of a bot.

    Raises:
        BadInput: an option cannot be used.
        BadTape: a file of prices cannot be used.
        BadBacktest: a market has no prices.
    """
    prices = _prices(asked, bot)
    missing = [symbol for symbol in bot.symbols if symbol not in prices]
    if missing:
        raise BadBacktest(f"there are no prices of {', '.join(missing)}; the bot trades it")
    markets, assumed = markets_of(asked, {symbol: prices[symbol] for symbol in bot.symbols})
    run = Run(bot, markets, prices, {}, terms_of(asked))
    holdings, says = _holdings(asked, run)
    return Prepared(run._replace(holdings=holdings), (*assumed, says))


def price_files(asked: Asked) -> list[Path]:
    """The files of prices, without the names of their markets."""
    return [_named(given)[1] for given in (*asked.candles, *asked.trades)]


# Prices


def trades_of(asked: Asked, symbols: Sequence[str]) -> dict[str, Trades]:
    """All recorded trades of some markets.

    Raises:
        BadInput, BadTape: a file cannot be used, or a market has none.
    """
    only = symbols[0] if len(symbols) == 1 else ""
    found = {}
    for given in asked.trades:
        symbol, path = _named(given)
        known = named(path.name).symbol
        one = _read(path, symbol or ("" if known else only), is_candles=False)
        assert isinstance(one, Trades)
        found[one.symbol] = one
    missing = [symbol for symbol in symbols if symbol not in found]
    if missing:
        raise BadInput(f"--trades: there are none of {', '.join(missing)}, which the bot trades")
    return {symbol: found[symbol] for symbol in symbols}


def _prices(asked: Asked, bot: BotConfig) -> dict[str, Candles | Trades]:
    if bool(asked.candles) == bool(asked.trades):
        raise BadInput("give either --candles FILE or --trades FILE")
    start = _time("--from", asked.start, 0)
    end = _time("--to", asked.end, 2**62)
    if end <= start:
        raise BadInput(f"--to {asked.end} is not after --from {asked.start}")
    found: dict[str, Candles | Trades] = {}
    for given in asked.candles or asked.trades:
        symbol, path = _named(given)
        one = _read(path, symbol or _only(bot, path), is_candles=bool(asked.candles))
        if one.symbol in found:
            raise BadInput(f"{path}: there is another file of {one.symbol}; join them into one")
        found[one.symbol] = one.between(start, end)
        if not len(found[one.symbol]):
            raise BadInput(f"{path}: there is nothing between --from and --to in it")
    return found


def _named(given: str) -> tuple[str, Path]:
    """``ETH/BTC=FILE`` is of that market; of ``FILE`` its name or its rows tell it."""
    symbol, equals, file = given.partition("=")
    if not equals or Path(given).exists():
        return "", Path(given)
    try:
        split_symbol(symbol)
    except ValueError as error:
        raise BadInput(f"{given}: {error}, as in ETH/BTC=FILE") from error
    return symbol, Path(file)


def _only(bot: BotConfig, path: Path) -> str:
    """The market of a file whose name does not tell it: the bot's, if it has but one."""
    return bot.symbols[0] if len(bot.symbols) == 1 and not named(path.name).symbol else ""


def _read(path: Path, symbol: str, is_candles: bool) -> Candles | Trades:
    if is_candles:
        candles = read_candles(path, symbol)
        if not any(candles.volumes):
            raise BadTape(f"{path}: no volume is told in it, so no resting order would be filled")
        return candles
    trades = read_trades(path, symbol)
    symbol = trades.symbol or named(path.name).symbol
    if not symbol:
        raise BadTape(f"{path}: nothing tells which market this is; write ETH/BTC={path}")
    return msgspec.structs.replace(trades, symbol=symbol)


def _time(option: str, text: str, default: int) -> int:
    try:
        return parse_time(text) if text else default
    except BadTime as error:
        raise BadInput(f"{option}: {error}") from error


# Markets


def markets_of(
    asked: Asked, prices: Mapping[str, Candles | Trades]
) -> tuple[dict[str, Market], list[str]]:
    """The steps of the markets, and what was assumed of them, in sentences.

    Raises:
        BadInput: an option cannot be used.
    """
    markets, assumed = dict[str, Market](), list[str]()
    given = {
        "--tick": _by_symbol("--tick", asked.tick),
        "--lot": _by_symbol("--lot", asked.lot),
        "--min-notional": _by_symbol("--min-notional", asked.min_notional),
    }
    for option, steps in given.items():
        if strange := [symbol for symbol in steps if symbol and symbol not in prices]:
            raise BadInput(f"{option}: {strange[0]} is none of the bot's markets")
    for symbol, one in prices.items():
        seen = dict(zip(given, (*_seen_steps(one), ZERO), strict=True))
        told = {option: steps.get(symbol, steps.get("")) for option, steps in given.items()}
        tick, lot, least = (seen[o] if told[o] is None else told[o] or ZERO for o in given)
        if not tick or not lot:
            raise BadInput(f"--{'lot' if tick else 'tick'}: 0 is no step; use more than zero")
        markets[symbol] = Market(*split_symbol(symbol), tick, lot, least)
        if guessed := [f"{o[2:]} {plain(seen[o])}" for o in ("--tick", "--lot") if told[o] is None]:
            assumed.append(f"{symbol}: {' and '.join(guessed)}, as fine as its prices are told.")
        if told["--min-notional"] is None:
            assumed.append(f"{symbol}: orders of any worth are taken (--min-notional).")
    return markets, assumed


def _by_symbol(option: str, given: Sequence[str]) -> dict[str, Decimal]:
    """Amounts by market; "" for all that are not named."""
    found: dict[str, Decimal] = {}
    for text in given:
        symbol, _, amount = text.rpartition("=")
        found[symbol] = _amount(option, amount)
    return found


def _seen_steps(prices: Candles | Trades) -> tuple[Decimal, Decimal]:
    """Tick and lot: the decimals that prices and amounts are told with."""
    if isinstance(prices, Candles):
        return prices.price_unit, prices.volume_unit
    return _decimals(prices.prices), _decimals(prices.amounts)


def _decimals(units: Sequence[int]) -> Decimal:
    common, step = math.gcd(SCALE, *units), 1
    while common % (step * 10) == 0:
        step *= 10
    return MONEY.divide(step, SCALE)


# Money


def terms_of(asked: Asked) -> Terms:
    """How orders are filled.

    Raises:
        BadInput: an option cannot be used.
    """
    if asked.latency_ms < 0:
        raise BadInput(f"--latency: {asked.latency_ms} is below zero")
    return Terms(
        maker=_share("--maker", asked.maker, 50),
        taker=_share("--taker", asked.taker, 50),
        fee_in="quote" if asked.fee_in_quote else "received",
        slippage=_share("--slippage", asked.slippage, 50),
        volume_share=_share("--volume-share", asked.volume_share, 100),
        touch=asked.touch,
        latency_ms=asked.latency_ms,
    )


def _share(option: str, text: str, most: int) -> Decimal:
    """Percent as a share."""
    percent = _amount(option, text.removesuffix("%").strip())
    if percent > most:
        raise BadInput(f"{option}: {text} is out of range, use 0 to {most} (percent)")
    return MONEY.divide(percent, _HUNDRED)


def _holdings(asked: Asked, run: Run) -> tuple[dict[str, Decimal], str]:
    """What the account begins with, and a sentence of it."""
    quote = split_symbol(run.bot.symbols[0])[1]
    if asked.capital and asked.holdings:
        raise BadInput("give either --capital or --holding")
    if asked.capital or asked.holdings:
        found = dict(map(_holding, asked.holdings)) or {quote: _amount("--capital", asked.capital)}
        return found, f"It begins with {_listed(found)}."
    prices = first_prices(run)
    run.bot.strategy.check(run.bot.settings, run.markets, prices, run.terms.taker)
    needs = run.bot.strategy.capital(run.bot.settings, run.markets, prices)
    if not needs:
        raise BadInput(f"this strategy does not tell what it needs: give --capital ({quote})")
    found = {asset: _enough(amount) for asset, amount in needs.items()}
    return (
        found,
        f"It begins with {_listed(found)}: a quarter more than it uses at most (--capital).",
    )


def _holding(text: str) -> tuple[str, Decimal]:
    asset, _, amount = text.partition("=")
    if not asset or not amount:
        raise BadInput(f"--holding {text}: write it as BTC=0.5")
    return asset.strip().upper(), _amount("--holding", amount)


def _enough(amount: Decimal) -> Decimal:
    """Rounded up to four digits."""
    more = MONEY.multiply(amount, _RESERVE)
    return more.quantize(Decimal((0, (1,), more.adjusted() - 3)), rounding=ROUND_CEILING)


def _listed(holdings: Mapping[str, Decimal]) -> str:
    return " and ".join(f"{plain(amount)} {asset}" for asset, amount in holdings.items())


def _amount(option: str, text: str) -> Decimal:
    try:
        return parse_amount(text)
    except BadAmount as error:
        raise BadInput(f"{option}: {error}") from error
