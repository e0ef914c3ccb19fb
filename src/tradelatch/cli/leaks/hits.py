"""One hit: an id of ours that stands in a list of leaked keys."""

import msgspec

COLUMNS = (
    "account",
    "customer",
    "exchange",
    "what",
    "id",
    "before",
    "after",
    "created",
    "last used",
    "grants",
)


class Hit(msgspec.Struct, frozen=True):
    """`what` is a key, a former key or a grant, and `id` its ends; `before` and `after` are its
    states; `grants` are those of its account that are good for something."""

    account: str
    customer: str
    exchange: str
    what: str
    id: str
    before: str
    after: str
    created: str
    last_used: str
    grants: int

    def cells(self) -> tuple[str, ...]:
        """In the order of `COLUMNS`."""
        return tuple(map(str, msgspec.structs.astuple(self)))
