"""Money that arrives at the exchange, leaves it, or moves between its accounts."""

import msgspec

from tradelatch.venue.engine.accounts import Account, Transfer
from tradelatch.venue.engine.commands import Deposit, TransferFunds, Withdraw
from tradelatch.venue.engine.events import Event, Moved
from tradelatch.venue.engine.refusal import DISABLED, Refused
from tradelatch.venue.engine.register import Register


class Money:
    """Carries out the commands about deposits, withdrawals and transfers."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def deposit(self, command: Deposit) -> list[Event]:
        """Credit what arrived."""
        account = self._register.account(command.account)
        self._check(command.asset, command.amount)
        total = self._register.deposited
        total[command.asset] = total.get(command.asset, 0) + command.amount
        transfer = Transfer(self._next_id(), command.at, command.asset, command.amount)
        return [self._credit(account, transfer)]

    def withdraw(self, command: Withdraw) -> list[Event]:
        """Send money to an address outside, or to another account's own address: there it
        arrives at once, and nothing leaves the exchange.

        Raises:
            Refused: the account is frozen, or has not got that much.
        """
        account = self._payer(command.account, command.asset, command.amount)
        target = self._register.addresses.get(command.address, "")
        if target == command.account:
            raise Refused(-4035, "The address is this account's own.")
        transfer = Transfer(
            self._next_id(),
            command.at,
            command.asset,
            command.amount,
            command.address,
            command.network,
            command.reference,
            target,
        )
        self._debit(account, transfer)
        account.withdrawals.append(transfer)
        events: list[Event] = [Moved(account.name, transfer, -command.amount)]
        if target:
            arrived = msgspec.structs.replace(transfer, other=account.name, reference="")
            events.append(self._credit(self._register.accounts[target], arrived))
        else:
            total = self._register.withdrawn
            total[command.asset] = total.get(command.asset, 0) + command.amount
        return events

    def transfer(self, command: TransferFunds) -> list[Event]:
        """Move money to another account of the same owner.

        Raises:
            Refused: that is not the owner's, the payer is frozen, or there is not so much.
        """
        account = self._payer(command.account, command.asset, command.amount)
        to = self._register.account(command.to)
        if to.owner != account.owner or to is account:
            raise Refused(-11001, "Money moves between different accounts of one owner only.")
        moved = Transfer(self._next_id(), command.at, command.asset, command.amount)
        self._debit(account, moved)
        to.balance(command.asset).free += command.amount
        to.updated = command.at
        sent = msgspec.structs.replace(moved, amount=-command.amount, other=to.name)
        got = msgspec.structs.replace(moved, other=account.name)
        account.transfers.append(sent)
        to.transfers.append(got)
        return [Moved(account.name, sent, sent.amount), Moved(to.name, got, got.amount)]

    def _payer(self, name: str, asset: str, amount: int) -> Account:
        account = self._register.account(name)
        self._check(asset, amount)
        if account.frozen:
            raise Refused(-4004, DISABLED)
        balance = account.balances.get(asset)
        if balance is None or balance.free < amount:
            raise Refused(-4026, "The user has insufficient balance available.")
        return account

    def _debit(self, account: Account, transfer: Transfer) -> None:
        account.balance(transfer.asset).free -= transfer.amount
        account.updated = transfer.at

    def _credit(self, account: Account, transfer: Transfer) -> Event:
        account.balance(transfer.asset).free += transfer.amount
        account.updated = transfer.at
        account.deposits.append(transfer)
        return Moved(account.name, transfer, transfer.amount)

    def _check(self, asset: str, amount: int) -> None:
        if asset not in self._register.assets:
            raise Refused(-1000, f"no market here trades {asset!r}")
        if amount <= 0:
            raise Refused(-1000, "an amount has to be above zero")

    def _next_id(self) -> str:
        return f"{self._register.applied:032x}"
