"""The endpoints of Coinbase's second API (``/v2``) that clients still ask for money by: wallets,
what came and went, sending it away.

As https://docs.cdp.coinbase.com/coinbase-app/track-apis/accounts, track-apis/transactions and
transfer-apis/send-crypto have them.
"""

import re
import uuid
from typing import Any

import msgspec

from tradelatch.venue.coinbase import answers, ids
from tradelatch.venue.coinbase.account import named_wallet
from tradelatch.venue.coinbase.amounts import money_of
from tradelatch.venue.coinbase.call import Call, Endpoint, Table, names
from tradelatch.venue.coinbase.errors import invalid, not_found
from tradelatch.venue.coinbase.market_data import currency
from tradelatch.venue.engine.accounts import Transfer
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import Withdraw
from tradelatch.venue.engine.units import show

_ADDRESS = re.compile(r"[!-~]{1,200}", re.ASCII)
_WORD = re.compile(r"[ -~]{0,100}", re.ASCII)
_MOST, _PAGE = 250, 25


def wallets(call: Call) -> Any:
    """The wallets of the account, with what is in each whether it is free or not."""
    assets, limit = call.house.engine.assets, call.query.limit(_MOST, _PAGE)
    after = call.query.text("starting_after")
    start = 0 if after is None else named_wallet(call, after) + 1
    page = range(start, min(start + limit, len(assets)))
    following = ids.wallet_id(call.account.uid, page.stop - 1) if page.stop < len(assets) else None
    return {"pagination": _pages(limit, following), "data": [_wallet(call, one) for one in page]}


def wallet(call: Call) -> Any:
    """One wallet, which may be called by its asset too."""
    return {"data": _wallet(call, _named(call))}


def _named(call: Call) -> int:
    name, assets = call.path["account_id"], call.house.engine.assets
    return assets.index(name) if name in assets else named_wallet(call, name)


def _wallet(call: Call, place: int) -> dict[str, Any]:
    account, asset = call.account, call.house.engine.assets[place]
    balance = account.balances.get(asset)
    name = ids.wallet_id(account.uid, place)
    return {
        "id": name,
        "name": f"{asset} Wallet",
        "primary": place == 0,
        "type": "wallet",
        "currency": currency(asset, place),
        "balance": {"amount": show(balance.total if balance else 0), "currency": asset},
        "created_at": None,
        "updated_at": answers.instant(account.updated),
        "resource": "account",
        "resource_path": f"/v2/accounts/{name}",
        "allow_deposits": True,
        "allow_withdrawals": not account.frozen,
    }


def _pages(limit: int, following: str | None) -> dict[str, Any]:
    return {
        "ending_before": None,
        "starting_after": None,
        "previous_ending_before": None,
        "next_starting_after": following,
        "limit": limit,
        "order": "desc",
        "previous_uri": None,
        "next_uri": f"/v2/accounts?starting_after={following}" if following else None,
    }


class _Send(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: str
    to: str
    amount: str
    currency: str
    idem: str = ""
    description: str = ""
    network: str = ""
    destination_tag: str = ""
    skip_notifications: bool = False


def send(call: Call) -> Any:
    """Send money away, or tell of what was sent with the same ``idem`` before."""
    place, wanted = _named(call), call.read(_Send)
    asset = call.house.engine.assets[place]
    if wanted.type != "send":
        raise invalid("type is send")
    if wanted.currency != asset:
        raise invalid(f"the account is one of {asset}")
    if not _ADDRESS.fullmatch(wanted.to) or not _WORD.fullmatch(wanted.network + wanted.idem):
        raise invalid("to, network or idem is malformed")
    sent = call.account.withdrawals
    earlier = next((one for one in sent if wanted.idem and one.reference == wanted.idem), None)
    return {"data": _transaction(call, place, earlier or _withdraw(call, asset, wanted), -1)}


def _withdraw(call: Call, asset: str, wanted: _Send) -> Transfer:
    command = Withdraw(
        call.now,
        call.account.name,
        asset,
        money_of(wanted.amount),
        wanted.to,
        wanted.network or asset,
        wanted.idem,
    )
    call.house.submit(command)
    return call.account.withdrawals[-1]


def transactions(call: Call) -> Any:
    """What came into a wallet and what was sent from it, the latest first."""
    place, account = _named(call), call.account
    asset, limit = call.house.engine.assets[place], call.query.limit(_MOST, _PAGE)
    moved = [(one, 1) for one in account.deposits] + [(one, -1) for one in account.withdrawals]
    mine = sorted((one for one in moved if one[0].asset == asset), key=lambda one: -one[0].at)
    after = call.query.text("starting_after")
    names_of = [_transaction_id(transfer) for transfer, _ in mine]
    if after is not None and after not in names_of:
        raise not_found("transaction not found")
    start = names_of.index(after) + 1 if after is not None else 0
    page = mine[start : start + limit]
    following = _transaction_id(page[-1][0]) if start + limit < len(mine) else None
    return {
        "pagination": _pages(limit, following),
        "data": [_transaction(call, place, transfer, sign) for transfer, sign in page],
    }


def transaction(call: Call) -> Any:
    """One of them."""
    place, account = _named(call), call.account
    for kept, sign in ((account.withdrawals, -1), (account.deposits, 1)):
        for one in kept:
            if _transaction_id(one) == call.path["transaction_id"]:
                return {"data": _transaction(call, place, one, sign)}
    raise not_found("transaction not found")


def none(call: Call) -> Any:
    """Deposits and withdrawals of money of states, of which there are none here."""
    _named(call)
    return {"pagination": _pages(call.query.limit(_MOST, _PAGE), None), "data": []}


def _transaction_id(transfer: Transfer) -> str:
    return str(uuid.UUID(hex=transfer.id))


def _transaction(call: Call, place: int, transfer: Transfer, sign: int) -> dict[str, Any]:
    name, at = _transaction_id(transfer), answers.instant(transfer.at)
    wallet_name = ids.wallet_id(call.account.uid, place)
    amount = {"amount": show(sign * transfer.amount), "currency": transfer.asset}
    told: dict[str, Any] = {
        "id": name,
        "type": "send",
        "status": "completed",
        "amount": amount,
        "native_amount": amount,
        "description": None,
        "created_at": at,
        "updated_at": at,
        "resource": "transaction",
        "resource_path": f"/v2/accounts/{wallet_name}/transactions/{name}",
        "instant_exchange": False,
        "network": {
            "status": "off_blockchain" if transfer.other else "confirmed",
            "hash": transfer.id,
            "network_name": transfer.network or transfer.asset,
            "transaction_fee": {"amount": show(0), "currency": transfer.asset},
            "transaction_amount": amount,
        },
    }
    if sign < 0:
        told["to"] = {"resource": "address", "address": transfer.address}
        told["idem"] = transfer.reference
    return told


def addresses(call: Call) -> Any:
    """Where money for the wallet can be sent."""
    return {"pagination": _pages(1, None), "data": [_address(call)]}


def new_address(call: Call) -> Any:
    """The same: an account has one address here, and no other is made."""
    return {"data": _address(call)}


def _address(call: Call) -> dict[str, Any]:
    asset = call.house.engine.assets[_named(call)]
    address = call.house.engine.address_of(call.account.name)
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{address}/{asset}")),
        "address": address,
        "address_info": {"address": address},
        "name": None,
        "network": asset,
        "uri_scheme": asset.lower(),
        "resource": "address",
        "warnings": [],
    }


_WALLET = "/v2/accounts/{account_id}"
_PAGES = names("limit starting_after ending_before order")

TABLE: Table = {
    ("GET", "/v2/accounts"): Endpoint(wallets, _PAGES, Right.READ),
    ("GET", _WALLET): Endpoint(wallet, right=Right.READ),
    ("GET", f"{_WALLET}/transactions"): Endpoint(transactions, _PAGES, Right.READ),
    ("GET", f"{_WALLET}/transactions/{{transaction_id}}"): Endpoint(transaction, right=Right.READ),
    ("POST", f"{_WALLET}/transactions"): Endpoint(send, right=Right.WITHDRAW, status=201),
    ("GET", f"{_WALLET}/deposits"): Endpoint(none, _PAGES, Right.READ),
    ("GET", f"{_WALLET}/withdrawals"): Endpoint(none, _PAGES, Right.READ),
    ("GET", f"{_WALLET}/addresses"): Endpoint(addresses, _PAGES, Right.READ),
    ("POST", f"{_WALLET}/addresses"): Endpoint(new_address, right=Right.READ, status=201),
}
