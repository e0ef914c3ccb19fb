"""The points at which a bot is struck while it places an order."""

import enum


class Point(enum.StrEnum):
    """Where the way of one order is cut. `kills` says whether the bot's process ends there, by
    SIGKILL, and is started again; elsewhere it lives and has to make do."""

    UNSENT = "killed before the exchange has the order"
    UNANSWERED = "killed once the exchange has the order, before the answer"
    UNKEPT = "killed 5 ms after the answer"
    BETWEEN = "killed between two fills"
    LOST = "the connection ends before the answer"
    LATE = "the answer takes 12 s"

    @property
    def kills(self) -> bool:
        """Whether the process is killed."""
        return self not in (Point.LOST, Point.LATE)
