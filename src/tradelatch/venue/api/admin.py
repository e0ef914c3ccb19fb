"""The operator's door to a venue, under ``/admin``: accounts, keys, deposits, valuation.

Loopback only, and only with ``Authorization: Bearer TOKEN``; the token lies in the file
``admin.token`` (mode 0600) in the venue's directory. Amounts are decimal text.
"""

import hmac
import ipaddress
import re
import secrets
import string
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from tradelatch.model.money import BadAmount, parse_amount
from tradelatch.venue.api.trouble import Rule, Troubles
from tradelatch.venue.engine.api_keys import P256_DIGITS, ApiKey, KeyRules, Right
from tradelatch.venue.engine.commands import (
    Deposit,
    FreezeAccount,
    IssueKey,
    OpenAccount,
    RevokeKeys,
    SetKeyRules,
)
from tradelatch.venue.engine.refusal import Refused
from tradelatch.venue.engine.state import violations
from tradelatch.venue.engine.units import PPM, show, to_units
from tradelatch.venue.house import House, fetches

TOKEN_FILE = "admin.token"  # noqa: S105 - the file's name
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}", re.ASCII)
_ALPHABET = string.ascii_letters + string.digits
_KEY_LENGTH = 64
_PASSPHRASE = re.compile(r"[!-~]{0,32}", re.ASCII)


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class NewAccount(_Body, frozen=True):
    """Fees are fractions, such as ``0.001``; left out, the markets' own. Money moves freely
    between the accounts of one `owner`; left out, the account is its own."""

    account: str
    owner: str = ""
    balances: dict[str, str] = {}
    maker_fee: str | None = None
    taker_fee: str | None = None


class NewKey(_Body, frozen=True):
    """An API key for an account: HMAC, or Ed25519 or ES256 where a `public_key` (PEM, on P-256 for
    the latter) is handed in.
    `addresses` are IP addresses and networks, `third_party` is whom the customer gives the key
    to, and `expires` the time (ms) at which it ends. With a `passphrase` of its own, up to 32
    printable characters, an HMAC key also opens the exchanges that ask for one."""

    account: str
    rights: tuple[Right, ...] = (Right.READ, Right.TRADE)
    public_key: str = ""
    addresses: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    label: str = ""
    third_party: str = ""
    expires: int = 0
    passphrase: str = ""


class Revocation(_Body, frozen=True):
    """One key, or every key that was given to a third party."""

    key: str = ""
    third_party: str = ""


class Freeze(_Body, frozen=True):
    """Make an account cancel-only, or thaw it."""

    account: str
    frozen: bool = True


class NewDeposit(_Body, frozen=True):
    """Money for an account."""

    account: str
    asset: str
    amount: str


class Question(_Body, frozen=True):
    """What an account's holdings would fetch in `asset`, the orders of the accounts in
    `without` (and its own) left out."""

    account: str
    asset: str = "BTC"
    without: tuple[str, ...] = ()


class Stillness(_Body, frozen=True):
    """Whether fair prices are to stand still."""

    still: bool


def make_token(directory: Path) -> str:
    """The directory's admin token, made at the first start."""
    path = directory / TOKEN_FILE
    if path.exists():
        token = path.read_text().strip()
        if token:
            path.chmod(0o600)
            return token
    token = secrets.token_urlsafe(32)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(token + "\n")
    return token


class Admin:
    """Answers admin requests: status and JSON."""

    def __init__(self, house: House, token: str, troubles: Troubles) -> None:
        self._house = house
        self._troubles = troubles
        self._token = f"Bearer {token}".encode()
        self._routes: dict[tuple[str, str], Callable[[bytes, bytes], Any]] = {
            ("GET", "/admin/status"): self._status,
            ("GET", "/admin/balances"): self._balances,
            ("POST", "/admin/accounts"): self._new_account,
            ("GET", "/admin/keys"): self._keys,
            ("POST", "/admin/keys"): self._new_key,
            ("POST", "/admin/revoke"): self._revoke,
            ("POST", "/admin/freeze"): self._freeze,
            ("GET", "/admin/key-rules"): self._key_rules,
            ("POST", "/admin/key-rules"): self._set_key_rules,
            ("POST", "/admin/deposits"): self._new_deposit,
            ("POST", "/admin/valuation"): self._valuation,
            ("POST", "/admin/still"): self._still,
            ("GET", "/admin/trouble"): self._trouble,
            ("POST", "/admin/trouble"): self._add_trouble,
            ("DELETE", "/admin/trouble"): self._clear_trouble,
        }

    def answer(
        self, method: str, path: str, query: bytes, body: bytes, source: str, authorization: bytes
    ) -> tuple[int, Any]:
        """HTTP status and JSON body."""
        if not is_loopback(source):
            return 403, {"error": "the admin API is for this machine only"}
        if not hmac.compare_digest(authorization, self._token):
            return 401, {"error": f"the admin token is missing or wrong; it lies in {TOKEN_FILE}"}
        route = self._routes.get((method, path))
        if route is None:
            return 404, {"error": f"there is no {method} {path}"}
        try:
            return 200, route(query, body)
        except Refused as refused:
            return 400, {"error": refused.msg}
        except (msgspec.DecodeError, BadAmount, ValueError) as error:
            # Names that were sent may stand in it; it is one line whatever they are.
            return 400, {"error": " ".join(str(error).split())}

    def _status(self, query: bytes, body: bytes) -> Any:
        engine = self._house.engine
        now = self._house.now
        return {
            "time": now,
            "seed": engine.genesis.seed if engine.genesis else None,
            "log": str(self._house.log.path),
            "torn": self._house.log.torn,
            "commands": engine.applied,
            "still": engine.is_still,
            "markets": list(engine.markets),
            "tapes": self._tapes(now),
            "violations": violations(engine),
        }

    def _tapes(self, now: int) -> dict[str, int]:
        """Where each market's tape is by now: a time on the tape, ms."""
        engine = self._house.engine
        return {
            name: trading.listing.life.on_tape(engine.walk_ms(now) - trading.walk_zero)
            for name, trading in engine.markets.items()
            if trading.listing.life and trading.listing.life.tape
        }

    def _balances(self, query: bytes, body: bytes) -> Any:
        wanted = parse_qs(query.decode("ascii", "replace")).get("account")
        engine = self._house.engine
        chosen = (
            [engine.account(name) for name in wanted]
            if wanted
            else [account for account in engine.accounts.values() if not account.house]
        )
        return {
            account.name: {
                asset: {"free": show(balance.free), "locked": show(balance.locked)}
                for asset, balance in account.balances.items()
            }
            for account in chosen
        }

    def _new_account(self, query: bytes, body: bytes) -> Any:
        wanted = msgspec.json.decode(body, type=NewAccount)
        if not _ACCOUNT.fullmatch(wanted.account):
            raise ValueError("an account's name is 1 to 40 of a-z, 0-9, '.', '_' and '-'")
        amounts = {asset: _units(text) for asset, text in wanted.balances.items()}
        self._check(amounts)
        house = self._house
        house.submit(
            OpenAccount(
                house.now,
                wanted.account,
                maker_fee=_fee(wanted.maker_fee),
                taker_fee=_fee(wanted.taker_fee),
                owner=wanted.owner,
            )
        )
        for asset, amount in amounts.items():
            house.submit(Deposit(house.now, wanted.account, asset, amount))
        return {"account": wanted.account, "balances": {a: show(n) for a, n in amounts.items()}}

    def _check(self, amounts: dict[str, int]) -> None:
        """All or nothing: no account is opened whose balances would be refused halfway."""
        for asset, amount in amounts.items():
            if asset not in self._house.engine.assets:
                raise ValueError(f"no market here trades {asset!r}")
            if amount <= 0:
                raise ValueError("an amount has to be above zero")

    def _keys(self, query: bytes, body: bytes) -> Any:
        engine, now = self._house.engine, self._house.now
        wanted = parse_qs(query.decode("ascii", "replace")).get("account")
        return [
            describe(key, engine.key_rules, now)
            for key in engine.keys.values()
            if wanted is None or key.account in wanted
        ]

    def _new_key(self, query: bytes, body: bytes) -> Any:
        wanted = msgspec.json.decode(body, type=NewKey)
        for address in wanted.addresses:
            ipaddress.ip_network(address)
        if not _PASSPHRASE.fullmatch(wanted.passphrase):
            raise ValueError("a passphrase is up to 32 printable characters without spaces")
        public = _raw_public_key(wanted.public_key) if wanted.public_key else ""
        key = _cloud_name() if len(public) == P256_DIGITS else _random_text()
        secret = "" if public else _random_text()
        command = IssueKey(
            self._house.now,
            wanted.account,
            key,
            wanted.rights,
            secret,
            public,
            wanted.addresses,
            wanted.symbols,
            wanted.label,
            wanted.third_party,
            wanted.expires,
            wanted.passphrase,
        )
        self._house.submit(command)
        issued = {"account": wanted.account, "key": key, "rights": wanted.rights}
        return issued if public else {**issued, "secret": secret}

    def _revoke(self, query: bytes, body: bytes) -> Any:
        wanted = msgspec.json.decode(body, type=Revocation)
        events = self._house.submit(RevokeKeys(self._house.now, wanted.key, wanted.third_party))
        return {"revoked": len(events)}

    def _freeze(self, query: bytes, body: bytes) -> Any:
        wanted = msgspec.json.decode(body, type=Freeze)
        self._house.submit(FreezeAccount(self._house.now, wanted.account, wanted.frozen))
        return {"account": wanted.account, "frozen": wanted.frozen}

    def _key_rules(self, query: bytes, body: bytes) -> Any:
        return self._house.engine.key_rules

    def _set_key_rules(self, query: bytes, body: bytes) -> Any:
        rules = msgspec.json.decode(body, type=KeyRules)
        self._house.submit(SetKeyRules(self._house.now, rules))
        return rules

    def _new_deposit(self, query: bytes, body: bytes) -> Any:
        wanted = msgspec.json.decode(body, type=NewDeposit)
        amount = _units(wanted.amount)
        self._house.submit(Deposit(self._house.now, wanted.account, wanted.asset, amount))
        return {"account": wanted.account, "asset": wanted.asset, "amount": show(amount)}

    def _valuation(self, query: bytes, body: bytes) -> Any:
        wanted = msgspec.json.decode(body, type=Question)
        engine = self._house.engine
        account = engine.account(wanted.account)
        for name in wanted.without:
            engine.account(name)
        without = frozenset((*wanted.without, wanted.account))
        total = after_fees = 0
        holdings = {}
        for asset, balance in account.balances.items():
            if asset == wanted.asset:
                money = net = sold = balance.total
            else:
                money, sold = fetches(engine, asset, balance.total, wanted.asset, without)
                rate = self._taker_fee(wanted.account, asset + wanted.asset)
                net = money - money * rate // PPM
            total += money
            after_fees += net
            holdings[asset] = {
                "amount": show(balance.total),
                "sellable": show(sold),
                "fetches": show(money),
            }
        return {
            "account": wanted.account,
            "asset": wanted.asset,
            "total": show(total),
            "after_fees": show(after_fees),
            "holdings": holdings,
        }

    def _taker_fee(self, account: str, market: str) -> int:
        own = self._house.engine.account(account).taker_fee
        trading = self._house.engine.markets.get(market)
        if own is not None or trading is None:
            return own or 0
        return trading.listing.taker_fee

    def _still(self, query: bytes, body: bytes) -> Any:
        wanted = msgspec.json.decode(body, type=Stillness)
        self._house.stand_still(wanted.still)
        return {"still": wanted.still}

    def _trouble(self, query: bytes, body: bytes) -> Any:
        return self._troubles.told()

    def _add_trouble(self, query: bytes, body: bytes) -> Any:
        return self._troubles.add(msgspec.json.decode(body, type=Rule))

    def _clear_trouble(self, query: bytes, body: bytes) -> Any:
        self._troubles.clear()
        return []


def describe(key: ApiKey, rules: KeyRules, now: int) -> dict[str, Any]:
    """A key without its secret; times in ms."""
    return {
        "key": key.id,
        "account": key.account,
        "type": key.kind,
        "rights": sorted(key.rights),
        "rights_now": sorted(key.rights_at(rules, now)),
        "lapses": sorted(key.lapses(rules, now)),
        "addresses": key.addresses,
        "symbols": sorted(key.symbols),
        "label": key.label,
        "third_party": key.third_party,
        "created": key.created,
        "used": key.used,
        "expires": key.expires,
        "trading_until": key.trading_until(rules),
    }


def _raw_public_key(pem: str) -> str:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes_raw().hex()
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()
    raise ValueError("public_key is not an Ed25519 or P-256 public key in PEM")


def _cloud_name() -> str:
    """A name as Coinbase gives its keys."""
    return f"organizations/{uuid.uuid4()}/apiKeys/{uuid.uuid4()}"


def is_loopback(source: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(source).is_loopback
    except ValueError:
        return False


def _units(text: str) -> int:
    return to_units(parse_amount(text))


def _fee(text: str | None) -> int | None:
    if text is None:
        return None
    rate = parse_amount(text)
    if rate > Decimal("0.1"):
        raise ValueError("a fee is a fraction of at most 0.1")
    return int(rate * PPM)


def _random_text() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_KEY_LENGTH))
