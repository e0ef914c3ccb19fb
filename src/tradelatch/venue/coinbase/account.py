"""The endpoints about the account: balances, fees, what the key may do, portfolios.

As https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api (accounts, fees,
portfolios, data) has them. An account of this venue is a portfolio, and each asset lies in a
wallet.
"""

from typing import Any

import msgspec

from tradelatch.venue.api.wallet import fee_rates
from tradelatch.venue.coinbase import answers, ids
from tradelatch.venue.coinbase.amounts import money_of
from tradelatch.venue.coinbase.call import Call, Endpoint, Table, names
from tradelatch.venue.coinbase.errors import invalid, not_found
from tradelatch.venue.engine.accounts import Account
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import TransferFunds
from tradelatch.venue.engine.units import PPM, SCALE, show

_MOST_WALLETS, _WALLETS = 250, 49


def wallets(call: Call) -> Any:
    """The wallets of the account, page by page in the order of listing."""
    assets, limit = call.house.engine.assets, call.query.limit(_MOST_WALLETS, _WALLETS)
    start = call.query.integer("cursor") or 0
    page = range(start, min(start + limit, len(assets)))
    more = page.stop < len(assets)
    return {
        "accounts": [_wallet(call, place) for place in page],
        "has_next": more,
        "cursor": str(page.stop) if more else "",
        "size": len(page),
    }


def wallet(call: Call) -> Any:
    """One wallet."""
    return {"account": _wallet(call, named_wallet(call, call.path["account_uuid"]))}


def named_wallet(call: Call, name: str) -> int:
    """The place of the asset whose wallet is called so.

    Raises:
        Denied: the account has none that is.
    """
    place = ids.wallet_place(name, call.account.uid)
    if place is None or place >= len(call.house.engine.assets):
        raise not_found("account not found")
    return place


def _wallet(call: Call, place: int) -> dict[str, Any]:
    account, asset = call.account, call.house.engine.assets[place]
    balance = account.balances.get(asset)
    return {
        "uuid": ids.wallet_id(account.uid, place),
        "name": f"{asset} Wallet",
        "currency": asset,
        "available_balance": _money(asset, balance.free if balance else 0),
        "default": True,
        "active": True,
        "created_at": _opened(call),
        "updated_at": answers.instant(account.updated),
        "deleted_at": None,
        "type": "ACCOUNT_TYPE_CRYPTO",
        "ready": True,
        "hold": _money(asset, balance.locked if balance else 0),
        "retail_portfolio_id": ids.portfolio_id(account.uid),
        "platform": "ACCOUNT_PLATFORM_CONSUMER",
    }


def _opened(call: Call) -> str:
    """The venue's own first day: when an account was opened is not kept."""
    genesis = call.house.engine.genesis
    return answers.instant(genesis.at if genesis else 0)


def _money(asset: str, units: int) -> dict[str, str]:
    return {"value": show(units), "currency": asset}


def fees(call: Call) -> Any:
    """What the account pays, as its one tier of fees."""
    markets = call.house.engine.markets.values()
    rates = {fee_rates(call.account, trading.listing) for trading in markets}
    maker, taker = max(rates, default=(0, 0))
    return {
        "fee_tier": {
            "pricing_tier": "Advanced 1",
            "usd_from": "0",
            "usd_to": "",
            "taker_fee_rate": answers.plain(taker * SCALE // PPM),
            "maker_fee_rate": answers.plain(maker * SCALE // PPM),
            "aop_from": "",
            "aop_to": "",
        },
        "margin_rate": None,
        "goods_and_services_tax": None,
        "has_promo_fee": False,
    }


def permissions(call: Call) -> Any:
    """What the key that asks may do."""
    rights = call.signer.rights_at(call.house.engine.key_rules, call.now)
    return {
        "can_view": Right.READ in rights,
        "can_trade": Right.TRADE in rights,
        "can_transfer": bool({Right.TRANSFER, Right.WITHDRAW} & rights),
        "portfolio_uuid": ids.portfolio_id(call.account.uid),
        "portfolio_type": "DEFAULT",
    }


def portfolios(call: Call) -> Any:
    """The accounts of the owner; the key's own comes first."""
    owner, kind = call.account.owner, call.query.text("portfolio_type")
    family = [one for one in call.house.engine.accounts.values() if one.owner == owner]
    family.sort(key=lambda one: one is not call.account)
    return {
        "portfolios": [_portfolio(one) for one in family if kind in (None, "DEFAULT", "UNDEFINED")]
    }


def _portfolio(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "uuid": ids.portfolio_id(account.uid),
        "type": "DEFAULT",
        "deleted": False,
    }


class _Funds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: str
    currency: str


class _Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    funds: _Funds
    source_portfolio_uuid: str
    target_portfolio_uuid: str


def move_funds(call: Call) -> Any:
    """Move money from the key's portfolio to another of the owner."""
    wanted = call.read(_Move)
    if wanted.source_portfolio_uuid != ids.portfolio_id(call.account.uid):
        raise invalid("money is sent from the portfolio of the key alone")
    number = ids.portfolio_number(wanted.target_portfolio_uuid)
    accounts = call.house.engine.accounts.values()
    target = next((one for one in accounts if one.uid == number), None)
    if target is None:
        raise not_found("portfolio not found")
    amount = money_of(wanted.funds.value)
    command = TransferFunds(call.now, call.account.name, target.name, wanted.funds.currency, amount)
    call.house.submit(command)
    return {
        "source_portfolio_uuid": wanted.source_portfolio_uuid,
        "target_portfolio_uuid": wanted.target_portfolio_uuid,
    }


_READ = "/api/v3/brokerage"

TABLE: Table = {
    ("GET", f"{_READ}/accounts"): Endpoint(
        wallets, names("limit cursor retail_portfolio_id"), Right.READ
    ),
    ("GET", f"{_READ}/accounts/{{account_uuid}}"): Endpoint(wallet, right=Right.READ),
    ("GET", f"{_READ}/transaction_summary"): Endpoint(
        fees, names("product_type contract_expiry_type product_venue"), Right.READ
    ),
    ("GET", f"{_READ}/key_permissions"): Endpoint(permissions, right=Right.READ),
    ("GET", f"{_READ}/portfolios"): Endpoint(portfolios, names("portfolio_type"), Right.READ),
    ("POST", f"{_READ}/portfolios/move_funds"): Endpoint(move_funds, right=Right.TRANSFER),
}
