"""The drill as one sees it while it runs: three sides, one above the other."""

import time
from collections import deque
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from tradelatch.drills.script import Event

_LINES = 14
_TITLES = {
    "unguarded": "as in 2022: the keys in the bots' hands, the exchanges look on",
    "controlled": "the same, and the exchanges do what they could have done",
    "guarded": "grants in the bots' hands, the keys behind the gate",
}
_STYLES = {"venue": "cyan", "exchanges": "yellow", "bots": "green", "thieves": "red"}


class Board:
    """Shows events as they come; used as a context manager."""

    def __init__(self, *, live: bool, silent: bool) -> None:
        self._silent = silent
        self._started = time.monotonic()
        self._events = {name: deque[Event](maxlen=_LINES) for name in _TITLES}
        self._console = Console()
        self._live: Live | None = None
        if live:
            self._live = Live(
                get_renderable=self._render, console=self._console, refresh_per_second=8
            )

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def tell(self, side: str, event: Event) -> None:
        """One more thing that happened."""
        self._events[side].append(event)
        if not self._live and not self._silent:
            print(
                f"{time.monotonic() - self._started:5.1f} s  {side:10}  {event.who}: {event.says}"
            )

    def _render(self) -> Group:
        """All sides, one line an event, as many as fit the terminal."""
        seconds = time.monotonic() - self._started
        lines = max(3, min(_LINES, (self._console.height - 8) // 3))
        panels = [
            Panel(
                Text("\n", no_wrap=True, overflow="ellipsis").join(
                    _line(event) for event in list(events)[-lines:]
                )
                or "starting ...",
                title=_TITLES[name],
                height=lines + 2,
            )
            for name, events in self._events.items()
        ]
        return Group(Text(f"The theft of 2022, rehearsed ({seconds:.0f} s)", "bold"), *panels)


def _line(event: Event) -> Text:
    style = _STYLES.get(event.who, "")
    says = (event.says, "dim" if event.refused else "")
    return Text.assemble((f"{event.who}: ", style), says, no_wrap=True, overflow="ellipsis")
