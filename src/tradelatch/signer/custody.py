"""The operators' commands on the vault itself."""

import asyncio
import os
import re
from collections.abc import Callable
from typing import Any

from tradelatch.isolation.attest import attestation, code_hash
from tradelatch.isolation.process import in_force
from tradelatch.isolation.sockets import Neighbours
from tradelatch.model.clock import Clock
from tradelatch.signer.keeper import Keeper
from tradelatch.signer.records import VaultRotated
from tradelatch.signer.verbs import Refused, Verbs
from tradelatch.vault.keyring import Keyring
from tradelatch.vault.root import name_of
from tradelatch.vault.store import Vault


class Custody:
    """Tells what opens the vault, and changes the key that everything is under."""

    def __init__(
        self,
        vault: Vault,
        keyring: Keyring,
        keeper: Keeper,
        clock: Clock,
        neighbours: dict[str, Neighbours],
        newest: Callable[[], str],
        sign: Callable[[str], str],
    ) -> None:
        """`neighbours` are the other processes, by name; `newest` is the journal's newest
        checkpoint, and `sign` signs a statement with its key."""
        self._neighbours, self._newest, self._sign = neighbours, newest, sign
        self._code = code_hash()  # of what was loaded a moment ago, whatever is put there later
        self._vault, self._keyring = vault, keyring
        self._keeper, self._clock = keeper, clock
        self.verbs: Verbs = {
            "custody": self._custody,
            "vault rotate": self._rotate,
            "attest": self._attest,
        }

    async def _custody(self) -> dict[str, Any]:
        """What opens the vault; of each process its user and what is in force, as it says."""
        root, key = name_of(self._keyring.kind), self._keyring.newest
        processes = {name: those.present() for name, those in self._neighbours.items()}
        processes["signer"] = [{"user": os.geteuid(), "isolation": in_force()}]
        return {"root": root, "key": key, "processes": processes}

    async def _attest(self, nonce: str) -> str:
        """A signed statement of what runs here."""
        if not re.fullmatch(r"[0-9a-f]{16,64}", nonce, re.ASCII):
            raise Refused("a nonce is 16 to 64 digits of 0-9 and a-f, chosen anew each time")
        newest = await asyncio.to_thread(self._newest)
        return self._sign(attestation(nonce, self._clock.now_ns(), self._code, newest))

    async def _rotate(self) -> dict[str, Any]:
        """A fresh key for all envelopes. Cut short, it is done by the next; nothing is lost."""
        self._keyring.add()
        count = 0
        for _ in self._vault.rewrap():
            count += 1
            await asyncio.sleep(0)  # whoever stops the signer does so between two envelopes
        self._keyring.drop_older()
        await self._keeper.take(VaultRotated(self._clock.now_ns(), self._keyring.newest))
        return {"key": self._keyring.newest, "envelopes": count}
