"""What people ask of a running bot by the command line, and what they are answered."""

from typing import Any

import msgspec

from tradelatch.bots.bot import Bot
from tradelatch.bots.strategy import BadSettings
from tradelatch.store.rows import Request

UNCHANGED = "nothing was changed"
"""Begins the answer to an edit that was refused."""


def carry_out(bot: Bot, request: Request) -> str:
    """Do it; what to answer."""
    match request.what:
        case "stop":
            return _stop(bot, msgspec.json.decode(request.arguments).get("deals", ""))
        case "edit":
            return _edit(bot, request.arguments)
        case "open":
            symbol: str = msgspec.json.decode(request.arguments)["symbol"]
            return bot.open(symbol) or f"a deal begins in {symbol}"
        case "close" | "panic-sell":
            return _close(bot, request.deal, request.what == "panic-sell")
        case what:
            return f"{what!r} is nothing that a bot can do"


def _stop(bot: Bot, deals: str) -> str:
    """`deals` is what becomes of open ones at once: "close", "panic-sell", or nothing."""
    if not deals:
        bot.stop()
        return "it begins no new deals, and ends with the open ones"
    # Before on_stop(): a strategy may end its deal there, and keep what was to be sold.
    bot.strategy.is_stopping = True
    ended = [_close(bot, number, deals == "panic-sell") for number in list(bot.desk.deals)]
    bot.stop()
    return "; ".join(("it begins no new deals", *ended))


def _close(bot: Bot, number: int | None, sell: bool) -> str:
    deal = bot.desk.deals.get(number or 0)
    if deal is None:
        return f"{bot.name} has no open deal {number}"
    bot.close(deal, sell)
    return f"deal {number}: its orders are cancelled{', and it leaves at the market' * sell}"


def _edit(bot: Bot, arguments: bytes) -> str:
    strategy, desk = bot.strategy, bot.desk
    try:
        settings: Any = msgspec.json.decode(arguments, type=strategy.settings_type)
        prices = {symbol: desk.price(symbol) for symbol in desk.markets}
        known = {symbol: price for symbol, price in prices.items() if price is not None}
        type(strategy).check(settings, desk.markets, known, desk.fee)
    except (msgspec.MsgspecError, BadSettings) as error:
        return f"{UNCHANGED}: {error}"
    return strategy.edit(settings)
