"""What every engine is given, and what it tells. The standard library alone: this is imported in
the environments of all of them, which is why the numbers are floats."""

import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """A long DCA bot in one market: a base order at the market, `safety_orders` below it of which
    one rests at a time, a take profit over the average. Volumes are in quote, percentages in
    percent, `fee` is a rate that is taken in quote."""

    candles: str
    """A CSV file of minutes: time (ms), open, high, low, close, volume."""
    scratch: str
    """A folder."""
    venue: str
    """The URL of a venue that lists the market."""
    every_step: bool = False
    symbol: str = "BTC/USDT"
    tick: float = 0.01
    lot: float = 0.00001
    least: float = 5.0
    """What an order is worth at least, in quote."""
    cash: float = 100_000.0
    fee: float = 0.001
    base_volume: float = 200.0
    safety_volume: float = 200.0
    safety_orders: int = 8
    step: float = 1.0
    volume_factor: float = 1.5
    take_profit: float = 1.0

    def base_amount(self, price: float) -> float:
        """What the base order buys."""
        return up(self.base_volume / price, self.lot)

    def level(self, first: float, number: int) -> tuple[float, float]:
        """Price and amount of a safety order; `first` is the base order's price with its fee."""
        price = down(first * (1 - self.step * number / 100), self.tick)
        volume = self.safety_volume * self.volume_factor ** (number - 1)
        return price, up(volume / price, self.lot)

    def target(self, paid: float, amount: float) -> float:
        """The take profit's price, from what was paid, fees included."""
        return up(paid / amount * (1 + self.take_profit / 100) / (1 - self.fee), self.tick)


@dataclass(frozen=True)
class Deal:
    """One closed deal: the minutes (ms) of its first buy and of its sale, its buys, its profit."""

    opened_ms: int
    closed_ms: int
    buys: int
    profit: float


@dataclass(frozen=True)
class Outcome:
    """What an engine did: CPU seconds of reading the candles and of the backtest, the highest
    resident memory in MiB, and a hash of all fills where they are exact."""

    load_s: float
    run_s: float
    memory_mib: float
    deals: list[Deal]
    fills_hash: str = ""


class Laps:
    """CPU seconds of this process, all threads, by part."""

    def __init__(self) -> None:
        self._since = time.process_time()

    def lap(self) -> float:
        """Since the last call."""
        now = time.process_time()
        took, self._since = now - self._since, now
        return took


def down(amount: float, step: float) -> float:
    """The step below, or the one that is meant where a float is a hair off."""
    return math.floor(amount / step + 1e-6) * step


def up(amount: float, step: float) -> float:
    """The step above."""
    return math.ceil(amount / step - 1e-6) * step


def asked() -> Plan:
    """The plan in the file that the command line names."""
    return Plan(**json.loads(Path(sys.argv[1]).read_text()))


def tell(load_s: float, run_s: float, deals: list[Deal], fills_hash: str = "") -> None:
    """Print the outcome as the last line."""
    print(json.dumps(asdict(Outcome(load_s, run_s, _memory_mib(), deals, fills_hash))))


def _memory_mib() -> float:
    """The most that was resident since this program was loaded, as Linux tells it; what `getrusage`
    tells counts whoever started it too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
