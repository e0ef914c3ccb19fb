"""Fuzzes the REST API by coverage: ``python -m tests.venue.fuzz_requests [libFuzzer's options]``.

An input chooses an endpoint and whether the request is signed; the rest of it is the query.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

import atheris

with atheris.instrument_imports(include=["tradelatch.venue"]):
    from tests.venue.counter import NOW_MS, Counter, check
    from tradelatch.venue.api.rest import TABLE

from tests.venue.nasty import NASTY, PLAUSIBLE, WHOLE

ENDPOINTS = sorted(TABLE)
STAMP = f"timestamp={NOW_MS}".encode()
_CHECKED_EVERY = 200


class Target:
    """Takes one input after the other."""

    def __init__(self, runner: asyncio.Runner, counter: Counter) -> None:
        self._runner = runner
        self._counter = counter
        self._count = 0

    def __call__(self, data: bytes) -> None:
        self._runner.run(self._ask(data))
        self._count += 1
        if self._count % _CHECKED_EVERY == 0:
            assert self._counter.violations == []

    async def _ask(self, data: bytes) -> None:
        counter = self._counter
        chosen, query = data[:2].ljust(2, b"\0"), data[2:]
        method, path = ENDPOINTS[chosen[0] % len(ENDPOINTS)]
        if chosen[1] % 8:
            query = query + b"&" + STAMP if query else STAMP
            query += b"&signature=" + counter.sign(query)
        headers = {b"x-mbx-apikey": counter.key.encode()}
        status, answer = await counter.ask(method, path, query, b"", headers)
        check(status, answer, counter.secret)


def write_dictionary(path: Path) -> None:
    """The words from which the fuzzer may build."""
    names = {name for endpoint in TABLE.values() for name in endpoint.names}
    words = [f"&{name}=" for name in sorted(names)]
    words += [word for values in PLAUSIBLE.values() for word in values]
    words += [word for word in NASTY if 0 < len(word) < 40]
    lines = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words)
    path.write_text("".join(f'"{line}"\n' for line in lines))


def write_seeds(folder: Path) -> None:
    """A whole request to every endpoint, from which the fuzzer begins."""
    folder.mkdir()
    for index, (method, path) in enumerate(ENDPOINTS):
        known = TABLE[method, path].names
        whole = WHOLE.get(path, {"symbol": "ETHBTC"})
        query = urlencode({name: value for name, value in whole.items() if name in known})
        (folder / str(index)).write_bytes(bytes([index, 1]) + query.encode())


async def _open(directory: Path) -> Counter:
    counter = Counter(directory)
    await counter.open()
    return counter


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, asyncio.Runner() as runner:
        words = Path(scratch) / "words"
        write_dictionary(words)
        target = Target(runner, runner.run(_open(Path(scratch))))
        seeds = Path(scratch) / "seeds"
        write_seeds(seeds)
        atheris.Setup([*sys.argv, f"-dict={words}", str(seeds)], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
