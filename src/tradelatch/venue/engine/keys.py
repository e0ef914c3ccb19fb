"""Accounts and the API keys that open them: issued, used, lapsed, revoked; frozen and thawed."""

from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.api_keys import ApiKey, Lapse, Right
from tradelatch.venue.engine.commands import (
    FreezeAccount,
    IssueKey,
    NoteLapse,
    NoteUse,
    OpenAccount,
    RevokeKeys,
    SetKeyRules,
)
from tradelatch.venue.engine.events import AccountFrozen, Event, KeyLapsed
from tradelatch.venue.engine.notices import Occasion
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.register import Register

MAX_SYMBOLS = 30
MOST_DAYS = 36_500


class Keys:
    """Carries out the commands about accounts and their keys."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def open_account(self, command: OpenAccount) -> list[Event]:
        """Open an account."""
        accounts = self._register.accounts
        if command.account in accounts:
            raise Refused(-1000, f"the account {command.account!r} exists")
        accounts[command.account] = Account(
            command.account,
            command.owner or command.account,
            len(accounts) + 1,
            command.house,
            command.maker_fee,
            command.taker_fee,
        )
        self._register.addresses[self._register.address_of(command.account)] = command.account
        return []

    def freeze(self, command: FreezeAccount) -> list[Event]:
        """Make an account cancel-only, or let it trade again."""
        account = self._register.account(command.account)
        if account.frozen is command.frozen:
            state = "frozen already" if command.frozen else "not frozen"
            raise Refused(-1000, f"the account {command.account!r} is {state}")
        account.frozen = command.frozen
        occasion = Occasion.FROZEN if command.frozen else Occasion.THAWED
        self._register.tell(command.at, account.name, occasion)
        return [AccountFrozen(account.name, command.frozen)]

    def issue(self, command: IssueKey) -> list[Event]:
        """Give an account an API key."""
        self._register.account(command.account)
        if command.key in self._register.keys:
            raise Refused(-1000, "that key exists")
        if bool(command.secret) is bool(command.public):
            raise Refused(-1000, "a key has either a secret or a public key")
        if command.passphrase and not command.secret:
            raise Refused(-1000, "a passphrase belongs to a key with a secret")
        if len(command.symbols) > MAX_SYMBOLS:
            raise Refused(-1000, f"a key's symbol list holds at most {MAX_SYMBOLS}")
        for symbol in command.symbols:
            self._register.trading(symbol)
        rules = self._register.key_rules
        if rules.withdraw_bound and Right.WITHDRAW in command.rights and not command.addresses:
            raise Refused(-1000, "a key that may withdraw needs an IP list here")
        self._register.keys[command.key] = ApiKey(
            command.key,
            command.account,
            frozenset(command.rights),
            command.at,
            secret=command.secret,
            public=command.public,
            addresses=command.addresses,
            symbols=frozenset(command.symbols),
            label=command.label,
            third_party=command.third_party,
            expires=command.expires,
            passphrase=command.passphrase,
        )
        return []

    def set_rules(self, command: SetKeyRules) -> list[Event]:
        """Change what the exchange does about keys. What has lapsed stays lapsed.

        Raises:
            Refused: a number of days is none.
        """
        for days in (command.rules.unbound_days, command.rules.idle_days):
            if not 0 <= days <= MOST_DAYS:
                raise Refused(-1000, f"a number of days is 0 to {MOST_DAYS}")
        self._register.key_rules = command.rules
        return []

    def note_use(self, command: NoteUse) -> list[Event]:
        """A key was used."""
        self._key(command.key).used = command.at
        return []

    def note_lapse(self, command: NoteLapse) -> list[Event]:
        """What is due for a key happens, and its owner is told.

        Raises:
            Refused: nothing new is due for it.
        """
        key = self._key(command.key)
        fresh = sorted(key.lapses(self._register.key_rules, command.at) - key.noted)
        if not fresh:
            raise Refused(-1000, "nothing is due for that key")
        return [self._lapse(command.at, key, lapse) for lapse in fresh]

    def revoke(self, command: RevokeKeys) -> list[Event]:
        """Switch one key off, or every key that was given to a third party.

        Raises:
            Refused: there is none, or all of them are revoked already.
        """
        if bool(command.key) is bool(command.third_party):
            raise Refused(-1000, "name either a key or a third party")
        chosen = (
            [self._key(command.key)]
            if command.key
            else [k for k in self._register.keys.values() if k.third_party == command.third_party]
        )
        fresh = [key for key in chosen if Lapse.REVOKED not in key.noted]
        if not fresh:
            raise Refused(-1000, "there is no such key that is not revoked yet")
        return [self._lapse(command.at, key, Lapse.REVOKED) for key in fresh]

    def _lapse(self, at: int, key: ApiKey, lapse: Lapse) -> Event:
        key.noted.add(lapse)
        self._register.tell(at, key.account, Occasion(lapse), key)
        return KeyLapsed(key, lapse)

    def _key(self, name: str) -> ApiKey:
        found = self._register.keys.get(name)
        if found is None:
            raise Refused(-1000, "there is no such key")
        return found
