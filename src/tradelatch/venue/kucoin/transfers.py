"""The private endpoints by which money comes and goes
(https://www.kucoin.com/docs-new/rest/account-info): withdrawals, deposits, transfers."""

import re
from typing import Any

from tradelatch.venue.engine.accounts import Account, Transfer
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import TransferFunds, Withdraw
from tradelatch.venue.engine.events import Moved
from tradelatch.venue.kucoin.endpoint import Call, Endpoint, Table
from tradelatch.venue.kucoin.names import plain
from tradelatch.venue.kucoin.pages import page, span
from tradelatch.venue.kucoin.refusals import unsuitable

_ADDRESS = re.compile(r"^[!-~]{1,200}$", re.ASCII)
_WORD = re.compile(r"^[ -~]{1,100}$", re.ASCII)
_SUCCESS = "SUCCESS"
_ID_DIGITS = 24


def withdraw(call: Call) -> Any:
    """Send money away (version 3)."""
    if (call.parameters.text("withdrawType") or "ADDRESS") != "ADDRESS":
        raise unsuitable("withdrawType can be ADDRESS alone here.")
    return _withdraw(call, "toAddress")


def old_withdraw(call: Call) -> Any:
    """Send money away (version 1)."""
    return _withdraw(call, "address")


def _withdraw(call: Call, address: str) -> Any:
    asked, asset = call.parameters, _asset(call)
    command = Withdraw(
        call.now,
        call.account.name,
        asset,
        _amount(call),
        asked.required(address, _ADDRESS),
        asked.text("chain", _WORD) or asset,
        asked.text("remark", _WORD) or "",
    )
    moved = call.house.submit(command)[0]
    return {"withdrawalId": _id(moved.transfer) if isinstance(moved, Moved) else ""}


def withdrawals(call: Call) -> Any:
    """Withdrawals, latest first."""
    found = _chosen(call, call.account.withdrawals)
    return page(call.parameters, found, lambda one: {"id": _id(one), **_told(one)})


def deposits(call: Call) -> Any:
    """Deposits, latest first."""
    return page(call.parameters, _chosen(call, call.account.deposits), _told)


def _told(transfer: Transfer) -> dict[str, Any]:
    return {
        "currency": transfer.asset,
        "chain": transfer.network.lower() or transfer.asset.lower(),
        "status": _SUCCESS,
        "address": transfer.address,
        "memo": "",
        "isInner": bool(transfer.other),
        "amount": plain(transfer.amount),
        "fee": "0",
        "walletTxId": transfer.id,
        "createdAt": transfer.at,
        "updatedAt": transfer.at,
        "remark": transfer.reference,
    }


def _chosen(call: Call, kept: list[Transfer]) -> list[Transfer]:
    asset, state = call.parameters.text("currency"), call.parameters.text("status")
    start, end = span(call.parameters)
    return [
        transfer
        for transfer in reversed(kept)
        if start <= transfer.at <= end
        and asset in (None, transfer.asset)
        and state in (None, _SUCCESS)
    ]


def deposit_address(call: Call) -> Any:
    """Where money for this account can be sent."""
    asset = _asset(call)
    address = call.house.engine.address_of(call.account.name)
    return {"address": address, "memo": "", "chain": asset.lower(), "contractAddress": ""}


def universal_transfer(call: Call) -> Any:
    """Move money to another account of the same owner, which ``toUserId`` names. Which of the two
    is the parent is no matter here."""
    if call.parameters.text("type") not in ("PARENT_TO_SUB", "SUB_TO_PARENT"):
        raise inner_transfer(call)
    command = TransferFunds(
        call.now, call.account.name, _other(call).name, _asset(call), _amount(call)
    )
    moved = call.house.submit(command)[0]
    return {"orderId": _id(moved.transfer) if isinstance(moved, Moved) else ""}


def _other(call: Call) -> Account:
    uid = call.parameters.required("toUserId")
    for account in call.house.engine.accounts.values():
        if str(account.uid) == uid:
            return account
    raise unsuitable("toUserId is nobody here.")


def inner_transfer(call: Call) -> Any:
    """There is one account to a customer here, and nothing to move between his accounts."""
    raise unsuitable("There is one account here, for trading; nothing can be moved to another.")


def _asset(call: Call) -> str:
    asset = call.parameters.required("currency")
    if asset not in call.house.engine.assets:
        raise unsuitable("The currency is not available here.")
    return asset


def _amount(call: Call) -> int:
    amount = call.parameters.amount("amount")
    if not amount:
        raise unsuitable("The withdrawal amount is below the minimum requirement.")
    return amount


def _id(transfer: Transfer) -> str:
    return transfer.id[-_ID_DIGITS:]


TABLE: Table = {
    "POST /api/v3/withdrawals": Endpoint(withdraw, Right.WITHDRAW, weight=5),
    "POST /api/v1/withdrawals": Endpoint(old_withdraw, Right.WITHDRAW, weight=5),
    "GET /api/v1/withdrawals": Endpoint(withdrawals, Right.READ, weight=20),
    "GET /api/v1/deposits": Endpoint(deposits, Right.READ, weight=5),
    "GET /api/v1/deposit-addresses": Endpoint(deposit_address, Right.READ, weight=5),
    "POST /api/v3/accounts/universal-transfer": Endpoint(
        universal_transfer, Right.TRANSFER, weight=4
    ),
    "POST /api/v2/accounts/inner-transfer": Endpoint(inner_transfer, Right.TRANSFER, weight=15),
}
