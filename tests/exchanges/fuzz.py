"""Fuzzes an exchange's file by coverage: ``python -m tests.exchanges.fuzz NAME [OPTIONS]``, where
the options are libFuzzer's.

An input is a request as it stands on the wire, or (its first line is empty) an answer of the
exchange's: what bots send raises nothing but `Refusal`, what exchanges answer nothing but
ValueError. Whatever of a request is understood is also written anew, and has to read the same.
"""

import ast
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tradelatch.exchanges"]):
    from tradelatch import exchanges
    from tradelatch.conformance.exchange import Exchange, Exchanges
    from tradelatch.exchanges.protocol import ExchangeFile, Reason, Refusal

from msgspec import structs

from tests.exchanges.ccxt_offline import CLIENTS
from tests.exchanges.plausible import answers
from tests.exchanges.wire import NOW_MS
from tradelatch.conformance.cases import Key
from tradelatch.conformance.folder import read_folder
from tradelatch.conformance.rewriting import why_not_rewritten
from tradelatch.conformance.wire import request_of
from tradelatch.model.http import Request, Response
from tradelatch.model.intents import AnyIntent, CancelOrder, PlaceOrder, ReadAccount
from tradelatch.model.orders import OrderType, Side, TimeInForce

ORDER = PlaceOrder(
    "BTC/USDT", Side.BUY, OrderType.LIMIT, Decimal("0.5"), None, Decimal("25000.5"),
    TimeInForce.GTC, client_order_id="abc1",
)  # fmt: skip
MARKET = PlaceOrder("BTC/USDT", Side.SELL, OrderType.MARKET, Decimal("0.5"))
CANCEL = CancelOrder("BTC/USDT", 7)
STATUSES = (200, 400, 404, 429, 500)
_MOST_SEEDS = 300


class Target:
    """Takes one input after the other."""

    def __init__(self, exchange: Exchange) -> None:
        about = CLIENTS[exchange.name]
        self._exchange = exchange
        self._key = Key("k", about.secret.encode(), "p")
        self._answers = tuple(_answers(exchange))

    def __call__(self, data: bytes) -> None:
        if data[:1] == b"\n":
            self._answered(data[1:])
        else:
            self._sent(parsed(data))

    def _sent(self, request: Request) -> None:
        intents: Sequence[AnyIntent] = ()
        with contextlib.suppress(Refusal):
            self._exchange.file.key_id(request)
        with contextlib.suppress(Refusal):
            self._exchange.verify(request, self._key, NOW_MS)
        with contextlib.suppress(Refusal):
            intents = self._exchange.file.read(request)
        if intents and not any(getattr(one, "unbounded", ()) for one in intents):
            why = why_not_rewritten(self._exchange, self._key, intents)
            assert not why or why.startswith("it is not written"), why

    def _answered(self, body: bytes) -> None:
        for answer in self._answers:
            with contextlib.suppress(ValueError):
                answer(body)


def _answers(exchange: Exchange) -> Iterator[Callable[[bytes], object]]:
    """Every function that reads what the exchange answers, to be given a body."""
    file = exchange.file
    yield from (file.open_orders, file.trades, file.balances, file.markets, file.candles)
    yield from (file.book, file.server_time, file.key_rights, file.cancelled_order)
    yield lambda body: file.rename_client_ids(body, {"abc1": "xyz"})
    for asked in (*_of_an_order(file), *file.ask_open_orders(None)):
        yield partial(file.reports, asked)
    for status in STATUSES:
        yield from map(partial(_of_response, status), _of_responses(file))
    if (streams := file.STREAMS) is not None:
        yield from (streams.account_event, streams.event_report)


def _of_an_order(file: ExchangeFile) -> tuple[ReadAccount, ...]:
    asked = file.ask_order("BTC/USDT", "abc1", 7)
    return asked if isinstance(asked, tuple) else (asked,)


def _of_responses(file: ExchangeFile) -> Iterator[Callable[[Response], object]]:
    yield from (file.judge, file.says_too_often)
    yield lambda response: file.asked_order(response, "abc1")
    for intents in ((ORDER,), (MARKET,), (CANCEL,), (CANCEL, ORDER)):
        yield partial(file.outcomes, intents)


def _of_response(status: int, reader: Callable[[Response], object]) -> Callable[[bytes], object]:
    return lambda body: reader(Response(status, body))


def parsed(data: bytes) -> Request:
    """``METHOD /prefix/path?query`` as at the gate, a line for each header, an empty line, and the
    body."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, _, target = first.partition(" ")
    whole, _, query = target.partition("?")
    host, _, path = whole.removeprefix("/").partition("/")
    headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
    return Request(method, host, f"/{path}", query, headers, body)


def told(request: Request) -> bytes:
    """What `parsed` reads as that request."""
    query = f"?{request.query}" if request.query else ""
    head = [f"{request.method} /{request.host}{request.path}{query}"]
    head += [f"{name}: {value}" for name, value in request.headers]
    return "\n".join(head).encode("latin-1", errors="replace") + b"\n\n" + request.body


def seeds(exchange: Exchange) -> Iterator[bytes]:
    """What is written for some intents, answers of the shapes that are read, refusals, and recorded
    requests if there are any."""
    key = Key("k", CLIENTS[exchange.name].secret.encode(), "p")
    file = exchange.file
    asked: list[ReadAccount] = [file.ask_balances(), file.ask_key_rights()]
    asked += [*_of_an_order(file), *file.ask_open_orders(None)]
    intents: list[AnyIntent] = [ORDER, MARKET, CANCEL, *asked]
    for intent in intents:
        with contextlib.suppress(ValueError):  # it knows no such order
            written = exchange.write([intent], key, NOW_MS)
            yield told(structs.replace(written, host=exchange.prefix(written.host)))
    yield from (b"\n" + file.refuse(Refusal(reason, "no")).body for reason in Reason)
    yield from (b"\n" + body for body in answers(_answers(exchange)))
    if folder := os.environ.get("TRADELATCH_DATA"):
        yield from _recorded(exchange, Path(folder) / "exchange-requests")


def _recorded(exchange: Exchange, folder: Path) -> Iterator[bytes]:
    everyone = Exchanges()
    cases = [
        case
        for case in read_folder(folder)
        if (one := everyone.of(case)) and one.name == exchange.name
    ]
    for case in cases[:: len(cases) // _MOST_SEEDS + 1]:
        yield told(request_of(case, exchange.prefix(case.url)))


def words(exchange: Exchange) -> set[str]:
    """The words from which the fuzzer may build: those that stand in the exchange's file."""
    place = Path(str(exchanges.load(exchange.name).__file__))
    files = place.parent.glob("*.py") if place.stem == "__init__" else [place]
    texts = [
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return {word for text in texts if len(text) < 400 for word in text.split() if len(word) < 40}


def main() -> None:
    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=["tradelatch.exchanges"]):
        exchange = Exchange(name)
    with tempfile.TemporaryDirectory() as scratch:
        folder, dictionary = Path(scratch, "seeds"), Path(scratch, "words")
        folder.mkdir()
        for number, seed in enumerate(seeds(exchange)):
            (folder / str(number)).write_bytes(seed)
        lines = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words(exchange))
        dictionary.write_text("".join(f'"{line}"\n' for line in sorted(lines)))
        arguments = [sys.argv[0], *options, f"-dict={dictionary}", str(folder)]
        atheris.Setup(arguments, Target(exchange))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
