"""Binance's endpoints: what is understood, with which parameters, and what the rest means.

The list is the whole of what a grant can ever be allowed. It is by method **and** path, never
by method alone, and a path that is not on it letter by letter is unknown.
"""

from collections.abc import Mapping

from tradelatch.exchanges.binance.calls import CALL, FOLLOW, UNFOLLOW
from tradelatch.exchanges.kit.endpoints import Endpoint, Kind
from tradelatch.model.intents import ManageKeys, MoveFunds, Unknown

HOSTS: Mapping[str, str] = {
    "api": "https://api.binance.com",
    "sapi": "https://api.binance.com",
    "fapi": "https://fapi.binance.com",
    "dapi": "https://dapi.binance.com",
    "eapi": "https://eapi.binance.com",
}

SIGNING = ("recvWindow", "timestamp", "signature")
"""What every signed request carries besides its own parameters."""

_ORDER = (
    "symbol side type timeInForce quantity quoteOrderQty price stopPrice newClientOrderId "
    "newOrderRespType"
)

_LEG = "Type ClientOrderId Price StopPrice TimeInForce"
_LEGS = " ".join(f"{leg}{name}" for leg in ("above", "below") for name in _LEG.split())
_PAIR = "symbol side quantity listClientOrderId newOrderRespType"
_OLD_LEGS = (
    "limitClientOrderId price stopClientOrderId stopPrice stopLimitPrice stopLimitTimeInForce"
)
_AMENDED = "symbol orderId origClientOrderId newClientOrderId newQty"
_REPLACED = "cancelReplaceMode cancelOrderId cancelOrigClientOrderId"

_CHANGES = (
    (Kind.PLACE, "POST", "/api/v3/order", _ORDER),
    (Kind.TEST, "POST", "/api/v3/order/test", _ORDER),
    (Kind.CANCEL, "DELETE", "/api/v3/order", "symbol orderId origClientOrderId"),
    (Kind.CANCEL_ALL, "DELETE", "/api/v3/openOrders", "symbol"),
    (Kind.CANCEL_LIST, "DELETE", "/api/v3/orderList", "symbol orderListId listClientOrderId"),
    (Kind.AMEND, "PUT", "/api/v3/order/amend/keepPriority", _AMENDED),
    (Kind.REPLACE, "POST", "/api/v3/order/cancelReplace", f"{_ORDER} {_REPLACED}"),
    (Kind.PAIR, "POST", "/api/v3/orderList/oco", f"{_PAIR} {_LEGS}"),
    (Kind.FOLLOW, CALL, FOLLOW, ""),
    (Kind.UNFOLLOW, CALL, UNFOLLOW, "subscriptionId"),
    (Kind.PAIR, "POST", "/api/v3/order/oco", f"{_PAIR} {_OLD_LEGS}"),
)

# All by GET, signed.
_ACCOUNT = {
    "/api/v3/account": "omitZeroBalances",
    "/api/v3/account/commission": "symbol",
    "/api/v3/order": "symbol orderId origClientOrderId",
    "/api/v3/openOrders": "symbol",
    "/api/v3/allOrders": "symbol orderId startTime endTime limit",
    "/api/v3/myTrades": "symbol orderId startTime endTime fromId limit",
    "/api/v3/myPreventedMatches": ("symbol preventedMatchId orderId fromPreventedMatchId limit"),
    "/api/v3/myAllocations": "symbol startTime endTime fromAllocationId limit orderId",
    "/api/v3/myFilters": "symbol",
    "/api/v3/order/amendments": "symbol orderId fromExecutionId limit",
    "/api/v3/rateLimit/order": "",
    "/api/v3/orderList": "orderListId origClientOrderId",
    "/api/v3/allOrderList": "fromId startTime endTime limit",
    "/api/v3/openOrderList": "",
    "/sapi/v1/account/apiRestrictions": "",
    "/sapi/v1/account/status": "",
    "/sapi/v1/asset/tradeFee": "symbol",
    "/sapi/v1/capital/config/getall": "",
    "/sapi/v1/capital/deposit/hisrec": "coin status startTime endTime offset limit",
    "/sapi/v1/capital/withdraw/history": "coin status startTime endTime offset limit",
    "/sapi/v1/margin/allPairs": "symbol",
    "/sapi/v1/margin/isolated/allPairs": "symbol",
}

# All by GET, never signed.
_SPOT_MARKET = {
    "ping": "",
    "time": "",
    "exchangeInfo": "symbol symbols permissions showPermissionSets symbolStatus",
    "executionRules": "symbol symbols symbolStatus",
    "depth": "symbol limit symbolStatus",
    "trades": "symbol limit",
    "historicalTrades": "symbol limit fromId",
    "historicalBlockTrades": "symbol fromId limit",
    "aggTrades": "symbol fromId startTime endTime limit",
    "klines": "symbol interval startTime endTime timeZone limit",
    "uiKlines": "symbol interval startTime endTime timeZone limit",
    "avgPrice": "symbol",
    "referencePrice": "symbol",
    "referencePrice/calculation": "symbol symbolStatus",
    "ticker": "symbol symbols windowSize type symbolStatus",
    "ticker/24hr": "symbol symbols type symbolStatus",
    "ticker/tradingDay": "symbol symbols timeZone type symbolStatus",
    "ticker/price": "symbol symbols symbolStatus",
    "ticker/bookTicker": "symbol symbols symbolStatus",
}
_FUTURES_MARKET = {
    "ping": "",
    "time": "",
    "exchangeInfo": "",
    "depth": "symbol limit",
    "trades": "symbol limit",
    "aggTrades": "symbol fromId startTime endTime limit",
    "klines": "symbol interval startTime endTime limit",
    "ticker/24hr": "symbol pair",
    "ticker/price": "symbol pair",
    "ticker/bookTicker": "symbol pair",
    "premiumIndex": "symbol pair",
    "fundingRate": "symbol startTime endTime limit",
    "openInterest": "symbol",
}
_MARKET = {
    **{f"/api/v3/{name}": names for name, names in _SPOT_MARKET.items()},
    "/sapi/v1/system/status": "",
    **{f"/fapi/v1/{name}": names for name, names in _FUTURES_MARKET.items()},
    **{f"/dapi/v1/{name}": names for name, names in _FUTURES_MARKET.items()},
    "/eapi/v1/ping": "",
    "/eapi/v1/time": "",
    "/eapi/v1/exchangeInfo": "",
}

_ALL = [
    Endpoint(kind, method, path, tuple(names.split()), path.removeprefix("/").split("/")[0])
    for kind, method, path, names in (
        *_CHANGES,
        *((Kind.ACCOUNT, "GET", path, names) for path, names in _ACCOUNT.items()),
        *((Kind.MARKET, "GET", path, names) for path, names in _MARKET.items()),
    )
]
ENDPOINTS = {(endpoint.method, endpoint.path): endpoint for endpoint in _ALL}


def name_of(endpoint: Endpoint) -> str:
    """Binance's own name: the path without its version, and without ``api`` or ``sapi``."""
    name = endpoint.path.split("/", 3)[-1]
    return name if endpoint.family in ("api", "sapi") else f"{endpoint.family}/{name}"


NAMED = {(endpoint.kind, name_of(endpoint)): endpoint for endpoint in _ALL}

# What is not listed is never allowed. Its class only says why, so prefixes will do here.
_MOVES = (
    "/fapi/v1/convert/",
    "/papi/v1/asset-collection",
    "/papi/v1/auto-collection",
    "/papi/v1/marginLoan",
    "/papi/v1/repay",
    "/sapi/v1/asset/dust",
    "/sapi/v1/blvt/",
    "/sapi/v1/bswap/",
    "/sapi/v1/c2c/",
    "/sapi/v1/capital/contract/",
    "/sapi/v1/capital/deposit/credit",
    "/sapi/v1/capital/withdraw/",
    "/sapi/v1/convert/",
    "/sapi/v1/dci/",
    "/sapi/v1/eth-staking/",
    "/sapi/v1/fiat/",
    "/sapi/v1/futures/loan/",
    "/sapi/v1/giftcard/",
    "/sapi/v1/lending/",
    "/sapi/v1/loan/",
    "/sapi/v1/localentity/",
    "/sapi/v1/managed-subaccount/deposit",
    "/sapi/v1/managed-subaccount/withdraw",
    "/sapi/v1/margin/borrow-repay",
    "/sapi/v1/margin/loan",
    "/sapi/v1/margin/repay",
    "/sapi/v1/nft/",
    "/sapi/v1/onchain-yields/",
    "/sapi/v1/pay/",
    "/sapi/v1/portfolio/mint",
    "/sapi/v1/portfolio/redeem",
    "/sapi/v1/portfolio/repay",
    "/sapi/v1/simple-earn/",
    "/sapi/v1/sol-staking/",
    "/sapi/v1/soft-staking/",
    "/sapi/v1/staking/",
    "/sapi/v2/eth-staking/",
    "/sapi/v2/loan/",
    "/sapi/v2/localentity/",
)
_KEYS = (
    "/sapi/v1/account/apiRestrictions",
    "/sapi/v1/account/disableFastWithdrawSwitch",
    "/sapi/v1/account/enableFastWithdrawSwitch",
    "/sapi/v1/apiReferral/",
    "/sapi/v1/broker/",
    "/sapi/v1/managed-subaccount/",
    "/sapi/v1/sub-account/",
    "/sapi/v2/sub-account/",
    "/sapi/v3/sub-account/",
    "/sapi/v4/sub-account/",
)
_LEVERED = ("/fapi/", "/dapi/", "/eapi/", "/papi/", "/sapi/v1/margin/", "/sapi/v1/portfolio/")
_UNBOUNDED = ("/api/v3/order/", "/api/v3/orderList", "/api/v3/sor/", "/sapi/v1/algo/")
_SHOWN = 100


def unlisted(method: str, path: str) -> MoveFunds | ManageKeys | Unknown:
    """What a request means whose endpoint is not listed: something no grant can do."""
    what = f"{method} {path}"[:_SHOWN]
    if path.startswith(_MOVES) or "transfer" in path.lower():
        return MoveFunds(what)
    if path.startswith(_KEYS):
        return ManageKeys(what)
    if path.startswith(_LEVERED):
        return Unknown(f"{what}: leverage has no stated bound")
    if path.startswith(_UNBOUNDED):
        return Unknown(f"{what}: no bound is stated for this kind of order yet")
    return Unknown(f"{what}: not on the list of endpoints")
