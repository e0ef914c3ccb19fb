"""What notices are about; the configuration chooses by it."""

import enum


class Kind(enum.StrEnum):
    """What a notice is about. What is urgent goes out in quiet hours too."""

    DEAL = "deal"
    """A bot opened or closed a deal."""
    ERROR = "error"
    """Something does not work, and a person has to look."""
    DENIAL = "denial"
    """An order was refused by the policy or the exchange."""
    FREEZE = "freeze"
    """A grant or an account was frozen."""
    SECURITY = "security"
    """Keys, changes, releases, backups: what an owner wants to know whoever did it."""

    def __init__(self, word: str) -> None:
        self.is_urgent = word in ("error", "freeze", "security")
