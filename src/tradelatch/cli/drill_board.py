"""The drill as one sees it: two columns while it runs, a table at the end."""

import time
from collections import deque
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from tradelatch.cli.console import print_table
from tradelatch.drills.replay import ALLOCATION, BUDGET, EXITS, Outcome, Side
from tradelatch.drills.script import Event
from tradelatch.model.money import plain

_LINES = 14
_TITLES = {
    "unguarded": "the exchange key in the bot's hands",
    "guarded": "a grant in the bot's hands, the key behind the gate",
}


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
            print(f"{time.monotonic() - self._started:5.1f} s  {side:9}  {event.who}: {event.says}")

    def _render(self) -> Group:
        """Both sides, one line an event, as many as fit the terminal."""
        seconds = time.monotonic() - self._started
        lines = max(3, min(_LINES, (self._console.height - 6) // 2))
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


def result_table(outcome: Outcome) -> None:
    """Both sides' figures, and the denials by rule."""
    sides = (outcome.unguarded, outcome.guarded)
    rows = [
        ("worth before (BTC)", *(f"{side.before:.4f}" for side in sides)),
        ("worth after", *(f"{side.after:.4f}" for side in sides)),
        ("lost", *(f"{side.lost:.4f}" for side in sides)),
        ("lost, share", *(f"{side.lost / side.before:.1%}" for side in sides)),
        ("stated amounts B + X + E", "none", f"{plain(BUDGET + ALLOCATION + EXITS)}"),
        ("withdrawn by the thief", *(f"{side.stolen:.4f}" for side in sides)),
        ("orders outside the collar", *(str(side.outside_collar) for side in sides)),
    ]
    print_table("What the thief got", ("", "unguarded", "guarded"), rows, right=(1, 2))
    denied = sorted(outcome.guarded.denials.items(), key=lambda entry: -entry[1].times)
    told = [(rule, str(denial.times), denial.says) for rule, denial in denied]
    print_table("Denials recorded, rule by rule", ("rule", "times", "first"), told, right=(1,))


def side_numbers(side: Side) -> dict[str, Any]:
    """One side for machines; amounts are strings, in BTC."""
    return {
        "before": plain(side.before),
        "after": plain(side.after),
        "lost": plain(side.lost),
        "withdrawn_by_thief": plain(side.stolen),
        "orders_outside_collar": side.outside_collar,
        "denials": {rule: denial.times for rule, denial in side.denials.items()},
    }


def _line(event: Event) -> Text:
    style = {"venue": "cyan", "bot": "green", "thief": "red"}.get(event.who, "")
    says = (event.says, "dim" if event.refused else "")
    return Text.assemble((f"{event.who}: ", style), says, no_wrap=True, overflow="ellipsis")
