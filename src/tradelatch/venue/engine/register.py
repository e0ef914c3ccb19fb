"""All that the exchange knows: its markets, its accounts and their keys."""

import hashlib

from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.api_keys import ApiKey, KeyRules
from tradelatch.venue.engine.commands import Genesis
from tradelatch.venue.engine.notices import Notice, Occasion
from tradelatch.venue.engine.refusal import Refused, bad_symbol
from tradelatch.venue.engine.trading import Trading


class Register:
    """Markets by name, accounts by name, keys by id, and how much of each asset (in units) came
    in, went out and was charged."""

    def __init__(self) -> None:
        self.now = 0
        self.genesis: Genesis | None = None
        self.markets: dict[str, Trading] = {}
        self.accounts: dict[str, Account] = {}
        self.addresses: dict[str, str] = {}
        """Whose account a deposit address belongs to."""
        self.keys: dict[str, ApiKey] = {}
        self.key_rules = KeyRules()
        self.notices: list[Notice] = []
        """All that owners were ever told."""
        self.deposited: dict[str, int] = {}
        self.withdrawn: dict[str, int] = {}
        self.fees: dict[str, int] = {}
        self.next_order = 1
        self.next_list = 1
        self.applied = 0

    def address_of(self, account: str) -> str:
        """Where money for an account can be sent, whatever the asset."""
        seed = self.genesis.seed if self.genesis else 0
        return "tl" + hashlib.sha256(f"{seed}/{account}".encode()).hexdigest()[:38]

    def tell(self, at: int, name: str, occasion: Occasion, key: ApiKey | None = None) -> None:
        """Note what the owner of an account is to be told."""
        account = self.account(name)
        about = (key.id, key.label, key.third_party) if key else ()
        number = len(self.notices) + 1
        self.notices.append(Notice(number, at, name, account.owner, occasion, *about))

    @property
    def assets(self) -> list[str]:
        """Every asset that some market trades, in order of listing."""
        names = (name for m in self.markets.values() for name in (m.listing.base, m.listing.quote))
        return list(dict.fromkeys(names))

    def trading(self, market: str) -> Trading:
        """One market.

        Raises:
            Refused: there is no such market.
        """
        found = self.markets.get(market)
        if found is None:
            raise bad_symbol()
        return found

    def account(self, name: str) -> Account:
        """One account.

        Raises:
            Refused: there is no such account.
        """
        found = self.accounts.get(name)
        if found is None:
            raise Refused(-1000, f"there is no account {name!r}")
        return found
