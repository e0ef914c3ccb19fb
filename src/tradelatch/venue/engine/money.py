"""Money that arrives at the exchange, and money that leaves it."""

from tradelatch.venue.engine.accounts import Transfer
from tradelatch.venue.engine.commands import Deposit, Withdraw
from tradelatch.venue.engine.events import Event, Moved
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.register import Register


class Money:
    """Carries out the commands about deposits and withdrawals."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def deposit(self, command: Deposit) -> list[Event]:
        """Credit what arrived."""
        account = self._register.account(command.account)
        self._check(command.asset, command.amount)
        account.balance(command.asset).free += command.amount
        account.updated = command.at
        total = self._register.deposited
        total[command.asset] = total.get(command.asset, 0) + command.amount
        transfer = Transfer(self._next_id(), command.at, command.asset, command.amount)
        account.deposits.append(transfer)
        return [Moved(account.name, transfer)]

    def withdraw(self, command: Withdraw) -> list[Event]:
        """Send money to an address outside."""
        account = self._register.account(command.account)
        self._check(command.asset, command.amount)
        balance = account.balances.get(command.asset)
        if balance is None or balance.free < command.amount:
            raise Refused(-4026, "The user has insufficient balance available.")
        balance.free -= command.amount
        account.updated = command.at
        total = self._register.withdrawn
        total[command.asset] = total.get(command.asset, 0) + command.amount
        transfer = Transfer(
            self._next_id(),
            command.at,
            command.asset,
            command.amount,
            command.address,
            command.network,
            command.reference,
        )
        account.withdrawals.append(transfer)
        return [Moved(account.name, transfer)]

    def _check(self, asset: str, amount: int) -> None:
        if asset not in self._register.assets:
            raise Refused(-1000, f"no market here trades {asset!r}")
        if amount <= 0:
            raise Refused(-1000, "an amount has to be above zero")

    def _next_id(self) -> str:
        return f"{self._register.applied:032x}"
