"""``tradelatch venue``."""

import asyncio
import sys
from typing import Annotated

import typer

from tradelatch.cli.settings import ConfigFile, fail, read_config


def venue(
    flat: Annotated[bool, typer.Option("--flat", help="Let fair prices stand still.")] = False,
    config: ConfigFile = None,
) -> None:
    """Run the exchange that comes with Tradelatch, to try everything offline."""
    settings = read_config(config)
    import uvloop

    from tradelatch.venue.serve import CannotStart, serve

    def ready(port: int) -> None:
        print(f"venue: http://{settings.venue.host}:{port}", flush=True)

    def report(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    serving = serve(settings.venue, settings.home / "venue", ready, flat=flat, report=report)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serving)
    except CannotStart as error:
        fail(str(error), error.exit_code)
