"""The private endpoints about the account (https://www.kucoin.com/docs-new/rest/account-info):
balances, fees, and what the key that asks may do.

KuCoin has several accounts for one customer. Here there is one, the trade account; the
high-frequency trade account is the same money under its other name.
"""

from collections.abc import Iterator
from typing import Any

from tradelatch.venue.api.wallet import fee_rates
from tradelatch.venue.engine.accounts import Balance
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.kucoin.endpoint import Call, Endpoint, Table
from tradelatch.venue.kucoin.names import (
    account_id,
    market_called,
    number_of,
    plain,
    rate,
    symbol_of,
)
from tradelatch.venue.kucoin.refusals import no_such_url, unsuitable

_TRADE = "trade"
_NAMES = (_TRADE, "trade_hf")
_MOST_FEES = 10
_RIGHTS = {
    Right.READ: "General",
    Right.TRADE: "Spot",
    Right.TRANSFER: "InnerTransfer",
    Right.WITHDRAW: "Transfer",
}
"""What KuCoin calls rights; to withdraw is to transfer."""
_NEWEST_KEYS = 3


def accounts(call: Call) -> Any:
    """What there is of each asset; of the account that ``type`` names, or of the trade account."""
    name = call.parameters.text("type") or _TRADE
    asset = call.parameters.text("currency")
    if name not in _NAMES:
        return []
    return [
        {
            "id": account_id(call.account.name, found),
            "currency": found,
            "type": name,
            **_amounts(one),
        }
        for found, one in call.account.balances.items()
        if asset in (None, found)
    ]


def account(call: Call) -> Any:
    """What there is of the asset whose account has that id."""
    wanted = call.parameters.required("accountId")
    if number_of(wanted) is None:  # such as ``ledgers``, which there are none of here
        raise no_such_url()
    for asset, balance in call.account.balances.items():
        if account_id(call.account.name, asset) == wanted:
            return {"currency": asset, **_amounts(balance)}
    raise unsuitable("The account does not exist.")


def _amounts(balance: Balance) -> dict[str, str]:
    return {
        "balance": plain(balance.total),
        "available": plain(balance.free),
        "holds": plain(balance.locked),
    }


def hf_opened(call: Call) -> Any:
    """Whether the customer's orders are high-frequency ones: clients use the classic endpoints."""
    return False


def account_mode(call: Call) -> Any:
    """There is no unified account."""
    return {"selfAccountMode": "CLASSIC"}


def margin_symbols(call: Call) -> Any:
    """There is no margin trading here."""
    return {"timestamp": call.now, "items": []}


def isolated_symbols(call: Call) -> Any:
    """There is no margin trading here."""
    return []


def user_info(call: Call) -> Any:
    """The customer's level and sub-accounts."""
    counts = ("subQuantity", "spotSubQuantity", "marginSubQuantity", "futuresSubQuantity")
    return {"level": 0, **dict.fromkeys(counts, 0)}


def api_key(call: Call) -> Any:
    """What the key that asks is and may do at this moment."""
    key, engine = call.signer, call.house.engine
    rights = key.rights_at(engine.key_rules, call.now)
    told = {
        "remark": key.label,
        "apiKey": key.id,
        "apiVersion": _NEWEST_KEYS,
        "permission": ",".join(name for right, name in _RIGHTS.items() if right in rights),
        "ipWhitelist": ",".join(key.addresses),
        "createdAt": key.created,
        "uid": call.account.uid,
        "isMaster": True,
    }
    if key.expires:
        told["expiredAt"] = key.expires
    if key.third_party:
        told["thirdPartyApp"] = key.third_party
    return told


def base_fee(call: Call) -> Any:
    """The account's fees in the market that was listed first."""
    return _fees(call, next(_listings(call)))


def trade_fees(call: Call) -> Any:
    """The account's fees in the markets that ``symbols`` lists."""
    names = call.parameters.required("symbols").split(",")
    if len(names) > _MOST_FEES:
        raise unsuitable(f"symbols are at most {_MOST_FEES}.")
    found = [market_called(call.house.engine, name).listing for name in names]
    return [{"symbol": symbol_of(listing), **_fees(call, listing)} for listing in found]


def _listings(call: Call) -> Iterator[Listing]:
    return (trading.listing for trading in call.house.engine.markets.values())


def _fees(call: Call, listing: Listing) -> dict[str, str]:
    maker, taker = fee_rates(call.account, listing)
    return {"takerFeeRate": rate(taker), "makerFeeRate": rate(maker)}


TABLE: Table = {
    "GET /api/v1/accounts": Endpoint(accounts, Right.READ, weight=5),
    "GET /api/v1/accounts/{accountId}": Endpoint(account, Right.READ, weight=5),
    "GET /api/v1/hf/accounts/opened": Endpoint(hf_opened, Right.READ),
    "GET /api/ua/v1/account/mode": Endpoint(account_mode, Right.READ),
    "GET /api/v3/margin/symbols": Endpoint(margin_symbols, Right.READ, weight=3),
    "GET /api/v1/isolated/symbols": Endpoint(isolated_symbols, Right.READ, weight=3),
    "GET /api/v2/user-info": Endpoint(user_info, Right.READ, weight=20),
    "GET /api/v1/user/api-key": Endpoint(api_key, Right.READ, weight=20),
    "GET /api/v1/base-fee": Endpoint(base_fee, Right.READ, weight=3),
    "GET /api/v1/trade-fees": Endpoint(trade_fees, Right.READ, weight=3),
}
