"""What each exchange's file costs, in process: an order that arrived verified, read and written
anew (signed), beside ccxt's own `sign` of the same order."""

import copy
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import ccxt

from bench.report import Cell, Report, Table
from tests.exchanges.ccxt_offline import CLIENTS, Offline
from tests.exchanges.wire import NOW_MS
from tradelatch import exchanges
from tradelatch.conformance.cases import Case
from tradelatch.conformance.exchange import Exchange
from tradelatch.conformance.wire import request_of
from tradelatch.exchanges.protocol import Credentials

AIM_US = 60
ROUNDS, QUICK_ROUNDS = 3_000, 200
AMOUNT, PRICE = 0.05, 0.0698
_WINDOW_MS = 5_000


def run(folder: Path, quick: bool) -> Report:
    """Measure every exchange; nothing is written under `folder`."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    columns = ("exchange", "secret", "verify", "read", "write", "all three", "p99", "ccxt's sign")
    formats = ("", "", *[",.1f"] * (len(columns) - 2))
    rows = [_row(name, rounds) for name in exchanges.NAMES]
    title = "A limit order at each exchange: us at the median"
    return Report("exchanges", [Table(title, columns, formats, rows)], _notes(rounds))


def _row(name: str, rounds: int) -> tuple[Cell, ...]:
    file, client = Exchange(name).file, Offline(name)
    case, arguments = _order(client, next(iter(CLIENTS[name].markets)))
    request, secret = request_of(case, name), Exchange(name).secret(case.key)
    intents, credentials = file.read(request), Credentials("k", secret)
    ours: tuple[Callable[[], object], ...] = (
        lambda: file.verify(request, secret, NOW_MS),
        lambda: file.read(request),
        lambda: file.write(intents, credentials, NOW_MS, _WINDOW_MS, "", NOW_MS),
    )
    took: list[list[float]] = []
    for _ in range(rounds):
        given = copy.deepcopy(arguments)  # ccxt's sign changes its own
        took.append([*map(_us, ours), _us(partial(client.ccxt.sign, *given))])
    *each, signed = zip(*took, strict=True)
    whole = sorted(map(sum, zip(*each, strict=True)))
    figures = (*map(statistics.median, each), statistics.median(whole), whole[rounds * 99 // 100])
    return name, file.SECRET.value, *figures, statistics.median(signed)


def _order(client: Offline, symbol: str) -> tuple[Case, Sequence[Any]]:
    """A limit order as ccxt sends it, and what its `sign` was given for it."""
    given: list[Sequence[Any]] = []
    sign = client.ccxt.sign

    def kept(*arguments: Any) -> Any:
        given.append(copy.deepcopy(arguments))
        return sign(*arguments)

    client.ccxt.sign = kept
    case = client.case("create_order", symbol, "limit", "buy", AMOUNT, PRICE)
    client.ccxt.sign = sign
    return case, given[-1]


def _us(act: Callable[[], object]) -> float:
    begun = time.perf_counter_ns()
    act()
    return (time.perf_counter_ns() - begun) / 1_000


def _notes(rounds: int) -> list[str]:
    return [
        f"Each figure is the median of {rounds:,} rounds in one process, on one core; in each "
        "round the order is verified, read and written, and signed by ccxt, in turn. 'all three' "
        "is the median of the rounds' sums, 'p99' the 99th percentile of these.",
        "Verifying is on the raw bytes that ccxt sent, with the secret; reading tells the intent; "
        "writing composes the request to the exchange from the intent alone and signs it.",
        f"ccxt {ccxt.__version__}'s sign of the same order gets its parameters ready made and "
        "words and signs them: about what writing does. It reads and verifies nothing.",
        f"The aim is {AIM_US} us for all three where the secret is a text (HMAC); a P-256 "
        "signature is an elliptic curve's and costs what it costs.",
    ]
