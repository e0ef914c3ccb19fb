"""Accounts and the API keys that open them: from issue to revocation."""

from tradelatch.venue.engine.accounts import Account, ApiKey
from tradelatch.venue.engine.commands import IssueKey, OpenAccount
from tradelatch.venue.engine.events import Event
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.register import Register


class Keys:
    """Carries out the commands about accounts and their keys."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def open_account(self, command: OpenAccount) -> list[Event]:
        """Open an account."""
        if command.account in self._register.accounts:
            raise Refused(-1000, f"the account {command.account!r} exists")
        self._register.accounts[command.account] = Account(
            command.account, command.house, command.maker_fee, command.taker_fee
        )
        return []

    def issue(self, command: IssueKey) -> list[Event]:
        """Give an account an API key."""
        self._register.account(command.account)
        if command.key in self._register.keys:
            raise Refused(-1000, "that key exists")
        self._register.keys[command.key] = ApiKey(
            command.key, command.secret, command.account, frozenset(command.rights), command.at
        )
        return []
