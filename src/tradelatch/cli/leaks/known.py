"""What of the vault a list of leaked keys may hit: present and former keys, and grants."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tradelatch.cli.leaks.lines import digests_of
from tradelatch.cli.operator import grant_list, key_list
from tradelatch.model.config import Config


class Place(NamedTuple):
    """Whose id it is: an account's key (`former` tells the place among those that it had before),
    or one of its grants."""

    account: str
    former: int | None = None
    grant: str = ""


class Known:
    """All that whoever asks may see, as `key list` and `grant list` tell it."""

    def __init__(self, keys: dict[str, dict[str, Any]], grants: dict[str, dict[str, Any]]) -> None:
        self.keys, self.grants = keys, grants
        self.index: dict[bytes, list[Place]] = {}
        """By all digests that a list may name them by."""
        for exchange, key_id, place in self._ids():
            alone = [place]
            for one in digests_of(exchange, key_id):
                found = self.index.setdefault(one, alone)
                if found is not alone:
                    self.index[one] = [*found, place]

    def places(self, hits: set[bytes]) -> list[Place]:
        """Whose the ids are, each once: by account, its key, its former keys and its grants."""
        found = {place for one in hits for place in self.index[one]}
        order = {name: number for number, name in enumerate(self.keys)}
        return sorted(
            found,
            key=lambda at: (order[at.account], at.grant, -1 if at.former is None else at.former),
        )

    def _ids(self) -> Iterator[tuple[str, str, Place]]:
        for account, told in self.keys.items():
            yield told["exchange"], told["key_id"], Place(account)
            for number, former in enumerate(told["former"]):
                yield told["exchange"], former["key_id"], Place(account, number)
        for grant, told in self.grants.items():
            account = told["account"]
            if account in self.keys:  # else the account came between the two questions
                yield self.keys[account]["exchange"], grant, Place(account, grant=grant)


def ask_known(config: Config) -> Known:
    """All, asked of the signer."""
    return Known(key_list(config), grant_list(config))
