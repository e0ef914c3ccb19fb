"""``python -m tradelatch.venue``: one venue in this process, until it is told to stop."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from tradelatch.model.config import FASTEST, Venue, VenueMarket
from tradelatch.venue.serve import CannotStart, serve
from tradelatch.venue.snapshots import EVERY


def main(arguments: list[str] | None = None) -> int:
    """Run a venue; the exit code is 0, 1 for a damaged log, 2 for whatever else stops it."""
    asked = _parser().parse_args(arguments)
    settings = Venue(
        host=asked.host,
        port=asked.port,
        seed=asked.seed,
        tape=str(asked.tape) if asked.tape else "",
        speed=asked.speed,
        markets=tuple(asked.market),
        limits=asked.limits,
    )

    def ready(port: int) -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        print(f"http://{host}:{port}", flush=True)

    def report(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(
                serve(
                    settings,
                    asked.directory,
                    ready,
                    flat=asked.flat,
                    moment=asked.tape_from,
                    report=report,
                    verify=asked.verify,
                    every=asked.snapshot_every,
                )
            )
    except CannotStart as error:
        report(str(error))
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tradelatch venue", description="Run an exchange.")
    parser.add_argument("--directory", type=Path, required=True, help="where everything is kept")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=0, help="0 takes any free one")
    parser.add_argument("--seed", type=int, default=Venue().seed, help="of the generated markets")
    parser.add_argument("--tape", type=Path, help="CSV or Parquet that drives one more market")
    parser.add_argument(
        "--tape-from", type=_moment, help="UTC time on the tape that is now, 2019-07-05T16:00"
    )
    parser.add_argument("--speed", type=_speed, default=1, help="how many times as fast as real")
    parser.add_argument(
        "--market",
        action="append",
        type=_market,
        default=[],
        metavar="SYMBOL,PRICE,TURNOVER",
        help="one more generated market, such as BTC/USDT,60000,500000000 (a day's value)",
    )
    parser.add_argument("--limits", action="store_true", help="hold clients to request limits")
    parser.add_argument("--flat", action="store_true", help="fair prices stand still")
    parser.add_argument("--verify", action="store_true", help="replay the whole log first")
    parser.add_argument(
        "--snapshot-every", type=_count, default=EVERY, help="commands between snapshots; 0: none"
    )
    return parser


def _market(text: str) -> VenueMarket:
    parts = text.split(",")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError("write SYMBOL,PRICE,TURNOVER")
    return VenueMarket(*parts)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return port


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError("a number is 0 or more")
    return count


def _speed(text: str) -> int:
    speed = int(text)
    if not 1 <= speed <= FASTEST:
        raise argparse.ArgumentTypeError(f"a speed is 1 to {FASTEST}")
    return speed


def _moment(text: str) -> int:
    when = datetime.fromisoformat(text)
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1_000)


if __name__ == "__main__":
    sys.exit(main())
