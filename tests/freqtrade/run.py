"""freqtrade trades live at a venue: ``python -m tests.freqtrade.run --hours 24 --speed 60``

Sets up freqtrade's environment, starts a venue with generated markets, opens an account, runs
freqtrade (killed once and started again), ends it, and compares its books with the venue's.
"""

import argparse
import json
import re
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.freqtrade.books import (
    BotBooks,
    VenueBooks,
    bot_books,
    differences,
    total,
    venue_books,
)
from tests.freqtrade.bot import CONFIG, Bot
from tests.freqtrade.clock import faster
from tests.venue.site import Key, Site, now
from tools import clients

MARKETS = (
    "BTC/USDT,60000,500000000",
    "ETH/USDT,3000,200000000",
    "SOL/USDT,150,80000000",
    "ADA/USDT,0.45,30000000",
)
SYMBOLS = [market.split(",")[0].replace("/", "") for market in MARKETS]
START = {"USDT": Decimal(10_000)}
STOPS = ("STOP_LOSS", "STOP_LOSS_LIMIT")
INTERRUPTED = 130
"""freqtrade's exit code after SIGTERM, which it treats as SIGINT."""
EXPLAINED = (
    # freqtrade copies candles that its websocket thread is writing, and tries again at once.
    'ohlcvs() returned exception: "Error deepcopying: ',
    # It has read a new candle before its websocket thread has noted when the candle came.
    "This usually suggests a problem with time synchronization.",
    # It was about to place an exit anew, at another price, when the old one was filled.
    "Not enough amount to exit trade.",
    # An order was filled between freqtrade's look at it and its cancellation.
    "Could not cancel order",
    "Could not cancel stoploss order",
    # Its configuration's `exit_timeout_count`: an exit that nobody took is made at the market.
    "as the exit order timed out 3 times. force selling",
    # Shortly after midnight it closes its websockets, and then unsubscribes from what it closed.
    "Exception in _unwatch_ohlcv",
)
"""Warnings in freqtrade's log that name no fault of the venue: races of freqtrade's own, and what
its configuration asks for."""
HURRIED = (
    # A third of a second in which nothing ran is 20 seconds of a clock that is 60 times as fast:
    # pings are late, candles are not asked for in time. freqtrade then asks by REST.
    "closing code 1011",
    "ccxt.base.errors.UnsubscribeError",
    "Cannot write to closing transport",
    "Strategy analysis took",
    # An answer that takes 30 ms on its way is 1.8 s old by then.
    "Your system time deviates by",
)
"""More of them, with a faster clock on a machine that has other things to do too."""
DOCUMENTED = "127.0.0.1:8900"
"""The venue's address in the configuration."""
_BAD = (" - WARNING - ", " - ERROR - ", " - CRITICAL - ", "Traceback")
_RECORD = re.compile(r"\d{4}-\d\d-\d\d ")


@dataclass
class Outcome:
    """What a run has shown."""

    venue: VenueBooks
    bot: BotBooks
    hours: float
    seconds: float
    differences: list[str]
    complaints: list[str]
    kept: dict[str, str]
    """Stop-loss orders that lay at the venue when freqtrade was killed, and what became of them."""


class Run:
    """One freqtrade at one venue."""

    def __init__(self, directory: Path, site: Site, speed: int) -> None:
        self._site = site
        self._speed = speed
        self.key: Key = site.open_account("trader", USDT=str(START["USDT"]))
        settings = _settings(site, self.key, speed)
        self.bot = Bot(directory / "bot", settings, "Channel", speed, self._venue_ms)
        for symbol in SYMBOLS:
            # The first one to ask waits until the past is made, and longer on a faster clock.
            site.request("GET", f"/api/v3/klines?symbol={symbol}&interval=1m&limit=1000")

    def go(self, hours: float) -> Outcome:
        """Trade for so many of the venue's hours, with one kill in the middle."""
        began, first = time.monotonic(), self._venue_ms()
        half, end = (first + hours * 3_600_000 * share for share in (0.5, 1.0))
        self.bot.start()
        try:
            self._run_until(half)
            kept = self._rest()
            self.bot.end(signal.SIGKILL)
            self.bot.start()
            self._run_until(end)
            self._rest()
            code = self.bot.end(signal.SIGTERM)
        finally:
            self.bot.end(signal.SIGKILL)
        assert code == INTERRUPTED, f"freqtrade has ended with {code}: {self.bot.log[-20:]}"
        lasted = (self._venue_ms() - first) / 3_600_000
        return self._look(kept, lasted, time.monotonic() - began)

    def _venue_ms(self) -> int:
        return int(self._site.request("GET", "/api/v3/time")[1]["serverTime"])

    def _run_until(self, moment: float) -> None:
        self.bot.run((moment - self._venue_ms()) / 1_000 / self._speed)

    def _rest(self, tries: int = 200) -> list[str]:
        """Stop freqtrade where there are positions, each with its stop-loss order, and no other
        order is open; these stop-loss orders."""
        for _ in range(tries):
            self.bot.heartbeat()
            self.bot.signal(signal.SIGSTOP)
            venue, bot = self._books()
            stops = [id_ for id_, order in venue.open.items() if order["type"] in STOPS]
            apart = differences(venue, bot, START)
            if stops and not apart:
                return stops
            self.bot.signal(signal.SIGCONT)
        raise AssertionError(f"freqtrade has no quiet moment with a position: {stops} {apart}")

    def _books(self) -> tuple[VenueBooks, BotBooks]:
        return venue_books(self._site, self.key, SYMBOLS), bot_books(self.bot.database)

    def _look(self, kept: list[str], hours: float, seconds: float) -> Outcome:
        venue, bot = self._books()
        return Outcome(
            venue=venue,
            bot=bot,
            hours=hours,
            seconds=seconds,
            differences=differences(venue, bot, START),
            complaints=_complaints(self.bot.log, EXPLAINED + HURRIED * (self._speed > 1)),
            kept={id_: venue.orders[id_]["status"] for id_ in kept},
        )


def _settings(site: Site, key: Key, speed: int) -> dict[str, object]:
    """What comes on top of the configuration: the key, and the port if it is another. With a
    faster clock also patience: ten of its seconds may be less than a busy machine needs."""
    documented = json.loads(CONFIG.read_text())["exchange"]["ccxt_config"]
    ccxt = json.loads(json.dumps(documented).replace(DOCUMENTED, f"127.0.0.1:{site.port}"))
    if speed > 1:
        ccxt |= {"timeout": 10_000 * speed, "options": {"recvWindow": 60_000}}
    return {"exchange": {"key": key.id, "secret": key.secret, "ccxt_config": ccxt}}


def _complaints(log: list[str], known: tuple[str, ...]) -> list[str]:
    """Warnings and errors that are not known, each with its traceback."""
    records: list[str] = []
    for line in log:
        if _RECORD.match(line) or not records:
            records.append(line)
        else:
            records[-1] += f"\n{line}"
    bad = [text for text in records if any(word in text for word in _BAD)]
    return [text for text in bad if not any(part in text for part in known)]


def trade(directory: Path, hours: float, speed: int, seed: int) -> Outcome:
    """One run in an empty directory."""
    listed = [part for market in MARKETS for part in ("--market", market)]
    arguments = ["--seed", str(seed), "--limits", *listed]
    with Site(directory / "venue", *arguments, environment=faster(speed, now())) as site:
        return Run(directory, site, speed).go(hours)


def table(outcome: Outcome) -> str:
    """What a run has shown, as a table."""
    venue, bot = outcome.venue, outcome.bot
    fills = [fill for rows in venue.fills.values() for fill in rows]
    sold = [fill for fill in fills if not fill["isBuyer"]]
    bought = [fill for fill in fills if fill["isBuyer"]]
    fees = total(sold, "commission")
    fees += sum(Decimal(f["commission"]) * Decimal(f["price"]) for f in bought)
    stops = [row for row in venue.orders.values() if row["type"] in STOPS]
    closed = sum(bot.reasons.values())
    rows: list[tuple[str, object]] = [
        ("hours of the venue's time", f"{outcome.hours:.2f}"),
        ("seconds of ours", f"{outcome.seconds:.0f}"),
        ("orders", len(venue.orders)),
        ("orders with fills", len(venue.fills)),
        ("fills", len(fills)),
        ("of these as maker", sum(fill["isMaker"] for fill in fills)),
        ("stop-loss orders at the venue", len(stops)),
        ("trades closed", closed),
        *((f"  by {reason}", count) for reason, count in sorted(bot.reasons.items())),
        ("trades open at the end", len(bot.trades) - closed),
        ("bought, USDT", total(bought, "quoteQty")),
        ("sold, USDT", total(sold, "quoteQty")),
        ("fees, USDT", f"{fees:.8f}"),
        *((f"balance of {a}", n) for a, n in sorted(venue.balances.items()) if n),
        ("stop-loss orders over the kill", ", ".join(f"{i} {s}" for i, s in outcome.kept.items())),
        ("differences between the books", len(outcome.differences)),
        ("warnings and errors in the log", len(outcome.complaints)),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}}  {value}" for name, value in rows)


def main() -> int:
    """Run and print; 1 where the books differ or freqtrade's log complains."""
    parser = argparse.ArgumentParser(prog="python -m tests.freqtrade.run")
    parser.add_argument("--hours", type=float, default=24, help="of the venue's time")
    parser.add_argument("--speed", type=int, default=60, help="the venue's seconds a second")
    parser.add_argument("--seed", type=int, default=7, help="of the generated markets")
    parser.add_argument("--directory", type=Path, help="an empty one, to be kept")
    asked = parser.parse_args()
    clients.main(["freqtrade"])
    with tempfile.TemporaryDirectory() as scratch:
        outcome = trade(asked.directory or Path(scratch), asked.hours, asked.speed, asked.seed)
    print(table(outcome), *outcome.differences, *outcome.complaints, sep="\n")
    return 1 if outcome.differences or outcome.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
