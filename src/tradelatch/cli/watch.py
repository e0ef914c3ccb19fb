"""``tradelatch watch``: brings what the journal tells to people."""

import signal
import sys
from collections.abc import Iterator
from threading import Event, Thread
from typing import TYPE_CHECKING

from tradelatch.cli.settings import ConfigFile, config_file, fail, read_config, seen_by_others
from tradelatch.journal import log

if TYPE_CHECKING:
    from tradelatch.watch.follow import Follower


def watch(config: ConfigFile = None) -> None:
    """Follow the journal and send notices to the channels that the configuration lists."""
    settings, config = read_config(config), config_file(config)
    channels = settings.notify.channels
    if not channels or config is None:
        fail("the configuration lists no channel; name some as [notify.channels.NAME]")
    if problem := seen_by_others(config):
        fail(problem)
    from tradelatch.notify.channels import BadChannel, open_channel
    from tradelatch.watch.follow import Follower, LostPlace

    journal = settings.home / "journal"

    def read(place: int) -> Iterator[tuple[int, bytes]]:
        return log.records_from(journal, place)

    followers: dict[str, Follower] = {}
    try:
        for name, channel in channels.items():
            cursor = settings.home / "watch" / f"{name}.json"
            opened = open_channel(name, channel.url)
            followers[name] = Follower(opened, read, cursor, channel.wanted)
    except (BadChannel, LostPlace, log.JournalError) as error:
        fail(str(error))
    print(f"watch: {', '.join(followers)}", flush=True)
    _run(followers, settings.watch.poll_ms / 1000)


def _run(followers: dict[str, "Follower"], pause_s: float) -> None:
    """Every channel in a thread of its own, so that a dead one holds up no other; until SIGTERM,
    or until one of them cannot go on."""
    stop, problems = Event(), list[str]()

    def follow(name: str) -> None:
        try:
            followers[name].run(stop, pause_s, lambda says: _report(name, says))
        except (ValueError, OSError, log.JournalError) as error:
            problems.append(f"channel {name}: {error}")
            stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threads = [Thread(target=follow, args=(name,)) for name in followers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        fail(problems[0], code=1)


def _report(name: str, says: str) -> None:
    print(f"watch: channel {name} {says}", file=sys.stderr, flush=True)
