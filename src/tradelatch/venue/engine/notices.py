"""What an exchange tells the owner of an account without being asked."""

import enum

import msgspec


class Occasion(enum.StrEnum):
    """Why an owner is told; the first four are lapses of a key."""

    UNBOUND = "unbound"
    IDLE = "idle"
    EXPIRED = "expired"
    REVOKED = "revoked"
    FROZEN = "frozen"
    THAWED = "thawed"


class Notice(msgspec.Struct, frozen=True):
    """One notice. They are numbered from 1 without a gap; `at` is in ms since 1970, and a notice
    about a key names it, its label and whom it was given to."""

    number: int
    at: int
    account: str
    owner: str
    occasion: Occasion
    key: str = ""
    label: str = ""
    third_party: str = ""

    @property
    def text(self) -> str:
        """The sentence for the owner."""
        return _SENTENCES[self.occasion].format(
            account=self.account,
            key=f"{self.label or 'without a label'} ({self.key[:8]}...)",
            given=f", given to {self.third_party}," if self.third_party else "",
        )


_SENTENCES = {
    Occasion.UNBOUND: "Your API key {key}{given} has no IP list and may only read from now on.",
    Occasion.IDLE: "Your API key {key}{given} was not used for long and is switched off.",
    Occasion.EXPIRED: "Your API key {key}{given} has expired.",
    Occasion.REVOKED: "Your API key {key}{given} was revoked.",
    Occasion.FROZEN: "Your account {account} is frozen: orders can be cancelled, nothing else.",
    Occasion.THAWED: "Your account {account} is no longer frozen.",
}
