"""``tradelatch venue``."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tradelatch.cli.settings import ConfigFile, fail, read_config
from tradelatch.model.config import FASTEST, Config, Venue


def venue(
    name: Annotated[
        str, typer.Argument(help="One of the venues that the configuration names.")
    ] = "",
    speed: Annotated[
        int | None,
        typer.Option(min=1, max=FASTEST, help="How many times as fast as real its time passes."),
    ] = None,
    flat: Annotated[bool, typer.Option("--flat", help="Let fair prices stand still.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Replay the whole log, not only behind a snapshot.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Run the exchange that comes with Tradelatch, to try everything offline."""
    settings, directory = _chosen(read_config(config), name)
    if speed is not None:
        settings = msgspec.structs.replace(settings, speed=speed)
    import uvloop

    from tradelatch.venue.serve import CannotStart, serve

    def ready(port: int) -> None:
        print(f"venue: http://{settings.host}:{port}", flush=True)

    def report(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    serving = serve(settings, directory, ready, flat=flat, verify=verify, report=report)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serving)
    except CannotStart as error:
        fail(str(error), error.exit_code)


def _chosen(config: Config, name: str) -> tuple[Venue, Path]:
    """The settings of a venue and the folder where everything of it is kept."""
    if not name:
        return config.venue, config.home / "venue"
    if name not in config.venues:
        known = ", ".join(config.venues) or "none"
        fail(f"there is no venue {name!r} in the configuration; under [venues] it names: {known}")
    return config.venues[name], config.home / "venues" / name
