"""API keys as an exchange has them: what one may do now, and what its age does to it."""

import enum
import ipaddress

import msgspec

DAY_MS = 86_400_000
P256_DIGITS = 66
"""Of a compressed point on the curve P-256, in hex."""


class Right(enum.StrEnum):
    """What an API key may do."""

    READ = "read"
    TRADE = "trade"
    TRANSFER = "transfer"
    WITHDRAW = "withdraw"


class Lapse(enum.StrEnum):
    """Why a key may do less than it was given: for want of an IP list it only reads, for the
    other reasons it does nothing at all."""

    UNBOUND = "unbound"
    IDLE = "idle"
    EXPIRED = "expired"
    REVOKED = "revoked"


class KeyRules(msgspec.Struct, frozen=True):
    """What this exchange does about keys; zero and false switch a rule off.

    After `unbound_days` a key without an IP list loses all rights but reading; after
    `idle_days` without use a key is switched off; `withdraw_bound` asks for an IP list where a
    key may withdraw. (Binance: 30 or 90 days and the list; KuCoin: 30 days idle, OKX 14.)
    """

    unbound_days: int = 0
    idle_days: int = 0
    withdraw_bound: bool = False


class ApiKey:
    """One API key. Times in ms since 1970; `expires` 0 is never.

    `secret` signs with HMAC-SHA256; where that is empty, `public` is an Ed25519 key (raw, hex) or
    one on the curve P-256 (compressed point, hex), which is a byte longer.
    `passphrase` is what some exchanges ask for beside the signature; empty where there is none.
    An empty `addresses` or `symbols` is no restriction. `used` is coarse: `USED_EVERY_MS`.
    `noted` are the lapses that the owner was told of; they are for good.
    Printing a key never shows secret or passphrase.
    """

    __slots__ = (
        "account",
        "addresses",
        "created",
        "expires",
        "id",
        "label",
        "noted",
        "passphrase",
        "public",
        "rights",
        "secret",
        "symbols",
        "third_party",
        "used",
    )

    def __init__(
        self,
        id: str,  # noqa: A002 - what it is called
        account: str,
        rights: frozenset[Right],
        created: int,
        *,
        secret: str = "",
        public: str = "",
        addresses: tuple[str, ...] = (),
        symbols: frozenset[str] = frozenset(),
        label: str = "",
        third_party: str = "",
        expires: int = 0,
        passphrase: str = "",
    ) -> None:
        self.id = id
        self.account = account
        self.rights = rights
        self.created = created
        self.secret = secret
        self.public = public
        self.addresses = addresses
        self.symbols = symbols
        self.label = label
        self.third_party = third_party
        self.expires = expires
        self.passphrase = passphrase
        self.used = created
        self.noted: set[Lapse] = set()

    def __repr__(self) -> str:
        return f"ApiKey({self.id[:4]}..., {self.account}, redacted)"

    @property
    def kind(self) -> str:
        """What the key signs with: HMAC, Ed25519 or ES256."""
        if self.secret:
            return "HMAC"
        return "ES256" if len(self.public) == P256_DIGITS else "Ed25519"

    def lapses(self, rules: KeyRules, now: int) -> frozenset[Lapse]:
        """Every reason there is at `now` (ms) why this key may do less than it was given."""
        found = set(self.noted)
        if self.expires and now >= self.expires:
            found.add(Lapse.EXPIRED)
        if rules.idle_days and now - self.used >= rules.idle_days * DAY_MS:
            found.add(Lapse.IDLE)
        ends = self.trading_until(rules)
        if ends and now >= ends:
            found.add(Lapse.UNBOUND)
        return frozenset(found)

    def trading_until(self, rules: KeyRules) -> int:
        """When all rights but reading end for want of an IP list, ms; 0 for never."""
        if not rules.unbound_days or self.addresses or self.rights <= {Right.READ}:
            return 0
        return self.created + rules.unbound_days * DAY_MS

    def rights_at(self, rules: KeyRules, now: int) -> frozenset[Right]:
        """What the key may do at `now` (ms)."""
        lapses = self.lapses(rules, now)
        if lapses - {Lapse.UNBOUND}:
            return frozenset()
        return self.rights & {Right.READ} if lapses else self.rights

    def admits(self, source: str) -> bool:
        """Whether the key may be used from a network address."""
        if not self.addresses:
            return True
        try:
            address = ipaddress.ip_address(source)
        except ValueError:
            return False
        return any(address in ipaddress.ip_network(one) for one in self.addresses)


USED_EVERY_MS = 3_600_000
"""A key's use is recorded at most this often, so that reading does not mean writing."""
