"""The secrets in use: unsealed once, kept in bytearrays, wiped at the end."""

import hmac
import secrets
import string
import zlib
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tradelatch.exchanges.protocol import ED25519
from tradelatch.signer.accounts import Account
from tradelatch.signer.state import State
from tradelatch.vault.box import BoxKey
from tradelatch.vault.envelope import Label, wipe

GRANT_ID, GRANT_SECRET = "tlg", "tls"
_ALPHABET = string.ascii_letters + string.digits
_RANDOM = 43
_JOURNAL = Label("journal signing key", "", "", "")
_BOX = Label("key of sealed boxes", "", "", "")
_MARKS = Label("key of secrets' marks", "", "", "")


def new_token(prefix: str) -> str:
    """A random token that leak scanners can recognise: prefix, 256 bits, CRC-32 as 8 hex."""
    body = prefix + "_" + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return f"{body}{zlib.crc32(body.encode()):08x}"


class Store(Protocol):
    """Where sealed secrets lie; `Vault` keeps them in a folder."""

    def put(self, label: Label, secret: bytearray) -> None:
        """Keep a secret; one of the same label is replaced."""

    def get(self, label: Label) -> bytearray:
        """The secret of that label; whoever asked for it wipes it.

        Raises:
            VaultError: there is none, or it does not open.
        """

    def remove(self, label: Label) -> None:
        """Forget the secret of that label, if there is one."""


class Secrets:
    """What the signer signs and verifies with."""

    def __init__(self, vault: Store) -> None:
        """Raises VaultError if the vault's own keys do not open."""
        self._vault = vault
        self._open: dict[str, bytearray] = {}
        self.box = BoxKey(vault.get(_BOX))
        """Opens what was sealed to the vault."""
        self._marks = vault.get(_MARKS)

    def unseal(self, state: State) -> None:
        """Open the keys of all accounts and grants.

        Raises:
            VaultError: one is missing or does not open.
        """
        for account in state.accounts.values():
            self._open[f"account:{account.name}"] = self._vault.get(_label_of(account))
        for grant in state.grants.values():
            if not grant.revoked and not grant.public:
                self._open[grant.id] = self._vault.get(grant_label(grant.account, grant.id))

    def get(self, name: str) -> bytearray:
        """A grant's secret by its id, or an account's key by ``account:NAME``; never copied."""
        return self._open[name]

    def mark(self, secret: bytearray | memoryview) -> str:
        """What stands in the journal for a secret: HMAC-SHA256 under a key of the vault, in hex.
        Who has the journal alone learns nothing by it, not even whether a guess is right."""
        return hmac.digest(self._marks, secret, "sha256").hex()

    def add(self, name: str, label: Label, secret: bytearray) -> None:
        """Seal a new secret and keep it open."""
        self._vault.put(label, secret)
        self._open[name] = secret

    def seal(self, label: Label, secret: bytearray) -> None:
        """Seal a secret that is not in use yet, and wipe it."""
        self._vault.put(label, secret)
        wipe(secret)

    def make(self, account: str, exchange: str) -> None:
        """Make an Ed25519 key, and keep it sealed."""
        self.seal(made_label(account, exchange), bytearray(ED25519 + secrets.token_bytes(32)))

    def made(self, account: str, exchange: str) -> bytearray:
        """The key that was made; whoever asked for it wipes it.

        Raises:
            VaultError: it is missing or does not open.
        """
        return self._vault.get(made_label(account, exchange))

    def destroy(self, label: Label) -> None:
        """Nobody can open that secret any more: what its own key was wrapped in is gone."""
        self._vault.remove(label)

    def replace_key(self, account: Account, key_id: str, change: int) -> None:
        """Use the exchange key that was sealed for a change.

        Raises:
            VaultError: it is missing or does not open; the old one stays in use.
        """
        key = self._vault.get(key_label(account.name, account.exchange, key_id, change))
        self.drop(f"account:{account.name}")
        self._open[f"account:{account.name}"] = key

    def drop(self, name: str) -> None:
        """Forget and wipe one."""
        if secret := self._open.pop(name, None):
            wipe(secret)

    def close(self) -> None:
        """Wipe all."""
        for name in list(self._open):
            self.drop(name)
        wipe(self._marks)


def key_label(account: str, exchange: str, key_id: str, change: int = 0) -> Label:
    """The label of an account's exchange key; `change` is the number of the change that brings
    it, so that the same key id may come again with another secret."""
    purpose = f"exchange key of change {change}" if change else "exchange key"
    return Label(purpose, account, exchange, key_id)


def made_label(account: str, exchange: str) -> Label:
    """The label of a key that was made here and that no exchange knows yet."""
    return Label("made exchange key", account, exchange, "")


def _label_of(account: Account) -> Label:
    return key_label(account.name, account.exchange, account.key_id, account.key_change)


def grant_label(account: str, grant: str) -> Label:
    """The label of a grant's secret."""
    return Label("grant", account, "", grant)


def create_own_keys(vault: Store) -> None:
    """A new key for boxes that are sealed to the vault, and one for marks of secrets."""
    for label, raw in ((_BOX, BoxKey.new()), (_MARKS, bytearray(secrets.token_bytes(32)))):
        vault.put(label, raw)
        wipe(raw)


def create_journal_key(vault: Store) -> Ed25519PrivateKey:
    """A new key for the journal's checkpoints, sealed in the vault."""
    key = Ed25519PrivateKey.generate()
    raw = bytearray(key.private_bytes_raw())
    vault.put(_JOURNAL, raw)
    wipe(raw)
    return key


def journal_key(vault: Store) -> Ed25519PrivateKey:
    """The key for the journal's checkpoints.

    Raises:
        VaultError: it is missing or does not open.
    """
    raw = vault.get(_JOURNAL)
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes(raw))
    finally:
        wipe(raw)
