"""Clients that do everything an account can do, and hold the venue to what it answered them."""

import random
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.venue.site import Key, Site, now

SYMBOL = "ETHBTC"
"""One ETH is 0.07 BTC where prices stand still."""
OUTSIDE = "bc1qoutside"
FINAL = {"FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH", "REJECTED"}
_SAME = ("orderId", "clientOrderId", "orderListId", "price", "origQty", "type", "side", "stopPrice")
_REFUSED = {-2010, -2011, -2013, -2021, -2022, -1013, -4026}
"""Too late, not enough money, off the band: what happens to an honest client."""
_PAGE = 1_000

Question = Callable[..., Any]


class Gone(Exception):
    """The venue has not answered: whether it did what was asked is unknown."""


class Operator:
    """Gives out keys and revokes them, freezes and thaws, and pays in, at an account of its own."""

    def __init__(self, account: str, key: Key, token: str) -> None:
        self.key = key
        self.issued: list[str] = []
        self.revoked: set[str] = set()
        self.frozen = {False}
        """What may be, as far as was told."""
        self.deposits = self.answered = 0
        self._account = account
        self._headers = {"Authorization": f"Bearer {token}"}

    async def act(self, url: str) -> None:
        """Go on until the venue is gone."""
        async with aiohttp.ClientSession(headers=self._headers) as session:

            async def ask(path: str, **body: object) -> Any:
                async with session.post(f"{url}/admin/{path}", json=body) as reply:
                    answer = await reply.json()
                    assert reply.status == 200, answer
                    self.answered += 1
                    return answer

            try:
                while True:
                    await self._round(ask)
            except (aiohttp.ClientError, ConnectionError):
                return

    async def _round(self, ask: Callable[..., Awaitable[Any]]) -> None:
        self.issued.append((await ask("keys", account=self._account, rights=["read"]))["key"])
        if len(self.issued) % 2:
            await ask("revoke", key=self.issued[-1])
            self.revoked.add(self.issued[-1])
        await ask("deposits", account=self._account, asset="ETH", amount="1")
        self.deposits += 1
        wanted = not self.frozen.pop()
        self.frozen = {wanted, not wanted}
        await ask("freeze", account=self._account, frozen=wanted)
        self.frozen = {wanted}

    def problems(self, site: Site) -> list[str]:
        """Where the venue differs from what it answered."""
        keys = {one["key"]: one for one in site.admin(f"keys?account={self._account}")}
        lapsed = {name for name, key in keys.items() if "revoked" in key["lapses"]}
        arrived = site.signed(self.key, "GET", "/sapi/v1/capital/deposit/hisrec")[1]
        frozen = site.signed(self.key, "GET", "/sapi/v1/account/status")[1]["data"] != "Normal"
        wrong = {
            "a key is lost": not keys.keys() >= set(self.issued),
            "a key is revoked no longer": not lapsed >= self.revoked,
            "keys were revoked by nobody": len(lapsed - self.revoked) > 1,
            "a deposit is lost": not 0 <= len(arrived) - self.deposits <= 1,
            "the freeze is another": frozen not in self.frozen,
        }
        return [problem for problem, is_so in wrong.items() if is_so]


class Client:
    """One account's client. It asks one thing at a time, so that at most one is ever unknown."""

    def __init__(self, account: str, key: Key, sibling: str, seed: int) -> None:
        self.account = account
        self.key = key
        self.told: dict[int, dict[str, Any]] = {}
        """The last that was told of each order."""
        self.fills: dict[int, dict[str, Any]] = {}
        self.withdrawn: list[str] = []
        self.transferred: list[str] = []
        self.asked = self.answered = self.refused = 0
        self._sibling = sibling
        self._random = random.Random(seed)
        self._session: aiohttp.ClientSession
        self._url = ""

    async def act(self, url: str) -> None:
        """Do one thing after the other until the venue is gone."""
        self._url = url
        acts: list[Callable[[], Awaitable[None]]] = [
            *[self._limit] * 4,
            *[self._market] * 2,
            *[self._stop] * 2,
            *[self._pair] * 2,
            *[self._cancel] * 4,
            *[self._replace] * 2,
            self._cancel_pair,
            self._cancel_all,
            self._withdraw,
            self._transfer,
        ]
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as self._session:
            while True:
                try:
                    await self._random.choice(acts)()
                except Gone:
                    return

    async def _ask(self, method: str, path: str, **parameters: object) -> Any:
        """The answer if it was carried out, None if it was refused.

        Raises:
            Gone: there was no answer.
        """
        query = self.key.sign(urlencode({**parameters, "timestamp": now()}))
        headers = {"X-MBX-APIKEY": self.key.id}
        self.asked += 1
        try:
            async with self._session.request(
                method, f"{self._url}{path}?{query}", headers=headers
            ) as reply:
                status, answer = reply.status, await reply.json()
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Gone from error
        self.answered += 1
        if status == 200:
            return answer
        assert answer["code"] in _REFUSED, answer
        self.refused += 1
        if answer["code"] == -2021:
            self._replaced(answer["data"])
        return None

    def _hear(self, order: dict[str, Any] | None) -> None:
        """Note what an answer tells of an order."""
        if order is None:
            return
        self.told[order["orderId"]] = {**self.told.get(order["orderId"], {}), **order}
        self.fills |= {fill["tradeId"]: fill for fill in order.get("fills", ())}

    def _open(self) -> list[int]:
        """The orders that may be open, as far as was told."""
        return [number for number, order in self.told.items() if order["status"] not in FINAL]

    def _side(self) -> str:
        return self._random.choice(("BUY", "SELL"))

    def _price(self, side: str, near: float) -> str:
        """A price that is `near` (a fraction) or more to the passive side of the market."""
        distance = near + self._random.random() * 0.05
        return f"{0.07 * (1 - distance if side == 'BUY' else 1 + distance):.5f}"

    async def _place(self, **terms: object) -> None:
        base = {"symbol": SYMBOL, "newOrderRespType": "FULL"}
        self._hear(await self._ask("POST", "/api/v3/order", **base, **terms))

    async def _limit(self) -> None:
        side, quantity = self._side(), f"{self._random.randint(1, 40) / 100}"
        near = self._random.choice((-0.02, 0.005))
        terms = {"side": side, "quantity": quantity, "price": self._price(side, near)}
        if self._random.random() < 0.2:
            await self._place(**terms, type="LIMIT_MAKER")
        else:
            tif = self._random.choice(("GTC", "GTC", "GTC", "IOC", "FOK"))
            await self._place(**terms, type="LIMIT", timeInForce=tif)

    async def _market(self) -> None:
        amount = self._random.choice(({"quantity": "0.03"}, {"quoteOrderQty": "0.002"}))
        await self._place(side=self._side(), type="MARKET", **amount)

    async def _stop(self) -> None:
        side = self._side()
        # A sell that stops a loss waits below the market, where a buy's limit would lie.
        stop = self._price("BUY" if side == "SELL" else "SELL", 0.02)
        terms = {"side": side, "quantity": "0.05", "stopPrice": stop}
        if self._random.random() < 0.5:
            await self._place(**terms, type="STOP_LOSS")
        else:
            await self._place(**terms, type="STOP_LOSS_LIMIT", price=stop, timeInForce="GTC")

    async def _pair(self) -> None:
        side = self._side()
        loss = self._price("BUY" if side == "SELL" else "SELL", 0.02)
        answer = await self._ask(
            "POST",
            "/api/v3/order/oco",
            symbol=SYMBOL,
            side=side,
            quantity="0.05",
            price=self._price(side, 0.01),
            stopPrice=loss,
            stopLimitPrice=loss,
            stopLimitTimeInForce="GTC",
            newOrderRespType="FULL",
        )
        for order in answer["orderReports"] if answer else ():
            self._hear(order)

    async def _cancel(self) -> None:
        if mine := self._open():
            number = self._random.choice(mine)
            answer = await self._ask("DELETE", "/api/v3/order", symbol=SYMBOL, orderId=number)
            self._gone(answer)
            if answer is None:
                self._hear(await self._ask("GET", "/api/v3/order", symbol=SYMBOL, orderId=number))

    def _gone(self, answer: dict[str, Any] | None) -> None:
        """A cancellation's answer; its client order id is the cancellation's own."""
        for order in (answer or {}).get("orderReports", [answer] if answer else []):
            self._hear({**order, "clientOrderId": order["origClientOrderId"]})

    async def _replace(self) -> None:
        if not (mine := self._open()):
            return
        side = self._side()
        # Some of the new orders cost more than there is: the cancellation stays.
        quantity = self._random.choice(("0.1", "0.1", "90000"))
        answer = await self._ask(
            "POST",
            "/api/v3/order/cancelReplace",
            symbol=SYMBOL,
            cancelReplaceMode="STOP_ON_FAILURE",
            cancelOrderId=self._random.choice(mine),
            side=side,
            type="LIMIT",
            timeInForce="GTC",
            quantity=quantity,
            price=self._price(side, 0.01),
        )
        if answer:
            self._replaced(answer)

    def _replaced(self, data: dict[str, Any]) -> None:
        if data["cancelResult"] == "SUCCESS":
            self._gone(data["cancelResponse"])
        if data["newOrderResult"] == "SUCCESS":
            self._hear(data["newOrderResponse"])

    async def _cancel_pair(self) -> None:
        pairs = [self.told[number]["orderListId"] for number in self._open()]
        if lists := [number for number in pairs if number != -1]:
            number = self._random.choice(lists)
            path = "/api/v3/orderList"
            self._gone(await self._ask("DELETE", path, symbol=SYMBOL, orderListId=number))

    async def _cancel_all(self) -> None:
        if self._random.random() < 0.2:
            answer = await self._ask("DELETE", "/api/v3/openOrders", symbol=SYMBOL)
            for one in answer or ():
                self._gone(one)

    async def _withdraw(self) -> None:
        sent = {"coin": "BTC", "address": OUTSIDE, "amount": "0.001"}
        answer = await self._ask("POST", "/sapi/v1/capital/withdraw/apply", **sent)
        if answer:
            self.withdrawn.append(answer["id"])

    async def _transfer(self) -> None:
        answer = await self._ask(
            "POST",
            "/sapi/v1/sub-account/universalTransfer",
            fromAccountType="SPOT",
            toAccountType="SPOT",
            toEmail=self._sibling,
            asset="ETH",
            amount="0.002",
        )
        if answer:
            self.transferred.append(str(answer["tranId"]))


class Books:
    """All that the venue tells of one account, over REST."""

    def __init__(self, site: Site, key: Key) -> None:
        def ask(path: str, **parameters: object) -> Any:
            status, answer = site.signed(key, "GET", path, **parameters)
            assert status == 200, answer
            return answer

        orders = _all(ask, "/api/v3/allOrders", "orderId", "orderId")
        self.orders = {order["orderId"]: order for order in orders}
        self.trades = _all(ask, "/api/v3/myTrades", "fromId", "id")
        self.open = {order["orderId"] for order in ask("/api/v3/openOrders", symbol=SYMBOL)}
        self.deposits = ask("/sapi/v1/capital/deposit/hisrec")
        self.withdrawals = ask("/sapi/v1/capital/withdraw/history")
        self.transfers = ask("/sapi/v1/sub-account/universalTransfer")
        self.balances = {b["asset"]: b for b in ask("/api/v3/account")["balances"]}

    @property
    def everything(self) -> tuple[object, ...]:
        """To be compared with the same account's books at another time."""
        return tuple(vars(self).values())


def _all(ask: Question, path: str, parameter: str, field: str) -> list[dict[str, Any]]:
    """All pages of a history."""
    found: list[dict[str, Any]] = []
    while True:
        start = found[-1][field] + 1 if found else 0
        page = ask(path, symbol=SYMBOL, limit=_PAGE, **{parameter: start})
        found += page
        if len(page) < _PAGE:
            return found


def problems(client: Client, books: Books) -> list[str]:
    """Where the books differ from what the client was told, or from themselves."""
    return [*_orders(client, books), *_money(client, books), *_sums(client, books)]


def _orders(client: Client, books: Books) -> list[str]:
    found = []
    for number, told in client.told.items():
        order = books.orders.get(number)
        if order is None:
            found.append(f"order {number} is lost")
            continue
        found += [
            f"order {number}: {name} was {told[name]}, is {order[name]}"
            for name in _SAME
            if name in told and told[name] != order[name]
        ]
        more = Decimal(order["executedQty"]) - Decimal(told["executedQty"])
        if more < 0 or (more > 0 and told["status"] in FINAL):
            found.append(f"order {number}: {more} filled behind what was told")
        if told["status"] in FINAL and told["status"] != order["status"]:
            found.append(f"order {number}: was {told['status']}, is {order['status']}")
        if (number in books.open) is (order["status"] in FINAL):
            found.append(f"order {number}: is {order['status']}, and is it open?")
    trades = {(trade["id"], trade["price"], trade["qty"]) for trade in books.trades}
    found += [
        f"trade {number} is lost or another"
        for number, fill in client.fills.items()
        if (number, fill["price"], fill["qty"]) not in trades
    ]
    # One request at most has had no answer; it may have placed two orders.
    if len(books.orders.keys() - client.told.keys()) > 2:
        found.append("there are orders that nobody placed")
    return found


def _money(client: Client, books: Books) -> list[str]:
    found = []
    withdrawals = {one["id"] for one in books.withdrawals}
    if not withdrawals >= set(client.withdrawn):
        found.append("a withdrawal is lost")
    if len(withdrawals) > len(client.withdrawn) + 1:
        found.append("there are withdrawals that nobody made")
    sent = {str(one["tranId"]) for one in books.transfers["result"]}
    if not sent >= set(client.transferred):
        found.append("a transfer is lost")
    return found


def _sums(client: Client, books: Books) -> list[str]:
    """What came, went and was traded has to come to what is there."""
    held = {"BTC": Decimal(0), "ETH": Decimal(0)}
    filled = dict.fromkeys(books.orders, Decimal(0))
    for one in books.deposits:
        held[one["coin"]] += Decimal(one["amount"])
    for one in books.withdrawals:
        held[one["coin"]] -= Decimal(one["amount"])
    for one in books.transfers["result"]:
        sign = -1 if one["fromEmail"] == client.account else 1
        held[one["asset"]] += sign * Decimal(one["amount"])
    for trade in books.trades:
        sign = 1 if trade["isBuyer"] else -1
        held["ETH"] += sign * Decimal(trade["qty"])
        held["BTC"] -= sign * Decimal(trade["quoteQty"])
        held[trade["commissionAsset"]] -= Decimal(trade["commission"])
        filled[trade["orderId"]] += Decimal(trade["qty"])
    found = [
        f"{asset}: {total} came and stayed, {balance['free']} + {balance['locked']} is there"
        for asset, total in held.items()
        if (balance := books.balances[asset])
        and Decimal(balance["free"]) + Decimal(balance["locked"]) != total
    ]
    found += [
        f"order {number}: {books.orders[number]['executedQty']} filled, {quantity} traded"
        for number, quantity in filled.items()
        if Decimal(books.orders[number]["executedQty"]) != quantity
    ]
    return found
