"""The signed endpoints about the account: balances, rights, fees, deposits, withdrawals."""

import re
from datetime import UTC, datetime
from typing import Any

from tradelatch.venue.api import answers
from tradelatch.venue.api.endpoint import Call, Endpoint, Table, names
from tradelatch.venue.api.signing import SIGNED
from tradelatch.venue.engine.accounts import Account, Transfer
from tradelatch.venue.engine.api_keys import Right
from tradelatch.venue.engine.commands import TransferFunds, Withdraw
from tradelatch.venue.engine.events import Moved
from tradelatch.venue.engine.listing import Listing
from tradelatch.venue.engine.refusal import Refused, missing
from tradelatch.venue.engine.units import PPM, SCALE, show

_ADDRESS = re.compile(r"^[!-~]{1,200}$", re.ASCII)
_ASSET = re.compile(r"^[A-Za-z0-9]{1,20}$", re.ASCII)
_WORD = re.compile(r"^[ -~]{1,100}$", re.ASCII)
_COMPLETED = 6
"""Binance's status of a withdrawal that has left."""
_SUCCESS = 1
"""Binance's status of a deposit that was credited."""
_DEFAULT_FEE = 1_000


def account(call: Call) -> Any:
    """Balances, fees and rights."""
    owner = call.account
    maker = _DEFAULT_FEE if owner.maker_fee is None else owner.maker_fee
    taker = _DEFAULT_FEE if owner.taker_fee is None else owner.taker_fee
    omit = call.parameters.flag("omitZeroBalances") or False
    return answers.account_state(owner, call.house.engine.assets, taker, maker, omit_zero=omit)


def coins(call: Call) -> Any:
    """Every asset with its one network."""
    found = []
    for asset in call.house.engine.assets:
        balance = call.account.balances.get(asset)
        found.append(
            {
                "coin": asset,
                "name": asset,
                "free": show(balance.free if balance else 0),
                "locked": show(balance.locked if balance else 0),
                "freeze": "0",
                "withdrawing": "0",
                "ipoing": "0",
                "ipoable": "0",
                "storage": "0",
                "isLegalMoney": False,
                "trading": True,
                "depositAllEnable": True,
                "withdrawAllEnable": True,
                "networkList": [_network(asset)],
            }
        )
    return found


def _network(asset: str) -> dict[str, Any]:
    return {
        "network": asset,
        "coin": asset,
        "name": asset,
        "isDefault": True,
        "depositEnable": True,
        "withdrawEnable": True,
        "busy": False,
        "withdrawFee": "0",
        "withdrawMin": "0.00000001",
        "withdrawMax": "9999999999",
        "withdrawIntegerMultiple": "0.00000001",
        "addressRegex": _ADDRESS.pattern,
        "memoRegex": "",
        "minConfirm": 1,
        "unLockConfirm": 0,
        "resetAddressStatus": False,
        "sameAddress": False,
        "specialTips": "",
        "depositDesc": "",
        "withdrawDesc": "",
    }


def no_pairs(call: Call) -> Any:
    """There is no margin trading here."""
    return []


def trade_fee(call: Call) -> Any:
    """Fees per market."""
    engine, owner = call.house.engine, call.account
    if call.parameters.has("symbol"):
        chosen = [engine.trading(call.parameters.symbol())]
    else:
        chosen = list(engine.markets.values())
    rows = []
    for trading in chosen:
        listing = trading.listing
        maker, taker = fee_rates(owner, listing)
        rows.append(
            {
                "symbol": listing.name,
                "makerCommission": _rate(maker),
                "takerCommission": _rate(taker),
            }
        )
    return rows


def fee_rates(owner: Account, listing: Listing) -> tuple[int, int]:
    """What an account pays in one market as maker and as taker, in ppm."""
    maker = listing.maker_fee if owner.maker_fee is None else owner.maker_fee
    taker = listing.taker_fee if owner.taker_fee is None else owner.taker_fee
    return maker, taker


def fee_table(owner: Account, listing: Listing, ending: str = "") -> dict[str, Any]:
    """The fees of an account in one market; the names of the three kinds get an `ending`.
    Fees are standard ones alone here, and there is no discount."""

    def row(maker: int, taker: int) -> dict[str, str]:
        rates = {"maker": maker, "taker": taker, "buyer": 0, "seller": 0}
        return {name: show(ppm * SCALE // PPM) for name, ppm in rates.items()}

    return {
        f"standardCommission{ending}": row(*fee_rates(owner, listing)),
        f"specialCommission{ending}": row(0, 0),
        f"taxCommission{ending}": row(0, 0),
        "discount": {
            "enabledForAccount": False,
            "enabledForSymbol": False,
            "discountAsset": "BNB",
            "discount": show(0),
        },
    }


def commission(call: Call) -> Any:
    """The account's fees in one market."""
    listing = call.trading.listing
    return {"symbol": listing.name, **fee_table(call.account, listing)}


def _rate(ppm: int) -> str:
    return show(ppm * 10**8 // PPM).rstrip("0").rstrip(".")


def restrictions(call: Call) -> Any:
    """What the key that asks may do."""
    key, rules = call.signer, call.house.engine.key_rules
    rights = key.rights_at(rules, call.now)
    answer = {
        "ipRestrict": bool(key.addresses),
        "createTime": key.created,
        "enableReading": Right.READ in rights,
        "enableWithdrawals": Right.WITHDRAW in rights,
        "enableSpotAndMarginTrading": Right.TRADE in rights,
        "enableInternalTransfer": Right.WITHDRAW in rights,
        "enableMargin": False,
        "enableFutures": False,
        "enableVanillaOptions": False,
        "enablePortfolioMarginTrading": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "permitsUniversalTransfer": Right.TRANSFER in rights,
    }
    ends = key.trading_until(rules)
    return {**answer, "tradingAuthorityExpirationTime": ends} if ends else answer


def status(call: Call) -> Any:
    """Whether the account is well."""
    return {"data": "Locked" if call.account.frozen else "Normal"}


def trading_status(call: Call) -> Any:
    """Whether the account may trade by API."""
    return {
        "data": {
            "isLocked": call.account.frozen,
            "plannedRecoverTime": 0,
            "triggerCondition": {},
            "updateTime": call.account.updated,
        }
    }


def deposit_address(call: Call) -> Any:
    """Where money for this account can be sent."""
    asset = call.parameters.required("coin", _ASSET)
    if asset not in call.house.engine.assets:
        raise Refused(-4018, "This coin is not available here.")
    address = call.house.engine.address_of(call.account.name)
    return {"coin": asset, "address": address, "tag": "", "url": ""}


def universal_transfer(call: Call) -> Any:
    """Move money to another account of the same owner. Accounts have names here where Binance
    has e-mail addresses."""
    asked = call.parameters
    for name in ("fromAccountType", "toAccountType"):
        if asked.required(name) != "SPOT":
            raise Refused(-1130, f"Data sent for parameter '{name}' is not valid.")
    if asked.text("fromEmail") not in (None, call.account.name):
        raise Refused(-11001, "Money is sent from the account of the key alone.")
    amount = asked.amount("amount")
    if amount is None:
        raise missing("amount")
    to, asset = asked.required("toEmail"), asked.required("asset", _ASSET)
    command = TransferFunds(call.now, call.account.name, to, asset, amount)
    moved = call.house.submit(command)[0]
    return {
        "tranId": moved.transfer.id if isinstance(moved, Moved) else "",
        "clientTranId": asked.text("clientTranId", _WORD) or "",
    }


def transfers(call: Call) -> Any:
    """Transfers to and from other accounts of the owner, latest first."""
    found = _transfers(call, call.account.transfers)
    me = call.account.name
    return {
        "result": [
            {
                "tranId": one.id,
                "fromEmail": me if one.amount < 0 else one.other,
                "toEmail": one.other if one.amount < 0 else me,
                "asset": one.asset,
                "amount": show(abs(one.amount)),
                "createTimeStamp": one.at,
                "fromAccountType": "SPOT",
                "toAccountType": "SPOT",
                "status": "SUCCESS",
            }
            for one in found
        ],
        "totalCount": len(call.account.transfers),
    }


def system_status(call: Call) -> Any:
    """Whether the venue is well."""
    return {"status": 0, "msg": "normal"}


def withdraw(call: Call) -> Any:
    """Send money away."""
    asked = call.parameters
    asset = asked.required("coin", _ASSET)
    address = asked.required("address", _ADDRESS)
    amount = asked.amount("amount")
    if amount is None:
        raise missing("amount")
    if asset not in call.house.engine.assets:
        raise Refused(-4018, "This coin is not available here.")
    if amount == 0:
        raise Refused(-4003, "The withdrawal amount is below the minimum.")
    command = Withdraw(
        call.now,
        call.account.name,
        asset,
        amount,
        address,
        asked.text("network", _ASSET) or asset,
        asked.text("withdrawOrderId", _WORD) or "",
    )
    moved = call.house.submit(command)[0]
    return {"id": moved.transfer.id if isinstance(moved, Moved) else ""}


def withdrawals(call: Call) -> Any:
    """Withdrawals, latest first."""
    reference = call.parameters.text("withdrawOrderId", _WORD)
    state = call.parameters.integer("status", 0, _COMPLETED)
    found = _transfers(call, call.account.withdrawals)
    return [
        {
            "id": transfer.id,
            "amount": show(transfer.amount),
            "transactionFee": "0",
            "coin": transfer.asset,
            "status": _COMPLETED,
            "address": transfer.address,
            "txId": transfer.id,
            "applyTime": _utc(transfer.at),
            "completeTime": _utc(transfer.at),
            "network": transfer.network,
            "transferType": 1 if transfer.other else 0,
            "withdrawOrderId": transfer.reference,
            "info": "",
            "confirmNo": 1,
            "walletType": 0,
            "txKey": "",
        }
        for transfer in found
        if (reference is None or transfer.reference == reference) and state in (None, _COMPLETED)
    ]


def deposits(call: Call) -> Any:
    """Deposits, latest first."""
    state = call.parameters.integer("status", 0, 8)
    return [
        {
            "id": transfer.id,
            "amount": show(transfer.amount),
            "coin": transfer.asset,
            "network": transfer.asset,
            "status": _SUCCESS,
            "address": transfer.address,
            "addressTag": "",
            "txId": transfer.id,
            "insertTime": transfer.at,
            "transferType": 1 if transfer.other else 0,
            "confirmTimes": "1/1",
            "unlockConfirm": 0,
            "walletType": 0,
        }
        for transfer in _transfers(call, call.account.deposits)
        if state in (None, _SUCCESS)
    ]


def _transfers(call: Call, kept: list[Transfer]) -> list[Transfer]:
    asked = call.parameters
    coin = asked.text("coin", _ASSET)
    start = asked.moment("startTime") or 0
    end = asked.moment("endTime")
    offset = asked.integer("offset", 0, 10**6) or 0
    limit = asked.integer("limit", 1, 1_000) or 1_000
    found = [
        transfer
        for transfer in reversed(kept)
        if (coin is None or transfer.asset == coin)
        and start <= transfer.at
        and (end is None or transfer.at <= end)
    ]
    return found[offset : offset + limit]


def order_count(call: Call) -> Any:
    """How many orders the account has placed that were not filled; nothing where none are
    counted."""
    return call.limits.orders_told(call.signer.account, call.now) if call.limits else []


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at // 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _read(text: str = "") -> frozenset[str]:
    return SIGNED | names(text)


TABLE: Table = {
    ("GET", "/api/v3/account"): Endpoint(account, _read("omitZeroBalances"), Right.READ, weight=20),
    ("GET", "/api/v3/account/commission"): Endpoint(
        commission, _read("symbol"), Right.READ, weight=20
    ),
    ("GET", "/api/v3/rateLimit/order"): Endpoint(order_count, _read(), Right.READ, weight=40),
    ("GET", "/sapi/v1/capital/config/getall"): Endpoint(coins, _read(), Right.READ),
    ("GET", "/sapi/v1/margin/allPairs"): Endpoint(no_pairs, _read("symbol"), Right.READ),
    ("GET", "/sapi/v1/margin/isolated/allPairs"): Endpoint(no_pairs, _read("symbol"), Right.READ),
    ("GET", "/sapi/v1/asset/tradeFee"): Endpoint(trade_fee, _read("symbol"), Right.READ),
    ("GET", "/sapi/v1/account/apiRestrictions"): Endpoint(restrictions, _read(), Right.READ),
    ("GET", "/sapi/v1/account/status"): Endpoint(status, _read(), Right.READ),
    ("GET", "/sapi/v1/account/apiTradingStatus"): Endpoint(trading_status, _read(), Right.READ),
    ("GET", "/sapi/v1/capital/deposit/address"): Endpoint(
        deposit_address, _read("coin network amount"), Right.READ
    ),
    ("POST", "/sapi/v1/sub-account/universalTransfer"): Endpoint(
        universal_transfer,
        _read("fromEmail toEmail fromAccountType toAccountType asset amount clientTranId"),
        Right.TRANSFER,
    ),
    ("GET", "/sapi/v1/sub-account/universalTransfer"): Endpoint(
        transfers, _read("startTime endTime limit"), Right.READ
    ),
    ("GET", "/sapi/v1/system/status"): Endpoint(system_status, SIGNED),
    ("POST", "/sapi/v1/capital/withdraw/apply"): Endpoint(
        withdraw,
        _read(
            "coin address amount network withdrawOrderId addressTag transactionFeeFlag name "
            "walletType"
        ),
        Right.WITHDRAW,
    ),
    ("GET", "/sapi/v1/capital/withdraw/history"): Endpoint(
        withdrawals,
        _read("coin withdrawOrderId status offset limit startTime endTime idList"),
        Right.READ,
    ),
    ("GET", "/sapi/v1/capital/deposit/hisrec"): Endpoint(
        deposits,
        _read("coin status offset limit startTime endTime includeSource txId"),
        Right.READ,
    ),
}
